"""linear.error_moments: the moments of the test error for any covariance and n < d, exact, in closed form.

The noise is exchanged for the dual variable l = (X X')^-1 (X D + e): v = t - h = D - X'l solves X v = -e, so that e has
its density at -X v, and the exchange costs det(X X').  As only |l| matters, l = e_1/(2x)^{1/2}: the first row of X is
(2x)^{1/2} (D - v), and the others are Gaussian averages given v.  What is left is an average over the independent
coordinates of v, with a for the first label's noise (by Fourier) and b for a power of v'Sv + sigma^2 (by Laplace).
Measured in x, these are alpha + beta and alpha beta, and the integral over x is a gamma function.

The last is meant so.  For m < 0 the integral over x of e^{x E} x^{1-m-k}, where E = (a^2/4 - b) (sigma^2 +
sum l D^2/(1 + a l + b l^2)) has a negative real part, is Gamma(2-m-k) (-E)^{m+k-2}.  On the half-plane Re a >= 0 its
only cut is a > 2 b^{1/2}, where E > 0: above the real axis Im E > 0 if Re a > 0, and E is never positive if Re a = 0.
The line of a, bent around that cut, leaves E^{m+k-2}/Gamma(m+k-1) on it by the reflection formula.  Both sides are
analytic in m, so that it holds for m > 1 too, where the tip of the cut counts for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import sympy as sp

from theory.calculus.plane import PlaneIntegral, completed_square, gaussian_mean
from theory.calculus.pseudoinverse import projection_algebra, pseudo_inverse_of_full_row_rank
from theory.calculus.rule import Reason
from theory.linear.setting import (
    FRESH,
    GAUSSIAN,
    GIVEN_SOURCE,
    OVERPARAMETERIZED,
    SAME_COVARIANCE,
    S,
    error_chain,
    task,
)
from theory.notation import EIGENVALUE, GAP, INDEX, RISK, d, n, sigma, symbol
from theory.references import AZAIS_2009, HORN_2013, MUIRHEAD_1982
from theory.result import Derivation, Equality, Implicit, Kind, Regime, Result, Statement, Step
from theory.spectra import factor_outside, neat, spectral_sum

alpha, beta, x, z = sp.symbols("alpha beta x xi", positive=True)
a, b = sp.symbols("a b", real=True)
V = sp.Symbol("V", real=True)
eigenvalue, gap = EIGENVALUE[INDEX], GAP[INDEX]
MEAN, VARIANCE = sp.IndexedBase("mean")[INDEX], sp.IndexedBase("variance")[INDEX]
EDGE = sp.Symbol("excess_edge", positive=True)
EXCESS, WEIGHT, PARTS = sp.Symbol("excess", positive=True), sp.Symbol("weight", real=True), sp.symbols("b_0:3")
power = symbol("power")
HALF = (n + 1) / 2
"""The power of v'Sv + sigma^2 that the densities of n labels' noise and one determinant divide by."""
SCALED = {a: x * (alpha + beta), b: x * alpha * beta}

COMPLEMENT = Reason(
    "determinant off a vector",
    "|g|^2 times the determinant of M on the complement of g is det(M) g'M^-1 g.  The covariance of a row given its "
    "label is S less a rank one, so that M is a rank one away from I + xi S: by the matrix determinant lemma and the "
    "formula of Sherman and Morrison all is in f_1 = g'K g, f_2 = v'SK v, f_3 = g'KS v and f_4 = v'S v, where K is the "
    "inverse of I + xi S.",
    Equality.PATHWISE,
    HORN_2013.at("section 0.8"),
)
COORDINATE = Reason(
    "one coordinate",
    "A coordinate of D - v is Gaussian with variance l/(2x); a multiplies (D - v)'v and b multiplies v'S v in the "
    "exponent, measured in x by alpha + beta and alpha beta.  The square is completed.",
    Equality.PATHWISE,
)
EXCHANGE = Reason(
    "noise exchanged for the dual variable",
    "The density of the noise at -X v times det(X X') is that of (X X')^-1 (X D + e), whose length alone matters.  "
    "Rows of X but the first are independent given v, and the mean of the determinant of k of them is k! times a "
    "coefficient of det(I + xi S).  Then the average over the coordinates of v, and a gamma function for the integral "
    "over x.",
    Equality.IN_EXPECTATION,
    AZAIS_2009.at("Theorem 6.4"),
)


@dataclass(frozen=True)
class Coordinates:
    """The average of the weight of a coordinate of v, with a and b in units of x: e^{-x spread}/root; and the step."""

    spread: sp.Expr
    root: sp.Expr
    where: tuple[Implicit, ...]
    step: Step


@cache
def coordinates() -> Coordinates:
    """E e^{a u v - b l v^2} for u ~ N(0, l/(2x)) and v = D - u; mean and x times variance of v under that weight."""
    v, delta = sp.symbols("v delta", real=True)
    level = sp.Symbol("level", positive=True)
    u = delta - v
    density, weight = sp.sqrt(x / (sp.pi * level)), a * u * v - b * level * v**2 - x * u**2 / level
    log_weight, mean, variance = completed_square(sp.expand(weight), v)
    logarithm = next(term for term in log_weight.args if term.has(sp.log))
    rest = sp.together(log_weight - logarithm)
    root_square = sp.factor(sp.cancel((1 / (sp.exp(2 * logarithm) * density**2)).subs(SCALED)))
    spread = sp.factor(-rest.subs(SCALED) / x)
    before = sp.log(sp.Integral((density * sp.exp(weight)).subs(SCALED), (v, -sp.oo, sp.oo)))
    after = -x * spread - sp.log(root_square) / 2
    put = {level: eigenvalue, delta: gap}
    where = tuple(
        Implicit(entry, sp.Eq(entry, sp.factor(sp.cancel(formula.subs(SCALED))).xreplace(put)))
        for entry, formula in ((MEAN, mean), (VARIANCE, x * variance))
    )
    return Coordinates(spread.xreplace(put), root_square.xreplace(put), where, COORDINATE.step(before, after))


Series: TypeAlias = tuple[sp.Expr, ...]
"""Coefficients of powers of 1/x."""


def _mean(polynomial: sp.Expr) -> Series:
    """The mean of a polynomial in a coordinate V of v under its weight."""
    found = sp.Poly(gaussian_mean(polynomial, V, MEAN, VARIANCE / x), 1 / x)
    return tuple(found.nth(k) for k in range(3))


def _summed(weight: sp.Expr, mean: Series) -> Series:
    """sum_i weight_i mean_i."""
    return tuple(spectral_sum(weight * sp.factor(c)) if c != 0 else sp.Integer(0) for c in mean)


def _plus(first: Series, second: Series) -> Series:
    return tuple(p + q for p, q in zip(first, second, strict=True))


def _times(first: Series, second: Series) -> Series:
    return tuple(sp.Add(*(first[j] * second[k - j] for j in range(k + 1))) for k in range(3))


def _product(first: sp.Expr, second: sp.Expr, one: sp.Expr, other: sp.Expr) -> Series:
    """E (sum_i p_i f_i)(sum_j q_j g_j) for independent coordinates and weights p, q: only i = j is correlated."""
    alone, beside = _mean(first), _mean(second)
    uncorrelated = _times(alone, beside)
    correlated = tuple(sp.expand(p - q) for p, q in zip(_mean(first * second), uncorrelated, strict=True))
    return _plus(_times(_summed(one, alone), _summed(other, beside)), _summed(one * other, correlated))


@dataclass(frozen=True)
class Complement:
    """(v'Sv + sigma^2) |u|^2/det(I + z S) times the determinant on the complement of u, in u'K u, v'SK v and u'KS v."""

    formula: sp.Expr
    symbols: tuple[sp.Symbol, sp.Symbol, sp.Symbol]
    step: Step


@cache
def complement() -> Complement:
    """The determinant of I + z (S - S v v'S/(v'Sv + sigma^2)) on the complement of u, by two rank-one formulas."""
    uu, vv, uv, square = sp.symbols("f_1:5", positive=True)
    seen = square + sigma**2
    kept = 1 - (square - vv) / seen  # 1 - z v'S K S v/(v'Sv + sigma^2), as z S K S = S - S K
    before = seen * kept * (uu + z * uv**2 / (seen * kept))
    formula = sp.cancel(before)
    return Complement(formula, (uu, vv, uv), COMPLEMENT.step(before, formula))


def determinant() -> Series:
    """The mean of the determinant over the coordinates of v."""
    off = complement()
    kernel, u = 1 / (1 + z * eigenvalue), gap - V
    means = {
        (1, 1, 0): _product(u**2, V**2, kernel, eigenvalue * kernel),
        (1, 0, 0): _summed(kernel, _mean(u**2)),
        (0, 0, 2): _product(u * V, u * V, eigenvalue * kernel, eigenvalue * kernel),
    }
    terms = sp.Poly(off.formula, *off.symbols).terms()
    return tuple(sp.Add(*(c * means[powers][k] for powers, c in terms)) for k in range(3))


def logarithms(product: sp.Expr) -> sp.Expr:
    """The logarithm of a product, as a sum: each stays clear of its cut where that of the product may not."""
    return sp.expand_log(sp.log(product), force=True)


def excess() -> sp.Expr:
    """What stands in e^{x excess}, a and b in units of x: of the noise's e^{a^2 sigma^2/(4x) - b sigma^2} and of v."""
    noise = sp.factor((a**2 / (4 * x) - b).subs(SCALED) / x)
    return factor_outside(noise * sigma**2 + neat(spectral_sum(-coordinates().spread)))


def edge() -> sp.Expr:
    """The excess over (alpha - beta)^2."""
    return excess() / (alpha - beta) ** 2


def measure() -> tuple[sp.Expr, sp.Expr]:
    """What the integral over x is taken with, as a constant and a power of x.

    |l|^{n-1} d|l| over the sphere; det(X X') = |u|^2/|l|^2 (n-1)! [z^{n-1}]; n - 1 densities of noise; |l| da/(2 pi i)
    for that of the first label; and b^{(n-1)/2-m} db/Gamma((n+1)/2-m) for the power of v'Sv + sigma^2.
    """
    length, sphere = 1 / sp.sqrt(2 * x), 2 * sp.pi ** (n / 2) / sp.gamma(n / 2)
    densities = sp.gamma(n) * (2 * sp.pi) ** (-(n - 1) / 2) / sp.gamma(HALF - power)
    found = length ** (n - 1) * -sp.diff(length, x) / length**2 * length * x * x ** (HALF - power)
    constant = sp.powdenest(sphere * densities * found.subs(x, 1), force=True)
    return sp.gammasimp(sp.powsimp(constant, force=True)), sp.simplify(x * sp.diff(sp.log(found), x))


@cache
def definitions() -> tuple[Implicit, ...]:
    """What the symbols of the formula stand for."""
    found, means = coordinates(), determinant()
    sums = sorted(set().union(*(c.atoms(sp.Sum) for c in means)), key=str)
    named = {total: sp.Symbol(f"s_{j}") for j, total in enumerate(sums, 1)}
    weight = spectral_sum(sp.log(1 + z * eigenvalue)) - (n - 1) * sp.log(z) - spectral_sum(logarithms(found.root)) / 2
    meant = {EXCESS: excess(), WEIGHT: weight, **{symbol: total for total, symbol in named.items()}}
    meant |= {part: c.xreplace(named) for part, c in zip(PARTS, means, strict=True)}
    return (*found.where, *(Implicit(s, sp.Eq(s, formula)) for s, formula in meant.items()))


@cache
def moment() -> tuple[sp.Expr, tuple[Implicit, ...], tuple[Derivation, ...]]:
    """The formula of E (R + sigma^2)^m, what its symbols stand for, and how it came about."""
    constant, order = measure()
    # 1/(2 pi i) int da int dx x^order e^{x excess} x^-k = excess^(k-order-1)/Gamma(k-order), on the cut excess > 0
    start = -order
    factor = sp.Add(*(part * EXCESS**k / sp.rf(start, k) for k, part in enumerate(PARTS)))
    exponent = (
        (HALF - power - 1) * sp.log(alpha * beta)
        + sp.log(alpha - beta)  # d(alpha + beta) d(alpha beta)
        + (start - 1) * sp.log(EXCESS)
        + WEIGHT
    )
    where, found = definitions(), coordinates()
    value = constant / sp.gamma(start) * PlaneIntegral(exponent, factor, alpha, beta, z)
    exchange = EXCHANGE.step((RISK + sigma**2) ** power, value, where=where)
    lemmas = complement().step, found.step
    derivations = (
        noise_from_error(),
        Derivation("lemmas", OVERPARAMETERIZED, lemmas),
        Derivation("the moments", sp.And(OVERPARAMETERIZED, sp.Gt(n, 2)), (exchange,)),
    )
    return value, where, derivations


def noise_from_error() -> Derivation:
    """X (t - h) = -e."""
    sample = task(S)
    chain = error_chain(sample, OVERPARAMETERIZED)
    chain.turn_to(sample.x @ (chain.expression * -1))
    chain.apply(projection_algebra, sample.x, sample.q).apply(pseudo_inverse_of_full_row_rank, sample.x)
    return Derivation("the noise from the error", OVERPARAMETERIZED, tuple(chain.steps))


FINITE = sp.Or(sp.Lt(power, (d - n + 1) / 2), sp.Eq(sigma, 0))
"""Where the noise has the moment."""
ANY = (GAUSSIAN, FRESH, GIVEN_SOURCE, SAME_COVARIANCE)


@cache
def error_moments() -> Result:
    """E (R(h) + sigma^2)^m for any covariance and n < d: the moments of the test error, at finite n and d.

    Law of the data: rows of X independent N(0, S), S with eigenvalues l_i > 0; D_i = coordinates of t - u in its
    eigenbasis; label noise N(0, sigma^2).  Exact for 1 < m < (n + 1)/2, and m < (d - n + 1)/2 where sigma > 0
    (infinite beyond).  Argument `power` is m.  Computed by trapezoidal sums, to the accuracy that is reached (refused
    otherwise, as near m = 1).  Derived by exchanging the label noise for the dual variable; a special case of the
    Kac-Rice formula, Azais & Wschebor 2009, Theorem 6.4.
    """
    value, where, derivations = moment()
    domain = sp.And(OVERPARAMETERIZED, sp.Gt(power, 1), sp.Lt(power, HALF), FINITE)
    return Result(
        key="linear.error_moments",
        statement=Statement(
            "moments of the test error, any covariance",
            "E (R(h) + sigma^2)^m",
            r"\mathbb{E}\left(R(h)+\sigma^2\right)^m",
        ),
        kind=Kind.EXACT,
        regimes=(Regime("n < d, 1 < m < (n + 1)/2, finite", domain, value),),
        given=ANY,
        derivations=derivations,
        references=(AZAIS_2009.at("Theorem 6.4"), MUIRHEAD_1982.at("Section 3.2"), HORN_2013.at("section 0.8")),
        see_also=("linear.risk_equivalent", "linear.upper_bound"),
        where=where,
    )
