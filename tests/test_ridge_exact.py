"""Ridge at finite n and d for any covariance: limits, agreement with what is known, and bounds."""

from typing import Any

import numpy as np
import pytest

from headstart.bounds import _first, _settled, bounds, enough, samples
from headstart.errors import InputError
from numerics.ridge import Ridge, simulate
from theory import linear, ridge
from theory.evaluation import EvaluationError
from theory.ridge.weak_features import WEAK, slope_at_zero

SEED = 20261127


def instance(n: int, d: int, penalty: float = 0.2, **changes: Any) -> dict[str, Any]:
    position = np.arange(1, d + 1)
    vectors = {"spectrum": (1 / position).tolist(), "source": [0.1] * d, "target": np.cos(position).tolist()}
    return {"n": n, "d": d, "sigma": 0.4, **vectors, "penalty": penalty, **changes}


def plain(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != "penalty"}


def test_without_a_penalty_to_speak_of_it_is_linear_fine_tuning_on_either_side() -> None:
    few, many = instance(6, 12, 1e-9), instance(12, 6, 1e-9)
    wide, tall = linear.risk_any_covariance().evaluate(**plain(few)), linear.risk().evaluate(**plain(many))
    assert ridge.risk_exact().evaluate(**few) == pytest.approx(wide, rel=1e-6)
    assert ridge.risk_exact().evaluate(**many) == pytest.approx(tall, rel=1e-6)


def test_a_large_penalty_leaves_the_source() -> None:
    given = instance(6, 4, 1e6)
    gap = np.subtract(given["target"], given["source"])
    assert ridge.risk_exact().evaluate(**given) == pytest.approx(given["spectrum"] @ gap**2, rel=1e-5)


def test_the_leading_order_is_off_by_a_multiple_of_one_over_n() -> None:
    apart = []
    for n in (10, 20, 40):
        given = instance(n, 2 * n, spectrum=[1.0] * (2 * n), target=[1.0] * (2 * n), source=[0.0] * (2 * n))
        given["target"] = (np.ones(2 * n) / np.sqrt(2 * n)).tolist()
        apart.append(ridge.risk_equivalent().evaluate(**given) / ridge.risk_exact().evaluate(**given) - 1)
    few, many = np.array(apart[:-1]), np.array(apart[1:])
    assert np.all(np.abs(2 * many - few) < np.abs(many) / 2)  # what is left when 1/n is taken off is of higher order


@pytest.mark.parametrize(("n", "d"), [(5, 12), (12, 5), (8, 8)])
def test_the_mean_is_that_of_simulation_at_the_threshold_too(n: int, d: int) -> None:
    """Six standard errors: a false alarm in 1e8 runs for each."""
    given = instance(n, d, 0.05)
    drawn = simulate(Ridge.from_fields(given), trials=20_000, seed=SEED, quantity="conditional_risk")
    assert abs(ridge.risk_exact().evaluate(**given) - drawn.estimate) < 6 * drawn.standard_error


def test_moments_of_all_signs_are_ordered() -> None:
    given = instance(9, 6)
    below = [np.log(ridge.inverse_moments().evaluate(**given, power=m)) / -m for m in (20.0, 2.0, 0.5)]
    mean = np.log(ridge.risk_exact().evaluate(**given) + given["sigma"] ** 2)
    above = [np.log(ridge.error_moments().evaluate(**given, power=m)) / m for m in (1.5, 4.0)]
    assert np.all(np.diff([*below, mean, *above]) > 0)


def test_bounds_lie_on_either_side_of_the_quantile_and_it_comes_first() -> None:
    given = {"setting": "ridge", **instance(30, 20)}
    found = bounds(given, 0.9)
    assert [bound.key for bound in found] == ["ridge.quantile", "ridge.upper_bound"]
    below = bounds(given, 0.9, "lower")
    assert [bound.key for bound in below] == ["ridge.quantile", "ridge.lower_bound"]
    assert below[1].value < below[0].value < found[0].value < found[1].value


@pytest.mark.nightly
def test_the_least_number_of_samples_keeps_the_risk_of_ridge_small() -> None:
    """The quantile is at most the risk at the n that is found, and above it at one less."""
    given = {"setting": "ridge", **instance(4, 30, 0.05)}
    found = samples(given, 0.6, 0.9)
    assert found.bound is not None
    assert found.n is not None
    assert found.bound.key == "ridge.quantile"
    at = [ridge.quantile().evaluate(**instance(n, 30, 0.05), confidence=0.9) for n in (found.n, found.n - 1)]
    assert found.bound.value == at[0] <= 0.6 < at[1]


@pytest.mark.parametrize(
    ("change", "words"),
    [({"n": 2}, "outside its domain"), ({"penalty": 0}, "penalty"), ({"test_spectrum": [1.0] * 6}, "test time")],
)
def test_what_it_is_not_for_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(EvaluationError, match=words):
        ridge.risk_exact().evaluate(**{**instance(9, 6), **change})


def test_a_term_that_does_not_vanish_with_the_eigenvalue_has_no_limit() -> None:
    assert slope_at_zero(WEAK / (1 + WEAK)) == 1
    with pytest.raises(ValueError, match="without end"):
        slope_at_zero(1 + WEAK)


def test_where_source_and_target_are_one_only_the_noise_is_left() -> None:
    given = instance(8, 5, source=[1.0] * 5, target=[1.0] * 5)
    drawn = simulate(Ridge.from_fields(given), trials=20_000, seed=SEED, quantity="conditional_risk")
    assert abs(ridge.risk_exact().evaluate(**given) - drawn.estimate) < 6 * drawn.standard_error


def test_a_risk_that_the_penalty_alone_exceeds_is_out_of_reach() -> None:
    with pytest.raises(InputError, match="however many samples"):
        samples({"setting": "ridge", **instance(8, 5)}, 1e-9, 0.9)


def test_a_lower_bound_has_a_number_wherever_some_power_has() -> None:
    few = {"n": 3, "d": 5, "sigma": 0.0, "spectrum": [1, 0.5, 0.2, 0.1, 3], "source": [0.0] * 5, "penalty": 0.01}
    found = [ridge.lower_bound().evaluate(**few, target=[1, 1, -1, 0.5, 0.3], confidence=p) for p in (0.8, 0.9)]
    assert min(found) > 0


@pytest.mark.parametrize("risk", [0.3, 0.6, 1.2])
def test_bounds_from_either_side_settle_what_the_quantile_would(risk: float) -> None:
    given = {"setting": "ridge", **instance(14, 20)}
    assert enough(_settled(given, risk, 0.9), risk) == enough(_first(given, 0.9), risk)
