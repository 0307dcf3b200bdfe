"""Axiom 3: integration by parts, against exact moments and Monte Carlo."""

from collections.abc import Iterator

import numpy as np
import pytest
import sympy as sp

from theory.calculus.arrays import evaluate_expression
from theory.calculus.designs import covariance_of, depends_on, is_isotropic, isotropic_level
from theory.calculus.expressions import expression, identity, inverse, letter_of, matrix, trace
from theory.calculus.letters import Defined, Gaussian
from theory.calculus.stein import begin_with, integrate_by_parts, noise_moments
from verify import means
from verify.verdict import Verdict

N, D = 3, 4
C = matrix("C", D, D, symmetric=True)
X = matrix("X", N, D, law=Gaussian(C))
A, B = matrix("A", D, D), matrix("B", D, D)
G, H = matrix("G", N, N), matrix("H", N, N)
e = matrix("e", N, 1, law=Gaussian(expression(sp.Rational(9, 4))))
a, b = matrix("a", N, 1), matrix("b", N, 1)
ARRAYS = {
    name: np.random.default_rng(k).uniform(-1, 1, (size, size))
    for k, (name, size) in enumerate({"A": D, "B": D, "G": N, "H": N}.items())
}
ROOT = np.random.default_rng(9).uniform(-1, 1, (D, D)) + np.eye(D)
ARRAYS["C"] = ROOT @ ROOT.T
RESOLVENT = inverse(X @ X.T + identity(N))

FORMS = [
    trace(X @ A @ X.T @ G),
    trace(X @ A @ X.T @ G) * trace(X @ B @ X.T),
    trace(X @ A @ X.T @ G @ X @ B @ X.T @ H),
    trace(X @ A @ X.T @ RESOLVENT @ G),
    trace(X @ A @ X.T @ RESOLVENT @ G @ RESOLVENT),
    trace(X @ A @ X.T) * trace(RESOLVENT @ G),
]


def parts(form):
    ((monomial, weight),) = form.terms
    at = next(r for w in monomial.traces if (r := begin_with(w, letter_of(X))) is not None)
    return integrate_by_parts(monomial, X, at).scaled(weight)


def designs(seed: int) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(seed)
    while True:
        yield rng.standard_normal((20_000, N, D)) @ ROOT.T


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_both_sides_of_integration_by_parts_have_one_mean(form):
    """False alarm at most 1e-9 a form; an error of 2% of the standard deviation is missed with 1e-6."""

    def gaps(seed):
        for batch in designs(seed):
            letters = {**ARRAYS, "X": batch}
            yield evaluate_expression(form - parts(form), letters, {})

    pilot = next(gaps(1))
    variance = means.pilot_variance(pilot)
    outcome = means.test_mean(
        gaps(2), 0.0, variance, "pilot x2", delta=0.02, scale=variance**0.5, alpha=1e-9, alpha_pass=1e-6
    )
    assert outcome.verdict is Verdict.SUPPORTED, outcome


def test_second_moments_of_a_gaussian_design_are_exact():
    assert parts(trace(X @ A @ X.T @ G)) == trace(C @ A) * trace(G)


def test_the_derivative_of_an_inverse_is_minus_inverse_dw_inverse():
    """E tr(X A X' R), R = (XX' + 1)^-1: the slot in X' and the two slots in R."""
    expected = (
        trace(C @ A) * trace(RESOLVENT)
        - trace(C @ A @ X.T @ RESOLVENT @ X) * trace(RESOLVENT)
        - trace(A @ X.T @ RESOLVENT @ RESOLVENT @ X @ C)
    )
    assert parts(trace(X @ A @ X.T @ RESOLVENT)) == expected


def test_noise_has_mean_zero_and_covariance_sigma_squared():
    assert noise_moments(a.T @ e, e) == expression(0)
    assert noise_moments(e.T @ G @ e + (a.T @ e) * (b.T @ e), e) == (trace(G) + a.T @ b) * sp.Rational(9, 4)
    assert noise_moments(a.T @ b, e) == a.T @ b


def test_fourth_moments_of_noise_are_the_three_pairings():
    """Isserlis: E (e'Ge)(e'He) = s^4 (tr G tr H + tr G H + tr G H')."""
    expected = trace(G) * trace(H) + trace(G @ H) + trace(G @ H.T)
    assert noise_moments((e.T @ G @ e) * (e.T @ H @ e), e) == expected * sp.Rational(81, 16)
    assert noise_moments((a.T @ e) * (e.T @ G @ e), e) == expression(0)


def test_two_independent_noises_do_not_mix():
    f = matrix("f", N, 1, law=Gaussian(expression(1)))
    assert noise_moments(e.T @ G @ f, e, f) == expression(0)
    assert noise_moments((e.T @ f) * (f.T @ e), e, f) == expression(N * sp.Rational(9, 4))


def test_what_has_no_derivative_rule_is_refused():
    hidden = matrix("K", D, D, symmetric=True, law=Defined(X.T @ X))
    for form in (trace(X @ hidden @ X.T), trace(X @ X.T @ inverse(identity(N) * trace(X.T @ X) + G @ G.T))):
        with pytest.raises(ValueError, match="no derivative rule"):
            parts(form)
    with pytest.raises(ValueError, match="matrix"):
        noise_moments(e @ e.T, e)
    with pytest.raises(ValueError, match="not Gaussian"):
        noise_moments(trace(A), A)


def test_dependence_is_seen_through_inverses_and_definitions():
    hidden = matrix("K", D, D, symmetric=True, law=Defined(X.T @ X))
    x = letter_of(X)
    for value in (X @ A, trace(hidden), trace(RESOLVENT), inverse(hidden)):
        assert depends_on(value, x)
    assert not depends_on(trace(A @ C), x)


def test_an_isotropic_law_is_recognised():
    flat = matrix("Z", N, D, law=Gaussian(identity(D) * 3))
    assert is_isotropic(flat)
    assert isotropic_level(flat) == 3
    assert not is_isotropic(X)
    assert covariance_of(X) == C
    with pytest.raises(ValueError, match="isotropic"):
        isotropic_level(X)


ROWS = matrix("R", N, N, symmetric=True)
BOTH = matrix("X", N, D, law=Gaussian(C, ROWS))


@pytest.mark.parametrize(
    "form",
    [
        trace(BOTH @ A @ BOTH.T @ G),
        trace(BOTH @ A @ BOTH.T @ G @ BOTH @ B @ BOTH.T @ H),
        trace(BOTH @ A @ BOTH.T @ G) * trace(BOTH @ B @ BOTH.T),
        trace(BOTH @ A @ BOTH.T @ inverse(BOTH @ BOTH.T + identity(N)) @ G),
    ],
    ids=str,
)
def test_integration_by_parts_respects_a_covariance_between_rows(form):
    """False alarm at most 1e-9 a form; an error of 2% of the standard deviation is missed with 1e-6."""
    ((monomial, _),) = form.terms
    at = next(r for w in monomial.traces if (r := begin_with(w, letter_of(BOTH))) is not None)
    by_parts = integrate_by_parts(monomial, BOTH, at)
    root = np.random.default_rng(5).uniform(-0.5, 0.5, (N, N)) + np.eye(N)
    fixed = {**ARRAYS, "R": root @ root.T}

    def gaps(seed):
        for batch in designs(seed):
            yield evaluate_expression(form - by_parts, {**fixed, "X": root @ batch}, {})

    variance = means.pilot_variance(next(gaps(1)))
    outcome = means.test_mean(
        gaps(2), 0.0, variance, "pilot x2", delta=0.02, scale=variance**0.5, alpha=1e-9, alpha_pass=1e-6
    )
    assert outcome.verdict is Verdict.SUPPORTED, outcome


def test_noise_may_be_correlated():
    """E e e' = s R, and Isserlis for the fourth moment."""
    noise = matrix("e", N, 1, law=Gaussian(expression(2), ROWS))
    assert noise_moments((a.T @ noise) * (b.T @ noise), noise) == a.T @ ROWS @ b * 2
    expected = trace(ROWS @ G) * trace(ROWS @ H) + trace(ROWS @ G @ ROWS @ H) + trace(ROWS @ G @ ROWS @ H.T)
    assert noise_moments((noise.T @ G @ noise) * (noise.T @ H @ noise), noise) == expected * 4


def test_rules_for_independent_rows_refuse_dependent_ones():
    assert not is_isotropic(matrix("Z", N, D, law=Gaussian(identity(D), ROWS)))
    with pytest.raises(ValueError, match="dependent rows"):
        covariance_of(BOTH)
    scaled = matrix("Z", N, D, law=Gaussian(identity(D) * 3, identity(N) * 2))
    assert (is_isotropic(scaled), isotropic_level(scaled)) == (True, 6)
