"""The moments of the test error for any covariance: against known laws, simulation, its lemma and its limits."""

from dataclasses import replace

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from headstart import simulate
from theory import integrals, plane
from theory.calculus.plane import Least, PlaneIntegral, completed_square, gaussian_mean
from theory.evaluation import EvaluationError
from theory.integrand import Integrand
from theory.linear import error_moments, risk, risk_any_covariance, risk_equivalent, upper_bound
from theory.linear.moments import complement, coordinates, measure, moment
from theory.notation import EIGENVALUE, INDEX, n, sigma, symbol
from theory.spectra import spectral_sum
from verify.verdict import Verdict

power = symbol("power")


def instance(d: int, samples: int, noise: float, **fields: object) -> dict[str, object]:
    target = np.random.default_rng(d).standard_normal(d)
    spectrum = 1 / np.arange(1.0, d + 1)
    given = {"n": samples, "d": d, "sigma": noise, "spectrum": spectrum.tolist(), "source": [0.0] * d}
    return {**given, "target": target.tolist(), **fields}


@pytest.mark.parametrize(
    ("d", "samples", "m"), [(20, 8, 1.5), (20, 8, 4.25), (12, 5, 2.5), (40, 30, 10.0), (9, 8, 4.0)]
)
def test_without_noise_and_isotropic_they_are_those_of_a_beta_variable(d: int, samples: int, m: float) -> None:
    found = error_moments().evaluate(**instance(d, samples, 0.0, spectrum=[1.0] * d), power=m)
    size = float(np.sum(np.square(instance(d, samples, 0.0)["target"])))
    left, whole = sp.Rational(d - samples, 2), sp.Rational(d, 2)
    ratio = sp.gamma(left + m) * sp.gamma(whole) / (sp.gamma(left) * sp.gamma(whole + m))
    assert found == pytest.approx(float(size**m * ratio), rel=1e-6)


def test_where_the_source_is_the_target_they_are_those_of_the_noise() -> None:
    """R/sigma^2 + 1 is 1 + chi2_n/chi2_{d-n+1}, the inverse of a Beta variable."""
    d, samples, noise, m = 20, 8, 0.7, 2.0
    given = instance(d, samples, noise, spectrum=[3.0] * d)
    found = error_moments().evaluate(**{**given, "source": given["target"]}, power=m)
    a, b = (d - samples + 1) / 2, samples / 2
    ratio = sp.gamma(a - m) * sp.gamma(a + b) / (sp.gamma(a) * sp.gamma(a + b - m))
    assert found == pytest.approx(float(noise ** (2 * m) * ratio), rel=1e-6)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.floats(0.2, 5.0), st.floats(0.2, 5.0))
def test_units_of_features_and_labels_scale_them(features: float, labels: float) -> None:
    """S -> c S leaves predictions as they are if weights shrink; y -> c y multiplies the error by c^2."""
    plain = instance(14, 6, 0.4)
    target, spectrum = np.asarray(plain["target"]), np.asarray(plain["spectrum"])
    scaled = {
        "sigma": 0.4 * labels,
        "spectrum": (features**2 * spectrum).tolist(),
        "target": (labels / features * target).tolist(),
    }
    first, second = (error_moments().evaluate(**{**plain, **change}, power=1.75) for change in ({}, scaled))
    assert second == pytest.approx(labels ** (2 * 1.75) * first, rel=1e-6)


def test_the_order_of_the_features_does_not_matter() -> None:
    plain = instance(14, 6, 0.4)
    turned = {name: value[::-1] for name, value in plain.items() if isinstance(value, list)}
    first, second = (error_moments().evaluate(**{**plain, **change}, power=2.0) for change in ({}, turned))
    assert second == pytest.approx(first, rel=1e-9)


def test_they_agree_with_simulation_at_a_large_condition_number() -> None:
    d, samples = 24, 12
    given = instance(d, samples, 0.0, spectrum=np.geomspace(1, 1e-6, d).tolist())
    found = error_moments().evaluate(**given, power=2.0)
    estimate = simulate({"setting": "linear", **given}, trials=40_000, seed=3, quantity="risk")
    assert found == pytest.approx(estimate.estimate**2 + estimate.variance, rel=0.05)


def test_powers_increase_as_powers_of_a_random_number_must() -> None:
    """log E Y^m is convex, and 0 at m = 0."""
    given = instance(16, 9, 0.3)
    at = [1.5, 2.0, 2.5, 3.0]
    logs = np.log([error_moments().evaluate(**given, power=m) for m in at])
    assert np.all(np.diff(logs, 2) > 0)
    assert np.all(np.diff(logs / at) > 0)


@pytest.mark.parametrize(("d", "samples", "noise"), [(12, 3, 0.4), (20, 8, 0.0), (40, 30, 0.7), (10, 8, 0.5)])
def test_the_first_power_is_the_risk_where_that_is_known(d: int, samples: int, noise: float) -> None:
    given = instance(d, samples, noise, spectrum=[1.5] * d)
    assert risk_any_covariance().evaluate(**given) == pytest.approx(risk().evaluate(**given), rel=1e-6)


def test_the_risk_of_any_covariance_tends_to_its_equivalent() -> None:
    """The relative distance halves as n and d double."""
    apart = []
    for d in (20, 40, 80):
        spectrum = np.geomspace(1, 0.1, d).tolist()
        given = {**instance(d, d // 2, 0.5, spectrum=spectrum), "target": [1 / np.sqrt(d)] * d}
        apart.append(risk_any_covariance().evaluate(**given) / risk_equivalent().evaluate(**given) - 1)
    assert apart[0] / apart[1] == pytest.approx(2, rel=0.15)
    assert apart[1] / apart[2] == pytest.approx(2, rel=0.08)


def test_the_risk_of_any_covariance_is_the_sum_of_bias_and_noise() -> None:
    """It is linear in sigma^2, as E e e' is."""
    at = [risk_any_covariance().evaluate(**instance(14, 6, noise)) for noise in (0.0, 1.0, 2.0)]
    assert at[2] - at[0] == pytest.approx(4 * (at[1] - at[0]), rel=1e-6)


def test_the_risk_of_any_covariance_is_for_three_samples_and_more_two_below_the_features() -> None:
    for samples in (2, 11, 12):
        with pytest.raises(EvaluationError, match="outside its domain"):
            risk_any_covariance().evaluate(**instance(12, samples, 0.3))


def test_where_the_noise_has_no_moment_and_beyond_the_densities_there_is_no_number() -> None:
    given = instance(12, 9, 0.3)
    for m in (1.0, 2.0, 5.0):
        with pytest.raises(EvaluationError, match="outside its domain"):
            error_moments().evaluate(**given, power=m)
    silent = {**given, "sigma": 0.0}
    assert error_moments().evaluate(**silent, power=2.0) > 0
    with pytest.raises(EvaluationError, match="outside its domain"):
        error_moments().evaluate(**silent, power=5.0)


def test_what_is_not_accurate_is_refused() -> None:
    with pytest.raises(EvaluationError, match="simulate it"):
        error_moments().evaluate(**instance(12, 9, 0.3), power=1.0001)


@pytest.mark.parametrize("size", [1e-59, 1e59])
def test_a_number_beyond_floating_point_is_refused_and_not_told_as_zero_or_infinity(size: float) -> None:
    with pytest.raises(EvaluationError, match="beyond floating point"):
        error_moments().evaluate(**instance(9, 6, 0.0, target=[size] * 9), power=3.0)


def test_with_one_more_feature_than_samples_noise_leaves_no_power_a_finite_mean_and_the_domain_says_so() -> None:
    with pytest.raises(EvaluationError, match="outside its domain"):
        upper_bound().evaluate(**instance(9, 8, 0.3), confidence=0.9)
    assert upper_bound().evaluate(**instance(9, 8, 0.0), confidence=0.9) > 0


def test_a_bound_by_no_power_at_all_is_refused() -> None:
    stated = upper_bound()
    (regime,) = stated.regimes
    (bound,) = regime.value.atoms(Least)
    empty = replace(stated, regimes=(replace(regime, value=regime.value.xreplace({bound.high: bound.low})),))
    with pytest.raises(EvaluationError, match="no power between 1 and 1 has a finite mean"):
        empty.evaluate(**instance(11, 6, 0.38), confidence=0.9)


def test_an_integral_of_too_many_nodes_is_refused_and_a_bound_that_has_no_other_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plane, "FARTHEST", 0)
    with pytest.raises(EvaluationError, match="decays too slowly"):
        error_moments().evaluate(**instance(11, 6, 0.38), power=1.5)
    with pytest.raises(EvaluationError, match="no power between 1 and 3 gives a number"):
        upper_bound().evaluate(**instance(11, 6, 0.38), confidence=0.9)


def test_nodes_that_are_too_few_are_seen_by_half_of_them_and_by_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    given, found = instance(11, 6, 0.39), []
    for steps, enough in (plane.STEPS, plane.ENOUGH), ((3.0, 2.0, *plane.STEPS), np.inf):
        monkeypatch.setattr(plane, "STEPS", steps)
        monkeypatch.setattr(plane, "ENOUGH", enough)
        integrals._log.cache_clear()
        found.append(error_moments().evaluate(**given, power=1.5))
    assert found[0] == pytest.approx(found[1], rel=1e-6)
    monkeypatch.undo()
    integrals._log.cache_clear()
    monkeypatch.setattr(plane, "STEPS", (3.0, 3.0))
    with pytest.raises(EvaluationError, match="on half of its nodes"):
        error_moments().evaluate(**given, power=1.5)


def test_an_integral_along_the_edge_that_meets_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left of it would be told as the whole."""
    honest = Integrand.exponent

    def broken(self: Integrand, apart: np.ndarray, beta: np.ndarray) -> np.ndarray:
        found = honest(self, apart, beta)
        return np.where((apart == 0) & (found < found.max() - 25), -np.inf, found)

    monkeypatch.setattr(Integrand, "exponent", broken)
    with pytest.raises(EvaluationError, match="decays too slowly"):
        risk_any_covariance().evaluate(**instance(11, 6, 0.37))


def test_an_integrand_that_is_no_product_of_a_part_with_z_and_one_without_is_refused() -> None:
    alpha, beta, z = sp.symbols("alpha beta z", positive=True)
    sums = spectral_sum(1 / (1 + z * alpha * EIGENVALUE[INDEX]))
    arrays = {EIGENVALUE: np.ones(3)}
    for exponent, factor, said in ((-z * alpha, sp.Integer(1), "must not mix"), (-alpha - z, sums, "be of products")):
        with pytest.raises(ValueError, match=said):
            Integrand(PlaneIntegral(exponent, factor, alpha, beta, z), (), {}, arrays)


def test_the_constant_is_one_of_gamma_functions_alone() -> None:
    constant, order = measure()
    assert sp.simplify(constant * sp.gamma((n + 1) / 2 - power) - sp.gamma((n + 1) / 2)) == 0
    assert sp.expand(order - (1 - power)) == 0


def test_the_determinant_off_a_vector_is_that_of_the_bordered_matrix() -> None:
    rng = np.random.default_rng(0)
    for d in (2, 3, 6):
        u, v, values, noise, z = rng.normal(size=d), rng.normal(size=d), rng.uniform(1, 3, d), 0.6, 0.8
        s, k, seen = np.diag(values), np.diag(1 / (1 + z * values)), v @ (values * v) + noise**2
        m = np.eye(d) + z * (s - np.outer(s @ v, s @ v) / seen)
        bordered = np.block([[m, u[:, None]], [u[None, :], np.zeros((1, 1))]])
        found = complement()
        numbers = dict(zip(found.symbols, (u @ k @ u, v @ s @ k @ v, u @ k @ s @ v), strict=True))
        formula = found.formula.subs({**numbers, sigma: noise, sp.Symbol("xi", positive=True): z})
        assert -np.linalg.det(bordered) == pytest.approx(np.prod(1 + z * values) / seen * float(formula), rel=1e-10)


def test_the_mean_of_a_gram_determinant_is_a_coefficient() -> None:
    """E det(G G') = k! [z^k] det(I + z S), by Cauchy and Binet."""
    rng = np.random.default_rng(1)
    values, k = np.array([2.0, 1.0, 0.5, 0.25]), 2
    rows = rng.standard_normal((200_000, k, 4)) * np.sqrt(values)
    found = np.linalg.det(rows @ rows.transpose(0, 2, 1))
    coefficient = np.polynomial.polynomial.polyfromroots(-1 / values) * np.prod(values)
    assert np.mean(found) == pytest.approx(2 * coefficient[k], abs=6 * np.std(found) / np.sqrt(len(found)))


def test_a_square_is_completed_and_moments_of_a_gaussian_are_its_own() -> None:
    v, k, s = sp.Symbol("v", real=True), sp.Symbol("k", positive=True), sp.Symbol("s", real=True)
    log_integral, mean, variance = completed_square(sp.expand(-k * (v - s) ** 2), v)
    assert sp.simplify(sp.exp(log_integral) - sp.sqrt(sp.pi / k)) == 0
    assert (sp.simplify(mean - s), variance) == (0, 1 / (2 * k))
    m, w = sp.symbols("m w")
    assert gaussian_mean(v**3, v, m, w) == m**3 + 3 * m * w


def test_variables_of_an_integral_are_bound_in_it() -> None:
    value, where, _ = moment()
    (integral,) = value.atoms(PlaneIntegral)
    assert not integral.free_symbols & set(integral.variables)
    assert {str(w.symbol) for w in where} >= {"mean[i]", "variance[i]", "excess", "weight", "b_0", "b_1", "b_2"}
    least = Least(power + n, power, sp.Integer(1), n)
    assert least.free_symbols == {n}
    assert str(coordinates().root) == "(alpha*eigenvalue[i] + 1)*(beta*eigenvalue[i] + 1)"


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999999])
def test_the_bound_is_above_the_quantile_and_not_far(confidence: float) -> None:
    """Isotropic, where the quantile is known; in the tail too, where nobody can simulate."""
    from theory.linear import quantile

    given = instance(60, 30, 0.5, spectrum=[1.0] * 60)
    bound, exact = (r.evaluate(**given, confidence=confidence) for r in (upper_bound(), quantile()))
    assert exact < bound < 2 * exact


def test_near_the_threshold_the_bound_takes_powers_whose_mean_is_finite_alone() -> None:
    """n = 12 and d = 15 with noise: powers below two, where without noise they may be up to 13/2."""
    from theory.linear import quantile

    given = instance(15, 12, 0.5, spectrum=[1.0] * 15)
    bound, exact = (r.evaluate(**given, confidence=0.9) for r in (upper_bound(), quantile()))
    assert exact < bound < np.inf


def test_the_bound_grows_with_the_confidence_and_is_above_the_mean() -> None:
    given = instance(60, 30, 0.5, spectrum=[1.0] * 60)
    low, high = (upper_bound().evaluate(**given, confidence=p) for p in (0.8, 0.95))
    assert risk().evaluate(**given) < low < high


def test_the_bound_is_for_two_samples_and_more_below_the_number_of_features() -> None:
    for samples in (1, 12, 13):
        with pytest.raises(EvaluationError, match="outside its domain"):
            upper_bound().evaluate(**instance(12, samples, 0.3), confidence=0.9)


@pytest.mark.parametrize("factor", [sp.Rational(98, 100), sp.Rational(102, 100)])
def test_moments_off_by_a_fiftieth_are_refuted(factor: sp.Expr) -> None:
    from verify.claim import twin_in
    from verify.ledger import Ledger
    from verify.plan import plan
    from verify.work import claims_of

    (check, *_) = plan(claims_of(["linear.error_moments"]), 0, Ledger(budget=1e-6, pilot_budget=1e-6))
    right = error_moments()
    wrong = twin_in(right.regimes[0], right, lambda value: value * factor)
    assert check.claim.check(wrong, check.case, check.level).verdict is Verdict.REFUTED
