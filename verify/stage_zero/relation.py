"""Relations that a result satisfies exactly: nothing is drawn, and only numbers from integrals have a tolerance.

A relation turns a result into *residuals*: formulas that must be identically zero, balls that must hold zero, facts
that must be true.  What it compares with does not rest on the derivation of the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import sympy as sp
from flint import arb, ctx

from theory.result import Result
from verify.claim import Twin, scaled
from verify.stage_zero.balls import PRECISION, ball
from verify.verdict import Verdict

Residual: TypeAlias = sp.Expr | arb | bool


class Kind(StrEnum):
    """How a relation is settled."""

    CANCELS = "cancels"
    """The formula minus a second route to it is zero, by exact cancellation."""
    ENCLOSED = "enclosed"
    """The same in ball arithmetic: a rigorous enclosure of the difference is tiny and holds zero."""
    METAMORPHIC = "metamorphic"
    """What changing the instance does to the formula, on exact rational instances."""
    SHARED = "shared"
    """Equations are those of another result, which has relations of its own."""
    AGREES = "agrees"
    """A number from integrals in floating point is the exact one, to the accuracy that its result promises."""


slightly = scaled(sp.Rational(51, 50))


@dataclass(frozen=True)
class Relation:
    """What is compared, for which result, and how a formula is made wrong so that the relation must refute it."""

    key: str
    name: str
    kind: Kind
    residuals: Callable[[Result], Iterable[Residual]]
    twin: Twin = slightly

    def verdict(self, result: Result) -> Verdict:
        """Supported if every residual vanishes, refuted if one surely does not."""
        said = Verdict.VACUOUS
        with ctx.workprec(PRECISION):
            for residual in self.residuals(result):
                found = judged(residual)
                if found is Verdict.REFUTED:
                    return found
                said = found if said is not Verdict.UNDECIDED else said
        return said


SHARP = 2.0**-100
"""The radius of a ball that is as good as a number: residuals are made of numbers near 1, known to 256 bits."""


def judged(residual: Residual) -> Verdict:
    """Whether a residual vanishes."""
    if isinstance(residual, bool):
        return Verdict.SUPPORTED if residual else Verdict.REFUTED
    return _of_ball(residual) if isinstance(residual, arb) else _of_formula(residual)


def _of_ball(found: arb) -> Verdict:
    if not found.is_finite():
        return Verdict.UNDECIDED
    if not found.contains(0):
        return Verdict.REFUTED
    return Verdict.SUPPORTED if found.rad() < SHARP else Verdict.UNDECIDED


def _of_formula(found: sp.Expr) -> Verdict:
    """Not zero by a ball without zero at a rational point, which costs little; zero by cancellation."""
    if found.has(sp.oo, sp.S.NegativeInfinity, sp.zoo, sp.nan) or _differs_at_a_point(found):
        return Verdict.REFUTED
    reduced = found if found.is_Rational else sp.cancel(sp.together(found))
    if reduced == 0:
        return Verdict.SUPPORTED
    return Verdict.REFUTED if _differs_at_a_point(reduced) else Verdict.UNDECIDED


def _differs_at_a_point(found: sp.Expr) -> bool:
    """With all letters above 1, or all below, as a confidence is."""
    names = sorted(found.free_symbols, key=str)
    places = ({name: sp.Rational(sp.prime(k + 5), size) for k, name in enumerate(names)} for size in (7, 97))
    return any(not ball(found.subs(at)).contains(0) for at in places)


def difference(first: sp.Expr, second: sp.Expr) -> sp.Expr:
    """first - second, where infinity equals infinity."""
    return sp.Integer(0) if first == second else first - second
