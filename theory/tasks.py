"""A sequence of tasks as a field, and formulas in sums and products over them at its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from theory import checks
from theory.checks import FieldError
from theory.features import Vector
from theory.shown import shown

NUMBER, PLACE, OTHER = (sp.Symbol(name, integer=True, positive=True) for name in ("task_count", "k", "j"))
SAMPLES, NOISES, APART = (sp.IndexedBase(name) for name in ("samples", "noise", "apart"))
FIRST = sp.Symbol("apart_first", nonnegative=True)
OVER_TASKS = (SAMPLES, NOISES, APART, FIRST)
FIELDS = ("n", "sigma", "target")


class ByFalling(sp.Function):  # type: ignore[misc]
    """The places from 1 to the last, in the order of falling value of a formula in the place; equal ones as they are.

    Arguments: formula, place, last.
    """

    nargs = 3

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """All symbols but the place."""
        formula, place, last = self.args
        return set((formula.free_symbols - {place}) | last.free_symbols)

    def at(self, place: int) -> sp.Expr:
        """The formula in a place."""
        return self.args[0].xreplace({self.args[1]: sp.Integer(place)})


@dataclass(frozen=True)
class Given:
    """One task: its samples, the standard deviation of its label noise, its weights."""

    n: sp.Integer
    sigma: float
    target: Vector


def tasks(name: str, got: Any) -> tuple[Given, ...]:
    """A list of {n, sigma, target}, all of one length.  Raises FieldError."""
    if not isinstance(got, list | tuple) or not got:
        raise FieldError(f"{name}={shown(got)}: needs a list of tasks, each {{n, sigma, target}}")
    found = []
    for place, one in enumerate(got, 1):
        if not isinstance(one, Mapping) or set(one) != set(FIELDS):
            raise FieldError(f"{name}: task {place} is {shown(one)}: needs n, sigma and target, and nothing else")
        checked = checks.count(f"n of task {place}", one["n"]), checks.nonnegative("sigma", one["sigma"])
        found.append(Given(*checked, checks.vector(f"target of task {place}", one["target"])))
    if len({len(one.target) for one in found}) > 1:
        raise FieldError(f"{name}: their targets differ in length: give one entry per feature in each")
    return tuple(found)


def at_threshold(given: Sequence[Given], d: int) -> int:
    """How many tasks have noise and |n - d| <= 1."""
    return sum(abs(int(one.n) - int(d)) <= 1 and one.sigma > 0 for one in given)


def samples_each(given: Sequence[Given]) -> int:
    """The samples of all tasks.  Raises FieldError where they differ."""
    return int(_alike("n", [one.n for one in given]))


def noise_each(given: Sequence[Given]) -> float:
    """The noise of all tasks.  Raises FieldError where it differs."""
    return float(_alike("sigma", [one.sigma for one in given]))


def _alike(name: str, found: Sequence[Any]) -> Any:
    if len(set(found)) > 1:
        raise FieldError(f"tasks: their {name} differ, {shown([float(z) for z in found])}: use sequence.risk")
    return found[0]


def squared(a: Vector, b: Vector) -> sp.Rational:
    """|a - b|^2, exactly, of the decimals that are written."""
    pairs = zip(a, b, strict=True)
    total = sum(((Fraction(repr(float(x))) - Fraction(repr(float(y)))) ** 2 for x, y in pairs), Fraction(0))
    return sp.Rational(total.numerator, total.denominator)


def along(value: sp.Expr, given: Sequence[Given], start: Vector, task: int) -> sp.Expr:
    """A formula with its sums and products written out, and every task's numbers put in; distances are from `task`."""
    numbers: dict[sp.Basic, sp.Expr] = {FIRST: squared(start, given[task - 1].target)}
    for place, one in enumerate(given, 1):
        numbers |= {SAMPLES[place]: one.n, NOISES[place]: sp.Rational(repr(one.sigma))}
        numbers[APART[place]] = squared(one.target, given[task - 1].target)
    sizes = {NUMBER: sp.Integer(len(given)), sp.Symbol("task", integer=True, positive=True): sp.Integer(task)}
    return _written_out(value.subs(sizes)).xreplace(numbers)


def _written_out(value: sp.Basic) -> sp.Expr:
    """Sums and products term by term; those without a term are 0 and 1."""
    if isinstance(value, sp.Sum | sp.Product):
        ((index, low, high),) = value.limits
        terms = (_written_out(value.function.xreplace({index: sp.Integer(k)})) for k in range(int(low), int(high) + 1))
        return sp.Add(*terms) if isinstance(value, sp.Sum) else sp.Mul(*terms)
    return value.func(*map(_written_out, value.args)) if value.has(sp.Sum, sp.Product) else value
