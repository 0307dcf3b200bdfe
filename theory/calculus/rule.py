"""A rule is one function named after the identity it applies; its docstring is the rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from theory.calculus.expressions import Expression
from theory.references import Reference
from theory.result import Derivation, Equality, Implicit, Step, Value


@dataclass(frozen=True)
class Reason:
    """Why one line of a derivation equals the next: the rule in words, the sense of the equality, the source.

    Where the next line was computed beside the derivation (an equation solved, a limit taken, a lemma
    quoted) a reason stands alone; both lines can still be evaluated, so the step stays checkable by
    numbers.
    """

    name: str
    because: str
    equality: Equality
    reference: Reference | None = None

    def step(self, before: Value, after: Value, *conditions: str, where: tuple[Implicit, ...] = ()) -> Step:
        """The record of one application."""
        return Step(self.name, self.because, before, after, self.equality, conditions, self.reference, where)


@dataclass(frozen=True)
class Rule:
    """A rewriting of expressions that is an equality in a stated sense."""

    rewrite: Callable[..., Value]
    reason: Reason

    def __call__(self, before: Value, *args: Any) -> Value:
        return self.rewrite(before, *args)

    def step(self, before: Value, after: Value, *conditions: str) -> Step:
        """The record of one application."""
        return self.reason.step(before, after, *conditions)


def rule(equality: Equality, reference: Reference | None = None) -> Callable[[Callable[..., Value]], Rule]:
    """Make a rule of a function (expression, ...) -> expression; its name and docstring are the reason."""

    def make(rewrite: Callable[..., Value]) -> Rule:
        because = " ".join((rewrite.__doc__ or "").split("\n\n")[0].split())
        return Rule(rewrite, Reason(rewrite.__name__.replace("_", " "), because, equality, reference))

    return make


class Chain:
    """A derivation being written: each rule applied to the last line gives the next."""

    def __init__(self, title: str, domain: sp.Basic, start: Value) -> None:
        self.title, self.domain, self.current = title, domain, start
        self.steps: list[Step] = []

    def apply(self, rule: Rule, *args: Any, conditions: tuple[str, ...] = ()) -> Chain:
        """Rewrite the last line; a rule that changes nothing leaves no step."""
        after = rule(self.current, *args)
        if after != self.current:
            self.steps.append(rule.step(self.current, after, *conditions))
            self.current = after
        return self

    def record(self, reason: Reason, after: Value, *conditions: str, where: tuple[Implicit, ...] = ()) -> Chain:
        """Go on from the last line to one that was computed beside the derivation."""
        self.steps.append(reason.step(self.current, after, *conditions, where=where))
        self.current = after
        return self

    def turn_to(self, value: Value, steps: tuple[Step, ...] = ()) -> Chain:
        """Go on with another line: the end of steps made elsewhere, or a quantity that is taken up next."""
        self.steps.extend(steps)
        self.current = value
        return self

    @property
    def expression(self) -> Expression:
        """The last line, which must still hold matrices."""
        if not isinstance(self.current, Expression):
            raise TypeError(f"{self.current} is a number already: no matrix is left to rewrite")
        return self.current

    @property
    def number(self) -> sp.Expr:
        """The last line, which must hold no matrix any more."""
        if isinstance(self.current, Expression):
            raise TypeError(f"{self.current} still holds matrices: apply rules until only numbers are left")
        return self.current

    def derivation(self) -> Derivation:
        """The steps so far, frozen."""
        return Derivation(self.title, self.domain, tuple(self.steps))
