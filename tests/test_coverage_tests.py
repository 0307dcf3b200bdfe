"""Exact binomial tests of coverage: verdicts, and error rates computed without sampling."""

import numpy as np
import pytest
from scipy.special import bdtr, xlog1py, xlogy
from scipy.special import gammaln as lgamma

from verify import coverage
from verify.coverage import lower_limit, trials_needed, upper_limit
from verify.verdict import Outcome, Verdict

LEVELS = {"alpha": 1e-9, "alpha_pass": 1e-6}
DELTA = 0.02
TRIALS = trials_needed(DELTA, **LEVELS)


def exactly(successes: int, trials: int, confidence: float = 0.9) -> Verdict:
    return coverage.test_coverage(successes, trials, confidence, delta=DELTA, **LEVELS).verdict


def at_least(successes: int, trials: int, confidence: float = 0.9) -> Verdict:
    return coverage.test_at_least(successes, trials, confidence, delta=DELTA, **LEVELS).verdict


def test_the_claimed_coverage_is_supported():
    assert exactly(round(0.9 * TRIALS), TRIALS) is Verdict.SUPPORTED
    assert at_least(round(0.9 * TRIALS), TRIALS) is Verdict.SUPPORTED


def test_a_coverage_off_by_delta_is_refuted():
    assert exactly(round(0.88 * TRIALS), TRIALS) is Verdict.REFUTED
    assert exactly(round(0.92 * TRIALS), TRIALS) is Verdict.REFUTED
    assert at_least(round(0.88 * TRIALS), TRIALS) is Verdict.REFUTED


def test_a_bound_may_hold_more_often_than_it_says():
    assert at_least(TRIALS, TRIALS) is Verdict.SUPPORTED
    assert exactly(TRIALS, TRIALS) is Verdict.REFUTED


def test_few_trials_are_undecided():
    assert exactly(90, 100) is Verdict.UNDECIDED
    assert at_least(90, 100) is Verdict.UNDECIDED


def test_the_limits_solve_their_equations():
    assert bdtr(7, 20, upper_limit(7, 20, 0.01)) == pytest.approx(0.01)
    assert 1 - bdtr(6, 20, lower_limit(7, 20, 0.01)) == pytest.approx(0.01)
    assert (lower_limit(0, 20, 0.01), upper_limit(20, 20, 0.01)) == (0, 1)


def binomial(trials: int, p: float) -> np.ndarray:
    k = np.arange(trials + 1)
    choose = lgamma(trials + 1) - lgamma(k + 1) - lgamma(trials - k + 1)
    return np.exp(choose + xlogy(k, p) + xlog1py(trials - k, -p))


def probability(verdict: Verdict, test, trials: int, truth: float, claim: float) -> float:
    """The exact probability of a verdict, summed over all outcomes."""
    options = {"delta": 0.1, "alpha": 1e-2, "alpha_pass": 1e-2}
    said = np.array([test(k, trials, claim, **options).verdict is verdict for k in range(trials + 1)])
    return float(binomial(trials, truth)[said].sum())


@pytest.mark.parametrize("trials", [20, 333, 800])
@pytest.mark.parametrize("confidence", [0.2, 0.5, 0.85, 0.95])
def test_errors_stay_below_their_levels_exactly(trials: int, confidence: float):
    exact, bound = coverage.test_coverage, coverage.test_at_least
    assert probability(Verdict.REFUTED, exact, trials, confidence, confidence) <= 1e-2
    assert probability(Verdict.REFUTED, bound, trials, confidence, confidence) <= 1e-2
    for wrong in {confidence - 0.1, min(confidence + 0.1, 1)} - {1}:
        assert probability(Verdict.SUPPORTED, exact, trials, wrong, confidence) <= 1e-2
    assert probability(Verdict.SUPPORTED, bound, trials, confidence - 0.1, confidence) <= 1e-2


def test_those_errors_are_of_tests_with_power():
    for test in (coverage.test_coverage, coverage.test_at_least):
        assert probability(Verdict.SUPPORTED, test, 800, 0.85, 0.85) >= 0.99
        assert probability(Verdict.REFUTED, test, 800, 0.75, 0.85) >= 0.99


@pytest.mark.parametrize("test", [coverage.test_coverage, coverage.test_at_least])
@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.99])
def test_with_the_trials_needed_nothing_is_undecided(test, confidence: float):
    trials = trials_needed(0.1, 1e-2, 1e-2)
    outcomes: list[Outcome] = [
        test(k, trials, confidence, delta=0.1, alpha=1e-2, alpha_pass=1e-2) for k in range(trials + 1)
    ]
    assert {o.verdict for o in outcomes} == {Verdict.SUPPORTED, Verdict.REFUTED}


@pytest.mark.parametrize(("successes", "trials", "confidence"), [(3, 2, 0.9), (-1, 2, 0.9), (0, 0, 0.9), (1, 2, 1.1)])
def test_input_that_makes_no_test_is_refused(successes: int, trials: int, confidence: float):
    with pytest.raises(ValueError, match=r"trials|between 0 and 1"):
        exactly(successes, trials, confidence)
