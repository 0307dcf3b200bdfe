"""Rational functions of dimensions, noise levels and so on: sums in normal form, and linear equations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sympy as sp
from flint import Ordering, fmpz_mpoly, fmpz_mpoly_ctx
from sympy.polys.constructor import construct_domain
from sympy.polys.domains import ZZ, FractionField
from sympy.polys.matrices import DomainMatrix
from sympy.polys.matrices.exceptions import DMNonInvertibleMatrixError


def add(terms: Sequence[sp.Expr]) -> sp.Expr:
    """The sum, factored.

    >>> d = sp.Symbol("d")
    >>> add([1 / d, 1 / (d + 1)])
    (2*d + 1)/(d*(d + 1))
    """
    return _product([(_Factored.of(tuple(terms)), 1)])


def factor(value: sp.Expr) -> sp.Expr:
    """The same rational function, over one denominator and factored.

    SymPy's own factorisation in several symbols evaluates at random points, and for some of them takes hours.

    >>> n, d = sp.symbols("n d")
    >>> factor(1 / (d - n) - 1 / (d + n))
    2*n/((d - n)*(d + n))
    """
    parts = (part.as_base_exp() for part in sp.Mul.make_args(sp.together(value)))
    return _product([(_Factored.of((base,)) if base.is_Add and k.is_Integer else base, k) for base, k in parts])


@dataclass(frozen=True)
class _Factored:
    """A number times powers; apart, as SymPy multiplies a number into a lone sum."""

    number: sp.Expr
    powers: tuple[sp.Expr, ...]

    @staticmethod
    @lru_cache(maxsize=4096)  # the coefficients of one sum of words repeat: they depend on the shape of a word alone
    def of(terms: tuple[sp.Expr, ...]) -> _Factored:
        """The sum of the terms."""
        if all(term.is_number for term in terms):
            return _Factored(sp.factor(sp.Add(*terms)), ())
        # A minimum of sizes is one more variable: as it is, it would take SymPy to expressions without normal form.
        opaque = {z: sp.Symbol(str(z)) for term in terms for z in term.atoms(sp.Min, sp.Max)}
        field, values = construct_domain([term.xreplace(opaque) for term in terms], field=True)
        found, back = _factored(field, sum(values, field.zero)), {symbol: z for z, symbol in opaque.items()}
        return _Factored(found.number, tuple(power.xreplace(back) for power in found.powers))


def _product(parts: Sequence[tuple[_Factored | sp.Expr, sp.Expr | int]]) -> sp.Expr:
    flat = [_Factored(sp.S.One, (part,)) if isinstance(part, sp.Expr) else part for part, _ in parts]
    exponents = [exponent for _, exponent in parts]
    number = sp.Mul(*(part.number**k for part, k in zip(flat, exponents, strict=True)))
    return sp.Mul(number, *(power**k for part, k in zip(flat, exponents, strict=True) for power in part.powers))


def _factored(field: Any, value: Any) -> _Factored:
    """An element of a field, factored where it lies: no other form is made of it on the way."""
    if not (isinstance(field, FractionField) and (field.domain.is_ZZ or field.domain.is_QQ)):
        return _Factored(*_split(sp.factor(field.to_sympy(value))))
    (top, above), (bottom, below) = (_factors(z) for z in (value.numer, value.denom))
    powers = [sp.Pow(f, k) for f, k in above] + [sp.Pow(f, -k) for f, k in below]
    return _Factored(top / bottom, tuple(powers))


def _split(value: sp.Expr) -> tuple[sp.Expr, tuple[sp.Expr, ...]]:
    number, rest = value.as_coeff_Mul()
    return number, (rest,)


def _factors(polynomial: Any) -> tuple[sp.Rational, list[tuple[sp.Expr, int]]]:
    """A number, and irreducible polynomials with their multiplicities."""
    ring = polynomial.ring
    number, whole = polynomial.clear_denoms()
    whole = whole.set_ring(ring.clone(domain=ZZ))
    context = fmpz_mpoly_ctx.get([f"x{j}" for j in range(ring.ngens)], Ordering.lex)
    content, factors = context.from_dict({powers: int(c) for powers, c in whole.items()}).factor()
    shown = [(_as_expression(factor, whole.ring), int(power)) for factor, power in factors]
    return sp.Rational(int(content), int(number)), shown


def _as_expression(polynomial: fmpz_mpoly, ring: Any) -> sp.Expr:
    terms = {tuple(map(int, powers)): ZZ(int(c)) for powers, c in polynomial.to_dict().items()}
    return ring.from_dict(terms).as_expr()


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
    return [[_product([(_factored(field, z), 1)]) for z in row] for row in solved.to_list()[:rows]]
