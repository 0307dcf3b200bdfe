"""Expectations of inverse Gram matrices: against the literature's formulas, simulation and existence."""

from collections.abc import Iterator

import numpy as np
import pytest
import sympy as sp

from theory.calculus.arrays import evaluate_expression
from theory.calculus.expressions import identity, inverse, letter_of, matrix, pinv, trace
from theory.calculus.letters import Gaussian
from theory.calculus.pseudoinverse import column_gram_inverse, row_gram_inverse
from theory.calculus.stein import depends_on
from theory.calculus.wishart import DoesNotClose, expectation
from verify import means
from verify.verdict import Verdict

n, d = sp.symbols("n d", integer=True, positive=True)
c = sp.Symbol("c", positive=True)
FLAT = matrix("X", n, d, law=Gaussian(identity(d) * c))
S = matrix("S", d, d, symmetric=True)
SKEW = matrix("X", n, d, law=Gaussian(S))
A, B = (matrix(name, d, d, symmetric=True) for name in "AB")
W, V = row_gram_inverse(FLAT), column_gram_inverse(SKEW)
R = inverse(S)


def coefficient(form, x=FLAT):
    return expectation(form, x).value.scalar()


def equal(a, b) -> bool:
    return sp.cancel(a - b) == 0


def same(a, b) -> bool:
    return all(sp.cancel(weight) == 0 for _, weight in (a - b).terms)


def test_the_mean_of_an_inverse_wishart_trace():
    """Muirhead 1982, section 3.2: E W^-1 = I / (m - n - 1) for W ~ W_n(m, I); here m = d."""
    assert equal(coefficient(trace(W)), n / (c * (d - n - 1)))


def test_second_moments_of_an_inverse_wishart():
    """von Rosen 1988, Theorem 3.1, with m = d degrees of freedom in R^n and k = m - n."""
    k = d - n
    bottom = k * (k - 1) * (k - 3) * c**2
    assert equal(coefficient(trace(W @ W)), n * (d - 1) / bottom)
    assert equal(coefficient(trace(W) * trace(W)), n * (n * (k - 2) + 2) / bottom)


def test_third_moments_close_too():
    """For n = 1, W is a chi-square: E W^-3 = 1/((m-2)(m-4)(m-6))."""
    third = coefficient(trace(W @ W @ W)).subs(n, 1)
    product = coefficient(trace(W) * trace(W @ W)).subs(n, 1)
    assert equal(third, 1 / (c**3 * (d - 2) * (d - 4) * (d - 6)))
    assert equal(third, product)


def test_the_mean_of_the_inverse_for_any_covariance():
    """E (X'X)^-1 = S^-1 / (n - d - 1)."""
    found = expectation(trace(A @ V), SKEW)
    assert same(found.value, trace(A @ R) * (1 / (n - d - 1)))
    assert found.finite == sp.Ge(n, d + 2)


def test_second_moments_for_any_covariance():
    """von Rosen 1988, Theorem 3.1 (iii)-(iv): with k = n - d and D = k (k-1) (k-3),

    E V A V = ((k-1) R A R + R tr(R A)... ) / D, traced against B."""
    k = n - d
    bottom = k * (k - 1) * (k - 3)
    expected = (trace(A @ R @ B @ R) * (k - 1) + trace(A @ R) * trace(B @ R)) * (1 / bottom)
    assert same(expectation(trace(A @ V @ B @ V), SKEW).value, expected)
    product = (trace(A @ R) * trace(B @ R) * (k - 2) + 2 * trace(A @ R @ B @ R)) * (1 / bottom)
    assert same(expectation(trace(A @ V) * trace(B @ V), SKEW).value, product)


@pytest.mark.parametrize(
    ("form", "order"),
    [(trace(W), 1), (trace(W @ W), 2), (trace(W) * trace(W), 2), (trace(W) * trace(W @ W), 3)],
    ids=str,
)
def test_a_moment_of_order_m_exists_from_two_m_excess_rows(form, order):
    assert expectation(form, FLAT).finite == sp.Ge(d, n + 2 * order)


def test_the_condition_is_that_of_the_most_demanding_term():
    found = expectation(trace(W) + trace(W @ W) + 1, FLAT)
    assert found.finite == sp.And(sp.Ge(d, n + 2), sp.Ge(d, n + 4))


def test_at_the_existence_threshold_the_formula_has_its_pole():
    for order, form in ((1, trace(W)), (2, trace(W @ W)), (3, trace(W @ W @ W))):
        bottom = sp.fraction(sp.together(coefficient(form)))[1]
        assert bottom.subs(d, n + 2 * order - 1) == 0
        assert bottom.subs(d, n + 2 * order) != 0


def test_the_value_holds_no_design_and_the_steps_lead_to_it():
    found = expectation(trace(A @ V @ A @ V), SKEW)
    assert not depends_on(found.value, letter_of(SKEW))
    assert found.steps[-1].after == found.value
    assert {step.rule for step in found.steps} == {
        "gram inverse cancels",
        "integration by parts",
        "solve linear equations",
    }


def test_what_holds_no_design_is_its_own_mean():
    found = expectation(trace(A) + 1, FLAT)
    assert (found.value, found.finite, found.steps) == (trace(A) + 1, sp.true, ())


@pytest.mark.parametrize(
    ("form", "why"),
    [
        (trace(row_gram_inverse(SKEW)), "isotropic rows"),
        (trace(inverse(SKEW.T @ SKEW + identity(d))), r"E tr\(\(I \+ X' X\)\^-1\) would not close"),
        (trace(SKEW @ inverse(SKEW.T @ SKEW + identity(d)) @ SKEW.T), r"E tr\(\(I \+ X' X\)\^-1\) would not close"),
        (trace(pinv(SKEW) @ pinv(SKEW).T), "depends on the sizes"),
        (trace(A @ pinv(SKEW) @ SKEW), "isotropic rows"),
        (trace(SKEW @ A @ SKEW.T @ row_gram_inverse(SKEW)), "which is no simpler"),
    ],
    ids=str,
)
def test_what_does_not_close_says_why(form, why):
    with pytest.raises(DoesNotClose, match=why):
        expectation(form, SKEW)


def test_a_matrix_has_no_expectation_here():
    with pytest.raises(ValueError, match="matrix"):
        expectation(V @ A, SKEW)


@pytest.mark.parametrize(
    ("form", "x", "shape"),
    [
        (trace(W) * trace(W), FLAT, (3, 14)),
        (trace(W @ W), FLAT, (3, 14)),
        (trace(A @ V @ B @ V), SKEW, (16, 3)),
        (trace(A @ V) * trace(B @ V), SKEW, (16, 3)),
    ],
    ids=str,
)
def test_moments_agree_with_simulation(form, x, shape):
    """False alarm 1e-9 each; an error of 1% of the value is missed with probability 1e-6."""
    rows, cols = shape
    rng = np.random.default_rng(7)
    roots = {name: rng.uniform(-1, 1, (cols, cols)) + 1.5 * np.eye(cols) for name in "ABS"}
    fixed = {name: root @ root.T for name, root in roots.items()}
    factor = roots["S"].T if x is SKEW else np.sqrt(2.0) * np.eye(cols)
    sizes = {n: rows, d: cols, c: 2}

    def draws(seed: int) -> Iterator[np.ndarray]:
        stream = np.random.default_rng(seed)
        while True:
            designs = stream.standard_normal((10_000, rows, cols)) @ factor
            yield evaluate_expression(form, {**fixed, "X": designs}, sizes)

    claim = float(evaluate_expression(expectation(form, x).value, fixed, sizes))
    variance = means.pilot_variance(next(draws(8)))
    outcome = means.test_mean(draws(9), claim, variance, "pilot x2", delta=0.01, alpha=1e-9, alpha_pass=1e-6)
    assert outcome.verdict is Verdict.SUPPORTED, outcome
