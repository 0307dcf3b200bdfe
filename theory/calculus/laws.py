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
from theory.calculus.rational import factor
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
    """The law of chi2_a / (chi2_a + chi2_b): that of r/(1+r) for the ratio r."""
    constant, first, second = _moment_of_the_share(0)
    _insist(constant, "the share of two chi-squares is not a beta variable")
    p, q, *_ = _ratio_of_generic_chi_squares()
    return Beta(*(sp.expand(w.subs({p: a, q: b}, simultaneous=True)) for w in (first, second)))


def moment_below(law: BetaPrime, power: int, edge: sp.Expr) -> sp.Expr:
    """E[r^power; r/(1+r) < edge] for a beta-prime variable r; edge 1 is its moment.

    >>> n = sp.Symbol("n", positive=True)
    >>> moment_below(BetaPrime(sp.Rational(1, 2), n / 2), 1, sp.Integer(1))
    1/(n - 2)
    """
    p, q, alpha, beta = _ratio_of_generic_chi_squares()
    constant, first, second = _moment_of_the_share(power)
    (numbers,) = sp.solve([alpha - law.args[0], beta - law.args[1]], [p, q], dict=True)
    constant, first, second = (factor(sp.expand(z.subs(numbers))) for z in (constant, first, second))
    return constant if edge == 1 else constant * sp.betainc_regularized(first, second, 0, edge)


@cache
def _moment_of_the_share(power: int) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """c, a, b: r^power times the density of z = r/(1+r) is c times that of Beta(a, b), r = chi2_p/chi2_q; a and b are
    read off the logarithmic derivative."""
    z = sp.Symbol("z", positive=True)
    alpha, beta = _ratio_of_generic_chi_squares()[2:]
    ratio = z / (1 - z)
    density = ratio ** (alpha - 1 + power) * (1 + ratio) ** (-alpha - beta) / sp.beta(alpha, beta) * sp.diff(ratio, z)
    slope = sp.Poly(sp.cancel(sp.together(z * (1 - z) * sp.diff(sp.expand_log(sp.log(density)), z))), z)
    first, second = slope.nth(0) + 1, -slope.nth(1) - slope.nth(0) + 1
    exact = z ** (first - 1) * (1 - z) ** (second - 1) / sp.beta(first, second)
    half = {z: sp.Rational(1, 2)}  # the slopes agree everywhere, so one point fixes the constant
    return _tidy((density / exact).subs(half)), first, second


def _tidy(ratio: sp.Expr) -> sp.Expr:
    return sp.gammasimp(sp.powsimp(sp.powdenest(ratio.rewrite(sp.gamma), force=True)))


def _insist(ratio: sp.Expr, otherwise: str) -> None:
    if _tidy(ratio) != 1:
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

    Terms that are known numbers stay.  Raises ValueError where two terms share a normal vector, or one is neither such
    a ratio nor a number: no law is known then.
    """
    seen: set[Letter] = set()
    law = sp.Integer(0)
    for monomial, coefficient in target.terms:
        if not any(_square(w) or _coordinate(w) or _squares_below(w) for w in monomial.traces):
            law += coefficient * sp.Mul(*(scalar_of(w) for w in monomial.traces))
            continue
        top, below, rest = _ratio(monomial)
        if seen & {top, *below}:
            raise ValueError(f"{target}: its terms share a normal vector, so they are not independent")
        seen |= {top, *below}
        law += coefficient * sp.Mul(*(scalar_of(w) for w in rest)) * _atom(top, below)
    return law


def _ratio(monomial: Monomial) -> tuple[Letter, tuple[Letter, ...], list[Word]]:
    """The vector above, the vectors below, and what is known; a number k twice is the square of a vector in R^1."""
    above = {w: g for w in monomial.traces if (g := _square(w) or _coordinate(w)) is not None}
    below = {w: v for w in monomial.traces if (v := _squares_below(w)) is not None}
    rest = [w for w in monomial.traces if w not in above and w not in below]
    factors = sum(2 if _square(w) else 1 for w in monomial.traces if w in above)
    if len(above) != 1 or len(below) != 1 or factors != 2 or monomial.traces.count(*below) != 1:
        raise ValueError(f"{monomial}: expected one square of a normal vector over one or two others")
    ((vector,), (vectors,)) = above.values(), below.values()
    return vector, vectors, rest


def _coordinate(word: Word) -> Letter | None:
    """k, when the word is a Gaussian number k."""
    match word.factors:
        case (Factor(base=Letter(law=Gaussian()) as k),) if k.rows == k.cols == ONE:
            return k
    return None


def _atom(top: Letter, below: tuple[Letter, ...]) -> sp.Expr:
    variances = [covariance_of(expression(g)).scalar() for g in (top, *below)]
    others = [g for g in below if g != top]
    if len(below) == 1 and others:
        return variances[0] / variances[1] * ratio_of_chi_squares(top.rows, below[0].rows)
    if len(below) == 2 and len(others) == 1 and len(set(variances)) == 1:
        return share_of_chi_squares(top.rows, others[0].rows)
    raise ValueError(f"{top.name} over {', '.join(g.name for g in below)}: no law is known for this ratio")
