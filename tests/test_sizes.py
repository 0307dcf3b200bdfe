"""Numbers for dimensions: averages at sizes where the formula in symbols has a removable pole."""

import numpy as np
import pytest
import sympy as sp

from theory.calculus.arrays import Pole, evaluate_expression
from theory.calculus.expressions import expression, identity, inverse, letter_of, matrix, pinv, trace
from theory.calculus.letters import Defined, Gaussian, Trained
from theory.calculus.open import matrix_expectation
from theory.calculus.pseudoinverse import column_gram_inverse, null_projection, row_gram_inverse
from theory.calculus.sizes import at_sizes

n, d = sp.symbols("n d", integer=True, positive=True)
S = matrix("S", d, d, symmetric=True)
X = matrix("X", n, d, law=Gaussian(identity(d)))
A, B, G = matrix("A", d, d), matrix("B", d, d), matrix("G", n, n)
P = pinv(X) @ X


def averaged(form, **sizes):
    numbers = {n: sizes["n"], d: sizes["d"]}
    return matrix_expectation(at_sizes(form, numbers), at_sizes(X, numbers))


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_on_a_line_every_projection_of_positive_rank_is_the_identity(rows):
    """A is 1 x 1, and so it is its own transpose."""
    assert averaged(P @ A @ P, n=rows, d=1).value in [at_sizes(z, {d: 1}) for z in (A, A.T)]
    with pytest.raises(Pole, match="no value at d=1, n=1"):
        evaluate_expression(matrix_expectation(P @ A @ P, X).value, {"A": np.eye(1)}, {n: 1, d: 1})


def test_a_line_in_the_plane_averages_by_the_circle():
    """E p p' A p p' B p p' for p = (cos t, sin t): a polynomial in cos and sin, exact on a grid of angles."""
    mean = averaged(P @ A @ P @ B @ P, n=1, d=2).value
    rng = np.random.default_rng(0)
    a, b = rng.uniform(-1, 1, (2, 2, 2))
    angles = 2 * np.pi * np.arange(16) / 16
    p = np.stack([np.cos(angles), np.sin(angles)], axis=1)[:, :, None]
    projections = p @ p.transpose(0, 2, 1)
    literal = np.mean(projections @ a @ projections @ b @ projections, axis=0)
    assert evaluate_expression(mean, {"A": a, "B": b}, {}) == pytest.approx(literal, abs=1e-14)


@pytest.mark.parametrize("rows", [1, 2])
def test_four_projections_in_three_dimensions_have_no_pole_left(rows):
    """With P = I - pp' or pp', p uniform on the sphere, and A of rank one: tr(P A P A P A P A) = |Pa|^8 for A = aa'."""
    a = matrix("a", d, 1)
    form = trace(P @ a @ a.T @ P @ a @ a.T @ P @ a @ a.T @ P @ a @ a.T)
    found = averaged(form, n=rows, d=3).value
    value = evaluate_expression(found, {"a": np.array([[1.0], [0], [0]])}, {})
    beta = sp.prod((sp.Rational(rows, 2) + j) / (sp.Rational(3, 2) + j) for j in range(4))
    assert float(value) == pytest.approx(float(beta), rel=1e-12)


def test_moments_of_one_chi_square():
    """n = 1: X X' is a chi-square with d degrees of freedom; d = 1: X' X is one with n."""
    w, v = row_gram_inverse(X), column_gram_inverse(X)
    assert str(averaged(w @ w @ w, n=1, d=9).value) == "1/105"
    assert str(averaged(v @ v, n=8, d=1).value) == "1/24"
    assert str(averaged(X.T @ w @ w @ X, n=1, d=5).value) == "1/15 I"
    assert str(averaged(X @ X.T, n=1, d=1).value) == "1"


def test_sizes_tell_which_inverse_a_pseudo_inverse_stands_for():
    form = pinv(X) @ pinv(X).T
    assert str(averaged(form, n=3, d=10).value) == "1/20 I"
    assert str(averaged(form, n=13, d=10).value) == "1/2 I"


def test_every_part_of_an_expression_gets_its_sizes():
    numbers = {n: 4, d: 3}
    two_sided = matrix("Z", n, d, law=Gaussian(S * d, matrix("R", n, n, symmetric=True)))
    hidden = matrix("h", d, 1, law=Trained(X, matrix("y", n, 1), matrix("w", d, 1)))
    k = matrix("K", d, d, symmetric=True, law=Defined(S @ S))
    form = k @ hidden * trace(inverse(S + identity(d) * n)) + null_projection(X) @ hidden
    changed = at_sizes(form, numbers)
    assert changed.shape == (3, 1)
    symbols = {n, d}
    assert not any(c.free_symbols & symbols for _, c in changed.terms)
    law = letter_of(at_sizes(two_sided, numbers)).law
    assert law.row_covariance == at_sizes(S, numbers) * 3
    assert law.column_covariance.shape == (4, 4)
    assert at_sizes(expression(n * d), numbers) == expression(12)
