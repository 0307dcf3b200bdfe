"""The comparisons of linear fine-tuning: what is drawn, what it is compared with, and by which test."""

from __future__ import annotations

from collections.abc import Callable

from numerics import linear as mc
from numerics.linear import Linear
from theory.catalogue import result as catalogued
from theory.result import Result
from verify import means
from verify.claim import Case, Check, Level
from verify.linear import certificates
from verify.linear.drawing import chunks, size_of
from verify.linear.infinite import existence
from verify.linear.laws import existence_of_variance, mean_through_law
from verify.verdict import Outcome


def mean_check(column: str, variance: Callable[[Linear], float]) -> Check:
    """E of a column equals the formula: in the mean where the variance is finite, in law elsewhere."""

    def check(result: Result, case: Case, at: Level) -> Outcome:
        instance = case.instance
        claimed = float(result.evaluate(**case.fields))
        if not mc.moment_is_finite(instance, column, 2):
            if instance.learned or instance.test_spectrum is not None:
                return existence(claimed, instance, at)
            return mean_through_law(claimed, column, instance, at)
        return means.test_mean(
            chunks(instance, column, at.seed),
            claimed,
            variance(instance) if claimed else 0.0,  # what is never negative is 0 if its mean is
            certificates.CLOSED,
            delta=at.delta,
            scale=abs(claimed) or size_of(instance),
            alpha=at.alpha,
            alpha_pass=at.alpha_pass,
        )

    return check


def squared_deviation_check(column: str, part: str, mean_key: str) -> Check:
    """Var of a column over designs: the mean of its squared deviation from the known mean, where it is finite."""

    def check(result: Result, case: Case, at: Level) -> Outcome:
        instance = case.instance
        claimed = float(result.evaluate(**case.fields))
        if not mc.moment_is_finite(instance, column, 4):
            return existence_of_variance(claimed, instance, at)
        centre = float(catalogued(mean_key).evaluate(**case.fields))
        return means.test_mean(
            ((c - centre) ** 2 for c in chunks(instance, column, at.seed)),
            claimed,
            certificates.squared_deviation_variance(instance, part) if claimed else 0.0,
            certificates.CLOSED,
            delta=at.delta,
            scale=claimed or size_of(instance) ** 2,
            alpha=at.alpha,
            alpha_pass=at.alpha_pass,
        )

    return check
