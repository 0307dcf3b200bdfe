"""A claim: a result, the instances it is tested at, and the comparison with simulation that fits its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sympy as sp

from theory.calculus.averages import Average, QuantileIn
from theory.calculus.expressions import Expression
from theory.result import Regime, Result, Value
from verify.ledger import Account
from verify.verdict import Outcome

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


@dataclass(frozen=True)
class Level:
    """What one test may spend and must detect, and the seed of its draws.

    `sharper`: by how much this run resolves more than one with every change; `delta` has it already.
    """

    alpha: float
    alpha_pass: float
    delta: float
    seed: int
    sharper: float = 1.0


@dataclass(frozen=True)
class Case:
    """An instance (anything with `.fields()`) and the named arguments that a result needs beyond it."""

    instance: Any
    arguments: tuple[tuple[str, float], ...] = ()

    @property
    def fields(self) -> dict[str, Any]:
        """Everything that `Result.evaluate` takes."""
        return {**self.instance.fields(), **dict(self.arguments)}


Check = Callable[[Result, Case, Level], Outcome]
Twin = Callable[[Value], Value]


@dataclass(frozen=True)
class Stratum:
    """A part of the domain and how many instances of it are drawn; and those that are given, which are all taken."""

    name: str
    cases: SearchStrategy[Case]
    examples: int
    given: tuple[Case, ...] = ()


@dataclass(frozen=True)
class Claim:
    """What is compared, where, at which resolution; and how a formula is made wrong, which must then be refuted.

    `everywhere`: every regime of the formula is to be looked at, and one that is not leaves the claim vacuous.
    """

    key: str
    what: str
    check: Check
    strata: tuple[Stratum, ...]
    twin: Twin
    delta: float = 0.01
    account: Account = "certified"
    everywhere: bool = True


def scaled(factor: sp.Expr) -> Twin:
    """The twin that is `factor` times the formula."""

    def wrong(value: Value) -> Value:
        if isinstance(value, Expression):
            return value * factor
        if isinstance(value, Average | QuantileIn):
            return value.func(value.formula * factor, *value.args[1:])
        return sp.Add(*(term * factor for term in sp.Add.make_args(value)))

    return wrong


def shifted(count: int) -> Twin:
    """The twin that is off by a count."""

    def wrong(value: Value) -> Value:
        return value.func(value.formula + count, *value.args[1:]) if isinstance(value, QuantileIn) else value + count

    return wrong


def last_shifted(value: Value) -> Value:
    """The twin of several numbers of which the last is one more."""
    assert isinstance(value, sp.Tuple)
    return sp.Tuple(*value[:-1], value[-1] + 1)


SMALL = sp.Rational(1, 50)


def twin_in(regime: Regime, result: Result, twin: Twin) -> Result:
    """The result made wrong in one regime only: a number where it says infinity, something where it says nothing."""
    wrong = sp.Integer(1) if regime.value == sp.oo else twin(regime.value)
    return with_values(result, {regime.name: SMALL if wrong == regime.value else wrong})


def with_values(result: Result, values: Mapping[str, Any]) -> Result:
    """The same result with other formulas in its regimes, by regime name."""
    regimes = tuple(Regime(r.name, r.condition, values.get(r.name, r.value)) for r in result.regimes)
    return replace(result, regimes=regimes)
