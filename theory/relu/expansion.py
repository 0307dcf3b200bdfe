"""relu.kernel_expansion: the Taylor coefficients of the kernel, none of them negative."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.rule import Reason
from theory.relu.kernel import formula
from theory.relu.setting import WEIGHTS, cosine, degree, stated
from theory.result import Derivation, Equality, Kind, Result

k = sp.Symbol("k", integer=True, nonnegative=True)
BINOMIAL = sp.Function("binomial_coefficient")
SLOPE = Reason("the slope", "The derivative of arccos c is -(1 - c^2)^(-1/2).", Equality.PATHWISE)
RECURRENCE = Reason(
    "recurrence",
    "f = (1 - x)^(-1/2) solves 2 (1 - x) f' = f: of its coefficients (2k + 2) f_{k+1} = (2k + 1) f_k, f_0 = 1.",
    Equality.PATHWISE,
)
SERIES = Reason("binomial series", "These coefficients, at x = c^2, |c| < 1.", Equality.PATHWISE)
TERMS = Reason("term by term", "The integral of the series from 0, where the arccos is pi/2.", Equality.PATHWISE)
READ = Reason("the coefficient", "That of c^degree, degree = 2k + 2, by gamma functions.", Equality.PATHWISE)
AT_ZERO = Reason("the slope at zero", "The kernel over c, c -> 0: its arccos is pi/2 there.", Equality.PATHWISE)
ODD = Reason("the odd part", "arccos(-c) = pi - arccos c: the odd part is linear.", Equality.PATHWISE)


@cache
def binomial() -> sp.Expr:
    """Coefficient k of (1 - x)^(-1/2): the recurrence solved."""
    return sp.rsolve((2 * k + 2) * BINOMIAL(k + 1) - (2 * k + 1) * BINOMIAL(k), BINOMIAL(k), {BINOMIAL(0): 1})


def even_coefficient() -> sp.Expr:
    """The coefficient of c^(2k + 2)."""
    return binomial() / (2 * k + 1) / (2 * sp.pi)


@cache
def coefficient() -> sp.Expr:
    """That of c^degree, degree even and at least 2."""
    return sp.gammasimp(even_coefficient().rewrite(sp.gamma).subs(k, degree / 2 - 1))


def _series() -> Derivation:
    """From the kernel to its series."""
    slope = sp.diff(formula() / cosine, cosine)
    expanded = sp.Sum(binomial() * cosine ** (2 * k), (k, 0, sp.oo)) / (2 * sp.pi)
    integrated = sp.Sum(even_coefficient() * cosine ** (2 * k + 2), (k, 0, sp.oo))
    linear = sp.limit(formula() / cosine, cosine, 0) * cosine
    steps = (
        SLOPE.step(sp.Derivative(formula() / cosine, cosine), slope),
        RECURRENCE.step((2 * k + 2) * binomial().subs(k, k + 1), (2 * k + 1) * binomial()),
        SERIES.step(slope, expanded),
        TERMS.step(formula(), linear + integrated),
        READ.step(even_coefficient().subs(k, degree / 2 - 1), coefficient()),
    )
    return Derivation("even degrees", sp.true, steps)


def odd_part() -> Derivation:
    """(h(c) - h(-c))/2 is linear."""
    odd = (formula() - formula().subs(cosine, -cosine)) / 2
    first = AT_ZERO.step(sp.Limit(formula() / cosine, cosine, 0), slope_at_zero())
    rest = ODD.step(sp.expand(odd) - slope_at_zero() * cosine, sp.Integer(0))
    return Derivation("odd degrees", sp.true, (first, rest))


def slope_at_zero() -> sp.Expr:
    """h'(0), as h(0) = 0."""
    return sp.limit(formula() / cosine, cosine, 0)


@cache
def kernel_expansion() -> Result:
    """The coefficient of c^degree in the Taylor series of the kernel h(c) at c = 0, which converges for |c| <= 1.

    Exact.  No coefficient is negative: by the Schur product theorem h is a kernel in every dimension, and what is left
    of it without its linear part c/4 is one too.  Symbol `degree`, an integer >= 0.

    >>> kernel_expansion().evaluate(degree=1)
    0.25
    """
    words, shown = "Taylor coefficient of the kernel", ("[c^l] h(c)", r"[c^{\ell}]\,h(c)")
    odd, one = odd_part(), Derivation("degree 1", sp.true, odd_part().steps[:1])
    even = sp.And(sp.Eq(sp.Mod(degree, 2), 0), sp.Ge(degree, 2))
    others = sp.And(sp.Ne(degree, 1), sp.Or(sp.Eq(degree, 0), sp.Eq(sp.Mod(degree, 2), 1)))
    regimes = [
        ("degree 1", sp.Eq(degree, 1), slope_at_zero()),
        ("even degree >= 2", even, coefficient()),
        ("degree 0 and odd degree >= 3", others, sp.Integer(0)),
    ]
    near = ("relu.kernel", "relu.linear_teacher_bound", "relu.harmonics")
    return stated("kernel_expansion", words, shown, Kind.EXACT, regimes, [WEIGHTS], (one, _series(), odd), near)
