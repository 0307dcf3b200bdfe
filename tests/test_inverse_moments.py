"""Inverse moments, quantiles and lower bounds for any covariance: against simulation, and how they are summed."""

import numpy as np
import pytest
import sympy as sp

from headstart import simulate
from numerics import linear
from numerics.linear import Linear
from theory import least, saddle
from theory.calculus.plane import SaddleIntegral
from theory.evaluation import EvaluationError
from theory.integrand import Integrand
from theory.inversion import Inverted
from theory.linear import error_moments, inverse_moments, lower_bound, quantile_any_covariance, risk_any_covariance
from theory.linear.inverse_moments import inverse_moment
from theory.notation import EIGENVALUE, GAP, d, n, sigma, symbol
from theory.spectra import spectral_sum

power = symbol("power")


def instance(features: int, samples: int, noise: float, **fields: object) -> dict[str, object]:
    target = np.random.default_rng(features).standard_normal(features)
    spectrum = 1 / np.arange(1.0, features + 1)
    given = {"n": samples, "d": features, "sigma": noise, "spectrum": spectrum.tolist(), "source": [0.0] * features}
    return {**given, "target": target.tolist(), **fields}


def test_inverse_moments_go_on_where_the_others_end() -> None:
    """log E Y^m is convex in m and 0 at m = 0: slopes increase from inverse moments over the mean to the others."""
    given = instance(16, 9, 0.3)
    mean = risk_any_covariance().evaluate(**given) + 0.3**2
    below = [np.log(inverse_moments().evaluate(**given, power=m)) / -m for m in (3.0, 2.0, 1.0, 0.1)]
    above = [np.log(mean), *(np.log(error_moments().evaluate(**given, power=m)) / m for m in (1.5, 3.0))]
    assert np.all(np.diff([*below, *above]) > 0)


def test_inverse_moments_agree_with_simulation_at_a_large_condition_number() -> None:
    given = instance(24, 12, 0.0, spectrum=np.geomspace(1, 1e-6, 24).tolist())
    found = inverse_moments().evaluate(**given, power=1.0)
    risks = simulate({"setting": "linear", **given}, trials=40_000, seed=3, quantiles=(0.1, 0.9)).quantiles
    low, high = risks.values()
    assert 1 / high < found < 1 / low


def test_without_noise_powers_end_where_the_mean_is_infinite_and_with_noise_they_do_not() -> None:
    with pytest.raises(EvaluationError, match="outside its domain"):
        inverse_moments().evaluate(**instance(12, 8, 0.0), power=2.0)
    assert inverse_moments().evaluate(**instance(12, 8, 0.0), power=1.0) > 0
    assert inverse_moments().evaluate(**instance(12, 8, 0.5), power=20.0) > 0


@pytest.mark.parametrize("noise", [0.0, 0.4])
def test_quantiles_are_those_of_a_simulation(noise: float) -> None:
    given = instance(40, 20, noise)
    levels = (0.05, 0.5, 0.95)
    drawn = simulate({"setting": "linear", **given}, trials=40_000, seed=3, quantiles=levels).quantiles
    found = [quantile_any_covariance().evaluate(**given, confidence=p) for p in levels]
    assert found == pytest.approx(list(drawn.values()), rel=0.02)


def test_a_bound_from_below_is_below_the_quantile_and_not_far() -> None:
    given = instance(30, 15, 0.5)
    bound = lower_bound().evaluate(**given, confidence=0.95)
    exact = quantile_any_covariance().evaluate(**given, confidence=0.05)
    assert exact / 2 < bound < exact


def test_a_bound_from_below_is_zero_where_the_noise_hides_all() -> None:
    loud = instance(12, 2, 50.0, source=instance(12, 2, 0.0)["target"])
    assert lower_bound().evaluate(**loud, confidence=0.999999) == 0


def test_where_the_error_is_always_zero_or_samples_are_too_few_there_is_no_quantile() -> None:
    nothing = instance(12, 6, 0.0, source=instance(12, 6, 0.0)["target"])
    with pytest.raises(EvaluationError):
        quantile_any_covariance().evaluate(**nothing, confidence=0.5)
    with pytest.raises(EvaluationError, match="outside its domain"):
        quantile_any_covariance().evaluate(**instance(12, 1, 0.3), confidence=0.5)
    with pytest.raises(EvaluationError, match="simulate it"):
        quantile_any_covariance().evaluate(**instance(6, 2, 0.3), confidence=0.5)


def law(features: int, samples: int, noise: float) -> Inverted:
    value, where, _ = inverse_moment()
    given = instance(features, samples, noise)
    arrays = {EIGENVALUE: np.asarray(given["spectrum"]), GAP: np.asarray(given["target"])}
    return Inverted(value, power, where, {n: samples, d: features, sigma: noise}, arrays, np.inf)


def test_a_probability_far_out_is_refused_and_one_of_nothing_is_zero() -> None:
    found = law(30, 15, 0.5)
    assert found.probability(0.0) == found.probability(-1.0) == 0
    assert found.probability(found.quantile(0.3)) == pytest.approx(0.3, abs=1e-9)
    with pytest.raises(Exception, match="uncertain by"):
        found.probability(1e9)


def test_a_walk_stays_on_its_hill_and_tells_how_high_the_valley_is() -> None:
    along = {i: -abs(i) for i in range(-30, 4)} | {i: -9 + 2 * i for i in range(4, 7)}
    heights = {i * saddle.ROW + j: -100.0 for i in range(-31, 8) for j in (-1, 0, 1)}
    heights |= {i * saddle.ROW: height for i, height in along.items()}
    reached, wanted, valley = saddle._flooded(heights)
    assert reached == {i * saddle.ROW for i in range(-25, 5)}  # -1 is as far up from -3 as one may go
    assert wanted == set()
    assert valley == pytest.approx(np.exp(-3))


def test_within_the_domain_terms_of_the_excess_keep_to_less_than_a_half_plane() -> None:
    rng = np.random.default_rng(1)
    points = np.stack([rng.normal(0, 2, 4000) + 1j * rng.uniform(-4, 4, 4000), rng.uniform(-1, 4, 4000) + 0j], axis=1)
    points[:, 1] += 1j * rng.normal(0, 2, 4000)
    inside = points[~saddle._outside(points)]
    assert 500 < len(inside) < 2000
    eta, phi = inside.T[:, :, None]
    theta = eta.imag / 2
    turn = theta + np.arctan(-np.tanh(phi.imag) * np.abs(1 / np.tan(theta)))
    level = np.geomspace(1e-5, 1e5, 500)
    product = (1 + np.exp(eta / 2 + 1j * phi) * level) * (1 + np.exp(eta / 2 - 1j * phi) * level)
    assert np.all((np.exp(-1j * turn) * product).real > 0)


def test_a_plane_that_leaves_the_domain_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """There it sweeps across a pole: nodes twice as far apart agree, to ten digits, on what is 3e-5 off."""
    given = {"n": 5, "d": 12, "sigma": 0.0, "spectrum": [1.5] * 12, "source": [0.0] * 12, "target": [1.0] * 12}
    value, where, _ = inverse_moment()
    (node,) = value.atoms(SaddleIntegral)
    arrays = {EIGENVALUE: np.array(given["spectrum"]), GAP: np.array(given["target"])}
    at = saddle.Saddle(node, where, {n: 5, d: 12, sigma: 0.0}, arrays, power)
    form, right = at._form(2.8), at.log(2.8, 1e-8)
    wrong = at._sum(0.5 * saddle._square_root(form, 1.0), 2.8)
    assert right.error < 1e-8
    assert abs(np.exp(wrong.log - right.log) - 1) < wrong.error
    monkeypatch.setattr(saddle, "_outside", lambda points: np.zeros(len(points), dtype=bool))
    trusted = at._sum(0.5 * saddle._square_root(form, 1.0), 2.8)
    assert abs(np.exp(trusted.log - right.log) - 1) > 100 * trusted.error


@pytest.mark.parametrize("turned", [0.0, 0.5, 1.0])
def test_the_plane_at_a_saddle_makes_a_sum_of_squares_of_its_form(turned: float) -> None:
    form = np.array([[2.0 + 0.3j, 0.4j], [0.4j, -3.0 - 0.2j]])
    found = saddle._square_root(form, turned)
    turn = np.diag([1, 1j])
    kept = turn @ form @ turn
    kept = kept.real + 1j * turned * kept.imag
    inside = np.linalg.inv(turn) @ found
    assert inside.T @ kept @ inside == pytest.approx(np.eye(2))


def test_a_circle_of_both_sides_sums_to_twice_the_real_part_of_one() -> None:
    value, where, _ = inverse_moment()
    (node,) = value.atoms(SaddleIntegral)
    arrays = {EIGENVALUE: 1 / np.arange(1.0, 13), GAP: np.ones(12)}
    integrand = Integrand(node, where, {n: 5, d: 12, sigma: 0.3, power: 1.0}, arrays)
    half = integrand.circle(0.7)
    eta, phi = np.array([0.3, 1.0]), np.array([1.1, 1.4])
    one = integrand.factor(eta, phi, half)
    both = integrand.factor(eta, phi + 0j, half.both_sides)
    assert both == pytest.approx(one + 0j)
    assert sp.Symbol("weight", real=True) in node.free_symbols


def test_a_sum_of_what_does_not_depend_on_the_index_counts_every_coordinate() -> None:
    value, where, _ = inverse_moment()
    (node,) = value.atoms(SaddleIntegral)
    ones = spectral_sum(sp.Symbol("c", real=True))
    arrays = {EIGENVALUE: 1 / np.arange(1.0, 13), GAP: np.ones(12)}
    numbers = {n: 5, d: 12, sigma: 0.3, power: 1.0, sp.Symbol("c", real=True): 2.0}
    plain, more = (
        Integrand(node.func(node.exponent + extra, *node.args[1:]), where, numbers, arrays)
        for extra in (sp.S.Zero, ones)
    )
    at = np.array([0.3, 1.0]), np.array([1.1, 1.4]) + 0j
    assert more.exponent(*at) - plain.exponent(*at) == pytest.approx(24)
    assert least.number(ones, (), {sp.Symbol("c", real=True): 2.0, d: 12}, {}) == 24


@pytest.mark.parametrize(
    ("samples", "features", "noise", "condition", "level"), [(12, 24, 0.565, 57.3, 0.5), (14, 27, 0.0, 99.3, 0.95)]
)
def test_a_plane_on_which_the_walk_does_not_end_leaves_the_others(
    samples: int, features: int, noise: float, condition: float, level: float
) -> None:
    rng = np.random.default_rng(samples)
    given = {
        **instance(features, samples, noise),
        "spectrum": np.geomspace(1, 1 / condition, features).tolist(),
        "target": rng.standard_normal(features).tolist(),
    }
    found = quantile_any_covariance().evaluate(**given, confidence=level)
    below = np.mean(linear.draws(Linear.from_fields(given), "risk", trials=100_000, seed=1) <= found)
    assert abs(below - level) < 5 * np.sqrt(level * (1 - level) / 100_000) + 3e-4


def test_an_integral_of_which_no_walk_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saddle, "MOST", 10)
    with pytest.raises(EvaluationError, match="decays too slowly"):
        quantile_any_covariance().evaluate(**instance(16, 9, 0.3), confidence=0.5)
