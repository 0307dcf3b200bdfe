"""Axiom 4 applied: averages over the orthogonal group, against known moments and literal designs."""

from collections.abc import Iterator

import numpy as np
import pytest
import sympy as sp

from theory.calculus.arrays import evaluate_expression
from theory.calculus.expressions import identity, inverse, letter_of, matrix, pinv, trace
from theory.calculus.invariance import orthogonal_invariance, sample_invariance, sign_invariance, trace_is_rank
from theory.calculus.letters import Defined, Gaussian
from theory.calculus.pseudoinverse import null_projection, projection_algebra
from theory.calculus.rings import cut
from verify import means
from verify.verdict import Verdict

n, d = sp.symbols("n d", integer=True, positive=True)
X = matrix("X", n, d, law=Gaussian(identity(d)))
Q = null_projection(X)
A, B = (matrix(name, d, d, symmetric=True) for name in "AB")
K = matrix("K", d, d)
u, v = matrix("u", d, 1), matrix("v", d, 1)
r = d - n


def averaged(form):
    mean = orthogonal_invariance(form, X)
    return trace_is_rank(projection_algebra(mean, X, Q), X, Q)


def same(a, b) -> bool:
    return all(sp.cancel(c) == 0 for _, c in (a - b).terms)


def test_a_projection_averages_to_its_share():
    assert same(averaged(u.T @ Q @ v), (u.T @ v) * (r / d))
    assert same(averaged(trace(Q @ K)), trace(K) * (r / d))


def test_q_a_q_averages_by_the_second_haar_moment():
    """E QKQ = a K + b K' + b tr(K), a = k (kd + k - 2)/D, b = k (d - k)/D, D = d (d-1) (d+2), k = d - n."""
    bottom = d * (d - 1) * (d + 2)
    a, b = r * (r * d + r - 2) / bottom, r * (d - r) / bottom
    expected = (u.T @ K @ v) * a + (u.T @ K.T @ v) * b + trace(K) * (u.T @ v) * b
    assert same(averaged(u.T @ Q @ K @ Q @ v), expected)
    assert same(averaged(u.T @ Q @ A @ Q @ u), (u.T @ A @ u) * (a + b) + trace(A) * (u.T @ u) * b)


def test_q_k_q_keeps_the_transpose_apart():
    mean = averaged(trace(Q @ K @ Q @ B))
    literal = _literal_mean(trace(Q @ K @ Q @ B), mean, 4, 2)
    assert literal.verdict is Verdict.SUPPORTED, literal


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_moments_of_the_risk_are_those_of_a_beta_variable(k):
    """Two routes: Weingarten calculus; E Beta(r/2, n/2)^k = prod (r + 2j)/(d + 2j)."""
    power = u.T @ Q @ u
    for _ in range(k - 1):
        power = power * (u.T @ Q @ u)
    ((monomial, coefficient),) = averaged(power).terms
    assert str(monomial) == " ".join(["u' u"] * k)
    assert sp.cancel(coefficient - sp.prod((r + 2 * j) / (d + 2 * j) for j in range(k))) == 0


def test_what_no_rotation_moves_is_left_alone():
    for form in (
        trace(Q),
        trace(X @ X.T),
        trace(A @ B),
        trace(pinv(X) @ pinv(X).T),
        (u.T @ A @ u) * trace(Q),
    ):
        assert orthogonal_invariance(form, X) == form


def test_gram_matrices_turn_as_a_whole():
    assert same(orthogonal_invariance(trace(X.T @ X @ A), X), trace(A) * trace(X.T @ X) * (1 / d))
    ridge = inverse(X.T @ X + identity(d) * 2)
    assert same(orthogonal_invariance(trace(ridge @ A), X), trace(A) * trace(ridge) * (1 / d))
    rows = inverse(X @ X.T)
    assert same(orthogonal_invariance(trace(A @ X.T @ rows @ X), X), trace(A) * trace(X.T @ rows @ X) * (1 / d))


def _literal_mean(form, claim, cols: int, rows: int):
    """A form's mean over designs; false alarm 1e-9, an error of 2% of its deviation is missed with 1e-6."""
    rng = np.random.default_rng(3)
    fixed = {name: rng.uniform(-1, 1, (cols, cols)) for name in "ABK"}
    fixed |= {name: fixed[name] + fixed[name].T for name in "AB"}
    fixed |= {name: rng.uniform(-1, 1, (cols, 1)) for name in "uv"}
    sizes = {n: rows, d: cols}

    def draws(seed: int) -> Iterator[np.ndarray]:
        stream = np.random.default_rng(seed)
        while True:
            yield evaluate_expression(form, {**fixed, "X": stream.standard_normal((5_000, rows, cols))}, sizes)

    variance = means.pilot_variance(next(draws(4)))
    return means.test_mean(
        draws(5),
        float(evaluate_expression(claim, fixed, sizes)),
        variance,
        "pilot x2",
        delta=0.02,
        scale=variance**0.5,
        alpha=1e-9,
        alpha_pass=1e-6,
    )


@pytest.mark.parametrize(
    "form",
    [
        trace(Q @ A @ Q @ B @ Q @ K),
        (u.T @ Q @ v) * trace(Q @ K),
        u.T @ Q @ A @ Q @ v + trace(Q @ A),
        (u.T @ Q @ K @ u) * (v.T @ Q @ v),
    ],
    ids=str,
)
def test_an_average_over_rotations_is_the_mean_over_designs(form):
    outcome = _literal_mean(form, averaged(form), 4, 2)
    assert outcome.verdict is Verdict.SUPPORTED, outcome


def test_a_design_that_is_not_isotropic_is_refused():
    skew = matrix("Y", n, d, law=Gaussian(A))
    with pytest.raises(ValueError, match="isotropic"):
        orthogonal_invariance(trace(skew.T @ skew), skew)
    with pytest.raises(ValueError, match="matrix"):
        orthogonal_invariance(Q @ A, X)


def test_what_does_not_turn_as_a_whole_is_refused():
    mixed = matrix("M", d, d, symmetric=True, law=Defined(X.T @ X + A))
    half = matrix("h", d, 1, law=Defined(Q @ u))
    for form in (
        trace(inverse(X.T @ X + A) @ B),
        trace(mixed @ B),
        trace(inverse(X @ A @ X.T + identity(n))),
        trace(inverse(identity(d) * trace(X.T @ X) + A)),
        half.T @ Q @ v,
    ):
        with pytest.raises(ValueError, match="as a whole"):
            orthogonal_invariance(form, X)


def test_a_square_design_that_is_not_conjugated_is_refused():
    square = matrix("X", d, d, law=Gaussian(identity(d)))
    with pytest.raises(ValueError, match="as a whole"):
        orthogonal_invariance(trace(square.T @ square.T @ A), square)
    with pytest.raises(ValueError, match="as a whole"):
        orthogonal_invariance(trace(square @ square), square)


def test_a_row_gram_of_a_square_design_does_not_move():
    square = matrix("X", d, d, law=Gaussian(identity(d)))
    rows = inverse(square @ square.T)
    assert orthogonal_invariance(trace(rows @ A), square) == trace(rows @ A)


def test_a_trace_is_cut_into_blocks_and_what_stands_between():
    ring = cut(trace(A @ Q @ B @ Q @ Q @ K).terms[0][0].traces[0], letter_of(X))
    assert sorted(str(word) for word in ring.blocks) == ["Q", "Q Q"]
    assert len(ring.between) == 2
    assert cut(trace(A @ B).terms[0][0].traces[0], letter_of(X)) is None


def test_samples_turn_where_rows_are_independent():
    """E X X' is a multiple of I, whatever the covariance of a row."""
    skew, g = matrix("Y", n, d, law=Gaussian(A)), matrix("G", n, n)
    mean = sample_invariance(trace(skew @ skew.T @ g), skew)
    assert same(mean, trace(skew @ skew.T) * trace(g) * (1 / n))
    dependent = matrix("Y", n, d, law=Gaussian(identity(d), matrix("R", n, n, symmetric=True)))
    with pytest.raises(ValueError, match="independent rows"):
        sample_invariance(trace(dependent @ dependent.T @ g), dependent)


def test_features_turn_whether_rows_are_independent_or_not():
    dependent = matrix("Y", n, d, law=Gaussian(identity(d), matrix("R", n, n, symmetric=True)))
    gram = dependent.T @ dependent
    assert same(orthogonal_invariance(trace(gram @ A), dependent), trace(gram) * trace(A) * (1 / d))


def test_a_product_that_changes_sign_has_mean_zero():
    even = trace(X @ A @ X.T) * trace(Q @ A)
    odd = u.T @ pinv(X) @ X @ X.T @ matrix("a", n, 1)
    assert sign_invariance(even + odd, X) == even
    neither = trace(matrix("M", d, d, symmetric=True, law=Defined(X.T @ X + A)) @ K)
    assert sign_invariance(neither, X) == neither
