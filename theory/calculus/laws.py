"""Laws as formulas: independent random atoms in SymPy expressions, derived from Gaussian vectors.

`Beta(a, b)` and `BetaPrime(a, b)` stand for random variables; atoms in one expression are independent.
BetaPrime(a, b) is the ratio of a chi-square with 2a to an independent one with 2b degrees of freedom.
"""

from __future__ import annotations

import sympy as sp

from theory.calculus.expressions import Expression, matrix
from theory.calculus.rule import rule
from theory.calculus.words import Factor, Gaussian, Inverse, Letter, Word
from theory.references import MUIRHEAD_1982
from theory.result import Equality


class Beta(sp.Function):
    """A Beta(a, b) random variable on (0, 1)."""

    nargs = 2


class BetaPrime(sp.Function):
    """A beta-prime(a, b) random variable on (0, oo): chi2_{2a} / chi2_{2b}."""

    nargs = 2


class Quantile(sp.Function):
    """The number that a law, given as a formula in random atoms, does not exceed with a given probability."""

    nargs = 2


def standard_normal_vector(name: str, dim: sp.Expr) -> Expression:
    """A letter for a vector of `dim` independent standard normals."""
    from theory.calculus.expressions import expression

    return matrix(name, dim, 1, law=Gaussian(expression(1)))


def chi_square_density(x: sp.Expr, k: sp.Expr) -> sp.Expr:
    """The density of |g|^2 for a standard normal vector g in R^k."""
    return x ** (k / 2 - 1) * sp.exp(-x / 2) / (2 ** (k / 2) * sp.gamma(k / 2))


def ratio_of_chi_squares(a: sp.Expr, b: sp.Expr) -> sp.Expr:
    """The law of chi2_a / chi2_b: the density int y f_a(r y) f_b(y) dy, recognised by its logarithmic derivative."""
    r, y = sp.symbols("r y", positive=True)
    p, q = sp.symbols("p q", positive=True)
    density = sp.integrate(sp.powsimp(y * chi_square_density(r * y, p) * chi_square_density(y, q)), (y, 0, sp.oo))
    slope = sp.Poly(sp.cancel(sp.together(r * (1 + r) * sp.diff(sp.log(density), r))), r)
    alpha, beta = slope.nth(0) + 1, -slope.nth(1) - 1
    exact = r ** (alpha - 1) * (1 + r) ** (-alpha - beta) / sp.beta(alpha, beta)
    _insist(density / exact, "the ratio of two chi-squares is not a beta-prime variable")
    return BetaPrime(*(sp.expand(z.subs({p: a, q: b}, simultaneous=True)) for z in (alpha, beta)))


def share_of_chi_squares(a: sp.Expr, b: sp.Expr) -> sp.Expr:
    """The law of chi2_a / (chi2_a + chi2_b): the density of r/(1+r) for the ratio r, recognised the same way."""
    z = sp.Symbol("z", positive=True)
    ratio = ratio_of_chi_squares(a, b)
    p, q = ratio.args
    r = z / (1 - z)
    density = r ** (p - 1) * (1 + r) ** (-p - q) * sp.diff(r, z)
    slope = sp.Poly(sp.cancel(sp.together(z * (1 - z) * sp.expand_log(sp.diff(sp.log(density), z)))), z)
    alpha = slope.nth(0) + 1
    beta = -slope.nth(1) - alpha + 2
    return Beta(sp.expand(alpha), sp.expand(beta))


def _insist(ratio: sp.Expr, otherwise: str) -> None:
    if sp.gammasimp(sp.powsimp(sp.powdenest(ratio.rewrite(sp.gamma), force=True))) != 1:
        raise ArithmeticError(otherwise)


def _variance(letter: Letter) -> sp.Expr:
    if not isinstance(letter.law, Gaussian):
        raise ValueError(f"{letter.name} is not a Gaussian vector")
    return letter.law.row_covariance.scalar()


def _square(word: Word) -> Letter | None:
    """g, when the word is g'g for a Gaussian vector g."""
    match word.factors:
        case (Factor(base=Letter(law=Gaussian()) as a), Factor(base=b)) if a == b:
            return a
    return None


def _inverted(word: Word) -> tuple[Word, ...] | None:
    """The words of the sum inside (...)^-1, when the word is such an inverse of a number."""
    match word.factors:
        case (Factor(base=Inverse(argument=argument)),):
            return tuple(w for m, _ in argument.terms for w in m.traces)
    return None


@rule(Equality.IN_LAW, MUIRHEAD_1982.at("Section 1.3"))
def ratios_of_chi_squares(target: Expression) -> sp.Expr:
    """|f|^2 / |g|^2 is a beta-prime variable and |a|^2 / (|a|^2 + |b|^2) a beta variable, for independent normals."""
    total = sp.Integer(0)
    for monomial, coefficient in target.terms:
        squares = [g for w in monomial.traces if (g := _square(w)) is not None]
        inverses = [v for w in monomial.traces if (v := _inverted(w)) is not None]
        if len(squares) != 1 or len(inverses) != 1:
            raise ValueError(f"{monomial}: expected one square of a normal vector over one or two others")
        top = squares[0]
        below = [g for w in inverses[0] if (g := _square(w)) is not None]
        rest = [w for w in monomial.traces if _square(w) is None and _inverted(w) is None]
        scale = coefficient * _known(rest)
        if top in below:
            (other,) = (g for g in below if g != top)
            total += scale * share_of_chi_squares(top.rows, other.rows)
        else:
            (other,) = below
            total += scale * _variance(top) / _variance(other) * ratio_of_chi_squares(top.rows, other.rows)
    return total


def _known(words: list[Word]) -> sp.Expr:
    from theory.notation import scalar_of

    return sp.Mul(*(scalar_of(w) for w in words))
