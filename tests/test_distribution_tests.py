"""The test of a law by the Dvoretzky-Kiefer-Wolfowitz inequality."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import betainc, ndtr

from verify import distributions
from verify.coverage import lower_limit, upper_limit
from verify.distributions import draws_needed, kolmogorov_distance
from verify.verdict import Outcome, Verdict

Array = NDArray[np.float64]
LEVELS = {"alpha": 1e-9, "alpha_pass": 1e-6}
DELTA = 0.02
COUNT = draws_needed(DELTA, **LEVELS)


def beta(a: float, b: float, seed: int, count: int = COUNT) -> Array:
    return np.random.default_rng(seed).beta(a, b, count)


def beta_test(draws: Array, a: float, b: float) -> Outcome:
    return distributions.test_law(draws, lambda x: betainc(a, b, x), delta=DELTA, **LEVELS)


def test_the_true_law_is_supported():
    outcome = beta_test(beta(3, 5, 1), 3, 5)
    assert outcome.verdict is Verdict.SUPPORTED
    assert outcome.certificate == "none needed"


@pytest.mark.parametrize(("a", "b"), [(3.5, 5), (2.5, 5), (3, 5.5), (3, 4.5)])
def test_a_beta_parameter_off_by_a_half_is_refuted(a: float, b: float):
    assert beta_test(beta(3, 5, 2), a, b).verdict is Verdict.REFUTED


def test_few_draws_are_undecided():
    assert beta_test(beta(3, 5, 3, 1000), 3, 5).verdict is Verdict.UNDECIDED


def test_the_verdicts_change_exactly_at_their_radii():
    """Equally spaced draws are 1/2N from uniform, and 1/2N + h from uniform moved by h."""
    count = 1000
    draws = (np.arange(count) + 0.5) / count
    refute, support = (math.sqrt(math.log(2 / level) / (2 * count)) for level in LEVELS.values())

    def verdict(shift: float, delta: float) -> Verdict:
        return distributions.test_law(draws, lambda x: np.clip(x + shift, 0, 1), delta=delta, **LEVELS).verdict

    assert verdict(0, 0.5 / count + support + 1e-9) is Verdict.SUPPORTED
    assert verdict(0, 0.5 / count + support - 1e-9) is Verdict.UNDECIDED
    assert verdict(refute - 0.5 / count - 1e-9, DELTA) is Verdict.UNDECIDED
    assert verdict(refute - 0.5 / count + 1e-9, DELTA) is Verdict.REFUTED


def test_a_draw_that_is_nan_refutes():
    outcome = beta_test(np.array([0.5, math.nan]), 3, 5)
    assert outcome.verdict is Verdict.REFUTED
    assert outcome.note == "a draw is nan"


def test_the_distance_takes_both_sides_of_every_draw():
    draws = np.array([0.1, 0.2, 0.2, 0.9])
    grid = np.linspace(0, 1, 100_001)
    at_grid = np.searchsorted(draws, grid, side="right") / 4
    assert kolmogorov_distance(draws, lambda x: x, None) == pytest.approx(np.abs(at_grid - grid).max(), abs=1e-4)


def test_a_law_with_an_atom_is_compared_with_its_left_limits():
    """max(Z, 0): an atom of one half at zero."""
    draws = np.maximum(np.random.default_rng(4).standard_normal(COUNT), 0)

    def at(x: Array) -> Array:
        return np.where(x >= 0, ndtr(x), 0)

    def left(x: Array) -> Array:
        return np.where(x > 0, ndtr(x), 0)

    proper = distributions.test_law(draws, at, cdf_left=left, delta=DELTA, **LEVELS)
    careless = distributions.test_law(draws, at, delta=DELTA, **LEVELS)
    assert proper.verdict is Verdict.SUPPORTED
    assert careless.verdict is Verdict.REFUTED


def test_a_point_mass_is_a_law():
    def at(x: Array) -> Array:
        return (x >= 1) * 1.0

    def left(x: Array) -> Array:
        return (x > 1) * 1.0

    true, false = np.ones(COUNT), np.full(COUNT, 1.001)
    assert distributions.test_law(true, at, cdf_left=left, delta=DELTA, **LEVELS).verdict is Verdict.SUPPORTED
    assert distributions.test_law(false, at, cdf_left=left, delta=DELTA, **LEVELS).verdict is Verdict.REFUTED


def test_false_alarms_and_wrong_support_stay_below_their_levels():
    """Uniform draws; the wrong law is x^1.5, whose distance is taken as delta."""
    runs, alpha, exponent = 20_000, 1e-2, 1.5
    x = exponent ** (1 / (1 - exponent))
    delta = x - x**exponent
    count = draws_needed(delta, alpha, alpha)
    rng = np.random.default_rng(5)
    levels = {"delta": delta, "alpha": alpha, "alpha_pass": alpha}
    alarms = passes = 0
    for _ in range(runs):
        draws = rng.random(count)
        alarms += distributions.test_law(draws, lambda x: x, **levels).verdict is Verdict.REFUTED
        passes += distributions.test_law(draws, lambda x: x**exponent, **levels).verdict is Verdict.SUPPORTED
    assert alarms > 0
    assert lower_limit(alarms, runs, 1e-3) <= alpha  # exact up to 1/sqrt(N): not significantly above its level
    assert upper_limit(passes, runs, 1e-3) <= alpha


@pytest.mark.parametrize("count", [draws_needed(0.1, 1e-2, 1e-2), 4000])
def test_with_the_draws_needed_nothing_is_undecided(count: int):
    rng = np.random.default_rng(6)
    verdicts = {
        distributions.test_law(rng.random(count) ** power, lambda x: x, delta=0.1, alpha=1e-2, alpha_pass=1e-2).verdict
        for power in np.linspace(0.7, 1.4, 300)
    }
    assert verdicts == {Verdict.SUPPORTED, Verdict.REFUTED}


def test_two_samples_of_one_law_are_supported_and_of_two_laws_refuted():
    count = draws_needed(DELTA, **LEVELS, samples=2)
    a, b, c = (beta(p, 5, 7 + i, count) for i, p in enumerate((3, 3, 3.5)))
    assert distributions.test_same_law(a, b, delta=DELTA, **LEVELS).verdict is Verdict.SUPPORTED
    assert distributions.test_same_law(a, c, delta=DELTA, **LEVELS).verdict is Verdict.REFUTED
    assert distributions.test_same_law(a[:100], b, delta=DELTA, **LEVELS).verdict is Verdict.UNDECIDED


def test_two_samples_with_ties_have_distance_zero():
    a = np.repeat([0.0, 1.0], 10)
    outcome = distributions.test_same_law(a, a[::-1], delta=DELTA, **LEVELS)
    assert outcome.observed == 0


@pytest.mark.parametrize("cdf", [lambda x: 2 * x, lambda x: 1 - x, lambda x: x * math.nan])
def test_what_is_no_distribution_function_is_refused(cdf):
    with pytest.raises(ValueError, match="no distribution function"):
        distributions.test_law(np.array([0.2, 0.6]), cdf, delta=DELTA, **LEVELS)


def test_no_draws_and_bad_levels_are_refused():
    with pytest.raises(ValueError, match="there must be draws"):
        beta_test(np.empty(0), 3, 5)
    with pytest.raises(ValueError, match="delta=2"):
        draws_needed(2, **LEVELS)
