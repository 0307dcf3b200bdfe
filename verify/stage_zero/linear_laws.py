"""Laws and spreads of linear fine-tuning: their moments against the engine's, their integrals in ball arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import sympy as sp
from flint import acb, arb, ctx

from theory.calculus.expressions import Expression, pinv, trace
from theory.calculus.laws import Beta, BetaPrime
from theory.distribution import distribution_of
from theory.linear.risk import named
from theory.linear.setting import DETERMINED, OVERPARAMETERIZED, target_task
from theory.linear.spread import moment as design_moment
from theory.notation import symbol
from theory.result import Result
from verify.claim import shifted
from verify.stage_zero.balls import ball, exact, integral
from verify.stage_zero.linear_means import homogeneous
from verify.stage_zero.moments import mean, variance
from verify.stage_zero.relation import Kind, Relation, Residual
from verify.stage_zero.values import TALL, TASK, WIDE, Point, formula, known, known_formula, points, value

sigma = symbol("sigma")
HALF = sp.S.Half
LEVELS = (sp.Rational(1, 5), sp.Rational(1, 2), sp.Rational(9, 10))


@cache
def _square_of_the_gram_inverse(wide: bool) -> sp.Expr:
    """E tr((X+' S X+)^2), by integration by parts."""
    regime = OVERPARAMETERIZED if wide else DETERMINED
    sample = target_task(regime)
    form: Expression = pinv(sample.x).T @ sample.covariance @ pinv(sample.x)
    chain, _ = design_moment(trace(form @ form), 1, sample, regime)
    return named(chain)


def _second_moment(law: sp.Expr) -> sp.Expr:
    return variance(law) + mean(law) ** 2


def _by_the_design(spread: sp.Expr, average: sp.Expr, wide: bool) -> sp.Expr:
    """E (e'Me)^2 = E (sigma^2 tr M)^2 + 2 sigma^4 E tr M^2 for Gaussian e given M."""
    return spread + average**2 + 2 * sigma**4 * _square_of_the_gram_inverse(wide)


def _spread_in_the_law(result: Result) -> Iterator[Residual]:
    """The noise part's second moment through its variance over designs, and by its law; infinite together."""
    for sizes in (WIDE, TALL):
        law = known_formula("linear.noise_law", sizes)
        average = known_formula("linear.variance", sizes)
        wide = sizes["n"] < sizes["d"]
        yield _by_the_design(formula(result, sizes), average, wide) - _second_moment(law)
    for point in points():
        second = _second_moment(known("linear.noise_law", point))
        yield bool((value(result, point) == sp.oo) == (second == sp.oo))
        yield bool(point["sigma"] != 0 or value(result, point) == 0)


def _law_through_the_design(result: Result) -> Iterator[Residual]:
    """The same read as a statement about the law."""
    for sizes in (WIDE, TALL):
        spread, average = (known_formula(f"linear.{key}", sizes) for key in ("noise_variance", "variance"))
        wide = sizes["n"] < sizes["d"]
        yield _by_the_design(spread, average, wide) - _second_moment(formula(result, sizes))
        yield average - mean(formula(result, sizes))


def _variance_without_noise(result: Result) -> Iterator[Residual]:
    for point in points():
        if point["sigma"] == 0:
            yield value(result, point) - variance(known("linear.risk_law", point))
    for sizes in (WIDE, TALL):
        yield formula(result, sizes) - variance(known_formula("linear.risk_law", sizes).subs(sigma, 0))


def _spread_in_the_risk_law(result: Result) -> Iterator[Residual]:
    """Mean and variance of the law without noise are those found by averaging over the orthogonal group."""
    for sizes in (WIDE, TALL):
        silent = formula(result, sizes).subs(sigma, 0)
        yield variance(silent) - known_formula("linear.risk_variance", sizes)
        yield mean(formula(result, sizes)) - known_formula("linear.risk", sizes)


def cdf(law: sp.Expr, x: arb) -> arb:
    """P(law <= x) of a sum of at most two atoms with numbers in them, a beta variable first."""
    terms = sp.Add.make_args(law)
    atoms = [term.as_independent(Beta, BetaPrime) for term in terms if term != 0]
    if len(atoms) == 1:
        ((scale, atom),) = atoms
        return atom_cdf(scale, atom, acb(x)).real
    (size, beta), (scale, ratio) = sorted(atoms, key=lambda atom: isinstance(atom[1], BetaPrime))
    width = ball(size)
    a, b = map(ball, beta.args)
    norm = a.gamma() * b.gamma() / (a + b).gamma()
    end = (x / width).min(arb(1))

    def inside(z: acb) -> acb:
        return z ** (a - 1) * (1 - z) ** (b - 1) * atom_cdf(scale, ratio, acb(x) - width * z)

    return integral(inside, arb(0), end) / norm


def atom_cdf(scale: sp.Expr, atom: sp.Expr, x: acb) -> acb:
    """Not finite on its branch cuts: shares beyond 1 and, unless the first parameter is an integer, below 0."""
    a, b = map(ball, atom.args)
    z = x / ball(scale)
    share = z / (1 + z) if isinstance(atom, BetaPrime) else z
    off = not share.imag.contains(0)
    if not (off or (share.real <= 1 and (atom.args[0].is_Integer or share.real >= 0))):
        return acb(arb.nan())
    return share.beta_lower(acb(a), acb(b), regularized=1)


END, BEYOND = 20, arb(0, 2.0**-280)
"""The root of a chi-square with 4 degrees of freedom exceeds 20 with probability 201 exp(-200) < 2^-280."""


def _one_sample_law(result: Result) -> Iterator[Residual]:
    """n = 1: |X+ e|^2 = e^2/|x|^2; d = 1: (x'e)^2/|x|^4.  Both are sigma^2 chi2_1/chi2_4, for d = 4 or n = 4: that a
    normal number is below c v in size, averaged over v^2 = chi2_4, whose density is v^3 exp(-v^2/2)/2 in v."""
    noise = sp.Rational(2, 3)
    for n, d in ((1, 4), (4, 1)):
        law = value(result, {**TASK, "n": n, "d": d, "sigma": noise})
        for x in LEVELS:
            slope = exact(x / noise**2 / 2).sqrt()

            def inside(v: acb, slope: arb = slope) -> acb:
                return (v * slope).erf() * v**3 * (-(v**2) / 2).exp() / 2

            yield cdf(law, exact(x)) - integral(inside, arb(0), arb(END)) - BEYOND


def _angle(result: Result) -> Iterator[Residual]:
    """n = 1, d = 2: a fixed vector makes a uniformly random angle with the row, so that P(level |D|^2 sin^2 <= x) is
    2/pi arcsin of a root."""
    law = value(result, {**TASK, "n": 1, "d": 2, "sigma": 0})
    size = TASK["level"] * TASK["squared_distance"]
    for share in LEVELS:
        yield cdf(law, exact(size * share)) - ball(2 / sp.pi * sp.asin(sp.sqrt(share)))


def _tall_is_noise(result: Result) -> Iterator[Residual]:
    """Where the source is forgotten the risk is the noise part."""
    for point in points():
        if point["n"] >= point["d"]:
            yield bool(value(result, point) == known("linear.noise_law", point))


COARSE = 64
"""Bits that are enough to tell levels apart at neighbouring numbers."""
ROUNDED = sp.Rational(1, 2**30)
"""Quantiles are floating-point numbers: between this much less and this much more the law must reach the level."""
SMOOTH: tuple[Point, ...] = (
    {**TASK, "n": 4, "d": 10, "sigma": sp.Rational(2, 3)},
    {**TASK, "n": 4, "d": 8, "sigma": 0},
    {**TASK, "n": 9, "d": 4, "sigma": sp.Rational(2, 3)},
)
"""Even sizes below the threshold: polynomial densities."""


def _reached(result: Result) -> Iterator[Residual]:
    for point in SMOOTH:
        law = known("linear.risk_law", point)
        for level in LEVELS:
            found = value(result, {**point, "confidence": level})
            quantile = exact(sp.Rational(_number(found)))
            with ctx.workprec(COARSE):
                low, high = (cdf(law, quantile * exact(1 + side * ROUNDED)) for side in (-1, 1))
                yield bool(low < exact(level) < high)


def _number(formula: sp.Expr) -> float:
    from theory.calculus.laws import Quantile

    return float(formula.replace(Quantile, lambda p, law: sp.Float(distribution_of(law).quantile(float(p)), 17)))


RELATIONS = (
    Relation("linear.noise_law", "second moment through the design", Kind.CANCELS, _law_through_the_design),
    Relation("linear.noise_law", "one sample or one feature, integrated", Kind.ENCLOSED, _one_sample_law),
    Relation("linear.risk_law", "mean and variance without noise", Kind.CANCELS, _spread_in_the_risk_law),
    Relation("linear.risk_law", "a uniformly random angle", Kind.ENCLOSED, _angle),
    Relation("linear.risk_law", "n >= d: the law of the noise part", Kind.CANCELS, _tall_is_noise),
    Relation("linear.quantile", "the law reaches the level there", Kind.ENCLOSED, _reached),
    Relation("linear.risk_variance", "variance of the risk's law", Kind.CANCELS, _variance_without_noise),
    Relation(
        "linear.risk_variance",
        "gap times c, variance times c^4",
        Kind.METAMORPHIC,
        homogeneous({"squared_distance": 2}, 4),
        shifted(1),
    ),
    Relation("linear.noise_variance", "second moment of the law", Kind.CANCELS, _spread_in_the_law),
)
