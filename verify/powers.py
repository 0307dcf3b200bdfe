"""Moments of the test error R + sigma^2: a mean whose variance the moment of twice the power gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np

from theory.catalogue import result as catalogued
from theory.result import Result
from verify import means
from verify.claim import Case, Check, Level
from verify.linear.certificates import CLOSED
from verify.verdict import Outcome

Draws: TypeAlias = np.ndarray
Risks: TypeAlias = Callable[[Any, int], Iterator[Draws]]
"""(instance, seed) -> draws of the excess risk, in chunks."""


def moment_check(key: str, sign: int, risks: Risks) -> Check:
    """E (R + sigma^2)^m, or of -m, equals the formula; its variance is the moment of twice m, less its square."""

    def check(result: Result, case: Case, at: Level) -> Outcome:
        noise, power = case.fields["sigma"] ** 2, dict(case.arguments)["power"]
        mean = float(catalogued(key).evaluate(**case.fields))
        square = float(catalogued(key).evaluate(**{**case.fields, "power": 2 * power}))
        drawn = ((chunk + noise) ** (sign * power) for chunk in risks(case.instance, at.seed))
        return _mean_is(result, case, at, drawn, square - mean**2)

    return check


def mean_check(key: str, squares: str, risks: Risks) -> Check:
    """E R equals the formula; its variance is the second moment of the test error, less its squared mean."""

    def check(result: Result, case: Case, at: Level) -> Outcome:
        mean = float(catalogued(key).evaluate(**case.fields)) + case.fields["sigma"] ** 2
        square = float(catalogued(squares).evaluate(**case.fields, power=2.0))
        return _mean_is(result, case, at, risks(case.instance, at.seed), square - mean**2)

    return check


def _mean_is(result: Result, case: Case, at: Level, drawn: Iterator[Draws], variance: float) -> Outcome:
    claimed = float(result.evaluate(**case.fields))
    return means.test_mean(
        drawn,
        claimed,
        variance,
        CLOSED,
        delta=at.delta,
        scale=abs(claimed),
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )
