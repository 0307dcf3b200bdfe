"""Quantiles on scrambled nets: laws of one variable, known quantiles, and what nets do not resolve."""

import numpy as np
import pytest
import sympy as sp
from scipy.stats import beta, betaprime

from headstart.bounds import bounds
from theory import deep_linear, linear, nets
from theory.averaging import NotAccurate
from theory.calculus.averages import Beta, BetaPrime, Cosine, QuantileIn
from theory.evaluation import EvaluationError

x, y = sp.symbols("x y", positive=True)
SHARES = np.array([0.01, 0.3, 0.5, 0.8, 0.999])


def test_laws_of_one_variable_are_inverted() -> None:
    assert nets._inverse(Beta(2, 3), SHARES) == pytest.approx(beta(2, 3).ppf(SHARES))
    assert nets._inverse(BetaPrime(2, 3), SHARES) == pytest.approx(betaprime(2, 3).ppf(SHARES))
    away = nets._inverse(Cosine(5), SHARES)
    assert away[2] == 0
    assert beta(2, 2).cdf((1 + away) / 2) == pytest.approx(SHARES)
    assert nets._inverse(Cosine(1), SHARES).tolist() == [-1, -1, 0, 1, 1]
    assert nets._inverse(Beta(0, 3), SHARES).tolist() == [0] * 5
    assert nets._inverse(Beta(3, 0), SHARES).tolist() == [1] * 5
    with pytest.raises(TypeError, match="no law of a variable"):
        nets._inverse(sp.sin(x), SHARES)


@pytest.mark.parametrize("level", [0.05, 0.5, 0.99])
def test_the_quantile_of_a_sum_is_where_its_distribution_function_is_the_level(level: float) -> None:
    """x + y for uniform x and y: a triangle."""
    found = nets.quantile(QuantileIn(x + y, (x, Beta(1, 1)), (y, Beta(1, 1)), sp.Float(level)), {})
    below = found**2 / 2 if found < 1 else 1 - (2 - found) ** 2 / 2
    assert abs(below - level) < nets.ACCURACY


def test_levels_share_the_nets_and_increase() -> None:
    p = sp.Symbol("p", positive=True)
    value = QuantileIn(x / y, (x, Beta(2, 3)), (y, Beta(4, 1)), p)
    found = [nets.quantile(value, {p: level}) for level in (0.1, 0.5, 0.9)]
    assert found == sorted(found)
    assert found[1] == nets.quantile(value, {p: 0.5})


def test_what_the_nets_do_not_agree_on_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nets, "SIZES", (4,))
    with pytest.raises(NotAccurate, match="uncertain by"):
        nets.quantile(QuantileIn(x * y, (x, Beta(2, 5)), (y, Beta(2, 3)), sp.Rational(1, 2)), {})


def instance(**changes: object) -> dict[str, object]:
    vectors = {"source": [0.5] + [0.0] * 19, "target": [0.9, 0.4] + [0.0] * 18, "spectrum": [1.0] * 20}
    return {"n": 8, "d": 20, "sigma": 0.4, "depth": 3, **vectors, **changes}


def test_a_deep_network_has_exact_bounds_from_either_side_with_noise_too() -> None:
    given = {"setting": "deep_linear", **instance()}
    (above, none) = bounds(given, 0.9)
    assert (above.key, none.key, none.value) == ("deep_linear.quantile", "deep_linear.upper_bound", None)
    (below,) = bounds(given, 0.9, "lower")
    mean = deep_linear.risk_exact().evaluate(**instance())
    assert below.value is not None
    assert above.value is not None
    assert below.value < mean < above.value


def test_without_noise_it_is_below_the_proved_bound() -> None:
    exact, bound = bounds({"setting": "deep_linear", **instance(sigma=0.0)}, 0.9)
    assert (exact.key, bound.key) == ("deep_linear.quantile", "deep_linear.upper_bound")
    assert exact.value is not None
    assert bound.value is not None
    assert exact.value < bound.value


def test_one_layer_is_linear_fine_tuning() -> None:
    plain = {name: value for name, value in instance().items() if name != "depth"}
    low, high = (linear.quantile().evaluate(**plain, confidence=0.9 + off) for off in (-2e-3, 2e-3))
    assert low < deep_linear.quantile().evaluate(**instance(depth=1), confidence=0.9) < high


@pytest.mark.parametrize("change", [{"n": 1}, {"n": 19}, {"n": 20}, {"source": [0.0] * 20}])
def test_where_it_says_nothing_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(EvaluationError):
        deep_linear.quantile().evaluate(**instance(**change), confidence=0.9)
