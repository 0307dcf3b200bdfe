"""Ways to write a regime's condition wrong, and where the regimes then differ: told apart by counting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TypeAlias

import numpy as np
import sympy as sp
from sympy.core.relational import Relational

from theory.notation import BY_NAME

Slip: TypeAlias = tuple[str, sp.Basic]

COORDINATES = ("free_parameters", "source_parameters", "transferred_parameters")
"""Numbers of coordinates, of which there are d."""
COUNTS = (*COORDINATES, "probe_parameters", "degree")
SIZES = ("n", "d", "n_source", "depth", "frozen_layers", *COUNTS)
NOISES = ("sigma", "sigma_source")
REACH = 4
"""Conditions compare two sizes, or a size and a number, up to a constant of at most this size."""
UP_TO = 3 * REACH
"""Every way in which up to three sizes can lie to one another and to 1, up to a constant, occurs below."""
TURNED = {sp.StrictLessThan: sp.Le, sp.LessThan: sp.Lt, sp.StrictGreaterThan: sp.Ge, sp.GreaterThan: sp.Gt}


def guard_slips(condition: sp.Basic) -> Iterator[Slip]:
    """Every condition with one comparison moved by one, turned round, negated or dropped."""
    seen = {condition}
    for atom in sorted(condition.atoms(Relational), key=str):
        for what, wrong in _instead_of(atom):
            other = condition.xreplace({atom: wrong})
            if other not in seen:
                seen.add(other)
                yield what, other


def _instead_of(atom: Relational) -> Iterator[Slip]:
    for step in (1, -1):
        moved = atom.func(atom.lhs, atom.rhs + step)
        yield f"{atom} -> {moved}", moved
    if type(atom) in TURNED:
        turned = TURNED[type(atom)](atom.lhs, atom.rhs)
        yield f"{atom} -> {turned}", turned
    yield f"{atom} dropped", sp.true
    yield f"{atom} negated", sp.Not(atom)


@dataclass(frozen=True)
class Grid:
    """Points at which conditions are told apart: sizes, noises, and what else is compared with a number."""

    columns: Mapping[sp.Symbol, np.ndarray]
    opaque: Mapping[sp.Basic, sp.Basic]
    """Other comparisons, by a letter for what is compared."""

    def selected(self, conditions: Sequence[sp.Basic]) -> np.ndarray:
        """The number of the first condition that holds at every point; -1 where none does."""
        first = np.full(next(map(len, self.columns.values()), 1), -1)
        for number in reversed(range(len(conditions))):
            holds = sp.lambdify(list(self.columns), conditions[number].xreplace(dict(self.opaque)), "numpy")
            with np.errstate(all="ignore"):
                first = np.where(holds(*self.columns.values()), number, first)
        return first

    def facts(self, where: np.ndarray) -> dict[sp.Symbol, sp.Expr]:
        """What holds at all of these points: letters with one value, and sizes that lie a constant apart."""
        known: dict[sp.Symbol, sp.Expr] = {}
        for symbol, values in self.columns.items():
            column = values[where]
            if not isinstance(symbol, sp.Dummy) and np.all(column == column[0]):
                known[symbol] = sp.oo if np.isinf(column[0]) else sp.Integer(int(column[0]))
        sizes = [s for s in self.columns if _name(s) in SIZES and s not in known]
        for a, b in combinations(sizes, 2):
            apart = self.columns[b][where] - self.columns[a][where]
            if b not in known and np.all(apart == apart[0]):
                known[b] = a + sp.Integer(int(apart[0]))
        return known

    def truth(self, atom: sp.Basic, where: np.ndarray) -> bool:
        """Whether a comparison holds at all of these points."""
        holds = sp.lambdify(list(self.columns), atom.xreplace(dict(self.opaque)), "numpy")
        return bool(np.all(np.broadcast_to(holds(*self.columns.values()), where.shape)[where]))


def grid(conditions: Sequence[sp.Basic]) -> Grid:
    """All points that matter to these conditions."""
    symbols = sorted({s for c in conditions for s in c.free_symbols if _name(s) in (*SIZES, *NOISES)}, key=str)
    atoms = {a for c in conditions for a in c.atoms(Relational) if not a.free_symbols <= set(symbols)}
    compared, opaque = _compared(sorted(atoms, key=str))
    values = [_values(_name(s)) for s in symbols] + list(compared.values())
    axes = np.meshgrid(*map(np.array, values), indexing="ij")
    columns = {s: axis.ravel() for s, axis in zip((*symbols, *compared), axes, strict=True)}
    named = {_name(s): column for s, column in columns.items() if not isinstance(s, sp.Dummy)}
    if {"depth", "frozen_layers"} <= named.keys():
        possible = named["frozen_layers"] <= named["depth"]
        columns = {s: column[possible] for s, column in columns.items()}
        named = {_name(s): column for s, column in columns.items() if not isinstance(s, sp.Dummy)}
    if "d" in named and (parts := [named[name] for name in COORDINATES if name in named]):
        possible = np.max(parts, axis=0) <= named["d"]
        columns = {s: column[possible] for s, column in columns.items()}
    return Grid(columns, opaque)


def _compared(atoms: Sequence[Relational]) -> tuple[dict[sp.Symbol, list[float]], dict[sp.Basic, sp.Basic]]:
    """A letter for everything that is compared with numbers, its values at, between and beyond them, and each of the
    comparisons by its letter: those of one thing with two numbers are told to belong together."""
    letters: dict[sp.Expr, sp.Symbol] = {}
    bounds: dict[sp.Symbol, set[float]] = {}
    opaque: dict[sp.Basic, sp.Basic] = {}
    for atom in atoms:
        number, thing = (atom.lhs - atom.rhs).as_coeff_Add()
        sign = -1 if -thing in letters else 1
        letter = letters.setdefault(sign * thing, sp.Dummy(f"compared_{len(letters)}"))
        bounds.setdefault(letter, set()).add(float(-sign * number))
        opaque[atom] = atom.func(sign * letter + number, 0)
    whole = {letter for thing, letter in letters.items() if _whole(thing)}
    positive = {letter for thing, letter in letters.items() if thing.is_nonnegative}
    values = {z: _integers(at) if z in whole else _around(sorted(at)) for z, at in bounds.items()}
    return {z: [v for v in at if v >= 0 or z not in positive] for z, at in values.items()}, opaque


def _whole(thing: sp.Expr) -> bool:
    """Whether it counts tasks: a sum of such numbers, each a whole number of times."""
    tasks = {BY_NAME[name].symbol for name in ("task", "task_count")}
    terms = thing.as_coefficients_dict()
    return terms.keys() <= tasks and all(times.is_Integer for times in terms.values())


def _integers(bounds: set[float]) -> list[float]:
    """These whole numbers, those between them, and one beyond either end."""
    return [*map(float, range(int(min(bounds)) - 1, int(max(bounds)) + 2))]


def _around(bounds: Sequence[float]) -> list[float]:
    """These numbers, one between each two neighbours, and one beyond either end."""
    between = [(a + b) / 2 for a, b in pairwise(bounds)]
    return sorted([bounds[0] - 1, *bounds, *between, bounds[-1] + 1])


def _name(symbol: sp.Basic) -> str:
    return next((name for name in (*SIZES, *NOISES) if BY_NAME[name].symbol == symbol), "")


def _values(name: str) -> list[float]:
    if name in COUNTS:
        return [*map(float, range(UP_TO + 1))]
    match name:
        case "sigma" | "sigma_source":
            return [0.0, 1.0]
        case "depth":
            return [*map(float, range(1, UP_TO // 2)), np.inf]
        case "frozen_layers":
            return [*map(float, range(UP_TO // 4))]
    return [*map(float, range(1, UP_TO + 1))]
