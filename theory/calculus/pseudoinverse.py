"""Axiom 1: linear algebra of the pseudo-inverse and of the projection Q = I - X+ X."""

from __future__ import annotations

import sympy as sp

from theory.calculus.expressions import (
    Expression,
    expression,
    identity,
    inverse,
    letter_of,
    matrix,
    pinv,
    trace,
    zero_like,
)
from theory.calculus.letters import Defined
from theory.calculus.rule import rule
from theory.calculus.substitution import replace
from theory.calculus.words import Word
from theory.references import PENROSE_1955
from theory.result import Equality


def null_projection(x: Expression, name: str = "Q") -> Expression:
    """Q = I - X+ X, the orthogonal projection on the complement of the row span of X, as a letter."""
    return matrix(name, x.cols, x.cols, symmetric=True, law=Defined(identity(x.cols) - pinv(x) @ x))


@rule(Equality.PATHWISE)
def insert_definition(target: Expression, *letters: Expression) -> Expression:
    """Replace a letter by what it abbreviates."""
    for letter in letters:
        law = letter_of(letter).law
        if not isinstance(law, Defined):
            raise ValueError(f"{letter} abbreviates nothing: it has no definition to insert")
        target = replace(target, (letter, law.meaning))
    return target


@rule(Equality.PATHWISE)
def change_of_variable(target: Expression, old: Expression, new: Expression) -> Expression:
    """Express one letter through others that define the same thing."""
    return replace(target, (old, new))


@rule(Equality.PATHWISE, PENROSE_1955)
def row_span_projection(target: Expression, x: Expression, q: Expression) -> Expression:
    """X+ X = I - Q projects on the row span of X."""
    return replace(target, (pinv(x) @ x, identity(x.cols) - q))


def row_projection(x: Expression, name: str = "P") -> Expression:
    """P = X+ X, the orthogonal projection on the row span of X, as a letter."""
    return matrix(name, x.cols, x.cols, symmetric=True, law=Defined(pinv(x) @ x), projection=True)


def column_projection(x: Expression, name: str = "H") -> Expression:
    """H = X X+, the orthogonal projection on the column span of X, as a letter."""
    return matrix(name, x.rows, x.rows, symmetric=True, law=Defined(x @ pinv(x)), projection=True)


@rule(Equality.PATHWISE, PENROSE_1955)
def penrose_equations(target: Expression, x: Expression, p: Expression, h: Expression) -> Expression:
    """P = X+ X and H = X X+ are orthogonal projections, with X P = X = H X and P X+ = X+ = X+ H."""
    plus = pinv(x)
    named = replace(target, (plus @ x, p), (x @ plus, h))
    return replace(named, (x @ p, x), (h @ x, x), (p @ plus, plus), (plus @ h, plus))


@rule(Equality.PATHWISE)
def trace_is_the_smaller_side(target: Expression, x: Expression, p: Expression, h: Expression) -> Expression:
    """tr P = tr H = min(n, d): X is of full rank (almost surely)."""
    rank = expression(sp.Min(x.rows, x.cols))
    return replace(target, (trace(p), rank), (trace(h), rank))


@rule(Equality.PATHWISE, PENROSE_1955)
def projection_algebra(target: Expression, x: Expression, q: Expression) -> Expression:
    """Q = Q' = Q^2, and Q annihilates the row span: X Q = 0, Q X+ = 0."""
    zero_left = zero_like(x)
    return replace(target, (q @ q, q), (x @ q, zero_left), (q @ pinv(x), zero_left.T))


@rule(Equality.PATHWISE)
def full_column_rank(target: Expression, x: Expression, q: Expression) -> Expression:
    """n >= d and X of full column rank (almost surely): X+ X = I, so Q = 0."""
    return replace(target, (pinv(x) @ x, identity(x.cols)), (q, zero_like(q)))


def row_gram_inverse(x: Expression) -> Expression:
    """(X X')^-1, which exists when X has full row rank."""
    return inverse(x @ x.T)


def column_gram_inverse(x: Expression) -> Expression:
    """(X' X)^-1, which exists when X has full column rank."""
    return inverse(x.T @ x)


@rule(Equality.PATHWISE, PENROSE_1955)
def pseudo_inverse_of_full_row_rank(target: Expression, x: Expression) -> Expression:
    """n <= d and X of full row rank (almost surely): X+ = X' (X X')^-1."""
    return cancel_gram(replace(target, (pinv(x), x.T @ row_gram_inverse(x))), x)


@rule(Equality.PATHWISE, PENROSE_1955)
def pseudo_inverse_of_full_column_rank(target: Expression, x: Expression) -> Expression:
    """n >= d and X of full column rank (almost surely): X+ = (X' X)^-1 X'."""
    return cancel_gram(replace(target, (pinv(x), column_gram_inverse(x) @ x.T)), x)


def cancel_gram(target: Expression, x: Expression) -> Expression:
    """X X' (X X')^-1 = I and X' X (X' X)^-1 = I, on either side."""
    rows, cols = row_gram_inverse(x), column_gram_inverse(x)
    return replace(
        target,
        (x @ x.T @ rows, identity(x.rows)),
        (rows @ x @ x.T, identity(x.rows)),
        (x.T @ x @ cols, identity(x.cols)),
        (cols @ x.T @ x, identity(x.cols)),
    )


def cancel_inverse(target: Expression, s: Expression) -> Expression:
    """S S^-1 = S^-1 S = I; for a sum S = c M + K, M S^-1 = (I - K S^-1) / c with M its last word.

    Nothing to do for a multiple of the identity.
    """
    *_, (monomial, weight) = s.terms
    if monomial.word is None or not monomial.word.factors or monomial.traces:
        return target
    return cancel_term(target, s, monomial.word, weight)


def cancel_term(target: Expression, s: Expression, word: Word, weight: sp.Expr) -> Expression:
    """M S^-1 = (I - K S^-1) / c and S^-1 M = (I - S^-1 K) / c, for a sum S = c M + K with the word M."""
    m, below, one = expression(word), inverse(s), identity(s.rows)
    k = s - m.scaled(weight)
    return replace(
        target,
        (m @ below, (one - k @ below).scaled(1 / weight)),
        (below @ m, (one - below @ k).scaled(1 / weight)),
    )
