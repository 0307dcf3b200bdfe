"""Designs that are not Gaussian: the simulator, and where the formulas for Gaussian designs still hold."""

import numpy as np
import pytest

from numerics.instance import InstanceError
from numerics.linear import Linear, batch
from numerics.linear.universality import LAWS, sample, universal_batch
from theory.catalogue import result
from verify import Verdict, distributions, means

ALPHA, ALPHA_PASS = 1e-8, 1e-6
SEED = 20261124


def flat(n: int, d: int, sigma: float = 0.5) -> Linear:
    position = (np.arange(d) + 0.5) / d
    target, source = ((f / np.sqrt(d)).tolist() for f in (1 + np.cos(3 * position), 0.5 * np.sin(2 * position)))
    return Linear.from_fields({"n": n, "d": d, "sigma": sigma, "source": source, "target": target})


@pytest.mark.parametrize("design", LAWS)
def test_entries_have_mean_zero_and_variance_one(design: str) -> None:
    """Wrong refusal <= 1e-8 each; an error of 0.05 is detected."""
    drawn = [sample(flat(8, 16), design, SEED, k, 256)[0] for k in range(24)]
    moments = {0.0: [x.ravel() for x in drawn], 1.0: [x.ravel() ** 2 for x in drawn]}
    for claimed, chunks in moments.items():
        variance = 2.0 * float(np.var(chunks[0])) + 1e-9
        levels = {"delta": 0.05, "alpha": ALPHA, "alpha_pass": ALPHA_PASS}
        outcome = means.test_mean(iter(chunks[1:]), claimed, variance, "pilot x2", scale=1.0, **levels)
        assert outcome.verdict is Verdict.SUPPORTED, outcome


@pytest.mark.parametrize("design", LAWS)
def test_the_same_seed_gives_the_same_bits_and_another_does_not(design: str) -> None:
    given = flat(3, 5)
    first, again, other = (universal_batch(given, design, seed, 2, 16)[0]["risk"] for seed in (7, 7, 8))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


def test_gaussian_entries_have_the_law_of_the_literal_simulator() -> None:
    """Wrong refusal <= 1e-8; a Kolmogorov distance of 0.1 is detected."""
    given, levels = flat(3, 7), {"delta": 0.1, "alpha": ALPHA, "alpha_pass": ALPHA_PASS}
    size = distributions.draws_needed(**levels, samples=2)
    ours = universal_batch(given, "gaussian", SEED, 0, size)[0]["risk"]
    theirs = batch(given, SEED, 0, "literal", size)["risk"]
    assert distributions.test_same_law(ours, theirs, **levels).verdict is Verdict.SUPPORTED


def test_the_columns_are_those_of_the_estimator_itself() -> None:
    given = flat(3, 5)
    x, e = sample(given, "uniform", SEED, 0, 8)
    columns, singular = universal_batch(given, "uniform", SEED, 0, 8)
    for k in range(8):
        inverse = np.linalg.pinv(x[k])
        h = given.source + inverse @ (x[k] @ (given.target - given.source) + e[k])
        assert columns["risk"][k] == pytest.approx(np.sum((h - given.target) ** 2), rel=1e-10)
        assert columns["noise_mean"][k] == pytest.approx(0.25 * np.sum(inverse**2), rel=1e-10)
    assert not singular.any()


def test_singular_designs_are_counted_and_keep_a_finite_risk() -> None:
    columns, singular = universal_batch(flat(2, 2), "rademacher", SEED, 0, 512)
    assert 0.3 < singular.mean() < 0.7
    assert np.isfinite(columns["risk"]).all()


def test_an_unknown_law_and_a_learned_source_are_refused() -> None:
    with pytest.raises(InstanceError, match="no such law of entries; use gaussian"):
        sample(flat(2, 3), "cauchy", 1, 0, 4)
    learned = {"n": 2, "d": 3, "sigma": 0, "target": [1, 2, 3], "source_teacher": [1, 1, 1], "n_source": 2}
    with pytest.raises(InstanceError, match="the source is learned"):
        universal_batch(Linear.from_fields(learned), "gaussian", 1, 0, 4)


SIZE, DELTA = 40, 0.2
CARRIED = [
    (key, column, design)
    for key, column in (("linear.bias", "bias"), ("linear.variance", "noise_mean"), ("linear.risk", "conditional_risk"))
    for design in ("rademacher", "uniform", "student", "exponential")
]


@pytest.mark.parametrize(("key", "column", "design"), CARRIED)
def test_formulas_for_gaussian_designs_hold_to_leading_order_for_other_entries(
    key: str, column: str, design: str
) -> None:
    """n = 40, d = 80.  Wrong refusal <= 1e-8 each (asymptotically); an error of 20% is supported with at most 1e-6."""
    given = flat(SIZE, 2 * SIZE)
    pilot = universal_batch(given, design, SEED + 1, 0, 128)[0][column]
    chunks = (universal_batch(given, design, SEED, k, 64)[0][column] for k in range(8))
    levels = {"delta": DELTA, "alpha": ALPHA, "alpha_pass": ALPHA_PASS}
    claimed = float(result(key).evaluate(**given.fields()))
    outcome = means.test_mean(chunks, claimed, means.pilot_variance(pilot), "pilot x2", **levels)
    assert outcome.verdict is Verdict.SUPPORTED, outcome


def test_they_end_where_rows_may_vanish() -> None:
    """Sparse rows at n = 4: the bias is off by more than the 20% that the same test would have supported."""
    given = flat(4, 8)
    pilot = universal_batch(given, "sparse", SEED + 1, 0, 2048)[0]["bias"]
    chunks = (universal_batch(given, "sparse", SEED, k, 1024)[0]["bias"] for k in range(16))
    levels = {"delta": DELTA, "alpha": ALPHA, "alpha_pass": ALPHA_PASS}
    claimed = float(result("linear.bias").evaluate(**given.fields()))
    outcome = means.test_mean(chunks, claimed, means.pilot_variance(pilot), "pilot x2", **levels)
    assert outcome.verdict is Verdict.REFUTED
