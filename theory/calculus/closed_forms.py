"""Closed forms of equivalents whose fixed-point equation is quadratic: the isotropic cases."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import sympy as sp

from theory.calculus.elimination import Traces
from theory.calculus.equivalents import Equivalent
from theory.calculus.expressions import Expression
from theory.calculus.rational import factor

SIZES = (3, 8, 21)
"""Dimensions at which the sign of a root is looked at, in every order that the domain allows."""


def closed_form(found: Equivalent, domain: sp.Basic = sp.true) -> Equivalent:
    """The same without its fixed-point equation, where that is quadratic in one unknown, in positive symbols; else as
    it was.

    The physical branch is the root that is positive wherever the domain holds (checked at sizes in every order); where
    not exactly one root is positive at all of them, nothing is replaced.

    >>> from theory.calculus.equivalents import deterministic_equivalent
    >>> from theory.calculus.expressions import identity, inverse, matrix, trace
    >>> from theory.calculus.letters import Gaussian
    >>> d = sp.Symbol("d", integer=True, positive=True)
    >>> X = matrix("X", d, d, law=Gaussian(identity(d)))
    >>> closed_form(deterministic_equivalent(trace(inverse(X.T @ X + identity(d))))).value
    sqrt(4*d + 1)/2 - 1/2
    """
    if len(found.unknowns) != 1:
        return found
    ((unknown, equation),) = ((u.symbol, u.equation) for u in found.unknowns)
    if any(unknown in Traces(found.traces).symbols_inside(t) for t in equation.rhs.free_symbols):
        return found
    polynomial = sp.Poly(sp.numer(sp.together(equation.rhs - unknown)), unknown)
    signed = [s for s in polynomial.free_symbols_in_domain if not (s.is_positive or s.is_nonnegative)]
    if polynomial.degree() != 2 or signed:
        return found
    roots = positive_roots(polynomial, domain)
    if len(roots) != 1:
        return found
    if isinstance(found.value, Expression):
        parts = [(m, _at_root(c, polynomial, roots[0])) for m, c in found.value.terms]
        return replace(found, value=Expression(tuple(parts), found.value.rows, found.value.cols), unknowns=())
    return replace(found, value=_at_root(found.value, polynomial, roots[0]), unknowns=())


def positive_roots(polynomial: sp.Poly, domain: sp.Basic = sp.true) -> list[sp.Expr]:
    """The roots of a quadratic that are positive at all sizes that are looked at.

    >>> x, a = sp.symbols("x a", positive=True)
    >>> positive_roots(sp.Poly(x**2 + a * x - 1, x))
    [-a/2 + sqrt(a**2 + 4)/2]
    """
    return [root for root in sp.roots(polynomial, polynomial.gen) if _positive(root, domain)]


def _at_root(value: sp.Expr, polynomial: sp.Poly, root: sp.Expr) -> sp.Expr:
    """p + q sqrt(discriminant): the value modulo the polynomial is linear in the unknown."""
    unknown = polynomial.gen
    top, bottom = (sp.Poly(part, unknown, field=True) for part in sp.fraction(sp.together(value)))
    modulus = sp.Poly(polynomial, unknown, field=True)
    linear = (top * bottom.invert(modulus)).rem(modulus)
    slope, constant = linear.coeff_monomial(unknown), linear.coeff_monomial(1)
    second, first, _ = polynomial.all_coeffs()
    discriminant = factor(sp.discriminant(polynomial))
    sign = 1 if factor(2 * second * root + first - sp.sqrt(sp.discriminant(polynomial))) == 0 else -1
    surd = sp.Dummy("surd")
    whole = factor(constant - slope * first / (2 * second) + sign * slope / (2 * second) * surd)
    return whole.subs(surd, sp.sqrt(discriminant))


def _positive(root: sp.Expr, domain: sp.Basic) -> bool:
    """Whether a root is positive at every point looked at; the other symbols are taken positive."""
    symbols = sorted(root.free_symbols | domain.free_symbols, key=str)
    sizes = [s for s in symbols if s.is_integer]
    others = {s: sp.Rational(3 + k, 4) for k, s in enumerate(s for s in symbols if not s.is_integer)}
    points = [dict(zip(sizes, values, strict=True)) for values in product(SIZES, repeat=len(sizes))]
    inside = [p for p in points if domain.subs(p) == sp.true]
    return bool(inside) and all(sp.N(root.subs({**p, **others})) > 0 for p in inside)
