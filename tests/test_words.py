"""Words: shapes, transposes, rotations, and numbers inside them."""

from itertools import permutations

import pytest
import sympy as sp

from theory.calculus.expressions import matrix, trace
from theory.calculus.letters import ONE, Factor, Inverse, Letter, Pinv, ShapeError
from theory.calculus.monomials import text_of_trace
from theory.calculus.words import Word, cyclic_normal_form, open_at_vector, split_scalars

n, d = sp.symbols("n d", integer=True, positive=True)
X, A, B = Factor(Letter("X", n, d)), Factor(Letter("A", d, d)), Factor(Letter("B", d, d))
S = Factor(Letter("S", d, d, symmetric=True))
u, v, w = (Factor(Letter(name, d, ONE)) for name in "uvw")


def test_neighbours_must_fit():
    with pytest.raises(ShapeError, match="X is n x d and X is n x d"):
        Word.of(X, X)
    with pytest.raises(ShapeError, match="transpose one, or check the order"):
        Word.of(X, A) @ Word.of(X)


def test_the_transpose_reverses_and_transposes():
    assert str(Word.of(X, A, S).T) == "S A' X'"
    assert (Word.of(X, A, S).T.rows, Word.of(X, A, S).T.cols) == (d, n)
    assert Word.of(X, A) == Word.of(X, A).T.T


def test_a_symmetric_letter_and_a_pseudo_inverse_of_one_are_their_own_transposes():
    assert S.T == S
    assert Factor(Pinv(S.base)) == Factor(Pinv(S.base)).T
    assert X.T != X
    assert Factor(Pinv(X.base)).T.text == "X+'"
    assert (Factor(Pinv(X.base)).rows, Factor(Pinv(X.base)).cols) == (d, n)


def test_all_rotations_and_transposes_of_a_trace_have_one_normal_form():
    word = Word.of(X, A, S, X.T)
    forms = {cyclic_normal_form(reading) for reading in word.readings()}
    assert len(word.readings()) == 8
    assert len(forms) == 1


def test_words_that_are_not_rotations_have_different_normal_forms():
    forms = {cyclic_normal_form(Word.of(*order)) for order in permutations([A, B, S])}
    assert len(forms) == 2  # tr(ABS) and tr(BAS): a transpose would turn A into A'


def test_the_empty_word_is_the_identity_and_has_its_own_normal_form():
    assert str(Word.identity(d)) == "I"
    assert cyclic_normal_form(Word.identity(d)) == Word.identity(d)
    assert Word.identity(d) @ Word.of(A) == Word.of(A)


def test_a_number_inside_a_word_splits_off():
    numbers, rest = split_scalars(Word.of(u, v.T, A, w, u.T))
    assert [str(word) for word in numbers] == ["v' A w"]
    assert str(rest) == "u u'"
    assert split_scalars(Word.of(X, A)) == ((), Word.of(X, A))


def test_a_quadratic_form_is_read_from_its_vector():
    assert str(open_at_vector(Word.of(A, w, v.T))) == "v' A w"
    assert text_of_trace(Word.of(A, w, v.T)) == "v' A w"
    assert text_of_trace(Word.of(A, B)) == "tr(A B)"
    assert str(open_at_vector(Word.of(A, B))) == "A B"


def test_an_inverse_of_a_sum_is_written_in_brackets():
    from theory.calculus.expressions import expression

    assert Inverse(expression(S.base)).text == "S^-1"
    assert Inverse(expression(X.base).T @ expression(X.base)).text == "(X' X)^-1"


def test_a_projection_forgets_its_powers():
    p, k = matrix("P", 3, 3, projection=True), matrix("K", 3, 3)
    assert p.T == p == p @ p @ p
    assert trace(p @ k @ p @ p) == trace(k @ p)
    assert str(p @ k @ p @ p @ k) == "P K P K"
    assert str(k @ k) == "K K"


def test_a_quadratic_form_in_a_projection_forgets_its_powers():
    p, a = matrix("P", 3, 3, projection=True), matrix("a", 3, 1)
    assert a.T @ p @ p @ a == a.T @ p @ a
    assert trace(p @ a @ a.T @ p) == a.T @ p @ a


def test_a_projection_is_square():
    with pytest.raises(ShapeError, match="square"):
        matrix("P", 2, 3, projection=True)
