"""Whether two choices between formulas are one for all sizes, however large: by eliminating them (Fourier, Motzkin)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from math import gcd
from typing import TypeAlias

import sympy as sp
from sympy.core.relational import Relational

from theory.notation import BY_NAME
from verify.mutants.guards import COORDINATES, COUNTS

Case: TypeAlias = tuple[sp.Expr, sp.Basic]
Truth: TypeAlias = dict[sp.Basic, sp.Basic]
Row: TypeAlias = tuple[int, ...]
"""The coefficients of what is not negative, its constant last."""
WHOLE = frozenset(BY_NAME[name].symbol for name in ("n", "d", "n_source", "task", "task_count", *COUNTS))
AT_LEAST_ONE = frozenset(BY_NAME[name].symbol for name in ("n", "d", "n_source"))
"""Of which there is one at least."""
OF_THE_FEATURES = frozenset(BY_NAME[name].symbol for name in COORDINATES)
"""Numbers of coordinates, of which there are d."""


def same(before: Sequence[Case], after: Sequence[Case], within: sp.Basic = sp.true) -> bool:
    """Whether the first case whose condition holds has the same value in both, for all sizes for which `within` does.

    False where it is not seen: what is not linear in sizes is taken to hold or not whatever they are.
    """
    atoms = sp.Tuple(*(condition for _, condition in (*before, *after))).atoms(Relational)
    known = frozenset(side for c in sp.And.make_args(within) if isinstance(c, Relational) for side in _linear(c))
    return all(
        _chosen(before, truth) == _chosen(after, truth)
        for truth in _possible(sorted(atoms, key=lambda atom: (not any(_linear(atom)), str(atom))), known)
    )


def _chosen(cases: Sequence[Case], truth: Truth) -> sp.Expr | None:
    return next((value for value, condition in cases if condition.xreplace(truth) == sp.true), None)


def _possible(atoms: Sequence[Relational], known: frozenset[sp.Expr]) -> Iterator[Truth]:
    """All ways in which comparisons can hold or not, where what is known is not negative."""
    if not _feasible(known):
        return
    if not atoms:
        yield {}
        return
    first, *others = atoms
    for holds, atom in ((sp.true, first), (sp.false, first.negated)):
        for case in _cases(atom):
            for rest in _possible(others, known | frozenset(_linear(case))):
                yield {first: holds, **rest}


def _cases(atom: Relational) -> tuple[Relational, ...]:
    """What is not equal is more or less."""
    if not isinstance(atom, sp.Ne):
        return (atom,)
    return sp.Gt(*atom.args, evaluate=False), sp.Lt(*atom.args, evaluate=False)


@lru_cache(maxsize=4096)
def _feasible(sides: frozenset[sp.Expr]) -> bool:
    """Whether there are numbers, none negative, for which these are not."""
    features = BY_NAME["d"].symbol
    held = {s for side in sides for s in side.free_symbols}
    facts = {features - s for s in held & OF_THE_FEATURES} | {s - 1 for s in held & AT_LEAST_ONE}
    symbols = sorted(held.union(*(fact.free_symbols for fact in facts)), key=str)
    rows = {_row(side, symbols) for side in {*sides, *facts, *symbols}}
    for k in range(len(symbols)):
        above, below = ([row for row in rows if sign * row[k] > 0] for sign in (1, -1))
        rows = {row for row in rows if row[k] == 0} | {_sum(-b[k], a, a[k], b) for a, b in product(above, below)}
    return all(row[-1] >= 0 for row in rows)


def _row(side: sp.Expr, symbols: Sequence[sp.Symbol]) -> Row:
    constant, rest = side.as_coeff_Add()
    return *(int(rest.coeff(s)) for s in symbols), int(constant)


def _sum(p: int, a: Row, q: int, b: Row) -> Row:
    """p a + q b, over their greatest common divisor."""
    found = [p * x + q * y for x, y in zip(a, b, strict=True)]
    return tuple(x // (gcd(*found) or 1) for x in found)


def _linear(comparison: Relational) -> Iterator[sp.Expr]:
    """What is not negative where a comparison of sizes holds: whole numbers that are not the same are one apart."""
    gap = sp.expand(comparison.lhs - comparison.rhs)
    symbols = gap.free_symbols
    if not symbols or not symbols <= WHOLE or not sp.Poly(gap, *symbols).is_linear:
        return
    gap *= sp.ilcm(1, *(c.q for c in sp.Poly(gap, *symbols).coeffs()))
    match comparison:
        case sp.Ge():
            yield gap
        case sp.Le():
            yield -gap
        case sp.Gt():
            yield gap - 1
        case sp.Lt():
            yield -gap - 1
        case sp.Eq():
            yield from (gap, -gap)
