"""Derivatives by a number that stands in coefficients and inside inverses."""

from __future__ import annotations

import sympy as sp

from theory.calculus.expressions import Expression, expression, scalar_product, total, trace, zero_like
from theory.calculus.letters import Factor, Inverse
from theory.calculus.words import Word


def slope(target: Expression, by: sp.Symbol) -> Expression:
    """d target/d by, for a number in traces: coefficients, and inverses by d M^-1 = -M^-1 dM M^-1.

    Letters count as constants.

    >>> from theory.calculus.expressions import identity, inverse, matrix
    >>> a = sp.Symbol("a")
    >>> print(slope(trace(inverse(matrix("A", 2, 2, symmetric=True) + identity(2) * a)), a))
    -tr((a I + A)^-1 (a I + A)^-1)
    """
    pieces = []
    for monomial, coefficient in target.terms:
        pieces.append(scalar_product(monomial.traces).scaled(sp.diff(coefficient, by)))
        for index, word in enumerate(monomial.traces):
            others = scalar_product((*monomial.traces[:index], *monomial.traces[index + 1 :]))
            pieces += [trace(moved) * others * coefficient for moved in _slopes(word, by)]
    return total(pieces, target)


def _slopes(word: Word, by: sp.Symbol) -> list[Expression]:
    """The word with one inverse after the other differentiated."""
    found = []
    for index, factor in enumerate(word.factors):
        if isinstance(factor.base, Inverse):
            inside = factor.base.argument
            moved = total((_term(m.word, sp.diff(c, by)) for m, c in inside.terms if m.word is not None), inside)
            middle = expression(factor) @ (moved.T if factor.transposed else moved) @ expression(factor)
            left, right = word.factors[:index], word.factors[index + 1 :]
            found.append(-_product(left, middle, right))
    return found


def _term(word: Word, coefficient: sp.Expr) -> Expression:
    return expression(word).scaled(coefficient) if coefficient else zero_like(expression(word))


def _product(left: tuple[Factor, ...], middle: Expression, right: tuple[Factor, ...]) -> Expression:
    found = expression(Word.of(*left)) @ middle if left else middle
    return found @ expression(Word.of(*right)) if right else found
