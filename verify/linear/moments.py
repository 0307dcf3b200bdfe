"""The moments of the test error and the bound that they give, against draws of the risk."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from hypothesis import strategies as st

from theory.catalogue import result as catalogued
from theory.result import Result
from verify import coverage, means
from verify.claim import Case, Check, Level, Stratum
from verify.linear import certificates, instances
from verify.linear.drawing import chunks, sample
from verify.verdict import Outcome

KEY = "linear.error_moments"
Draws: TypeAlias = np.ndarray
POWERS, INVERSE_POWERS = st.floats(1.25, 2.0), st.floats(0.5, 1.0)
"""Twice as large they must still be below (n + 1)/2 and (d - n + 1)/2, or (d - n)/2: the variance is known."""


def moment_check(key: str, sign: int) -> Check:
    """E (R + sigma^2)^m, or of -m, equals the formula; its variance is the moment of twice m, less its square."""

    def check(result: Result, case: Case, at: Level) -> Outcome:
        noise, power = case.instance.sigma**2, dict(case.arguments)["power"]
        mean = float(catalogued(key).evaluate(**case.fields))
        square = float(catalogued(key).evaluate(**{**case.fields, "power": 2 * power}))
        return _mean_is(result, case, at, lambda risks: (risks + noise) ** (sign * power), square - mean**2)

    return check


def mean_check(result: Result, case: Case, at: Level) -> Outcome:
    """E R equals the formula; its variance is the second moment of the test error, less its squared mean."""
    mean = float(catalogued("linear.risk_any_covariance").evaluate(**case.fields)) + case.instance.sigma**2
    square = float(catalogued(KEY).evaluate(**case.fields, power=2.0))
    return _mean_is(result, case, at, lambda risks: risks, square - mean**2)


def _mean_is(result: Result, case: Case, at: Level, column: Callable[[Draws], Draws], variance: float) -> Outcome:
    claimed = float(result.evaluate(**case.fields))
    return means.test_mean(
        map(column, chunks(case.instance, "risk", at.seed)),
        claimed,
        variance,
        certificates.CLOSED,
        delta=at.delta,
        scale=abs(claimed),
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )


def bound_check(kept: Callable[[Draws, float], Draws]) -> Check:
    """The bound is kept (`np.less`, or `np.greater` where it is one from below) with at least its confidence."""

    def check(result: Result, case: Case, at: Level) -> Outcome:
        bound = float(result.evaluate(**case.fields))
        draws = sample(case.instance, "risk", at.seed, coverage.trials_needed(at.delta, at.alpha, at.alpha_pass))
        hits = int(np.count_nonzero(kept(draws, bound)))
        confidence = dict(case.arguments)["confidence"]
        return coverage.test_at_least(
            hits, len(draws), confidence, delta=at.delta, alpha=at.alpha, alpha_pass=at.alpha_pass
        )

    return check


def _wide(noisy: bool, least: int, gap: tuple[int, int]) -> st.SearchStrategy[Case]:
    return instances.wide(gap, noisy, least=least, most=least + 3)


@st.composite
def with_power(draw: st.DrawFn, base: st.SearchStrategy[Case], powers: st.SearchStrategy[float]) -> Case:
    """The same with a power."""
    case: Case = draw(base)
    return Case(case.instance, (("power", draw(powers)),))


EXPECTED = (
    Stratum("n < d, any covariance", instances.curved(_wide(True, 4, (6, 12))), 2),
    Stratum("n < d, any covariance, sigma = 0", instances.curved(_wide(False, 4, (2, 12))), 1),
    Stratum("n < d, any covariance, large", instances.curved(_wide(True, 24, (20, 30))), 1),
)
SIZES = {
    "n < d, any covariance": instances.curved(_wide(True, 8, (9, 14))),
    "n < d, any covariance, sigma = 0": instances.curved(_wide(False, 8, (9, 14))),
    "n < d, isotropic": _wide(True, 8, (9, 14)),
    "n < d, any covariance, large": instances.curved(_wide(True, 24, (20, 30))),
}
MOMENTS = tuple(Stratum(name, with_power(cases, POWERS), 1) for name, cases in SIZES.items())
INVERSE = tuple(Stratum(name, with_power(cases, INVERSE_POWERS), 1) for name, cases in SIZES.items())
BOUNDS = tuple(
    Stratum(name, instances.with_confidence(cases), 1)
    for name, cases in {
        "n < d, any covariance": instances.curved(_wide(True, 12, (12, 14))),
        "n < d, any covariance, many": instances.curved(_wide(False, 60, (60, 70))),
    }.items()
)
"""With many samples the bound is within a fifth of what it bounds, so that four fifths of it are exceeded too often."""
QUANTILES = tuple(
    Stratum(name, instances.with_confidence(instances.curved(cases)), 1)
    for name, cases in {
        "n < d, any covariance": _wide(True, 12, (12, 14)),
        "n < d, any covariance, sigma = 0": _wide(False, 12, (12, 14)),
    }.items()
)
