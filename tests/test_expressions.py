"""Expressions: sums of words with one normal form, and replacing words in them."""

import numpy as np
import pytest
import sympy as sp

from theory.calculus.expressions import (
    expression,
    identity,
    inverse,
    letter_of,
    matrix,
    pinv,
    total,
    trace,
    zero_like,
)
from theory.calculus.letters import Defined, Gaussian, ShapeError
from theory.calculus.substitution import replace, word_of

n, d = sp.symbols("n d", integer=True, positive=True)
X, A, B = matrix("X", n, d), matrix("A", d, d), matrix("B", d, d)
S = matrix("S", d, d, symmetric=True)
u, v, w = (matrix(name, d, 1) for name in "uvw")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: X + A,
        lambda: X @ X,
        lambda: X * X,
        lambda: trace(X),
        lambda: inverse(X),
        lambda: inverse(A),
        lambda: matrix("Y", n, d, symmetric=True),
        lambda: replace(X, (X, X.T)),
    ],
)
def test_a_shape_error_is_an_error(wrong):
    with pytest.raises(ShapeError):
        wrong()


def test_traces_are_equal_up_to_rotation_and_transposition():
    assert trace(A @ B @ S) == trace(B @ S @ A) == trace(S @ B.T @ A.T)
    assert trace(A @ B @ S) != trace(B @ A @ S)


def test_numbers_commute_out_of_words():
    assert u @ (v.T @ A @ w) @ u.T == (v.T @ A @ w) * (u @ u.T)
    assert trace(u @ v.T @ A @ w @ u.T) == (v.T @ A @ w) * (u.T @ u)
    assert (v.T @ A @ w) == (w.T @ A.T @ v)


def test_a_rank_one_trace_is_a_quadratic_form():
    assert trace(u @ v.T @ A) == v.T @ A @ u
    assert trace(A @ u @ v.T @ B @ w @ u.T) == (v.T @ B @ w) * (u.T @ A @ u)


def test_the_trace_of_the_identity_is_its_dimension():
    assert trace(identity(d)) == expression(d)
    assert trace(identity(d) * 3 + A) == trace(A) + 3 * d


def test_like_terms_are_added_and_zeros_are_dropped():
    assert A + A == 2 * A
    assert (A - A).terms == ()
    assert str(A - A) == "0"
    assert A * sp.Symbol("c") - sp.Symbol("c") * A == zero_like(A)
    assert (A * (1 / d) + A * (1 - 1 / d)) == A


def test_products_distribute_over_sums():
    assert (A + B) @ (A - B) == A @ A - A @ B + B @ A - B @ B
    assert (X @ (A + identity(d))).T == A.T @ X.T + X.T
    assert 1 - expression(3) == expression(-2)
    assert total([A, B, -A], A) == B


def test_the_inverse_of_a_multiple_of_the_identity_is_one():
    assert inverse(identity(d) * 4) == identity(d) * sp.Rational(1, 4)
    assert inverse(expression(4)) == expression(sp.Rational(1, 4))
    assert inverse(X.T @ X) == inverse(X.T @ X).T


def test_a_scalar_gives_its_value_and_a_matrix_refuses():
    assert (expression(d) * 2).scalar() == 2 * d
    with pytest.raises(ValueError, match="still holds matrices"):
        trace(A).scalar()


def test_only_a_letter_is_a_letter():
    assert letter_of(X).name == "X"
    for other in (X.T, 2 * X, X @ A, A + B):
        with pytest.raises(ValueError, match="not a single letter"):
            letter_of(other)
        with pytest.raises(ValueError, match="not a single letter"):
            pinv(other)


def test_a_word_is_replaced_wherever_it_stands_also_transposed_and_around_a_trace():
    assert replace(A @ B @ S + S @ B.T @ A.T, (A @ B, S)) == 2 * (S @ S)
    assert replace(trace(B @ S @ A), (A @ B, identity(d))) == trace(S)
    assert replace(v.T @ A @ B @ w * (u.T @ u), (A @ B, S)) == (v.T @ S @ w) * (u.T @ u)
    assert replace(A @ A @ A @ A, (A @ A, A)) == A
    assert replace(trace(A @ B) * B, (A @ B, zero_like(A))) == zero_like(B)


def test_a_scalar_factor_is_replaced_in_every_power():
    assert replace((u.T @ A @ u) * (u.T @ A @ u) * S, (u.T @ A @ u, expression(3))) == 9 * S
    assert replace(trace(S) * trace(S) + trace(A), (trace(S), expression(d))) == trace(A) + d**2


def test_a_replacement_that_would_never_end_is_refused():
    for old, new in ((A, A @ A), (A, A.T), (A @ B, S @ A @ B)):
        with pytest.raises(ValueError, match="never ends"):
            replace(S @ A @ B, (old, new))


def test_only_single_words_and_traces_are_replaced():
    with pytest.raises(ValueError, match="not a single word"):
        replace(A, (A + B, S))
    with pytest.raises(ValueError, match="not a single word"):
        word_of(2 * A)
    with pytest.raises(ValueError, match="not a single trace"):
        replace(trace(A), (trace(A) + 1, expression(1)))


def test_text_shows_signs_brackets_and_coefficients():
    assert str(2 * A - B) == "2 A - B"
    assert str(A * (n + 1)) == "(n + 1) A"
    assert str(trace(A) * (u.T @ u) - 1) == "-1 + tr(A) u' u"


def test_a_law_must_fit_its_letter():
    for wrong in (
        {"law": Gaussian(identity(n))},
        {"law": Gaussian(B)},
        {"law": Gaussian(identity(d), identity(d))},
        {"law": Defined(B)},
    ):
        with pytest.raises(ShapeError):
            matrix("Z", n, d, **wrong)
    for wrong in ({"law": Gaussian(identity(d))}, {"law": Defined(B)}):
        with pytest.raises(ShapeError):
            matrix("Z", d, d, symmetric=True, **wrong)


def test_quotients_and_powers_are_products():
    x = matrix("x", d, 1)
    assert B * sp.Rational(1, 2) == B / 2
    assert B**3 == B @ B @ B
    assert (x.T @ x) ** 2 == (x.T @ x) * (x.T @ x)
    for base, power in ((x, 2), (B, 0), (B, -1)):
        with pytest.raises(ShapeError):
            base**power


@pytest.mark.parametrize("alien", [np.eye(3), "1 + 1", None], ids=str)
def test_what_is_neither_a_matrix_of_symbols_nor_a_number_is_refused(alien: object):
    B = matrix("B", 3, 3)
    for operation in (lambda: B @ alien, lambda: alien @ B, lambda: B + alien):
        with pytest.raises(TypeError, match=type(alien).__name__):
            operation()
    with pytest.raises(TypeError):
        expression(alien)  # type: ignore[arg-type]


def test_an_expression_shows_itself_as_it_is_written():
    assert repr(matrix("B", d, d).T) == "B'"
