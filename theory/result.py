"""Results and their derivations: frozen data.  Printing is `theory.latex`, numbers `theory.evaluation`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import sympy as sp

from theory.calculus.expressions import Expression
from theory.references import Reference

if TYPE_CHECKING:
    from theory.evaluation import Evaluation

Value: TypeAlias = sp.Expr | Expression | sp.Tuple
"""A formula, one in matrices, or several numbers."""


class Kind(StrEnum):
    """What a result claims."""

    EXACT = "exact"
    LAW = "law"
    ASYMPTOTIC = "asymptotic"
    UPPER_BOUND = "upper bound"
    LOWER_BOUND = "lower bound"
    IDENTITY = "identity"


class Equality(StrEnum):
    """In which sense one line of a derivation equals the next, or is at most that, pathwise or on average."""

    PATHWISE = "pathwise"
    IN_EXPECTATION = "in expectation"
    IN_LAW = "in law"
    ASYMPTOTIC = "asymptotic"
    AT_MOST = "at most"
    AT_MOST_ON_AVERAGE = "at most, in expectation"


@dataclass(frozen=True)
class Statement:
    """The left-hand side of a result, in words and in LaTeX."""

    words: str
    text: str
    latex: str


@dataclass(frozen=True)
class Implicit:
    """A number given by symbol = formula, or a positive one as the root of an increasing or decreasing equation.

    A root may be 0 where it `may_vanish`.  `means`: the statement of which the number is the value, where that says it
    shorter.
    """

    symbol: sp.Symbol
    equation: sp.Eq
    may_vanish: bool = False
    means: Statement | None = None

    @cached_property
    def formula(self) -> sp.Expr | None:
        """What the symbol stands for, where the equation says so outright."""
        plain = self.equation.lhs == self.symbol and self.symbol not in self.equation.rhs.free_symbols
        return self.equation.rhs if plain else None

    @cached_property
    def needs(self) -> frozenset[sp.Symbol]:
        """What the equation is about beside the symbol."""
        return frozenset(self.equation.free_symbols - {self.symbol})


@dataclass(frozen=True)
class Step:
    """before = after by a rule, in the sense of `equality`, under side conditions.

    Both sides are expressions that can be evaluated, so that a step is checkable alone, by numbers.
    """

    rule: str
    because: str
    before: Value
    after: Value
    equality: Equality
    conditions: tuple[str, ...] = ()
    reference: Reference | None = None
    where: tuple[Implicit, ...] = ()


@dataclass(frozen=True)
class Derivation:
    """The steps that lead to a result in one regime; `domain` is where they hold, as a SymPy condition."""

    title: str
    domain: sp.Basic
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Regime:
    """A part of the domain with its own formula: `name` for people, `condition` and `value` for SymPy."""

    name: str
    condition: sp.Basic
    value: Value


@dataclass(frozen=True)
class Assumption:
    """One thing that a result takes for granted, and how to tell from an instance that it does not hold.

    `broken_by` maps a field whose presence breaks the assumption to what to do instead; `needs` maps a
    quantity that the instance must have (an isotropic covariance has a `level`) to the condition under
    which it must.
    """

    text: str
    broken_by: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, sp.Basic] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.text)


@dataclass(frozen=True)
class Result:
    """A derived statement: its formula by regime, what it assumes, its derivation and its sources.

    `value` is right on the whole stated domain, infinite where the quantity is infinite, and refused
    elsewhere.
    """

    key: str
    statement: Statement
    kind: Kind
    regimes: tuple[Regime, ...]
    given: tuple[Assumption, ...]
    derivations: tuple[Derivation, ...]
    references: tuple[Reference, ...]
    see_also: tuple[str, ...] = ()
    where: tuple[Implicit, ...] = ()

    @cached_property
    def value(self) -> Value:
        """One expression: the only formula, or a Piecewise over the regimes.

        Of formulas in matrices the first: it holds in every regime, as Q = 0 at full column rank.
        """
        if len(self.regimes) == 1 or any(isinstance(r.value, Expression) for r in self.regimes):
            first: Value = self.regimes[0].value
            return first
        return sp.Piecewise(*((r.value, r.condition) for r in self.regimes))

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step of every regime, in order."""
        return tuple(step for derivation in self.derivations for step in derivation.steps)

    def evaluate(self, **fields: Any) -> Any:
        """The number at an instance, given by its fields: `linear.risk().evaluate(n=10, d=40, sigma=0.5,
        ...)`.

        Raises `theory.evaluation.EvaluationError` with one line when a field is missing, malformed, or
        breaks an assumption.
        """
        return self.at(**fields).value

    def at(self, **fields: Any) -> Evaluation:
        """Like `evaluate`, with the regime that applied and what was assumed."""
        from theory.evaluation import evaluate

        return evaluate(self, fields)

    def sweep(self, **fields: Any) -> dict[str, list[Any]]:
        """Columns of numbers over every field given as a range or list of a scalar; pandas takes it as it
        is."""
        from theory.evaluation import sweep

        return sweep(self, fields)

    def latex(self) -> str:
        """statement = formula, as LaTeX mathematics without delimiters."""
        from theory.latex import result_latex

        return result_latex(self)

    def cite(self) -> str:
        """BibTeX entries of the sources."""
        return "\n\n".join(r.bibtex for r in self.references)

    def __str__(self) -> str:
        from theory.text import result_text

        return result_text(self)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": str(self), "text/latex": f"$\\displaystyle {self.latex()}$"}
