"""Numbers for `theory.calculus.events`: formulas with least values over positive variables in them.

A search may stop above the least, and what it stops at holds all the same: any values of the variables do.  It is
deterministic: on a grid of powers of two for one or two variables, from ones for more, then by Nelder and Mead's
simplex, begun again where it stopped until that gives no less.  Cost: some hundred values of the formula, each a sum
over the spectrum, together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import product
from typing import TypeAlias

import numpy as np
import sympy as sp
from jaxtyping import Float

from theory.calculus.chi_squares import numerical
from theory.calculus.events import LeastOver
from theory.calculus.laws import Beta, Quantile
from theory.calculus.roots import positive_root
from theory.checks import FieldError
from theory.notation import INDEX, d
from theory.result import Implicit
from theory.spectra import over_all, total

Array: TypeAlias = Float[np.ndarray, "..."]
Numbers: TypeAlias = Mapping[sp.Symbol, Array]
Arrays: TypeAlias = Mapping[sp.IndexedBase, Float[np.ndarray, " d"]]
LOW, HIGH, APART = -32, 13, 4
"""Exponents of the grid of powers of two."""
FARTHEST = 40
"""No variable is beyond this power of two: nothing overflows, and a limit at infinity is near enough."""
STEPS, AGAIN = 50, 20
"""Values of the formula in the second part of the search, by variable; and how often that begins: three times, as a
rule, five at most where looked at, and without an end if the formula jumps about."""
SHARP, ROOT, WIDEST = 1e-7, 1e-9, 1000.0
"""How sharp the search ends, in powers of two; what is left of an equation at its root, at most;
and the exponent of two beyond which there is none."""
BETA_QUANTILE = sp.Function("BetaQuantile")


class Formulas:
    """Formulas at numbers that may be arrays, which broadcast; sums run over the spectrum."""

    def __init__(self, where: Sequence[Implicit], arrays: Arrays) -> None:
        self.where, self.arrays = {w.symbol: w for w in where}, arrays
        self.bound = {INDEX, *(base.label for base in arrays)}
        self.found: dict[sp.Expr, list[Implicit]] = {}
        self.leaves: dict[sp.Basic, set[sp.Symbol]] = {}

    def value(self, formula: sp.Expr, numbers: Numbers) -> Array:
        """The formula's value; what its symbols stand for is found on the way."""
        known = self._resolved(formula, numbers)
        taken = _taken_apart(formula)
        known |= {name: self._least(part, known) for part, name in taken.least.items()}
        known |= {name: self._sum(part, known) for part, name in taken.sums.items()}
        return _at(taken.rest, known)

    def _sum(self, over: sp.Sum, known: Numbers) -> Array:
        term, entries = _term(over)
        columns = {s: known[s][..., None] for s in term.free_symbols & known.keys()}
        values = _at(term, {**columns, **{name: self.arrays[base] for base, name in entries.items()}})
        return total(values, int(known[d]))

    def _resolved(self, formula: sp.Expr, numbers: Numbers) -> dict[sp.Symbol, Array]:
        """The numbers, and those that symbols stand for, unless they depend on what a minimum is taken over."""
        known = dict(numbers)
        if formula not in self.found:
            self.found[formula] = self._needed(formula)
        for implicit in self.found[formula]:
            if implicit.symbol not in known and self._leaves(implicit.symbol) <= known.keys():
                known[implicit.symbol] = self._defined(implicit, known)
        return known

    def _needed(self, formula: sp.Expr) -> list[Implicit]:
        """Definitions that a formula rests on, in their order."""
        held, found = set(formula.atoms(sp.Symbol)), []
        for implicit in reversed(self.where.values()):
            if implicit.symbol in held:
                found.append(implicit)
                held |= implicit.equation.atoms(sp.Symbol)
        return found[::-1]

    def _leaves(self, formula: sp.Expr) -> set[sp.Symbol]:
        """The symbols that a formula depends on in the end."""
        if formula not in self.leaves:
            self.leaves[formula] = self._found_leaves(formula)
        return self.leaves[formula]

    def _found_leaves(self, formula: sp.Expr) -> set[sp.Symbol]:
        least = formula.atoms(LeastOver)
        inside = [self._leaves(part.formula) - set(part.variables) for part in least]
        found: set[sp.Symbol] = set().union(*inside)
        for symbol in formula.xreplace(dict.fromkeys(least, sp.Integer(1))).atoms(sp.Symbol) - self.bound:
            if symbol in self.where:
                equation = self.where[symbol].equation
                meant = equation.rhs if equation.lhs == symbol else equation.lhs - equation.rhs
                found |= self._leaves(meant.subs(symbol, 1))
            else:
                found.add(symbol)
        return found

    def _defined(self, implicit: Implicit, known: Numbers) -> Array:
        """By a formula, or as the root of an increasing equation."""
        if implicit.formula is not None:
            return self.value(implicit.formula, known)
        free, rest = _separated(implicit)

        still = self.value(free, known)

        def zero(still: Array, z: Array) -> Array:
            found = _at(rest, {**known, implicit.symbol: z}) + still
            beyond = np.where(z < 1, -np.inf, np.inf)  # where floating point ends, at either end
            return np.where(np.isfinite(found), found, beyond)

        with np.errstate(all="ignore"):
            root = _single_root(partial(zero, still)) if still.size == 1 else positive_root(zero, (still,))
            left = np.abs(zero(still, root))
            return np.where(np.isfinite(still) & (left <= ROOT * (1 + np.abs(still))), root, np.nan)

    def _least(self, part: LeastOver, numbers: Numbers) -> Array:
        from scipy.optimize import minimize

        def at(points: Array) -> Array:
            given = {**numbers, **dict(zip(part.variables, np.exp2(points).T, strict=True))}
            with np.errstate(all="ignore"):
                found = np.broadcast_to(self.value(part.formula, given), len(points))
                good = (found > 0) & (np.abs(points) <= FARTHEST).all(axis=1)
                return np.where(good, np.log(np.where(good, found, 1.0)), np.inf)

        few = len(part.variables) <= 2
        axis = np.arange(LOW, HIGH, APART, dtype=float)
        grid = np.array(list(product(axis, repeat=len(part.variables)))) if few else np.zeros((1, len(part.variables)))
        start = at(grid)
        best = grid[int(np.argmin(start))]
        if not np.isfinite(start.min()):
            return np.asarray(np.inf)
        ends = {"maxfev": STEPS * len(best), "xatol": SHARP, "fatol": SHARP}
        least = float(start.min())
        for _ in range(AGAIN):
            before, options = least, {**ends, "initial_simplex": np.vstack([best, best + np.eye(len(best))])}
            found = minimize(lambda point: float(at(point[None])[0]), best, method="Nelder-Mead", options=options)
            if found.fun < least:
                best, least = found.x, float(found.fun)
            if before - least <= SHARP:
                break
        return np.asarray(np.exp(least))


def _single_root(zero: Callable[[Array], Array]) -> Array:
    """The same for one equation, by fewer values: the exponent of the root by halving, then Brent's method."""
    from scipy.optimize import brentq

    def at(exponent: float) -> float:
        return float(np.squeeze(zero(np.atleast_1d(np.exp2(exponent)))))

    low, high = -WIDEST, WIDEST
    while high - low > 1:
        middle = (low + high) / 2
        low, high = (middle, high) if at(middle) < 0 else (low, middle)
    if not np.isfinite([at(low), at(high)]).all() or at(low) >= 0 or at(high) < 0:
        return positive_root(lambda _, z: zero(z), (np.zeros(1),))
    return np.atleast_1d(np.exp2(brentq(at, low, high, xtol=1e-15, rtol=1e-15)))


@dataclass(frozen=True)
class _Parts:
    """A formula with names for the least values and the sums in it."""

    rest: sp.Expr
    least: Mapping[LeastOver, sp.Dummy]
    sums: Mapping[sp.Sum, sp.Dummy]


@cache
def _taken_apart(formula: sp.Expr) -> _Parts:
    least = {part: sp.Dummy() for part in sorted(formula.atoms(LeastOver), key=str)}
    outer = formula.xreplace(least)
    sums = {part: sp.Dummy() for part in sorted(outer.atoms(sp.Sum), key=str)}
    return _Parts(outer.xreplace(sums), least, sums)


@cache
def _term(over: sp.Sum) -> tuple[sp.Expr, Mapping[sp.IndexedBase, sp.Dummy]]:
    entries = {base: sp.Dummy() for base in sorted(over_all(over).function.atoms(sp.IndexedBase), key=str)}
    return over.function.xreplace({base[INDEX]: name for base, name in entries.items()}), entries


@cache
def _separated(implicit: Implicit) -> tuple[sp.Expr, sp.Expr]:
    """What does not hold the symbol, and what does."""
    free, rest = (implicit.equation.lhs - implicit.equation.rhs).as_independent(implicit.symbol, as_Add=True)
    return free, rest


@cache
def _ordered(formula: sp.Expr) -> tuple[sp.Symbol, ...]:
    return tuple(sorted(formula.free_symbols, key=lambda s: s.sort_key()))


@cache
def _compiled(formula: sp.Expr, symbols: tuple[sp.Symbol, ...]) -> Callable[..., Array]:
    plain = formula.replace(Quantile, _beta_quantile)
    compiled: Callable[..., Array] = sp.lambdify(symbols, plain, [numerical(), "numpy"])
    return compiled


def _beta_quantile(p: sp.Expr, law: sp.Expr) -> sp.Expr:
    scale, share = law.as_independent(Beta)
    if not isinstance(share, Beta):
        raise ValueError(f"{law} is not a multiple of one beta variable")
    return scale * BETA_QUANTILE(*share.args, p)


def _at(formula: sp.Expr, known: Numbers) -> Array:
    symbols = _ordered(formula)
    return np.asarray(_compiled(formula, symbols)(*(known[s] for s in symbols)))


def number(formula: sp.Expr, where: Sequence[Implicit], numbers: Mapping[sp.Symbol, float], arrays: Arrays) -> float:
    """The number of a formula; infinite where no values of the variables give a positive one.

    Raises FieldError where it is none in floating point.
    """
    parts = [formula, *(implicit.equation for implicit in where)]
    varied = {s for part in parts for least in part.atoms(LeastOver) for s in least.variables}
    given = {s: np.asarray(float(value)) for s, value in numbers.items() if s not in varied}
    found = float(np.squeeze(Formulas(where, arrays).value(formula, given)))
    if np.isnan(found):
        raise FieldError("the bound is no number in floating point here: rescale the fields")
    return found
