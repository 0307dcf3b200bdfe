"""Rational functions of dimensions, noise levels and so on: sums in normal form, and linear equations."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import sympy as sp
from sympy.polys.constructor import construct_domain
from sympy.polys.matrices import DomainMatrix
from sympy.polys.matrices.exceptions import DMNonInvertibleMatrixError


def add(terms: Sequence[sp.Expr]) -> sp.Expr:
    """The sum, factored.

    >>> d = sp.Symbol("d")
    >>> add([1 / d, 1 / (d + 1)])
    (2*d + 1)/(d*(d + 1))
    """
    return _add(tuple(terms))


@lru_cache(maxsize=4096)  # the coefficients of one sum of words repeat: they depend on the shape of a word alone
def _add(terms: tuple[sp.Expr, ...]) -> sp.Expr:
    if all(term.is_number for term in terms):
        return sp.factor(sp.Add(*terms))
    field, values = construct_domain(list(terms), field=True)
    return sp.factor(field.to_sympy(sum(values, field.zero)))


class Singular(ValueError):
    """The equations contradict each other, or leave an unknown undetermined."""


def solve(matrix: Sequence[Sequence[sp.Expr]], right: Sequence[Sequence[sp.Expr]]) -> list[list[sp.Expr]]:
    """The Z with matrix Z = right, by elimination over the field of rational functions; entries factored.

    Raises Singular where the square matrix has no inverse as a matrix of rational functions.

    >>> d = sp.Symbol("d")
    >>> solve([[d, 1], [1, d]], [[1], [0]])
    [[d/((d - 1)*(d + 1))], [-1/((d - 1)*(d + 1))]]
    """
    size, width = len(matrix), len(right[0])
    entries = [sp.S(z) for row in (*matrix, *right) for z in row]
    field, values = construct_domain(entries, field=True)
    square = DomainMatrix([values[size * i : size * (i + 1)] for i in range(size)], (size, size), field)
    rest = values[size * size :]
    given = DomainMatrix([rest[width * i : width * (i + 1)] for i in range(size)], (size, width), field)
    try:
        solved = square.lu_solve(given)
    except DMNonInvertibleMatrixError:
        raise Singular("the equations contradict each other, or leave an unknown undetermined") from None
    return [[sp.factor(z) for z in row] for row in solved.to_Matrix().tolist()]
