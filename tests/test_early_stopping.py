"""Training that stops early: formulas, limits, simulators, and the claims about them."""

import numpy as np
import pytest
import sympy as sp

from numerics.early_stopping import EarlyStopping, InstanceError, batch, simulate
from tests.nightly import by_night
from theory.catalogue import keys, result
from theory.early_stopping import descent, flow, r, stopped
from theory.eigenvalues import X, eigenvalues
from theory.notation import d, n, sigma, symbol
from verify import Verdict, run
from verify.suite import refuted_twins

SEED = 20261122
KEYS = tuple(key for key in keys() if key.startswith("early_stopping."))
time, steps, size, level, gap = map(symbol, ("time", "steps", "step_size", "level", "squared_distance"))
POINT = {"n": 20, "d": 30, "sigma": 0.7, "level": 1.3, "squared_distance": 2.0}


def instance(samples: int = 6, features: int = 10, **fields: object) -> EarlyStopping:
    rng = np.random.default_rng(3)
    vectors = {name: rng.standard_normal(features).tolist() for name in ("source", "target")}
    told = fields if {"time", "steps", "step_size"} & set(fields) else {"time": 1.1, **fields}
    return EarlyStopping.from_fields({"n": samples, "d": features, "sigma": 0.6, **vectors, **told})


EXPENSIVE = ("early_stopping.risk", "early_stopping.best_time")


@pytest.mark.parametrize("key", by_night(KEYS, EXPENSIVE.__contains__))
def test_result_is_supported_by_simulation(key: str) -> None:
    assert run([key], seed=SEED).passed


@pytest.mark.parametrize("key", by_night(KEYS, EXPENSIVE.__contains__))
def test_a_wrong_formula_is_refuted(key: str) -> None:
    for outcomes in refuted_twins([key], seed=SEED).values():
        assert {outcome.verdict for outcome in outcomes} == {Verdict.REFUTED}


def test_at_once_the_source_stays_and_in_the_end_it_is_linear_fine_tuning() -> None:
    """In a direction that is seen all is learned: left is what n < d leaves, and the noise of the resolvent at 0."""
    kept, _ = flow()
    along = stopped(*flow())[0].subs(r, kept)
    assert sp.limit(along, time, 0) == level * gap
    assert sp.limit(along, time, sp.oo) == d * level * sigma**2 / (n * X)
    law = eigenvalues()
    assert law.none.subs({n: 3, d: 12}) == sp.Rational(3, 4)
    assert law.none.subs({n: 12, d: 3}) == 0


@pytest.mark.parametrize(("samples", "features"), [(30, 90), (90, 30)])
def test_a_long_time_is_linear_fine_tuning_of_many_samples_and_features(samples: int, features: int) -> None:
    fields = {**POINT, "n": samples, "d": features}
    small, large = min(samples, features), max(samples, features)
    bias = 1.3 * 2.0 * max(0, 1 - samples / features)
    wanted = bias + 0.49 * small / (large - small)
    assert result("early_stopping.risk").evaluate(**fields, time=1000.0) == pytest.approx(wanted, rel=1e-6)


def test_many_small_steps_are_the_flow() -> None:
    assert sp.limit(descent()[0].subs(size, time / steps), steps, sp.oo) == flow()[0]
    flowing = result("early_stopping.risk").evaluate(**POINT, time=1.5)
    stepping = result("early_stopping.descent_risk").evaluate(**POINT, steps=3000, step_size=0.0005)
    assert stepping == pytest.approx(flowing, rel=1e-3)


def test_the_best_time_is_the_best_on_a_grid_and_no_time_is_better_than_ridge() -> None:
    at = result("early_stopping.best_time").evaluate(**POINT)
    grid = [result("early_stopping.risk").evaluate(**POINT, time=at * (1 + k / 8)) for k in range(-6, 9)]
    assert int(np.argmin(grid)) == 6
    excess = [result("early_stopping.over_ridge").evaluate(**POINT, time=at * (1 + k / 8)) for k in range(-6, 9)]
    assert min(excess) > 0
    assert np.allclose(np.diff(grid), np.diff(excess), atol=1e-7)


@pytest.mark.parametrize("own", [{"time": 1.1}, {"steps": 4, "step_size": 0.1}], ids=["flow", "descent"])
@pytest.mark.parametrize("samples", [6, 14])
def test_all_laws_have_one_mean(samples: int, own: dict[str, float]) -> None:
    """Six standard errors: a false alarm in 1e8 runs for each comparison."""
    for spectra in ({}, {"spectrum": np.linspace(0.3, 2.0, 10).tolist()}):
        given = instance(samples, **own, **spectra)
        laws = ("literal", "fast") if spectra else ("literal", "fast", "exact")
        found = [simulate(given, trials=10_000, seed=SEED, law=law) for law in laws]
        for one in found[1:]:
            assert abs(one.estimate - found[0].estimate) < 6 * np.hypot(one.standard_error, found[0].standard_error)


@pytest.mark.parametrize("own", [{"time": 1.1}, {"steps": 4, "step_size": 0.1}], ids=["flow", "descent"])
def test_singular_directions_give_the_weights_as_defined(own: dict[str, float]) -> None:
    rng = np.random.default_rng(5)
    for samples in (4, 9):
        given = instance(samples, 6, **own)
        data = rng.standard_normal((3, samples, 6)), rng.standard_normal((3, samples)), rng.standard_normal((1, 6))
        assert np.allclose(given.fitted(*data), given.turned(*data), rtol=1e-10)


def test_draws_are_the_same_bits_and_a_prefix() -> None:
    for law in ("fast", "exact", "literal"):
        whole, part = (batch(instance(), 5, 1, law, size) for size in (64, 24))
        assert all(np.array_equal(whole[name][:24], part[name]) for name in part)
    assert instance() == EarlyStopping.from_fields(instance().fields())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"time": 0}, "time"),
        ({"time": 1, "steps": 3, "step_size": 1}, "both"),
        ({"steps": 3}, "step_size"),
        ({"steps": 0, "step_size": 0.1}, "steps"),
        ({"steps": 10**6, "step_size": 0.1}, "at most"),
        ({"steps": 3, "step_size": -0.1}, "step_size"),
    ],
)
def test_bad_input_is_refused_in_one_line(change: dict[str, object], words: str) -> None:
    with pytest.raises(InstanceError, match=words) as caught:
        instance(**change)
    assert "\n" not in str(caught.value)
