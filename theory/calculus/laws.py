"""Laws as formulas: independent random atoms in SymPy expressions, derived from Gaussian vectors.

`Beta(a, b)` and `BetaPrime(a, b)` stand for random variables; atoms in one expression are independent.
BetaPrime(a, b) is the ratio of a chi-square with 2a to an independent one with 2b degrees of freedom.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.designs import covariance_of
from theory.calculus.expressions import Expression, expression, matrix
from theory.calculus.letters import ONE, Factor, Gaussian, Inverse, Letter
from theory.calculus.monomials import Monomial
from theory.calculus.rule import rule
from theory.calculus.words import Word
from theory.notation import scalar_of
from theory.references import MUIRHEAD_1982
from theory.result import Equality


class Beta(sp.Function):  # type: ignore[misc]
    """A Beta(a, b) random variable on (0, 1)."""

    nargs = 2


class BetaPrime(sp.Function):  # type: ignore[misc]
    """A beta-prime(a, b) random variable on (0, oo): chi2_{2a} / chi2_{2b}."""

    nargs = 2


class Quantile(sp.Function):  # type: ignore[misc]
    """The number that a law, given as a formula in random atoms, does not exceed with a given probability."""

    nargs = 2


def standard_normal_vector(name: str, dim: sp.Expr) -> Expression:
    """A letter for a vector of `dim` independent standard normals."""
    return matrix(name, dim, 1, law=Gaussian(expression(1)))


def chi_square_density(x: sp.Expr, k: sp.Expr) -> sp.Expr:
    """The density of |g|^2 for a standard normal vector g in R^k."""
    return x ** (k / 2 - 1) * sp.exp(-x / 2) / (2 ** (k / 2) * sp.gamma(k / 2))


def ratio_of_chi_squares(a: sp.Expr, b: sp.Expr) -> sp.Expr:
    """The law of chi2_a / chi2_b."""
    p, q, alpha, beta = _ratio_of_generic_chi_squares()
    return BetaPrime(*(sp.expand(z.subs({p: a, q: b}, simultaneous=True)) for z in (alpha, beta)))


@cache
def _ratio_of_generic_chi_squares() -> tuple[sp.Expr, ...]:
    """p, q and the parameters of chi2_p / chi2_q: its density int y f_p(r y) f_q(y) dy, recognised by its logarithmic
    derivative."""
    r, y = sp.symbols("r y", positive=True)
    p, q = sp.symbols("p q", positive=True)
    density = sp.integrate(sp.powsimp(y * chi_square_density(r * y, p) * chi_square_density(y, q)), (y, 0, sp.oo))
    slope = sp.Poly(sp.cancel(sp.together(r * (1 + r) * sp.diff(sp.log(density), r))), r)
    alpha, beta = slope.nth(0) + 1, -slope.nth(1) - 1
    exact = r ** (alpha - 1) * (1 + r) ** (-alpha - beta) / sp.beta(alpha, beta)
    _insist(density / exact, "the ratio of two chi-squares is not a beta-prime variable")
    return p, q, alpha, beta


def share_of_chi_squares(a: sp.Expr, b: sp.Expr) -> sp.Expr:
    """The law of chi2_a / (chi2_a + chi2_b): the density of z = r/(1+r) for the ratio r, recognised the
    same way."""
    z, p, q = sp.symbols("z p q", positive=True)
    ratio = z / (1 - z)
    alpha, beta = ratio_of_chi_squares(p, q).args
    density = ratio ** (alpha - 1) * (1 + ratio) ** (-alpha - beta) / sp.beta(alpha, beta) * sp.diff(ratio, z)
    slope = sp.Poly(sp.cancel(sp.together(z * (1 - z) * sp.diff(sp.expand_log(sp.log(density)), z))), z)
    first, second = slope.nth(0) + 1, -slope.nth(1) - slope.nth(0) + 1
    exact = z ** (first - 1) * (1 - z) ** (second - 1) / sp.beta(first, second)
    half = {z: sp.Rational(1, 2)}  # the slopes agree everywhere, so one point fixes the constant
    _insist((density / exact).subs(half), "the share of two chi-squares is not a beta variable")
    return Beta(*(sp.expand(w.subs({p: a, q: b}, simultaneous=True)) for w in (first, second)))


def _insist(ratio: sp.Expr, otherwise: str) -> None:
    if sp.gammasimp(sp.powsimp(sp.powdenest(ratio.rewrite(sp.gamma), force=True))) != 1:
        raise ArithmeticError(otherwise)


def _square(word: Word) -> Letter | None:
    """g, when the word is g'g for a Gaussian vector g."""
    match word.factors:
        case (Factor(base=Letter(law=Gaussian()) as a), Factor(base=b)) if a == b and ONE in (a.rows, a.cols):
            return a
    return None


def _squares_below(word: Word) -> tuple[Letter, ...] | None:
    """The g's, when the word is (g'g)^-1 or (a'a + b'b)^-1."""
    match word.factors:
        case (Factor(base=Inverse(argument=argument)),):
            found = tuple(_square(m.traces[0]) if len(m.traces) == 1 and c == 1 else None for m, c in argument.terms)
            return tuple(g for g in found if g is not None) if None not in found else None
    return None


@rule(Equality.IN_LAW, MUIRHEAD_1982.at("Section 1.3"))
def ratios_of_chi_squares(target: Expression) -> sp.Expr:
    """|f|^2 / |g|^2 is a beta-prime variable and |a|^2 / (|a|^2 + |b|^2) a beta variable, for independent
    normals.

    Raises ValueError where two terms share a normal vector, or a term is no such ratio: no law is known then.
    """
    seen: set[Letter] = set()
    law = sp.Integer(0)
    for monomial, coefficient in target.terms:
        top, below, rest = _ratio(monomial)
        if seen & {top, *below}:
            raise ValueError(f"{target}: its terms share a normal vector, so they are not independent")
        seen |= {top, *below}
        law += coefficient * sp.Mul(*(scalar_of(w) for w in rest)) * _atom(top, below)
    return law


def _ratio(monomial: Monomial) -> tuple[Letter, tuple[Letter, ...], list[Word]]:
    """The vector above, the vectors below, and what is known."""
    above = {w: g for w in monomial.traces if (g := _square(w)) is not None}
    below = {w: v for w in monomial.traces if (v := _squares_below(w)) is not None}
    rest = [w for w in monomial.traces if w not in above and w not in below]
    if len(monomial.traces) - len(rest) != 2 or len(above) != 1 or len(below) != 1:
        raise ValueError(f"{monomial}: expected one square of a normal vector over one or two others")
    ((vector,), (vectors,)) = above.values(), below.values()
    return vector, vectors, rest


def _atom(top: Letter, below: tuple[Letter, ...]) -> sp.Expr:
    variances = [covariance_of(expression(g)).scalar() for g in (top, *below)]
    others = [g for g in below if g != top]
    if len(below) == 1 and others:
        return variances[0] / variances[1] * ratio_of_chi_squares(top.rows, below[0].rows)
    if len(below) == 2 and len(others) == 1 and len(set(variances)) == 1:
        return share_of_chi_squares(top.rows, others[0].rows)
    raise ValueError(f"{top.name} over {', '.join(g.name for g in below)}: no law is known for this ratio")
