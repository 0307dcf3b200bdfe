"""Comparisons in law: of the draws with a law claimed, or with one that tells which moments are infinite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from numerics.linear import Linear
from theory.catalogue import result as catalogued
from theory.distribution import Distribution
from theory.result import Result
from verify import distributions, means
from verify.claim import Case, Check, Level
from verify.evidence import Curve
from verify.linear.drawing import sample
from verify.verdict import Outcome, Verdict

DISTANCE = 0.02
"""The Kolmogorov distance to which laws are resolved with every change: probabilities are right to 2%."""
TABLE = 5
"""Steps of about a fifth of the distance tabulate a distribution function, off by half as much."""

SHOWN = 51
"""Points at which a distribution function is kept for a figure."""


def law_outcome(cdf: Callable[[np.ndarray], np.ndarray], draws: np.ndarray, at: Level, error: float = 0.0) -> Outcome:
    """The law test, with a table of a continuous distribution function, known up to `error`.

    Between neighbours in the table the function is taken half-way, which is off by at most half their distance: that is
    taken off the resolution, and off the distance before anything is refused.  The supremum over the line of what is
    tested is attained at a draw, from the left or from the right, as the function itself is continuous.
    """
    distance = distance_at(at)
    grid = np.unique(np.concatenate([[0.0], np.quantile(draws, np.linspace(0.0, 1.0, 1 + round(TABLE / distance)))]))
    table = cdf(grid)
    middle = (table[1:] + table[:-1]) / 2
    off = float(np.max(np.diff(table))) / 2 + error
    coarse = off > distance / 4  # a law far from the draws, whose quantiles are no good grid for it: never supported
    outcome = distributions.test_law(
        draws,
        lambda x: middle[np.clip(np.searchsorted(grid, x) - 1, 0, len(middle) - 1)],
        delta=distance if coarse else distance - off,
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )
    surely_refuted = outcome.observed - off > np.sqrt(np.log(2 / at.alpha) / (2 * len(draws)))
    if (outcome.verdict is Verdict.REFUTED and not surely_refuted) or (coarse and outcome.verdict is Verdict.SUPPORTED):
        outcome = replace(outcome, verdict=Verdict.UNDECIDED, note="undecided within the step of the table")
    return replace(outcome, evidence=_curve(grid, table, draws, at))


def _curve(grid: np.ndarray, claimed: np.ndarray, draws: np.ndarray, at: Level) -> Curve:
    """Both distribution functions at some points of the grid."""
    some = np.unique(np.linspace(0, len(grid) - 1, SHOWN).round().astype(int))
    observed = np.searchsorted(np.sort(draws), grid[some], side="right") / len(draws)
    places, formula, seen = (tuple(column.tolist()) for column in (grid[some], claimed[some], observed))
    return Curve(places, formula, seen, distributions.radius(len(draws), at.alpha_pass), distance_at(at))


def draws_for(at: Level) -> int:
    """Enough draws to decide a law at this level."""
    return distributions.draws_needed(4 / 5 * distance_at(at), at.alpha, at.alpha_pass)


def distance_at(at: Level) -> float:
    """The Kolmogorov distance that is resolved, an absolute number."""
    return DISTANCE / at.sharper


def law_check(column: str) -> Check:
    """The law of a column is the one claimed."""

    def check(result: Result, case: Case, at: Level) -> Outcome:
        law = result.evaluate(**case.fields)
        assert isinstance(law, Distribution)
        return law_outcome(law.cdf, sample(case.instance, column, at.seed, draws_for(at)), at)

    return check


def law_of(key: str, instance: Linear) -> Distribution:
    """The derived law with this key, at an instance."""
    law = catalogued(key).evaluate(**instance.fields())
    assert isinstance(law, Distribution)
    return law


def mean_through_law(claimed: float, column: str, instance: Linear, at: Level) -> Outcome:
    """Near n = d the draws have no variance: test their law, and compare the claim with the mean of that law."""
    key, realised = ("noise_law", "noise") if column == "noise_mean" else ("risk_law", "risk")
    law = law_of(f"linear.{key}", instance)
    outcome = law_outcome(law.cdf, sample(instance, realised, at.seed, draws_for(at)), at)
    both_infinite = claimed == law.mean == np.inf
    agrees = both_infinite or (law.mean < np.inf and abs(claimed - law.mean) <= means.ROUNDING * law.mean)
    note = "in law: the mean has infinite variance or is infinite here"
    return concluded(outcome, agrees, note, f"the law has mean {law.mean:g}")


def existence_of_variance(claimed: float, instance: Linear, at: Level) -> Outcome:
    """The noise part given the design varies infinitely if and only if the noise part as drawn does: test its law.

    Given the design it is e'Me with Gaussian e and M >= 0, so that its mean square, 2 sigma^4 tr M^2 +
    (sigma^2 tr M)^2, lies between the square of its mean sigma^2 tr M and three times that: it is three times that for
    an M of rank one, where the law therefore tells the variance of sigma^2 tr M.
    """
    law = law_of("linear.noise_law", instance)
    outcome = law_outcome(law.cdf, sample(instance, "noise", at.seed, draws_for(at)), at)
    if not law.has_moment(2):
        return concluded(outcome, claimed == np.inf, "in law: the variance is infinite here", f"{claimed:g} is claimed")
    if min(instance.n, instance.d) == 1:
        found = (law.variance + law.mean**2) / 3 - law.mean**2
        agrees = abs(claimed - found) <= means.ROUNDING * found
        return concluded(outcome, agrees, "in law: the fourth moment is infinite here", f"the law makes it {found:g}")
    note = "in law: the variance is finite; its value is tested where the fourth moment is"
    return concluded(outcome, claimed < np.inf, note, f"{claimed:g} is claimed")


def concluded(outcome: Outcome, agrees: bool, note: str, otherwise: str) -> Outcome:
    """The verdict on a moment: that on the law it is read off, unless the claim is not what the law says."""
    if agrees:
        return replace(outcome, note=note)
    return replace(outcome, verdict=Verdict.REFUTED, note=f"{note}; {otherwise}")
