"""Numbers in place of symbols for dimensions, in every letter, law, inverse and coefficient of an expression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sympy as sp

from theory.calculus.expressions import Expression, expression, identity, inverse, scalar_product, total
from theory.calculus.letters import (
    Defined,
    Factor,
    Gaussian,
    Inverse,
    Largest,
    Law,
    Letter,
    Number,
    Pinv,
    Scaled,
    Trained,
)
from theory.calculus.words import Word


def at_sizes(value: Expression, sizes: Mapping[sp.Symbol, int]) -> Expression:
    """The same expression for matrices of given sizes.

    An average that is taken after this is right at sizes where its formula in symbols has a removable pole.

    >>> from theory.calculus.expressions import matrix, trace
    >>> n, d = sp.symbols("n d")
    >>> X = matrix("X", n, d)
    >>> str(at_sizes(trace(X.T @ X @ identity(d)) + d, {n: 3, d: 1}))
    "1 + X' X"
    """
    shape = [side.subs(sizes) for side in value.shape]
    start = Expression((), *shape)
    parts = []
    for monomial, coefficient in value.terms:
        piece = expression(coefficient.subs(sizes))
        for closed in monomial.traces:
            piece = piece * _trace(_word(closed, sizes))
        parts.append(piece if monomial.word is None else piece * _word(monomial.word, sizes))
    return total(parts, start)


def _trace(value: Expression) -> Expression:
    ((monomial, coefficient),) = value.terms
    words = monomial.traces if monomial.word is None else (*monomial.traces, monomial.word)
    return scalar_product(words).scaled(coefficient)


def _word(word: Word, sizes: Mapping[sp.Symbol, int]) -> Expression:
    product = identity(word.rows.subs(sizes))
    for factor in word.factors:
        product = product @ _factor(factor, sizes)
    return product


def _factor(factor: Factor, sizes: Mapping[sp.Symbol, int]) -> Expression:
    match factor.base:
        case Inverse(argument=argument):
            return inverse(at_sizes(argument, sizes))
        case Pinv(letter=letter):
            return expression(replace(factor, base=Pinv(_letter(letter, sizes))))
        case Letter() as letter:
            return expression(replace(factor, base=_letter(letter, sizes)))


def _letter(letter: Letter, sizes: Mapping[sp.Symbol, int]) -> Letter:
    rows, cols = (side.subs(sizes) for side in (letter.rows, letter.cols))
    return replace(letter, rows=rows, cols=cols, law=_law(letter.law, sizes))


def _law(law: Law | None, sizes: Mapping[sp.Symbol, int]) -> Law | None:
    match law:
        case Gaussian(row_covariance=c, column_covariance=r):
            return Gaussian(at_sizes(c, sizes), None if r is None else at_sizes(r, sizes))
        case Defined(meaning=meaning):
            return Defined(at_sizes(meaning, sizes))
        case Trained(design=design, labels=labels, start=start, depth=depth):
            x, y, u = (at_sizes(part, sizes) for part in (design, labels, start))
            return Trained(x, y, u, depth)
        case Scaled(vector=vector, power=power):
            return Scaled(at_sizes(vector, sizes), power)
        case Largest(of=of):
            return Largest(at_sizes(of, sizes))
        case Number(of=of):
            return replace(law, of=tuple((symbol, at_sizes(value, sizes)) for symbol, value in of))
    return None
