"""Rational functions of dimensions, noise levels and so on: sums in normal form, and linear equations."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sympy as sp
from sympy.polys.constructor import construct_domain
from sympy.polys.domains import FractionField
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
    # A minimum of sizes is one more variable: left as it is, it would take SymPy to expressions without normal form.
    opaque = {z: sp.Symbol(str(z)) for term in terms for z in term.atoms(sp.Min, sp.Max)}
    field, values = construct_domain([term.xreplace(opaque) for term in terms], field=True)
    return _factored(field, sum(values, field.zero)).xreplace({symbol: z for z, symbol in opaque.items()})


def _factored(field: Any, value: Any) -> sp.Expr:
    """An element of a field, factored where it lies: no other form is made of it on the way."""
    if not (isinstance(field, FractionField) and (field.domain.is_ZZ or field.domain.is_QQ)):
        return sp.factor(field.to_sympy(value))
    (top, above), (bottom, below) = (z.factor_list() for z in (value.numer, value.denom))
    powers = [sp.Pow(f.as_expr(), k) for f, k in above] + [sp.Pow(f.as_expr(), -k) for f, k in below]
    return sp.Mul(field.domain.to_sympy(top) / field.domain.to_sympy(bottom), *powers)


class Singular(ValueError):
    """The equations contradict each other, or leave an unknown undetermined."""


def solve(
    matrix: Sequence[Sequence[sp.Expr]], right: Sequence[Sequence[sp.Expr]], rows: int | None = None
) -> list[list[sp.Expr]]:
    """The Z with matrix Z = right, by elimination over the field of rational functions: its first rows, or all;
    entries factored.

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
    return [[_factored(field, z) for z in row] for row in solved.to_list()[:rows]]
