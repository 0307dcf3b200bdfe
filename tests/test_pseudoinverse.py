"""Axiom 1, each identity against random matrices with NumPy's pinv, and none where it does not hold."""

import numpy as np
import pytest
import sympy as sp

from theory.calculus.arrays import MissingLetter, evaluate_expression
from theory.calculus.expressions import identity, inverse, matrix, pinv, trace, zero_like
from theory.calculus.pseudoinverse import (
    cancel_gram,
    cancel_inverse,
    change_of_variable,
    column_gram_inverse,
    full_column_rank,
    insert_definition,
    null_projection,
    projection_algebra,
    pseudo_inverse_of_full_column_rank,
    pseudo_inverse_of_full_row_rank,
    row_gram_inverse,
    row_span_projection,
)

n, d = sp.symbols("n d", integer=True, positive=True)
X = matrix("X", n, d)
Q = null_projection(X)
A, S = matrix("A", d, d), matrix("S", d, d, symmetric=True)
WIDE, TALL = (3, 7), (7, 3)


def numbers(value, shape, seed=0):
    rng = np.random.default_rng(seed)
    rows, cols = shape
    design = rng.standard_normal((rows, cols))
    square = rng.standard_normal((cols, cols))
    letters = {"X": design, "A": square, "S": square @ square.T + np.eye(cols)}
    return evaluate_expression(value, letters, {n: rows, d: cols})


CASES = [
    (insert_definition, Q @ A @ Q, (Q,), (WIDE, TALL)),
    (row_span_projection, A @ pinv(X) @ X @ A, (X, Q), (WIDE, TALL)),
    (row_span_projection, X.T @ pinv(X).T @ A, (X, Q), (WIDE, TALL)),
    (projection_algebra, Q @ Q @ A @ Q @ pinv(X) @ X + X.T @ X @ Q + Q, (X, Q), (WIDE, TALL)),
    (full_column_rank, A @ pinv(X) @ X @ A + Q @ A, (X, Q), (TALL,)),
    (pseudo_inverse_of_full_row_rank, A @ pinv(X), (X,), (WIDE,)),
    (pseudo_inverse_of_full_row_rank, pinv(X).T @ pinv(X), (X,), (WIDE,)),
    (pseudo_inverse_of_full_column_rank, A @ pinv(X), (X,), (TALL,)),
    (pseudo_inverse_of_full_column_rank, pinv(X) @ pinv(X).T, (X,), (TALL,)),
]


@pytest.mark.parametrize(("rule", "before", "letters", "shapes"), CASES)
def test_a_rule_is_an_identity_between_matrices(rule, before, letters, shapes):
    after = rule(before, *letters)
    assert after != before
    for shape in shapes:
        np.testing.assert_allclose(numbers(after, shape), numbers(before, shape), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("rule", "before", "shape"),
    [
        (full_column_rank, Q @ A, WIDE),
        (pseudo_inverse_of_full_column_rank, trace(X @ pinv(X)), WIDE),
        (pseudo_inverse_of_full_row_rank, trace(pinv(X) @ X), TALL),
    ],
)
def test_a_rule_out_of_its_regime_is_wrong_and_the_numbers_show_it(rule, before, shape):
    after = rule(before, X, Q) if rule is full_column_rank else rule(before, X)
    difference = np.abs(numbers(after, shape) - numbers(before, shape)).max()
    assert difference > 0.1


def test_gram_matrices_cancel_on_both_sides():
    rows, cols = row_gram_inverse(X), column_gram_inverse(X)
    assert cancel_gram(X @ X.T @ rows, X) == identity(n) == cancel_gram(rows @ X @ X.T, X)
    assert cancel_gram(X.T @ X @ cols, X) == identity(d) == cancel_gram(cols @ X.T @ X, X)
    assert cancel_gram(trace(X.T @ rows @ X), X) == trace(identity(n))


def test_a_letter_cancels_its_inverse_and_a_number_stays():
    assert cancel_inverse(S @ inverse(S) @ A + A @ inverse(S) @ S, S) == 2 * A
    assert cancel_inverse(A, identity(d) * 2) == A


def test_a_letter_without_definition_is_refused():
    with pytest.raises(ValueError, match="no definition"):
        insert_definition(A, A)


def test_a_change_of_variable_reaches_transposes():
    u, t, gap = (matrix(name, d, 1) for name in ("u", "t", "D"))
    assert change_of_variable(t.T @ A - u.T @ A, t, u + gap) == gap.T @ A


def test_a_letter_without_array_is_named():
    with pytest.raises(MissingLetter, match="A"):
        evaluate_expression(trace(A), {}, {d: 3})


def test_zero_and_identity_have_the_shape_of_their_numbers():
    assert evaluate_expression(zero_like(X), {}, {n: 2, d: 3}).shape == (2, 3)
    assert np.array_equal(evaluate_expression(identity(d) * 2, {}, {d: 3}), 2 * np.eye(3))


def test_a_batch_of_arrays_gives_a_batch_of_values():
    batch = np.random.default_rng(1).standard_normal((5, 2, 4))
    values = evaluate_expression(trace(pinv(X) @ X), {"X": batch}, {n: 2, d: 4})
    np.testing.assert_allclose(values, np.full(5, 2.0), rtol=1e-12)
    assert evaluate_expression(pinv(X), {"X": batch}, {}).shape == (5, 4, 2)
