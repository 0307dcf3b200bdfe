"""The linear results against the literature, and against each other when the definition changes."""

from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from theory import linear
from theory.calculus import rational
from theory.calculus.averages import QuantileIn
from theory.calculus.events import LeastOver
from theory.calculus.expressions import Expression, expression, trace
from theory.calculus.laws import Quantile
from theory.calculus.plane import Inversion, Least, spelled
from theory.catalogue import results
from theory.linear.conditional_risk import conditional_risk_chain
from theory.linear.risk import average_over_design, averaged_risk, name_the_scalars, named
from theory.linear.setting import (
    DETERMINED,
    ISOTROPIC,
    OVERPARAMETERIZED,
    REGIME_NAMES,
    A,
    S,
    target_task,
    task,
)
from theory.linear.spread import bias_form, moment, noise_form
from theory.notation import d, n, sigma, symbol, vector
from theory.tasks import APART, NOISES, PLACE, SAMPLES, ByFalling

level, gap = symbol("level"), symbol("squared_distance")
REGIMES = (OVERPARAMETERIZED, DETERMINED)


def formula(result, **where):
    """The value in the regime of a point given by numbers."""
    point = {symbol(name): value for name, value in where.items()}
    return next(r.value for r in result.regimes if r.condition.subs(point) == sp.true)


def equal(a, b) -> bool:
    return sp.simplify(a - b) == 0


def test_the_risk_below_the_threshold():
    """Shachaf et al. 2021, section 4; Dar & Baraniuk 2020: (1 - n/d) |D|^2 + s^2 n/(d-n-1)."""
    expected = level * gap * (1 - n / d) + sigma**2 * n / (d - n - 1)
    assert equal(formula(linear.risk(), n=5, d=9, sigma=1), expected)


def test_the_risk_above_the_threshold():
    assert equal(formula(linear.risk(), n=12, d=9, sigma=1), sigma**2 * d / (n - d - 1))


def test_bias_and_variance_add_up_to_the_risk():
    for point in ({"n": 5, "d": 9, "sigma": 1}, {"n": 12, "d": 9, "sigma": 1}, {"n": 9, "d": 9, "sigma": 0}):
        parts = formula(linear.bias(), **point) + formula(linear.variance(), **point)
        assert equal(parts, formula(linear.risk(), **point))


def test_the_risk_under_covariate_shift():
    distance, total, ratio = symbol("test_distance"), symbol("test_trace"), symbol("test_ratio")
    k, bottom = d - n, d * (d - 1) * (d + 2)
    a, b = k * (k * d + k - 2) / bottom, k * (d - k) / bottom
    noise = sigma**2 * total / d * n / (d - n - 1) / level
    below = formula(linear.risk_covariate_shift(), n=5, d=9, sigma=1)
    assert equal(below, (a + b) * distance + b * total * gap + noise)
    above = formula(linear.risk_covariate_shift(), n=12, d=9, sigma=1)
    assert equal(above, sigma**2 * ratio / (n - d - 1))


def test_the_variance_of_the_noiseless_risk_is_that_of_a_beta_variable():
    expected = 2 * n * (d - n) / (d**2 * (d + 2)) * gap**2 * level**2
    assert equal(formula(linear.risk_variance(), n=5, d=9), expected)
    assert formula(linear.risk_variance(), n=9, d=9) == 0


def test_the_variance_of_the_noise_part_against_the_wishart_moments_of_von_rosen():
    for small, big, point in ((n, d, {"n": 5, "d": 15}), (d, n, {"n": 15, "d": 5})):
        k = big - small
        second = small * (small * (k - 2) + 2) / (k * (k - 1) * (k - 3))
        expected = sigma**4 * (second - (small / (k - 1)) ** 2)
        assert equal(formula(linear.noise_variance(), sigma=1, **point), expected)


def test_the_gain_over_zero_and_the_best_multiple():
    u2, ut = symbol("squared_source"), symbol("source_target")
    assert equal(formula(linear.benefit(), n=5, d=9), level * (1 - n / d) * (2 * ut - u2))
    assert formula(linear.best_rescaling(), n=5, d=9, squared_source=1) == ut / u2


def test_the_learned_source():
    """Dar & Baraniuk 2020: E|t - u|^2 in both regimes of the source, put into the target's risk."""
    ns, ss = symbol("n_source"), symbol("sigma_source")
    t2, w2, wt = symbol("squared_target"), symbol("squared_teacher"), symbol("teacher_target")
    few = t2 - 2 * ns / d * wt + ns / d * w2 + ss**2 / level * ns / (d - ns - 1)
    many = t2 - 2 * wt + w2 + ss**2 / level * d / (ns - d - 1)
    noise = sigma**2 * n / (d - n - 1)
    result = linear.risk_learned_source()
    for distance, size in ((few, 4), (many, 20)):
        found = formula(result, n=5, d=9, sigma=1, n_source=size, sigma_source=1)
        assert equal(found, level * (1 - n / d) * distance + noise)
    assert equal(formula(result, n=12, d=9, sigma=1, n_source=4, sigma_source=1), sigma**2 * d / (n - d - 1))


def test_the_laws_have_the_parameters_of_the_specification():
    from theory.calculus.laws import Beta, BetaPrime

    half = sp.Rational(1, 2)
    below = level * gap * Beta(d / 2 - n / 2, n / 2) + sigma**2 * BetaPrime(n / 2, d / 2 - n / 2 + half)
    assert formula(linear.risk_law(), n=5, d=9) == below
    above = sigma**2 * BetaPrime(d / 2, n / 2 - d / 2 + half)
    assert formula(linear.risk_law(), n=12, d=9) == above == formula(linear.noise_law(), n=12, d=9)


def test_the_law_has_the_mean_and_the_variance_that_were_derived_another_way():
    """Two routes: Beta and beta-prime moments; Weingarten calculus and integration by parts."""
    p, q = n / 2, (d - n + 1) / sp.Integer(2)
    assert equal(p / (q - 1) * sigma**2, formula(linear.variance(), n=5, d=9, sigma=1))
    a, b = (d - n) / sp.Integer(2), n / 2
    spread = a * b / ((a + b) ** 2 * (a + b + 1)) * (level * gap) ** 2
    assert equal(spread, formula(linear.risk_variance(), n=5, d=9))


def test_a_start_at_zero_turns_the_gap_into_the_target():
    sample = task(ISOTROPIC, start=vector("u") * 0)
    chain = conditional_risk_chain(sample, OVERPARAMETERIZED, ISOTROPIC)
    average_over_design(chain, sample, OVERPARAMETERIZED)
    expected = averaged_risk(OVERPARAMETERIZED).bias.subs(gap, symbol("squared_target"))
    gaps = {str(m): c for m, c in chain.expression.terms}
    assert equal(gaps["D' D"], expected / symbol("squared_target"))


def test_a_start_at_the_target_leaves_the_noise_alone():
    at_the_target = linear.risk().evaluate(n=5, d=9, sigma=1, source=np.ones(9), target=np.ones(9))
    assert at_the_target == pytest.approx(5 / 3)


def test_the_noise_alone_averages_to_the_variance():
    for regime in REGIMES:
        sample = target_task(regime)
        chain, finite = moment(noise_form(sample, sample.covariance), 1, sample, regime)
        found = averaged_risk(regime).variance
        assert equal(named(chain), found.value)
        assert finite == found.finite


def test_the_bias_alone_averages_to_the_bias():
    sample = target_task(OVERPARAMETERIZED)
    chain, finite = moment(bias_form(sample, sample.covariance), 1, sample, OVERPARAMETERIZED)
    assert equal(named(chain), averaged_risk(OVERPARAMETERIZED).bias)
    assert finite == sp.true


@pytest.mark.parametrize("n_value", [3, 9, 13])
def test_no_covariate_shift_is_the_plain_risk(n_value):
    eigenvalue = 2.5
    common = {"n": n_value, "d": 9, "sigma": 0.5 if n_value != 9 else 0, "source": np.zeros(9)}
    common |= {"target": np.arange(9.0), "spectrum": [eigenvalue] * 9}
    shifted = linear.risk_covariate_shift().evaluate(test_spectrum=[eigenvalue] * 9, **common)
    assert shifted == pytest.approx(linear.risk().evaluate(**common), rel=1e-12)


def test_any_test_covariance_averages_over_rotations_to_its_trace():
    """The mean of the shifted risk over the axes is the plain one times tr A / d."""
    spectrum = np.array([1.0, 2.0, 3.0, 6.0])
    result = linear.risk_covariate_shift()
    axes = [
        result.evaluate(n=2, d=4, sigma=0, source=[0] * 4, target=axis, test_spectrum=spectrum) for axis in np.eye(4)
    ]
    plain = linear.risk().evaluate(n=2, d=4, sigma=0, squared_distance=1)
    assert np.mean(axes) == pytest.approx(plain * spectrum.mean(), rel=1e-12)


def test_a_level_scales_the_bias_and_leaves_the_noise():
    common = {"n": 5, "d": 9, "squared_distance": 2.0}
    for factor in (0.25, 3.0):
        scaled = linear.bias().evaluate(level=factor, **common)
        assert scaled == pytest.approx(factor * linear.bias().evaluate(**common), rel=1e-12)
    assert not formula(linear.variance(), n=5, d=9, sigma=1).has(level)


def test_many_source_samples_make_the_teacher_the_source():
    vectors = {"target": [1.0, 2, 0, 0, 1, 0], "source_teacher": [1.0, 1, 1, 0, 0, 0]}
    learned = linear.risk_learned_source().evaluate(n=3, d=6, sigma=0.5, n_source=10**9, sigma_source=1.0, **vectors)
    known = linear.risk().evaluate(n=3, d=6, sigma=0.5, target=vectors["target"], source=vectors["source_teacher"])
    assert learned == pytest.approx(known, rel=1e-8)


def test_the_equivalent_is_the_exact_risk_of_an_isotropic_covariance_in_the_limit():
    errors = []
    for scale in (1, 10, 100):
        dim, size = 40 * scale, 10 * scale
        gaps = {"source": np.zeros(dim), "target": np.full(dim, dim**-0.5)}
        exact = linear.risk().evaluate(n=size, d=dim, sigma=0.5, **gaps)
        found = linear.risk_equivalent().evaluate(n=size, d=dim, sigma=0.5, **gaps)
        errors.append(abs(found / exact - 1))
    assert errors[0] < 0.02
    assert errors[1] == pytest.approx(errors[0] / 10, rel=0.1)  # O(1/n)
    assert errors[2] == pytest.approx(errors[1] / 10, rel=0.1)


def test_the_equivalent_matches_a_number_simulated_for_the_specification():
    """theory.md 1.4 as an independent computation: kappa and both parts by plain NumPy."""
    from scipy.optimize import brentq

    eigenvalues = 1 / np.arange(1, 201)
    kappa = brentq(lambda k: np.sum(eigenvalues / (eigenvalues + k)) - 60, 1e-9, 1, xtol=1e-16)
    share = eigenvalues / (eigenvalues + kappa)
    gaps = np.cos(np.arange(200))
    bias = kappa**2 * np.sum(eigenvalues * gaps**2 / (eigenvalues + kappa) ** 2) / (1 - np.sum(share**2) / 60)
    noise = 0.7**2 * np.sum(share**2) / (60 - np.sum(share**2))
    found = linear.risk_equivalent().evaluate(
        n=60, d=200, sigma=0.7, spectrum=eigenvalues, source=np.zeros(200), target=gaps
    )
    assert found == pytest.approx(bias + noise, rel=1e-10)


@pytest.mark.parametrize("key", ["risk", "variance"])
@pytest.mark.parametrize("dim", [1, 2, 7])
def test_the_mean_is_infinite_within_one_of_the_threshold_and_only_with_noise(key, dim):
    result = getattr(linear, key)()
    for size in range(max(1, dim - 3), dim + 4):
        with_noise = result.evaluate(n=size, d=dim, sigma=0.1, squared_distance=1.0)
        without = result.evaluate(n=size, d=dim, sigma=0, squared_distance=1.0)
        assert (with_noise == np.inf) == (abs(size - dim) <= 1)
        bias = max(0.0, 1 - size / dim) if key == "risk" else 0.0
        assert without == pytest.approx(bias, abs=1e-15)


def test_the_spread_of_the_noise_is_infinite_within_three_of_the_threshold():
    for size in range(4, 17):
        found = linear.noise_variance().evaluate(n=size, d=10, sigma=1)
        assert (found == np.inf) == (abs(size - 10) < 4)
        assert found > 0


@pytest.mark.parametrize("size", [1, 8, 9, 10, 11, 12, 30])
@pytest.mark.parametrize("source_size", [1, 8, 9, 10, 11, 12, 30])
def test_a_learned_source_is_infinite_where_a_noisy_task_that_matters_is_at_its_threshold(size, source_size):
    fields = {"d": 10, "squared_target": 1.0, "squared_teacher": 1.0, "teacher_target": 0.5}
    fields |= {"n": size, "n_source": source_size}
    for noise in (0, 1):
        for source_noise in (0, 1):
            found = linear.risk_learned_source().evaluate(sigma=noise, sigma_source=source_noise, **fields)
            target_blows = noise > 0 and abs(size - 10) <= 1
            source_blows = source_noise > 0 and abs(source_size - 10) <= 1 and size < 10
            assert (found == np.inf) == (target_blows or source_blows)


def test_one_feature():
    assert linear.risk().evaluate(n=1, d=1, sigma=0, squared_distance=4.0) == 0
    assert linear.risk().evaluate(n=3, d=1, sigma=1, squared_distance=4.0) == pytest.approx(1.0)
    shift = linear.risk_covariate_shift().evaluate(
        n=4, d=1, sigma=1, spectrum=[2.0], test_spectrum=[3.0], source=[0.0], target=[1.0]
    )
    assert shift == pytest.approx(1.5 / 2)
    assert linear.risk_law().evaluate(n=3, d=1, sigma=1, squared_distance=4.0).mean == pytest.approx(1.0)


def test_a_target_of_zero_and_a_source_that_is_the_target():
    zero = np.zeros(6)
    assert linear.risk().evaluate(n=2, d=6, sigma=0, source=zero, target=zero) == 0
    assert linear.benefit().evaluate(n=2, d=6, source=np.ones(6), target=zero) == pytest.approx(-4.0)
    assert linear.samples_needed().evaluate(d=6, source=zero, target=zero, risk=0) == 0
    assert str(linear.risk_law().evaluate(n=2, d=6, sigma=0, source=zero, target=zero)) == "0"


def test_the_samples_needed_are_exact_at_their_boundaries():
    needed = linear.samples_needed()
    common = {"d": 10, "squared_distance": 1}
    assert needed.evaluate(risk=0.3, **common) == 7
    assert needed.evaluate(risk=0.2999999, **common) == 8
    assert needed.evaluate(risk=0, **common) == 10
    assert needed.evaluate(risk=1, **common) == needed.evaluate(risk=5, **common) == 0
    assert needed.evaluate(risk=0.999, **common) == 1


@pytest.mark.parametrize("tolerated", [0.0, 0.05, 0.3, 0.55, 0.7, 1.4, 2.0])
def test_the_samples_needed_are_the_least_with_that_risk(tolerated):
    least = linear.samples_needed().evaluate(d=7, level=2, squared_distance=0.7, risk=tolerated)
    risks = [1.4 if k == 0 else linear.bias().evaluate(n=k, d=7, level=2, squared_distance=0.7) for k in range(9)]
    assert least == next(k for k, found in enumerate(risks) if found <= tolerated)


def test_the_benefit_is_the_difference_of_two_risks():
    u, t = np.array([1.0, 0.5, 0, 0, 2]), np.array([1.0, 1, -1, 0, 1])
    scratch = linear.risk().evaluate(n=2, d=5, sigma=0.3, source=0 * u, target=t)
    tuned = linear.risk().evaluate(n=2, d=5, sigma=0.3, source=u, target=t)
    assert linear.benefit().evaluate(n=2, d=5, source=u, target=t) == pytest.approx(scratch - tuned, rel=1e-12)


def test_no_multiple_of_the_source_beats_the_best():
    u, t = np.array([1.0, 0.5, 0, 0, 2]), np.array([1.0, 1, -1, 0, 1])
    best = linear.best_rescaling().evaluate(n=2, d=5, source=u, target=t)
    risks = [
        linear.risk().evaluate(n=2, d=5, sigma=0, source=scale * u, target=t)
        for scale in (best - 0.1, best, best + 0.1)
    ]
    assert risks[1] < min(risks[0], risks[2])


def follows(regime, after):
    """The regime's value is a derived line, with the noises left out that are zero there, or the quantile of one."""
    if isinstance(after, Expression) or isinstance(regime.value, Expression):
        return after == regime.value
    silent = {c.lhs: 0 for c in sp.And.make_args(regime.condition) if isinstance(c, sp.Eq)}
    end = Quantile(symbol("confidence"), after) if regime.value.has(Quantile) else after.subs(silent)
    return regime.value == end or same(regime.value, end)


def same(a, b) -> bool:
    """Of rational functions, at once; other formulas must be simplified for it."""
    if a.is_rational_function() and b.is_rational_function():
        return rational.factor(a - b) == 0
    return equal(a, b)


CASES = [pytest.param(result, r, id=f"{result.key} {r.name}") for result in results() for r in result.regimes]


@pytest.mark.parametrize(("result", "regime"), CASES)
def test_the_value_of_a_regime_is_the_last_line_of_a_derivation(result, regime):
    if result.key == "deep_linear.best_depth" and regime.value == sp.oo:
        (share,) = (d.steps[-1].after for d in result.derivations if d.title == "1/L at the deepest")
        assert share == 0
    elif regime.value == sp.oo:  # where no formula above it that is finite holds: a part of its own regime's domain
        parts = set(sp.And.make_args(regime.condition))
        assert any(r.value != sp.oo and parts < set(sp.And.make_args(r.condition)) for r in result.regimes)
    elif isinstance(regime.value, sp.Expr) and regime.value.has(Least, Inversion, QuantileIn):
        formula = regime.value.xreplace({w.symbol: w.equation.rhs for w in result.where if w.means is not None})
        found = formula.formula if isinstance(formula, Least) else formula  # any value of its variable will do
        last = [derivation.steps[-1] for derivation in result.derivations]
        sides = (side for step in last for side in (step.before, step.after) if isinstance(side, sp.Basic))
        assert spelled(sp.Tuple(*sides)).has(found)
    elif (least := leasts(regime.value, result)) != set():  # of what holds for any values of its variables
        ends = [derivation.steps[-1] for derivation in result.derivations]
        assert all((part, part.formula) in [(step.before, step.after) for step in ends] for part in least)
    elif result.key in ZEROS:  # where a slope is zero, as the last line says
        end = result.derivations[-1].steps[-1]
        zero = isinstance(end.after, Expression) and end.after.text == "0"
        assert zero or sp.Eq(end.before, end.after) in [w.equation for w in result.where]
    elif result.key.endswith(".gain"):  # of one last line over another
        ends = [end for d in result.derivations if isinstance(end := d.steps[-1].after, sp.Expr)]
        assert any(same(regime.value, one - other) for one in ends for other in ends)
    elif isinstance(regime.value, ByFalling):  # of n < d the last line, of n >= d that of one task
        few, many = (value for value, _ in regime.value.args[0].args)
        ends = {derivation.title: derivation.steps[-1].after for derivation in result.derivations}
        here = {symbol("n"): SAMPLES[PLACE], sigma: NOISES[PLACE], symbol("squared_between"): APART[PLACE]}
        assert ends["cost"].subs(here) == few
        assert ends[REGIME_NAMES[DETERMINED]].subs(here) == many
    elif result.key.startswith("sequence."):  # tasks one after the other: three of them are the last line
        assert result.derivations[2].steps[-1].after == three_tasks()
    else:
        ends = [derivation.steps[-1].after for derivation in result.derivations]
        parts = regime.value if isinstance(regime.value, sp.Tuple) else (regime.value,)
        ended = (replace(regime, value=part) for part in parts)
        assert all(one.value in ends or any(follows(one, after) for after in ends) for one in ended)


ZEROS = ("ridge.best_penalty", "early_stopping.best_time")


def leasts(value, result) -> set[LeastOver]:
    """The least values in a formula, and in what its symbols stand for."""
    if not isinstance(value, sp.Basic):
        return set()
    named = (w.equation.rhs for w in result.where if w.symbol in value.free_symbols)
    return set().union(*(part.atoms(LeastOver) for part in (value, *named)))


def three_tasks() -> sp.Expr:
    """A number that is multiplied and added to three times."""
    found = sp.Symbol("r_0")
    for k in (1, 2, 3):
        found = sp.Symbol(f"c_{k}") + sp.Symbol(f"q_{k}") * found
    return sp.expand(found)


def test_every_result_has_steps_and_every_step_two_different_sides_and_a_reason():
    for result in results():
        assert result.steps, result.key
        for step in result.steps:
            assert step.before != step.after, (result.key, step.rule)
            assert len(step.because) >= len("X+ X+' X' = X+."), step.rule


def test_a_mean_comes_out_of_integration_by_parts_and_invariance_not_out_of_a_table():
    rules = {step.rule for step in linear.risk().steps}
    assert {"integration by parts", "orthogonal invariance", "solve linear equations"} <= rules
    assert "orthogonal invariance" in {step.rule for step in linear.risk_variance().steps}


def test_conditional_forms_are_those_of_the_specification():
    sample = task(S)
    below, above = (r.value for r in linear.conditional_risk().regimes)
    expected = bias_form(sample, S) + noise_form(sample, S)
    assert below == expected
    assert above == noise_form(sample, S)
    shifted = conditional_risk_chain(task(S), DETERMINED, A).expression
    assert shifted == noise_form(sample, A)


def test_a_trace_without_a_name_is_refused():
    with pytest.raises(ValueError, match="no quantity"):
        name_the_scalars(trace(S @ A @ S) + expression(1), DETERMINED)
