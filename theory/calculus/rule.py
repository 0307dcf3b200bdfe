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
class Rule:
    """A rewriting of expressions that is an equality in a stated sense."""

    rewrite: Callable[..., Value]
    equality: Equality
    reference: Reference | None = None

    @property
    def name(self) -> str:
        return self.rewrite.__name__.replace("_", " ")

    @property
    def because(self) -> str:
        return " ".join((self.rewrite.__doc__ or "").split("\n\n")[0].split())

    def __call__(self, before: Value, *args: Any) -> Value:
        return self.rewrite(before, *args)

    def step(self, before: Value, after: Value, *conditions: str, where: tuple[Implicit, ...] = ()) -> Step:
        """The record of one application."""
        return Step(self.name, self.because, before, after, self.equality, conditions, self.reference, where)


def rule(equality: Equality, reference: Reference | None = None) -> Callable[[Callable[..., Value]], Rule]:
    """Make a rule of a function (expression, ...) -> expression."""
    return lambda rewrite: Rule(rewrite, equality, reference)


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

    def cite(self, steps: tuple[Step, ...], value: Value) -> Chain:
        """Continue from steps made elsewhere that end in `value`."""
        self.steps.extend(steps)
        self.current = value
        return self

    @property
    def expression(self) -> Expression:
        if not isinstance(self.current, Expression):
            raise TypeError(f"{self.current} is a number already: no matrix is left to rewrite")
        return self.current

    def derivation(self) -> Derivation:
        return Derivation(self.title, self.domain, tuple(self.steps))
