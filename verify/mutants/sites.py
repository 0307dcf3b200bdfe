"""Instances at which a mutant is held against the formula that it was made of: by how much the two differ there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from numerics.linear import Linear, target_sample
from theory.checks import FieldError
from theory.distribution import Distribution
from theory.evaluation import EvaluationError, regime_at
from theory.result import Result
from verify.claim import Case
from verify.linear.laws import law_of

WRONG_NUMBERS = (
    EvaluationError,
    ArithmeticError,
    ValueError,
    TypeError,
    AssertionError,
    RecursionError,
    LookupError,
    AttributeError,
    sp.PolynomialError,
)
"""What a wrong formula raises where it has no number; the last five from code that is made of what it is not."""
LARGEST = 512
"""The size at which limits are compared: what differs there by O(1/n) only is the same limit."""
POINTS, TAIL = 100, 0.005
"""Laws are compared at so many points on either scale, between their quantiles at TAIL and 1 - TAIL."""


@dataclass(frozen=True)
class Site:
    """One instance, and what the right formula says there."""

    right: Result
    case: Case

    @cached_property
    def fields(self) -> Mapping[str, Any]:
        """What formulas take; those that need a design of linear regression get one, with its noise."""
        instance = self.case.instance
        if hasattr(instance, "at"):  # the profile of a limit
            return {**instance.at(LARGEST).fields(), **dict(self.case.arguments)}
        try:
            self.right.evaluate(**self.case.fields)
        except EvaluationError:
            linear = getattr(instance, "linear", instance)
            if not isinstance(linear, Linear):
                return self.case.fields
            x, e = target_sample(linear, 0, 0)
            return {**self.case.fields, "X": x, "e": e, "y": x @ linear.target + e}
        return self.case.fields

    @cached_property
    def regime(self) -> int:
        """The number of the regime that applies; -1 outside the domain of the formula."""
        return _regime(self.right, self.fields)

    @cached_property
    def expected(self) -> Any:
        """The right value; None outside the domain of the formula."""
        try:
            return self.right.evaluate(**self.fields)
        except EvaluationError:
            return None

    @cached_property
    def _points(self) -> np.ndarray:
        low, high = (self.expected.quantile(p) for p in (TAIL, 1 - TAIL))
        even = np.linspace(low, high, POINTS)
        return np.concatenate([even, np.geomspace(low, high, POINTS)]) if low > 0 else even

    @cached_property
    def _probabilities(self) -> np.ndarray:
        return np.asarray(self.expected.cdf(self._points))

    @cached_property
    def _law(self) -> Distribution | None:
        """The law that a quantile is one of."""
        return law_of("linear.risk_law", self.case.instance) if "confidence" in dict(self.case.arguments) else None

    def difference(self, wrong: Result) -> float:
        """How far the values are apart, relative to the right one; for laws and quantiles, in probability.

        Infinite where only one of them is a number, 0 outside the domain of the right formula.
        """
        if self.expected is None or self._same_here(wrong):
            return 0.0
        try:
            found = self._apart(wrong.evaluate(**self.fields))
        except WRONG_NUMBERS:
            return math.inf
        return math.inf if math.isnan(found) else found

    def _same_here(self, wrong: Result) -> bool:
        """Whether one formula applies here, by the same regime and equations."""
        if wrong.where != self.right.where:
            return False
        pairs = list(zip(self.right.regimes, wrong.regimes, strict=True))
        moved = any(a.condition != b.condition for a, b in pairs)
        where = _regime(wrong, self.fields) if moved else self.regime
        return where >= 0 and self.right.regimes[self.regime].value == wrong.regimes[where].value

    def _apart(self, found: Any) -> float:
        expected = self.expected
        if isinstance(expected, Distribution):
            known = isinstance(found, Distribution)
            return float(np.max(np.abs(found.cdf(self._points) - self._probabilities))) if known else math.inf
        if self._law is not None:
            return float(np.abs(self._law.cdf(found) - self._law.cdf(expected)))
        if isinstance(expected, np.ndarray):
            return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))
        if found == expected:
            return 0.0
        return abs(float(found) / float(expected) - 1) if 0 < abs(expected) < math.inf else math.inf


def _regime(result: Result, fields: Mapping[str, Any]) -> int:
    try:
        applies = regime_at(result, fields)
    except (FieldError, TypeError):
        return -1
    return next(number for number, regime in enumerate(result.regimes) if regime is applies)


def sites(right: Result, cases: Sequence[Case]) -> tuple[Site, ...]:
    """A site for every case."""
    return tuple(Site(right, case) for case in cases)
