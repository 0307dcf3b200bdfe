"""Averages of source and fine-tuned weights: formulas, limits, simulators, and the claims about them."""

import numpy as np
import pytest
import sympy as sp

from numerics.weight_average import InstanceError, WeightAverage, batch, simulate
from theory.catalogue import keys, result
from theory.evaluation import EvaluationError
from theory.notation import symbol
from verify import Verdict, run
from verify.stage_zero.values import known_formula
from verify.suite import refuted_twins

SEED = 20261122
KEYS = tuple(key for key in keys() if key.startswith("weight_average."))
POINT = {"n": 10, "d": 40, "sigma": 0.7, "level": 1.3, "squared_distance": 2.0}
mix = symbol("mix")


def instance(samples: int = 5, features: int = 10, **fields: object) -> WeightAverage:
    rng = np.random.default_rng(3)
    vectors = {name: rng.standard_normal(features).tolist() for name in ("source", "target")}
    return WeightAverage.from_fields({"n": samples, "d": features, "sigma": 0.6, "mix": 0.4, **vectors, **fields})


@pytest.mark.parametrize("key", KEYS)
def test_result_is_supported_by_simulation(key: str) -> None:
    assert run([key], seed=SEED).passed


@pytest.mark.parametrize("key", KEYS)
def test_a_wrong_formula_is_refuted(key: str) -> None:
    for outcomes in refuted_twins([key], seed=SEED).values():
        assert {outcome.verdict for outcome in outcomes} == {Verdict.REFUTED}


@pytest.mark.parametrize("sizes", [{"n": 10, "d": 40}, {"n": 40, "d": 10}], ids=["n < d", "n > d"])
def test_without_the_source_it_is_linear_fine_tuning(sizes: dict[str, int]) -> None:
    at = {**sizes, "sigma": 1, "mix": 0, "squared_distance": 1}
    for key, other in (("risk", "risk"), ("risk_covariate_shift", "risk_covariate_shift")):
        found = sp.limit(known_formula(f"weight_average.{key}", at), mix, 0)
        wanted = known_formula(f"linear.{other}", at)
        ratio = symbol("test_trace") / symbol("level")
        assert sp.cancel(sp.together(found - wanted.subs(symbol("test_ratio"), ratio))) == 0


@pytest.mark.parametrize("n", [10, 80])
def test_the_best_average_beats_both_ends(n: int) -> None:
    best = result("weight_average.best_mix").evaluate(**{**POINT, "n": n})
    gains = [result("weight_average.gain").evaluate(**{**POINT, "n": n, "mix": best * k / 4}) for k in range(5)]
    assert 0 < best < 1
    assert gains[-1] > 0
    assert gains == sorted(gains)


def test_where_the_mean_is_infinite_it_is_refused() -> None:
    with pytest.raises(EvaluationError, match="outside its domain"):
        result("weight_average.risk").evaluate(**{**POINT, "n": 39, "mix": 0.5})
    assert result("weight_average.risk").evaluate(**{**POINT, "n": 39, "mix": 0.5, "sigma": 0.0}) > 0
    assert simulate(instance(9), trials=16, seed=1).standard_error == np.inf


@pytest.mark.parametrize("samples", [5, 15])
def test_all_laws_have_one_mean(samples: int) -> None:
    """Six standard errors: a false alarm in 1e8 runs for each comparison."""
    for spectra in ({}, {"spectrum": np.linspace(0.3, 2.0, 10).tolist()}):
        laws = ("literal", "fast") if spectra else ("literal", "fast", "exact")
        found = [simulate(instance(samples, **spectra), trials=20_000, seed=SEED, law=law) for law in laws]
        for one in found[1:]:
            assert abs(one.estimate - found[0].estimate) < 6 * np.hypot(one.standard_error, found[0].standard_error)


def test_singular_directions_give_the_weights_as_defined() -> None:
    rng = np.random.default_rng(5)
    for samples in (4, 9):
        data = rng.standard_normal((3, samples, 6)), rng.standard_normal((3, samples)), rng.standard_normal((1, 6))
        given = instance(samples, 6)
        assert np.allclose(given.fitted(*data), given.turned(*data), rtol=1e-8)


def test_draws_are_the_same_bits_and_a_prefix() -> None:
    for law in ("fast", "exact", "literal"):
        whole, part = (batch(instance(), 5, 1, law, size) for size in (64, 24))
        assert all(np.array_equal(whole[name][:24], part[name]) for name in part)


@pytest.mark.parametrize("change", [{"mix": 1}, {"mix": -0.1}, {"mix": "x"}, {"mixx": 0.1}, {"mix": True}])
def test_bad_input_is_refused_in_one_line(change: dict[str, object]) -> None:
    with pytest.raises(InstanceError, match="mix") as caught:
        instance(**change)
    assert "\n" not in str(caught.value)
