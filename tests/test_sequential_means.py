"""The sequential test of a mean: its verdicts, its error rates, its cost, and its certificates."""

import itertools
import math
from collections.abc import Iterator

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray
from scipy.special import betaincinv

from verify import means
from verify.intervals import mean_interval
from verify.means import pilot_variance
from verify.verdict import Outcome, Verdict, combine

Array = NDArray[np.float64]
LEVELS = {"alpha": 1e-9, "alpha_pass": 1e-6}


def chunks(draws: Array, size: int = 1000) -> Iterator[Array]:
    return (draws[i : i + size] for i in range(0, len(draws), size))


def judge(draws: Array, claimed: float, variance: float, **options: float) -> Outcome:
    settings = {"delta": 0.1, **LEVELS, **options}
    return means.test_mean(chunks(draws), claimed, variance, "closed form", **settings)


def normal(mean: float, deviation: float, count: int, seed: int) -> Array:
    return mean + deviation * np.random.default_rng(seed).standard_normal(count)


# Verdicts


def test_a_true_mean_is_supported():
    outcome = judge(normal(2.0, 1.0, 100_000, 1), 2.0, 1.0)
    assert outcome.verdict is Verdict.SUPPORTED
    assert (outcome.resolution, outcome.relative_resolution) == (0.2, 0.1)
    assert outcome.certificate == "closed form"


@pytest.mark.parametrize("sign", [-1, 1])
def test_an_error_of_exactly_delta_is_refuted_whatever_its_sign(sign: int):
    assert judge(normal(2.0 * (1 + 0.1 * sign), 1.0, 100_000, 2), 2.0, 1.0).verdict is Verdict.REFUTED


def test_too_few_draws_are_undecided():
    outcome = judge(normal(2.0, 1.0, 20, 3), 2.0, 1.0)
    assert outcome.verdict is Verdict.UNDECIDED
    assert outcome.draws == 20


def test_the_cap_stops_an_endless_simulator():
    draws = itertools.repeat(np.array([2.1, 1.9, 2.15, 2.05]))
    outcome = means.test_mean(draws, 2.0, 1.0, "closed form", delta=0.1, alpha=1e-300, alpha_pass=1e-300)
    assert outcome.verdict is Verdict.UNDECIDED
    assert outcome.draws == 200 * 25


def test_no_draws_are_undecided():
    for variance in (0.0, 1.0):
        assert judge(np.empty(0), 2.0, variance).verdict is Verdict.UNDECIDED


def test_a_nearly_certain_quantity_is_decided_in_a_few_draws():
    outcome = judge(normal(2.0, 1e-4, 200, 4), 2.0, 1e-8)
    assert outcome.verdict is Verdict.SUPPORTED
    assert outcome.draws <= 5


def test_a_quantity_without_variance_is_compared_pathwise():
    exact = np.full(10, 2.0) + 1e-12
    assert judge(exact, 2.0, 0.0).verdict is Verdict.SUPPORTED
    assert judge(exact, 2.0, 0.0).test == "pathwise equality"
    assert judge(exact + 1e-8, 2.0, 0.0).verdict is Verdict.REFUTED


def test_a_variance_below_rounding_is_raised_to_it():
    assert judge(np.full(200, 2.0) + 1e-13, 2.0, 1e-40).verdict is Verdict.SUPPORTED


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_draw_that_is_not_finite_refutes(bad: float):
    for variance in (0.0, 1.0):
        assert judge(np.array([2.0, bad, 2.0]), 2.0, variance).verdict is Verdict.REFUTED


def test_a_claim_of_zero_needs_a_named_scale():
    with pytest.raises(ValueError, match="name the scale"):
        judge(normal(0.0, 1.0, 10, 5), 0.0, 1.0)
    assert judge(normal(0.0, 1.0, 100_000, 5), 0.0, 1.0, scale=1.0).verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    "wrong",
    [
        {"claimed": math.inf},
        {"variance": math.inf},
        {"variance": -1.0},
        {"delta": 0.0},
        {"scale": -1.0},
        {"alpha": 1.0},
        {"alpha_pass": 0.0},
    ],
)
def test_input_that_makes_no_test_is_refused(wrong: dict[str, float]):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        judge(np.ones(5), **{"claimed": 1.0, "variance": 1.0, **wrong})


def test_verdicts_do_not_depend_on_how_the_draws_are_chunked():
    draws = normal(2.0, 1.0, 100_000, 6)
    sizes = (1, 7, 1000, 100_000)
    outcomes = [means.test_mean(chunks(draws, k), 2.0, 1.0, "closed form", delta=0.2, **LEVELS) for k in sizes]
    assert {(o.verdict, o.draws) for o in outcomes} == {(Verdict.SUPPORTED, outcomes[0].draws)}


def by_definition(draws: Array, claimed: float, variance: float, delta: float) -> tuple[str, int]:
    """The scheme read literally: every process in full, then when each first reaches its threshold."""
    deviation = delta * abs(claimed)
    lam = deviation / variance

    def process(y: Array) -> Array:
        return np.cumsum(np.sign(y) * np.log1p(np.abs(y) + y**2 / 2) - np.log1p(lam**2 * variance / 2))

    def first(reached: NDArray[np.bool_]) -> float:
        return float(np.argmax(reached)) + 1 if reached.any() else math.inf

    def guard(bet: float) -> Array:
        return np.cumsum(np.log1p(bet * ((draws - claimed) ** 2 / variance - 1)))

    error = draws - claimed
    refute, support = math.log(3 / LEVELS["alpha"]), math.log(1 / LEVELS["alpha_pass"])
    suspicion = math.log(3 * len(means.GUARD_BETS) / LEVELS["alpha"])
    refuted = min(
        *(first(process(s * lam * error) >= refute) for s in (-1, 1)),
        *(first(guard(bet) >= suspicion) for bet in means.GUARD_BETS),
    )
    supported = max(first(process(lam * (deviation + s * error)) >= support) for s in (-1, 1))
    return ("refuted", int(refuted)) if refuted <= supported else ("supported", int(supported))


@pytest.mark.parametrize("mean", [2.0, 2.1, 2.2, 1.8, 2.6])
@pytest.mark.parametrize("variance", [1.5, 1.0, 0.7, 0.4, 0.1])
def test_the_test_stops_at_the_very_draw_the_definition_says(mean: float, variance: float):
    draws = normal(mean, 1.0, 100_000, 7)
    outcome = judge(draws, 2.0, variance)
    assert (outcome.verdict.value, outcome.draws) == by_definition(draws, 2.0, variance, 0.1)


# Error rates, measured: alpha = alpha_pass = 1e-2, the upper confidence limit at 99.9 %

RUNS = 200_000
RATE_DELTA = 0.5


@njit
def inverse_chi_square(degrees: int) -> float:
    """For an even number of degrees: a chi-square is twice a sum of half as many exponentials."""
    product = 1.0
    for _ in range(degrees // 2):
        product *= 1.0 - np.random.random()  # noqa: NPY002 (numba's own stream, seeded below)
    return -0.5 / np.log(product)


@njit
def draw(law: int) -> float:
    """Laws of mean 1: normal, Bernoulli(1/2) doubled, inverse chi-square with 6 degrees of freedom."""
    if law == 0:
        return 1.0 + 0.5 * np.random.standard_normal()  # noqa: NPY002
    if law == 1:
        return 2.0 * (np.random.random() < 0.5)  # noqa: NPY002
    return 4.0 * inverse_chi_square(6)


@njit
def verdict_counts(law: int, seed: int, runs: int, size: int, shift: float, numbers: tuple) -> Array:
    """How often each code of the kernel ends a run of at most `size` draws."""
    np.random.seed(seed)  # noqa: NPY002
    counts = np.zeros(5)
    draws = np.empty(1)
    for _ in range(runs):
        state = np.zeros(9)
        code = 0
        for _ in range(size):
            draws[0] = draw(law) + shift
            code, _used = means._judge(draws, state, *numbers)
            if code != 0:
                break
        counts[code] += 1
    return counts


LAWS = {"normal": (0, 0.25), "Bernoulli": (1, 1.0), "inverse chi-square": (2, 1.0)}


def rates(law: str, shift: float, seed: int, variance_factor: float = 1.0) -> dict[str, int]:
    code, variance = LAWS[law]
    plan = means._plan(1.0, variance * variance_factor, RATE_DELTA, None, 1e-2, 1e-2)
    counts = verdict_counts(code, seed, RUNS, plan.cap, shift, plan.numbers)
    names = ("undecided", "supported", "mean refuted", "variance refuted", "not finite")
    return dict(zip(names, counts.astype(int).tolist(), strict=True))


def upper_limit(events: int, trials: int) -> float:
    """The exact (Clopper-Pearson) upper confidence limit at 99.9 %."""
    return float(betaincinv(events + 1, trials - events, 0.999))


@pytest.mark.parametrize("law", LAWS)
def test_false_alarms_stay_below_their_level(law: str):
    count = rates(law, 0.0, seed=11)
    alarms = count["mean refuted"] + count["variance refuted"]
    assert upper_limit(alarms, RUNS) <= 1e-2
    assert count["supported"] >= 0.97 * RUNS


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("sign", [-1, 1])
def test_an_error_of_exactly_delta_is_seldom_supported(law: str, sign: int):
    assert upper_limit(rates(law, sign * RATE_DELTA, seed=12)["supported"], RUNS) <= 1e-2


def test_an_error_of_exactly_delta_is_detected():
    count = rates("normal", RATE_DELTA, seed=13)
    assert count["mean refuted"] + count["variance refuted"] >= 0.97 * RUNS


def test_the_measured_rates_would_show_a_threshold_that_is_too_low():
    code, variance = LAWS["normal"]
    claimed, v, deviation, refute, support, guard = means._plan(1.0, variance, 0.5, None, 1e-2, 1e-2).numbers
    low = (claimed, v, deviation, refute - math.log(10), support - math.log(10), guard)
    alarms = verdict_counts(code, 14, RUNS, 200, 0.0, low)[2]
    passes = verdict_counts(code, 14, RUNS, 200, deviation, low)[1]
    assert upper_limit(int(alarms), RUNS) > 1e-2
    assert upper_limit(int(passes), RUNS) > 1e-2


# Cost, in units of v / D^2


@pytest.mark.parametrize(("error", "most"), [(0, 45), (1, 55), (2, 20)])
def test_the_cost_is_near_the_published_one(error: int, most: float):
    delta, runs = 0.05, 30
    spent = [judge(normal(1 + error * delta, 1.0, 80_000, 100 + r), 1.0, 1.0, delta=delta) for r in range(runs)]
    assert {o.verdict for o in spent} == {Verdict.REFUTED if error else Verdict.SUPPORTED}
    assert np.mean([o.draws for o in spent]) * delta**2 <= most


# Variance certificates


def test_the_guard_refutes_a_variance_four_times_too_small():
    outcome = judge(normal(2.0, 1.0, 100_000, 8), 2.0, 0.25)
    assert outcome.verdict is Verdict.REFUTED
    assert outcome.note.startswith("variance certificate refuted")


def test_the_guard_refutes_it_on_heavy_tails_too():
    draws = 4 / np.random.default_rng(9).chisquare(6, 1_000_000)
    outcome = judge(draws, 1.0, 0.25, delta=0.02)
    assert outcome.verdict is Verdict.REFUTED
    assert outcome.note.startswith("variance certificate refuted")


def test_a_pilot_certifies_twice_its_sample_variance():
    assert pilot_variance(np.array([1.0, 3.0])) == 4.0
    with pytest.raises(ValueError, match="at least 2"):
        pilot_variance(np.array([1.0]))


# The confidence interval


def test_the_mean_interval_covers_at_its_level():
    rng = np.random.default_rng(10)
    draws = 4 / rng.chisquare(6, (3000, 50))
    missed = sum(not low <= 1 <= high for low, high in (mean_interval(x, 1.0, 1e-2) for x in draws))
    assert upper_limit(missed, 3000) <= 1e-2


def test_the_mean_interval_is_as_short_as_its_bound():
    low, high = mean_interval(normal(3.0, 2.0, 100_000, 15), 4.0, 1e-9)
    assert low < 3 < high
    assert (high - low) / 2 == pytest.approx(math.sqrt(2 * 4 * math.log(2e9) / 1e5), rel=0.01)


def test_the_mean_interval_solves_its_equation():
    draws, variance, alpha = normal(3.0, 2.0, 50, 16), 4.0, 1e-3
    lam = math.sqrt(2 * math.log(2 / alpha) / (50 * variance))
    bound = 50 * math.log1p(lam**2 * variance / 2) + math.log(2 / alpha)
    for theta, sign in zip(mean_interval(draws, variance, alpha), (1, -1), strict=True):
        y = lam * (draws - theta)
        assert np.sum(np.sign(y) * np.log1p(np.abs(y) + y**2 / 2)) == pytest.approx(sign * bound, rel=1e-6)


def test_a_certain_quantity_has_an_interval_of_rounding_width():
    low, high = mean_interval(np.array([3.0]), 0.0, 1e-9)
    assert low < 3 < high
    assert high - low < 1e-8


@pytest.mark.parametrize("draws", [[], [math.nan]])
def test_an_interval_needs_finite_draws(draws: list[float]):
    with pytest.raises(ValueError, match="finite draws"):
        mean_interval(np.array(draws), 1.0, 0.1)


# Outcomes


def outcome_of(verdict: Verdict) -> Outcome:
    return Outcome(
        verdict=verdict, test="t", claimed=math.inf, observed=1.0, resolution=0.1, relative_resolution=None,
        draws=3, certificate="none needed", alpha=1e-9, alpha_pass=1e-6,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("verdicts", "combined"),
    [
        ("", "vacuous"),
        ("vacuous", "vacuous"),
        ("supported", "supported"),
        ("supported vacuous", "supported"),
        ("supported undecided", "undecided"),
        ("vacuous undecided refuted supported", "refuted"),
    ],
)
def test_the_worst_verdict_wins(verdicts: str, combined: str):
    assert combine(outcome_of(Verdict(v)) for v in verdicts.split()) is Verdict(combined)


def test_an_outcome_can_be_written_as_json():
    written = outcome_of(Verdict.SUPPORTED).as_json()
    assert written["verdict"] == "supported"
    assert written["claimed"] == "inf"
    assert written["relative_resolution"] is None
