"""A mutant: a result with one slip in one formula, one equation or one condition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, TypeAlias

import sympy as sp

from theory.calculus.expressions import Expression
from theory.result import Implicit, Regime, Result, Value
from verify.mutants.formulas import slips
from verify.mutants.guards import guard_slips
from verify.mutants.matrices import matrix_slips

Part: TypeAlias = Literal["formula", "equation", "condition", "branch"]


@dataclass(frozen=True)
class Mutant:
    """The wrong result, which part of it is wrong, where (a regime's or an equation's name), and in what."""

    result: Result
    part: Part
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.part} of {self.where}: {self.what}"


def mutants_of(result: Result) -> Iterator[Mutant]:
    """Every mutant of a result, in a fixed order."""
    for number, regime in enumerate(result.regimes):
        for what, value in _values(regime):
            yield Mutant(_with_regime(result, number, replace(regime, value=value)), "formula", regime.name, what)
        for what, condition in guard_slips(regime.condition):
            wrong = replace(regime, condition=condition)
            yield Mutant(_with_regime(result, number, wrong), "condition", regime.name, what)
    for number, (a, b) in enumerate(pairwise(result.regimes)):
        if a.value != b.value:
            for k, own, other in ((number, a, b), (number + 1, b, a)):
                wrong = replace(own, value=other.value)
                yield Mutant(_with_regime(result, k, wrong), "branch", own.name, f"that of {other.name}")
    for number, implicit in enumerate(result.where):
        for what, equation in _equations(implicit):
            where = (*result.where[:number], replace(implicit, equation=equation), *result.where[number + 1 :])
            yield Mutant(replace(result, where=where), "equation", str(implicit.symbol), what)


def _with_regime(result: Result, number: int, regime: Regime) -> Result:
    return replace(result, regimes=(*result.regimes[:number], regime, *result.regimes[number + 1 :]))


def _values(regime: Regime) -> Iterator[tuple[str, Value]]:
    value = regime.value
    if isinstance(value, Expression):
        yield from matrix_slips(value)
    elif isinstance(value, sp.Tuple):
        for number, part in enumerate(value):
            for what, wrong in slips(part):
                yield f"number {number + 1}: {what}", sp.Tuple(*value[:number], wrong, *value[number + 1 :])
    elif value in (sp.oo, sp.S.Zero):
        yield f"{value} -> 1", sp.S.One
    else:
        yield from slips(value)


def _equations(implicit: Implicit) -> Iterator[tuple[str, sp.Eq]]:
    """Slips on the right; and on the left, where it is more than the symbol."""
    left, right = implicit.equation.args
    for what, wrong in slips(right):
        yield what, sp.Eq(left, wrong, evaluate=False)
    if left != implicit.symbol:
        for what, wrong in slips(left):
            yield what, sp.Eq(wrong, right, evaluate=False)
