"""The comparisons of linear fine-tuning: what is drawn, what it is compared with, and by which test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import numpy as np

from numerics import linear as mc
from numerics.linear import Linear
from theory.catalogue import result as catalogued
from theory.distribution import Distribution
from theory.result import Result
from verify import coverage, distributions, means
from verify.claim import Case, Level
from verify.linear import certificates
from verify.verdict import Outcome, Verdict

PILOT = 4096
TABLE = 2001
"""Points at which the distribution function of a sum of two atoms is tabulated: steps of about 1/2000."""


def chunks(instance: Linear, column: str, seed: int) -> Iterator[np.ndarray]:
    """Draws of one column of the fast simulator, batch after batch; of the literal one for the bias where n >= d, which
    the fast one knows to be zero."""
    law = "literal" if column == "bias" and instance.n >= instance.d else "fast"
    return (mc.batch(instance, seed, number, law)[column] for number in count())


def sample(instance: Linear, column: str, seed: int, size: int) -> np.ndarray:
    """So many draws of one column."""
    parts, have = [], 0
    for chunk in chunks(instance, column, seed):
        parts.append(chunk)
        have += len(chunk)
        if have >= size:
            return np.concatenate(parts)[:size]
    raise AssertionError


def mean_check(column: str, variance: Callable[[Linear], float]) -> Callable[[Result, Case, Level], Outcome]:
    """E of a column equals the formula: in the mean where the variance is finite, in law elsewhere."""

    def check(result: Result, case: Case, at: Level) -> Outcome:
        instance = case.instance
        claimed = float(result.evaluate(**case.fields))
        if not mc.moment_is_finite(instance, column, 2):
            return mean_through_law(claimed, column, instance, at)
        return means.test_mean(
            chunks(instance, column, at.seed),
            claimed,
            variance(instance),
            certificates.CLOSED,
            delta=at.delta,
            scale=abs(claimed) or size_of(instance),
            alpha=at.alpha,
            alpha_pass=at.alpha_pass,
        )

    return check


def size_of(instance: Linear) -> float:
    """A named scale where the formula is zero: the risk of predicting zero, plus the noise."""
    return float(instance.risk_weights @ np.asarray(instance.target) ** 2 + instance.sigma**2)


def mean_through_law(claimed: float, column: str, instance: Linear, at: Level) -> Outcome:
    """Near n = d the draws have no variance: test their law, and compare the claim with the mean of that law."""
    key = "linear.noise_law" if column == "noise_mean" else "linear.risk_law"
    realised = "noise" if column == "noise_mean" else "risk"
    law = catalogued(key).evaluate(**instance.fields())
    assert isinstance(law, Distribution)
    outcome = law_outcome(law, sample(instance, realised, at.seed, draws_for(at)), at)
    both_infinite = claimed == law.mean == np.inf
    agrees = both_infinite or (law.mean < np.inf and abs(claimed - law.mean) <= means.ROUNDING * law.mean)
    note = "in law: the mean has infinite variance or is infinite here"
    verdict = outcome.verdict if agrees else Verdict.REFUTED
    return replace(outcome, verdict=verdict, note=note if agrees else f"{note}; the law has mean {law.mean:g}")


def draws_for(at: Level) -> int:
    """Enough draws to decide a law at this level."""
    return distributions.draws_needed(at.delta - 2 / TABLE, at.alpha, at.alpha_pass)


def law_outcome(law: Distribution, draws: np.ndarray, at: Level) -> Outcome:
    """The law test, with a table of the distribution function.

    The table is off by no more than its largest step, which is taken off the resolution, and off the distance before
    anything is refused.
    """
    if not law.atoms:
        return distributions.test_law(draws, law.cdf, delta=at.delta, alpha=at.alpha, alpha_pass=at.alpha_pass)
    grid = np.unique(np.concatenate([[0.0], np.quantile(draws, np.linspace(0.0, 1.0, TABLE))]))
    table = law.cdf(grid)
    step = float(np.max(np.diff(table)))
    coarse = step > at.delta / 4  # a law far from the draws, whose quantiles are no good grid for it: never supported
    outcome = distributions.test_law(
        draws,
        lambda x: np.interp(x, grid, table),
        delta=at.delta if coarse else at.delta - step,
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )
    surely_refuted = outcome.observed - step > np.sqrt(np.log(2 / at.alpha) / (2 * len(draws)))
    if (outcome.verdict is Verdict.REFUTED and not surely_refuted) or (coarse and outcome.verdict is Verdict.SUPPORTED):
        return replace(outcome, verdict=Verdict.UNDECIDED, note="undecided within the step of the table")
    return outcome


def law_check(column: str) -> Callable[[Result, Case, Level], Outcome]:
    """The law of a column is the one claimed."""

    def check(result: Result, case: Case, at: Level) -> Outcome:
        law = result.evaluate(**case.fields)
        assert isinstance(law, Distribution)
        return law_outcome(law, sample(case.instance, column, at.seed, draws_for(at)), at)

    return check


def squared_deviation_check(column: str, part: str, mean_key: str) -> Callable[[Result, Case, Level], Outcome]:
    """Var of a column over designs: the mean of its squared deviation from the known mean."""

    def check(result: Result, case: Case, at: Level) -> Outcome:
        instance = case.instance
        claimed = float(result.evaluate(**case.fields))
        centre = float(catalogued(mean_key).evaluate(**case.fields))
        return means.test_mean(
            ((c - centre) ** 2 for c in chunks(instance, column, at.seed)),
            claimed,
            certificates.squared_deviation_variance(instance, part),
            certificates.CLOSED,
            delta=at.delta,
            scale=claimed or size_of(instance) ** 2,
            alpha=at.alpha,
            alpha_pass=at.alpha_pass,
        )

    return check


def coverage_check(result: Result, case: Case, at: Level) -> Outcome:
    """The quantile is not exceeded with exactly its probability."""
    bound = float(result.evaluate(**case.fields))
    draws = sample(case.instance, "risk", at.seed, coverage.trials_needed(at.delta, at.alpha, at.alpha_pass))
    hits = int(np.count_nonzero(draws <= bound))
    confidence = dict(case.arguments)["confidence"]
    return coverage.test_coverage(
        hits, len(draws), confidence, delta=at.delta, alpha=at.alpha, alpha_pass=at.alpha_pass
    )


def learned_source_check(result: Result, case: Case, at: Level) -> Outcome:
    """The mean risk with a learned source; its variance comes from an independent pilot."""
    instance = case.instance
    pilot = sample(instance, "conditional_risk", at.seed ^ 1, PILOT)
    claimed = float(result.evaluate(**case.fields))
    return means.test_mean(
        chunks(instance, "conditional_risk", at.seed),
        claimed,
        means.pilot_variance(pilot),
        "pilot x2",
        delta=at.delta,
        scale=claimed or size_of(instance),
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )
