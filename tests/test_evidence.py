"""What an outcome keeps to be drawn: the interval by which its test excludes errors."""

from __future__ import annotations

import json

import numpy as np
import pytest

from verify import Verdict, means, run
from verify.claim import Level
from verify.coverage import lower_limit
from verify.coverage import test_coverage as judge_coverage
from verify.evidence import Curve, Decay, Interval, Pairs
from verify.linear.laws import law_outcome
from verify.pathwise import equality
from verify.rates import RatePoint
from verify.rates import test_rate as judge_rate
from verify.sequential import confidence_interval

AT = Level(1e-6, 1e-6, 0.05, 1)


def judged(true: float, spread: float = 1.0) -> means.Outcome:
    draws = np.random.default_rng(3).normal(true, spread, 60_000)
    return means.test_mean(iter([draws]), 1.0, spread**2, "given", delta=0.05, alpha=1e-6, alpha_pass=1e-6)


@pytest.mark.parametrize("true", [1.0, 1.02, 1.05, 1.1])
def test_a_mean_is_supported_only_where_its_interval_lies_within_the_resolution(true: float) -> None:
    """Noise: the seed is fixed; the interval misses with probability 2e-6."""
    outcome = judged(true)
    assert isinstance(outcome.evidence, Interval)
    low, high = outcome.evidence.low, outcome.evidence.high
    assert low < true < high
    within = 1 - outcome.resolution * (1 + 1e-9) <= low <= high <= 1 + outcome.resolution * (1 + 1e-9)
    assert within == (outcome.verdict is Verdict.SUPPORTED)
    assert low < outcome.observed < high


def test_the_interval_is_what_neither_process_excludes() -> None:
    """Its ends are excluded and what lies a little further in is not, by the definition in `verify.means`."""
    draws, v, deviation, level = np.random.default_rng(1).standard_t(5, 5_000), 5 / 3, 0.2, 1e-3
    low, high = confidence_interval(draws, v, deviation, level)
    lam = deviation / v
    bound = len(draws) * np.log1p(lam * deviation / 2) + np.log(1 / level)

    def excess(theta: float, sign: int) -> float:
        y = sign * lam * (draws - theta)
        return float(np.sum(np.sign(y) * np.log1p(np.abs(y) + y * y / 2)))

    further = 0.004 * (high - low)
    assert excess(low, 1) >= bound > excess(low + further, 1)
    assert excess(high, -1) >= bound > excess(high - further, -1)


@pytest.mark.parametrize(
    "draws", [[3.0], [1e150, -1e150], [0.0, 0.0, 1e-300], [5.0] * 40, [-1e9, 1.0, 1.0], [1e150] * 3]
)
def test_there_is_an_interval_whatever_the_draws(draws: list[float]) -> None:
    low, high = confidence_interval(np.array(draws), 1.0, 0.1, 1e-6)
    assert -np.inf < low <= high < np.inf


def misses(variance: float, runs: int = 1000, level: float = 0.05) -> int:
    """How many of the intervals of skewed draws with variance 1 and mean 0 lie below their mean."""
    rng = np.random.default_rng(5)
    samples = (rng.exponential(size=100) - 1 for _ in range(runs))
    return sum(confidence_interval(draws, variance, 0.5 * variance, level)[1] < 0 for draws in samples)


def test_the_interval_misses_no_more_often_than_its_level() -> None:
    """Exact binomial limits at 1e-6: the certified variance keeps the level, one a twentieth of it does not."""
    assert lower_limit(misses(1.0), 1000, 1e-6) <= 0.05
    assert lower_limit(misses(0.05), 1000, 1e-6) > 0.05


def test_no_interval_is_kept_of_draws_that_are_not_finite() -> None:
    draws = iter([np.array([1.0, np.inf])])
    outcome = means.test_mean(draws, 1.0, 1.0, "given", delta=0.1, alpha=1e-3, alpha_pass=1e-3)
    assert outcome.verdict is Verdict.REFUTED
    assert outcome.evidence is None


def test_without_variance_the_interval_is_the_range_of_the_draws() -> None:
    outcome = equality(np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-12]), AT)
    assert outcome.evidence == Pairs((1.0, 2.0 + 1e-12), (1.0, 2.0))
    draws = iter([np.array([2.0, 2.0, 2.5])])
    outcome = means.test_mean(draws, 2.0, 0.0, "none needed", delta=0.1, alpha=1e-3, alpha_pass=1e-3)
    assert outcome.evidence == Interval(2.0, 2.5)


def test_a_law_is_kept_at_some_points_with_the_radius_that_decided() -> None:
    draws = np.random.default_rng(2).exponential(size=150_000)
    outcome = law_outcome(lambda x: -np.expm1(-x), draws, AT)
    assert isinstance(outcome.evidence, Curve)
    gaps = np.abs(np.subtract(outcome.evidence.claimed, outcome.evidence.observed))
    assert outcome.verdict is Verdict.SUPPORTED
    assert gaps.max() + outcome.evidence.radius <= outcome.evidence.limit == 0.02
    assert np.all(np.diff(outcome.evidence.at) > 0)


def test_a_rate_keeps_the_intervals_of_its_sizes() -> None:
    points = [RatePoint(n, 1.0, np.array([1 + 1 / n]), 0.0) for n in (4, 8, 16, 32)]
    outcome = judge_rate(points, "exact", delta=0.05, alpha=1e-3, alpha_pass=1e-3)
    assert isinstance(outcome.evidence, Decay)
    assert outcome.evidence.sizes == (4, 8, 16, 32)
    assert outcome.evidence.errors == pytest.approx((1 / 4, 1 / 8, 1 / 16, 1 / 32))
    assert all(a <= b for a, b in zip(outcome.evidence.low, outcome.evidence.high, strict=True))


def test_a_coverage_keeps_its_exact_limits() -> None:
    outcome = judge_coverage(95, 100, 0.95, delta=0.2, alpha=1e-3, alpha_pass=1e-3)
    assert isinstance(outcome.evidence, Interval)
    assert 0.95 - 0.2 < outcome.evidence.low < 0.95 < outcome.evidence.high < 1


def test_every_outcome_of_a_run_says_where_it_was_made_and_can_be_read_back() -> None:
    report = run(["linear.bias", "linear.quantile"], seed=1)
    for row in report.rows:
        for outcome in row.outcomes:
            assert outcome.place is not None
            assert outcome.place.regime in dict(row.regimes)
            assert outcome.place.fields["setting"] == "linear"
            assert outcome.place.seconds >= 0
    assert report.rows[1].outcomes[0].place.arguments.keys() == {"confidence"}  # type: ignore[union-attr]
    written = report.as_json()
    assert json.loads(json.dumps(written, allow_nan=False)) == written
