"""relu.harmonics: the kernel's eigenvalue on the spherical harmonics of each degree, in closed form in d."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.rational import factor
from theory.calculus.rule import Chain, Reason
from theory.calculus.sphere import Legendre, OverSphere, moment
from theory.notation import d
from theory.references import ANDREWS_1999, BACH_2017, MUELLER_1966
from theory.relu.expansion import binomial, k, slope_at_zero
from theory.relu.kernel import formula
from theory.relu.setting import WEIGHTS, citing, cosine, degree, stated
from theory.result import Derivation, Equality, Kind, Result

i, p = sp.symbols("i p", integer=True, nonnegative=True)
DOMAIN = sp.Ge(d, 3)
EVEN = sp.Eq(sp.Mod(degree, 2), 0)
HALVES = Reason("even and odd part", "A harmonic of odd degree sees the odd part of the kernel.", Equality.PATHWISE)
ORTHOGONAL = Reason(
    "orthogonality",
    "The odd part is linear, and harmonics of other degrees are orthogonal to it.",
    Equality.PATHWISE,
    MUELLER_1966,
)
SECOND = Reason("one coordinate", "Its mean square is 1/d.", Equality.PATHWISE)
RECURRENCE = Reason(
    "three-term recurrence",
    "c P_l is a combination of P_{l+1} and P_{l-1}: (2l + d - 2) c P_l = (l + d - 2) P_{l+1} + l P_{l-1}; and the "
    "kernel is c times g(c) = (pi - arccos c)/(2 pi).",
    Equality.PATHWISE,
    MUELLER_1966,
)
RODRIGUES = Reason(
    "Rodrigues",
    "P_l is a derivative of order l over the density of c: parts, l times, and the binomial series of g', its slope, "
    "term by term.  Each term is a moment of c.",
    Equality.PATHWISE,
    MUELLER_1966,
)
GAUSS = Reason(
    "Gauss's sum", "The ratio of its terms makes it a hypergeometric series at 1.", Equality.PATHWISE, ANDREWS_1999
)
INSERTED = Reason("insert", "Gauss's sum at the degrees l + 1 and l - 1.", Equality.PATHWISE)


def eigenvalue(at: sp.Expr, of: sp.Expr) -> sp.Expr:
    """The mean of a function of c times the harmonic of a degree: its eigenvalue, by Funk and Hecke."""
    return OverSphere(of * Legendre(at, d, cosine), cosine, d)


def _first_order() -> sp.Expr:
    """g = h/c."""
    return formula() / cosine


@cache
def term() -> sp.Expr:
    """Term i of E g P_l at l = 2p + 1."""
    order = 2 * p + 1
    rodrigues = sp.gamma((d - 1) / 2) / (2**order * sp.gamma(order + (d - 1) / 2))
    derived = binomial().subs(k, p + i) * sp.ff(2 * (p + i), 2 * p) / (2 * sp.pi)
    return (rodrigues * derived * moment(i, order, d)).rewrite(sp.gamma)


@cache
def odd() -> sp.Expr:
    """E g P_l at l = 2p + 1, summed."""
    ratio = factor(sp.expand_func(sp.gammasimp(term().subs(i, i + 1) / term())))
    top, bottom = (sp.roots(sp.Poly(part, i)) for part in sp.fraction(ratio))
    upper, lower = ([-root for root, times in roots.items() for _ in range(times)] for roots in (top, bottom))
    lower.remove(sp.Integer(1))
    series = sp.hyperexpand(sp.hyper(upper, lower, 1))
    return sp.gammasimp(sp.gammasimp(term().subs(i, 0)) * series)


def combined(after: sp.Expr, before: sp.Expr) -> sp.Expr:
    """E c g P_l from E g P_{l+1} and E g P_{l-1}."""
    return ((degree + d - 2) * after + degree * before) / (2 * degree + d - 2)


@cache
def even() -> sp.Expr:
    """The eigenvalue at an even degree: over one pair of gamma functions, what is left is a polynomial."""
    halves = sp.symbols("g_1 g_2", positive=True)
    low, high = (degree - 1) / 2, (d + degree - 1) / 2
    shift = {sp.gamma(low + 1): low * halves[0], sp.gamma(high + 1): high * halves[1]}
    shift |= {sp.gamma(low): halves[0], sp.gamma(high): halves[1]}
    whole = combined(odd().subs(p, degree / 2), odd().subs(p, degree / 2 - 1))
    plain = whole.replace(sp.gamma, lambda z: shift.get(sp.gamma(sp.expand(z)), shift.get(sp.gamma(z), sp.gamma(z))))
    return factor(plain).subs(dict(zip(halves, (sp.gamma(low), sp.gamma(high)), strict=True)))


def _even() -> Derivation:
    chain = Chain("even degree", DOMAIN, eigenvalue(degree, formula()))
    parts = [eigenvalue(degree + one, _first_order()) for one in (1, -1)]
    chain.record(RECURRENCE, combined(*parts)).turn_to(parts[0])
    half = degree / 2
    chain.record(RODRIGUES, sp.Sum(term().subs(p, half), (i, 0, sp.oo))).record(GAUSS, odd().subs(p, half))
    chain.turn_to(combined(odd().subs(p, half), odd().subs(p, half - 1))).record(INSERTED, even())
    return chain.derivation()


def _odd() -> tuple[Derivation, ...]:
    linear = slope_at_zero() * cosine
    chain = Chain("degree 1", DOMAIN, OverSphere(formula() * cosine, cosine, d))
    chain.record(HALVES, OverSphere(linear * cosine, cosine, d))
    chain.record(SECOND, slope_at_zero() * sp.gammasimp(moment(sp.Integer(1), sp.Integer(0), d)))
    apart = OverSphere(linear * (cosine + Legendre(degree + 1, d, cosine)), cosine, d) - chain.number
    return chain.derivation(), Derivation("odd degree", DOMAIN, (ORTHOGONAL.step(apart, sp.Integer(0)),))


@cache
def harmonics() -> Result:
    """The eigenvalue of the kernel on spherical harmonics of a degree, under the uniform law on the unit sphere in R^d.

    Exact, d >= 3.  Linear functions have 1/(4d), even degrees l a multiple of order d^-l, odd ones from 3 on none: they
    are never learned.  Symbols d and `degree`.  Source: Funk & Hecke in Mueller 1966; Bach 2017, appendix D.

    >>> harmonics().evaluate(degree=1, d=10)
    0.025
    """
    words, shown = "eigenvalue on harmonics of a degree", ("lambda_l", r"\lambda_{\ell}")
    regimes = [
        ("degree 1", sp.And(sp.Eq(degree, 1), DOMAIN), _odd()[0].steps[-1].after),
        ("even degree", sp.And(EVEN, DOMAIN), even()),
        ("odd degree >= 3", sp.And(sp.Eq(sp.Mod(degree, 2), 1), sp.Ge(degree, 3), DOMAIN), sp.Integer(0)),
    ]
    steps, near = (*_odd(), _even()), ("relu.kernel", "relu.kernel_expansion")
    found = stated("harmonics", words, shown, Kind.EXACT, regimes, [WEIGHTS], steps, near)
    return citing(found, MUELLER_1966, BACH_2017.at("appendix D"))
