"""Averages of matrices: probed, read off, and held to the literature and to simulation."""

from collections.abc import Iterator

import numpy as np
import pytest
import sympy as sp

from theory.calculus.arrays import evaluate_expression
from theory.calculus.expressions import identity, inverse, letter_of, matrix, pinv, trace
from theory.calculus.letters import Defined, Gaussian
from theory.calculus.open import matrix_expectation
from theory.calculus.pseudoinverse import column_gram_inverse, null_projection, row_gram_inverse
from theory.calculus.wishart import DoesNotClose, expectation
from verify import means
from verify.verdict import Verdict

n, d = sp.symbols("n d", integer=True, positive=True)
S, R = matrix("S", d, d, symmetric=True), matrix("R", n, n, symmetric=True)
FLAT = matrix("X", n, d, law=Gaussian(identity(d)))
SKEW = matrix("X", n, d, law=Gaussian(S))
ROWS = matrix("X", n, d, law=Gaussian(identity(d), R))
BOTH = matrix("X", n, d, law=Gaussian(S, R))
OTHER = matrix("U", n, d, law=Gaussian(S))
A, B = matrix("A", d, d), matrix("B", d, d)
G = matrix("G", n, n)
u, v = matrix("u", d, 1), matrix("v", d, 1)
P, Q, H = pinv(FLAT) @ FLAT, null_projection(FLAT), SKEW @ pinv(SKEW)
V, W = column_gram_inverse(SKEW), row_gram_inverse(FLAT)
K = row_gram_inverse(ROWS)
RIDGE = inverse(FLAT @ FLAT.T + identity(n) * 2)

FORMS = [
    (V @ A @ V, SKEW, (14, 3)),
    (W @ G @ W, FLAT, (3, 14)),
    (K @ G @ K, ROWS, (3, 14)),
    (P @ A @ P, FLAT, (2, 4)),
    (P @ A @ P @ B @ P, FLAT, (2, 4)),
    (P @ A @ P @ B @ P @ A.T @ P, FLAT, (2, 5)),
    (P @ A @ P * (v.T @ P @ B @ P @ u), FLAT, (2, 5)),
    (Q @ A @ Q @ B, FLAT, (3, 5)),
    (H @ G @ H, SKEW, (5, 3)),
    (pinv(FLAT) @ G @ FLAT @ A, FLAT, (3, 4)),
    (BOTH @ A @ BOTH.T, BOTH, (3, 4)),
    (BOTH.T @ BOTH @ A @ BOTH.T @ G @ BOTH, BOTH, (3, 2)),
    (SKEW.T @ SKEW @ A @ V, SKEW, (14, 3)),
    (SKEW.T @ SKEW @ A @ V @ B @ SKEW.T @ SKEW, SKEW, (14, 2)),
    (SKEW @ V @ SKEW.T @ G @ SKEW @ V @ SKEW.T, SKEW, (6, 3)),
    (SKEW @ V @ A @ V @ SKEW.T, SKEW, (12, 2)),
    (ROWS.T @ K @ G @ K @ ROWS, ROWS, (2, 12)),
    (P @ A @ FLAT.T @ FLAT, FLAT, (2, 4)),
    (v * (u.T @ P @ v), FLAT, (2, 4)),
]


def same(a, b) -> bool:
    return all(sp.cancel(weight) == 0 for _, weight in (a - b).terms)


def sizes_of(shape) -> dict[sp.Symbol, int]:
    return {n: shape[0], d: shape[1]}


def letters(shape, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows, cols = shape
    drawn = {k: rng.uniform(-1, 1, (cols, cols)) for k in "AB"} | {"G": rng.uniform(-1, 1, (rows, rows))}
    roots = {"S": rng.uniform(-0.5, 0.5, (cols, cols)), "R": rng.uniform(-0.3, 0.3, (rows, rows))}
    roots = {k: root + np.eye(len(root)) for k, root in roots.items()}
    vectors = {k: rng.uniform(-1, 1, (cols, 1)) for k in "uv"}
    return drawn | {k: root @ root.T for k, root in roots.items()} | vectors


def designs(x, shape, fixed, seed: int, batch: int) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(seed)
    law, sizes = letter_of(x).law, sizes_of(shape)
    c = np.linalg.cholesky(evaluate_expression(law.row_covariance, fixed, sizes))
    r = law.column_covariance
    left = np.eye(shape[0]) if r is None else np.linalg.cholesky(evaluate_expression(r, fixed, sizes))
    while True:
        yield left @ rng.standard_normal((batch, *shape)) @ c.T


@pytest.mark.parametrize(("form", "x", "shape"), FORMS, ids=str)
def test_the_mean_of_a_matrix_is_that_of_its_draws(form, x, shape):
    """One random combination of the entries, so that every entry counts.

    False alarm 1e-9 a form; an error of 2% of its deviation is missed with probability 1e-6.
    """
    fixed, sizes = letters(shape, 1), sizes_of(shape)
    claim = evaluate_expression(matrix_expectation(form, x).value, fixed, sizes)
    weights = np.random.default_rng(2).uniform(0.5, 1.5, claim.shape) * np.where(claim < 0, -1, 1)

    def draws(seed: int) -> Iterator[np.ndarray]:
        for design in designs(x, shape, fixed, seed, 10_000):
            yield np.sum(weights * evaluate_expression(form, {**fixed, "X": design}, sizes), axis=(-1, -2))

    variance = means.pilot_variance(next(draws(3)))
    outcome = means.test_mean(
        draws(4),
        float(np.sum(weights * claim)),
        variance,
        "pilot x2",
        delta=0.02,
        scale=variance**0.5,
        alpha=1e-9,
        alpha_pass=1e-6,
    )
    assert outcome.verdict is Verdict.SUPPORTED, outcome


def test_the_second_moment_of_an_inverse_wishart_matrix():
    """von Rosen 1988, Theorem 3.1: E V A V = ((k-2) R A R + R A' R + tr(A R) R) / (k (k-1) (k-3)), k = n - d."""
    k, below = n - d, inverse(S)
    expected = below @ A @ below * (k - 2) + below @ A.T @ below + trace(A @ below) * below
    found = matrix_expectation(V @ A @ V, SKEW)
    assert same(found.value, expected * (1 / (k * (k - 1) * (k - 3))))
    assert found.finite == sp.Ge(n, d + 4)


def test_the_second_moment_of_a_wishart_matrix():
    """Muirhead 1982, section 3.2: E W A W = n^2 S A S + n S A' S + n tr(A S) S."""
    w = SKEW.T @ SKEW
    expected = S @ A @ S * n**2 + S @ A.T @ S * n + trace(A @ S) * S * n
    assert same(matrix_expectation(w @ A @ w, SKEW).value, expected)


def test_the_second_moment_of_a_random_projection():
    """Collins & Sniady 2006, section 3: E PAP = a A + b A' + b tr(A), a = k (kd + k - 2)/D, b = k (d - k)/D."""
    k, bottom = sp.Min(n, d), d * (d - 1) * (d + 2)
    a, b = k * (k * d + k - 2) / bottom, k * (d - k) / bottom
    found = matrix_expectation(P @ A @ P, FLAT)
    assert same(found.value, A * a + A.T * b + trace(A) * identity(d) * b)
    assert found.finite == sp.true


@pytest.mark.parametrize(("rank", "value"), [(0, "0"), (5, "A B")])
def test_a_projection_of_rank_zero_or_full_rank_is_no_longer_random(rank, value):
    mean = matrix_expectation(P @ A @ P @ B @ P, FLAT).value
    at = [(str(m), sp.cancel(c.subs(d, 5).subs(n, rank))) for m, c in mean.terms]
    assert [m for m, c in at if c != 0] == [value][: rank and 1]
    assert all(c in (0, 1) for _, c in at)


def test_a_design_with_more_rows_than_columns_spans_everything():
    tall = matrix("X", d + n, d, law=Gaussian(identity(d)))
    projection = pinv(tall) @ tall
    assert matrix_expectation(projection @ A @ projection, tall).value == A


def test_the_fourth_moment_of_a_projected_vector():
    """|Pv|^2 / |v|^2 is Beta(n/2, (d-n)/2), whose second moment is n (n + 2)/(d (d + 2))."""
    found = expectation((v.T @ P @ v) * (v.T @ P @ v), FLAT).value
    k = sp.Min(n, d)
    assert same(found, (v.T @ v) * (v.T @ v) * (k * (k + 2) / (d * (d + 2))))


def test_what_cancels_needs_no_moment():
    """The hat matrix: E X (X'X)^-1 X' = d/n I, as soon as X'X has an inverse."""
    found = matrix_expectation(SKEW @ V @ SKEW.T, SKEW)
    assert (str(found.value), found.finite) == ("d/n I", sp.Ge(n, d))


def test_a_resolvent_closes_where_it_cancels():
    found = expectation(trace(FLAT @ FLAT.T @ RIDGE) + trace(RIDGE) * 2, FLAT)
    assert str(found.value) == "n"


def test_odd_averages_vanish():
    assert not matrix_expectation(SKEW, SKEW).value.terms
    assert not matrix_expectation(FLAT @ A @ P, FLAT).value.terms
    odd = matrix_expectation(W @ FLAT, FLAT)
    assert (odd.value.terms, odd.finite) == ((), sp.Ge(d, n + 2))


def test_independent_gaussian_letters_are_averaged_in_turn():
    """E X' U A U' X = n tr(S A) I."""
    found = matrix_expectation(FLAT.T @ OTHER @ A @ OTHER.T @ FLAT, FLAT, OTHER).value
    assert same(found, trace(A @ S) * identity(d) * n)
    estimate = matrix_expectation(V @ SKEW.T @ OTHER @ A @ OTHER.T @ SKEW @ V, OTHER, SKEW)
    assert same(estimate.value, trace(A @ S) * inverse(S) * (1 / (n - d - 1)))
    assert estimate.finite == sp.Ge(n, d + 2)


def test_a_covariance_may_be_a_sum():
    spiked = matrix("X", n, d, law=Gaussian(identity(d) + u @ u.T))
    assert str(matrix_expectation(column_gram_inverse(spiked), spiked).value) == "-1/(d - n + 1) (I + u u')^-1"


def test_the_steps_end_in_the_matrix():
    found = matrix_expectation(V @ A @ V, SKEW)
    last = found.steps[-1]
    assert (last.rule, last.before, last.after) == ("read off the matrix", V @ A @ V, found.value)


def test_the_probe_takes_no_name_that_is_in_use():
    taken = matrix("B", d, d, law=Defined(A @ A))
    assert same(matrix_expectation(SKEW.T @ SKEW @ taken, SKEW).value, S @ taken * n)


def test_a_scalar_is_averaged_as_it_is():
    assert matrix_expectation(v.T @ V @ v, SKEW).value == expectation(v.T @ V @ v, SKEW).value


@pytest.mark.parametrize(
    ("form", "x", "why"),
    [
        (column_gram_inverse(BOTH), BOTH, "independent rows"),
        (row_gram_inverse(BOTH), BOTH, "isotropic rows"),
        (pinv(BOTH) @ BOTH, BOTH, "isotropic rows"),
        (pinv(FLAT) @ pinv(FLAT).T, FLAT, "depends on the sizes"),
        (RIDGE, FLAT, "would not close"),
        (SKEW.T @ row_gram_inverse(SKEW) @ SKEW, SKEW, "no simpler"),
    ],
    ids=str,
)
def test_a_matrix_that_does_not_close_names_what_does_not(form, x, why):
    with pytest.raises(DoesNotClose, match=f"E .*{why}"):
        matrix_expectation(form, x)
