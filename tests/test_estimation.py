"""What a Gaussian sample says: intervals have exactly their confidence, and fits of redrawn samples the law of fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.random import Generator

from numerics import estimation
from numerics.estimation import Fit, fit, redrawn, scaled
from numerics.instance import InstanceError
from verify import coverage, means
from verify.verdict import Verdict

ROWS, SIGMA = 11, 0.7
SPECTRUM = np.array([2.0, 1.0, 0.3])
TARGET, SOURCE = np.array([1.0, -0.5, 0.8]), np.array([0.6, -0.5, 0.0])
CONFIDENCE, DELTA, ALPHA = 0.9, 0.05, 1e-6
"""A wrong coverage by 5% is found, and a right one refused, with probability 1e-6 each."""
TRIALS = coverage.trials_needed(DELTA, ALPHA, ALPHA)


def samples(target: np.ndarray = TARGET) -> Iterator[Fit]:
    """Fits of samples of a known law, their means not zero."""
    rng = np.random.default_rng(11)
    for _ in range(TRIALS):
        x = 3 + rng.standard_normal((ROWS, 3)) * np.sqrt(SPECTRUM)
        yield fit(x, 2 + x @ target + SIGMA * rng.standard_normal(ROWS))


FITS = tuple(samples())
ERROR = float(SPECTRUM @ (TARGET - SOURCE) ** 2) + SIGMA**2


def covered(interval: Callable[[Fit], estimation.Interval], truth: float) -> Verdict:
    """The verdict on how often the truth is within the interval."""
    hits = sum(found.low <= truth <= found.high for found in map(interval, FITS))
    return coverage.test_coverage(hits, TRIALS, CONFIDENCE, delta=DELTA, alpha=ALPHA, alpha_pass=ALPHA).verdict


def test_the_interval_of_the_noise_has_its_confidence_and_that_with_other_degrees_of_freedom_has_not() -> None:
    assert covered(lambda found: estimation.noise(found, CONFIDENCE), SIGMA**2) is Verdict.SUPPORTED
    assert covered(lambda found: scaled(found.noise, ROWS + 10, CONFIDENCE), SIGMA**2) is Verdict.REFUTED


def test_the_interval_of_the_error_of_a_source_has_its_confidence_and_that_of_its_distance_alone_has_not() -> None:
    assert covered(lambda found: estimation.error_of(found, SOURCE, CONFIDENCE), ERROR) is Verdict.SUPPORTED
    wrong = covered(lambda found: scaled(found.distance(SOURCE), ROWS - 1, CONFIDENCE), ERROR)
    assert wrong is Verdict.REFUTED


def test_errors_are_those_of_residuals_by_their_own_sample_variance() -> None:
    """A second route, to rounding: of y - x'u, and of least squares on the features alone."""
    rng = np.random.default_rng(5)
    x, features = 3 + rng.standard_normal((ROWS, 3)), np.array([[1.0], [0.5], [0.0]])
    y = 2 + x @ TARGET + SIGMA * rng.standard_normal(ROWS)
    found = fit(x, y)
    assert estimation.error_of(found, SOURCE, CONFIDENCE).value == pytest.approx(np.var(y - x @ SOURCE, ddof=1))
    seen = np.column_stack([np.ones(ROWS), x @ features])
    rest = y - seen @ np.linalg.lstsq(seen, y, rcond=None)[0]
    unbiased = rest @ rest / (ROWS - 2)
    assert estimation.unexplained(found, features) + found.noise == pytest.approx(unbiased)


def test_covariance_and_gap_along_a_direction_have_intervals_of_their_confidence() -> None:
    direction = np.array([0.5, -1.0, 2.0])
    variance, gap = float(SPECTRUM @ direction**2), float(direction @ (TARGET - SOURCE))
    assert covered(lambda found: estimation.variance_along(found, direction, CONFIDENCE), variance) is Verdict.SUPPORTED
    assert covered(lambda found: estimation.gap_along(found, SOURCE, direction, CONFIDENCE), gap) is Verdict.SUPPORTED
    wrong = covered(lambda found: estimation.gap_along(found, SOURCE, direction, 0.97), gap)
    assert wrong is Verdict.REFUTED


def test_the_p_value_of_the_same_task_is_uniform_where_it_is_the_same() -> None:
    small = sum(estimation.same_task(found, TARGET) <= 1 - CONFIDENCE for found in FITS)
    outcome = coverage.test_coverage(small, TRIALS, 1 - CONFIDENCE, delta=DELTA, alpha=ALPHA, alpha_pass=ALPHA)
    assert outcome.verdict is Verdict.SUPPORTED
    assert np.mean([estimation.same_task(found, SOURCE) for found in FITS[:200]]) < 0.45


def test_the_interval_of_the_distance_holds_the_truth_at_least_as_often_as_it_says_given_the_noise() -> None:
    """The noncentrality is that of the F statistic: exact for (t - u)' S^ (t - u) over sigma^2."""
    hits = 0
    for found in FITS:
        inside = estimation.distance_of(found, SOURCE, CONFIDENCE)
        gap = found.axes.T @ (TARGET - SOURCE)
        ratio = float(found.eigenvalues @ gap**2) / SIGMA**2
        hits += inside.low <= ratio * found.noise <= inside.high
    outcome = coverage.test_coverage(hits, TRIALS, CONFIDENCE, delta=DELTA, alpha=ALPHA, alpha_pass=ALPHA)
    assert outcome.verdict is Verdict.SUPPORTED


def mean_of(value: Callable[[Fit], float], claimed: float, variance: float) -> Verdict:
    """The verdict on the mean over samples that are redrawn from a law, to 5%."""
    law = Fit(ROWS, SPECTRUM, np.eye(3), TARGET, SIGMA**2)

    def chunks() -> Iterator[np.ndarray]:
        rng: Generator = np.random.default_rng(4)
        while True:
            yield np.array([value(redrawn(law, rng)) for _ in range(1000)])

    return means.test_mean(
        chunks(), claimed, variance, "closed form", delta=0.05, alpha=ALPHA, alpha_pass=ALPHA
    ).verdict


def test_a_redrawn_sample_has_the_covariance_the_noise_and_the_weights_of_a_sample() -> None:
    trace, degrees, left = float(SPECTRUM.sum()), ROWS - 1, ROWS - 4
    assert mean_of(lambda f: f.eigenvalues.sum(), trace, 2 * float(SPECTRUM @ SPECTRUM) / degrees) is Verdict.SUPPORTED
    assert mean_of(lambda f: f.noise, SIGMA**2, 2 * SIGMA**4 / left) is Verdict.SUPPORTED
    off, variance = 3 * SIGMA**2 / degrees, 6 * SIGMA**4 / degrees**2
    assert mean_of(lambda f: f.distance(TARGET), off, variance) is Verdict.SUPPORTED
    assert mean_of(lambda f: f.distance(TARGET), 1.1 * off, variance) is Verdict.REFUTED


def test_what_features_leave_over_has_no_bias() -> None:
    features = np.array([[1.0], [0.0], [0.0]])
    truth = float(SPECTRUM[1:] @ TARGET[1:] ** 2)
    found = np.array([estimation.unexplained(one, features) for one in FITS])
    assert abs(found.mean() - truth) < 6 * found.std() / np.sqrt(TRIALS)
    plain = np.array([estimation.left_over(one, features) for one in FITS])
    assert plain.mean() - truth > 6 * plain.std() / np.sqrt(TRIALS)


def test_too_few_rows_and_columns_that_depend_on_others_are_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InstanceError, match="needs 7 rows"):
        fit(rng.standard_normal((6, 4)), rng.standard_normal(6))
    x = rng.standard_normal((20, 3))
    with pytest.raises(InstanceError, match="depend on the others"):
        fit(np.c_[x, x.sum(axis=1)], x[:, 0])
