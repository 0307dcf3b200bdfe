"""deep_linear.frozen, deep_linear.frozen_flow: the first layers frozen, only the source's length is trained."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy as sp

from theory.calculus.averages import BetaPrime, Cosine, Drawn
from theory.calculus.designs import covariance_of
from theory.calculus.expressions import Expression, expression, inverse, matrix
from theory.calculus.laws import moment_below, ratios_of_chi_squares
from theory.calculus.letters import Defined, Gaussian
from theory.calculus.pseudoinverse import change_of_variable, insert_definition
from theory.calculus.rational import factor
from theory.calculus.rule import Chain, Reason, rule
from theory.calculus.stein import noise_moments
from theory.calculus.substitution import replace
from theory.calculus.wishart import expectation
from theory.deep_linear.setting import BALANCED, BEST, L, orthogonal_to_the_source, remainder, squared_source
from theory.linear.conditional_risk import EXPAND
from theory.linear.setting import FLAT, FRESH, GAUSSIAN, GIVEN_SOURCE, ISOTROPIC, SAME_COVARIANCE, Task, level, task
from theory.notation import n, number_of, sigma, symbol
from theory.references import MUIRHEAD_1982, SHACHAF_2021
from theory.result import Assumption, Derivation, Equality, Implicit, Kind, Regime, Result, Statement

frozen_layers = symbol("frozen_layers")
squared_target, source_target = symbol("squared_target"), symbol("source_target")
ONE_LEFT = sp.And(sp.Eq(L, frozen_layers + 1), sp.Ge(frozen_layers, 1), sp.Gt(squared_source, 0))
MORE_LEFT = sp.And(sp.Ge(L, frozen_layers + 2), sp.Ge(frozen_layers, 1), sp.Gt(squared_source, 0))
ONE_NUMBER = Assumption(
    "the frozen layers, being balanced, map x to a multiple of x'u along one direction: h = c u, and c minimises "
    "|y - c X u|^2"
)
GIVEN = (GAUSSIAN, BALANCED, ONE_NUMBER, FLAT, FRESH, GIVEN_SOURCE, SAME_COVARIANCE)

TRUNCATED = Reason(
    "the flow keeps the sign of c",
    "With two layers or more left, c = 0 is a saddle that the flow from c = 1 does not cross: it ends at max(c, 0).  "
    "c - a has either sign, independently of its size, so the mean is over both and over x on either side of c = 0.",
    Equality.IN_EXPECTATION,
)
APART = Reason("signal and noise apart", "The terms in sigma, and the others factored.", Equality.PATHWISE)


@dataclass(frozen=True)
class Regression:
    """y on z = X u: r = t - a u is the part of t across u, a = <u,t>/|u|^2, and v = X r + e what z does not explain."""

    sample: Task
    r: Expression
    z: Expression
    v: Expression

    @property
    def coefficient(self) -> Expression:
        """c = z'y/z'z, the least squares coefficient."""
        return self.z.T @ self.sample.y @ inverse(self.z.T @ self.z)


def regression() -> Regression:
    """The letters by their definitions."""
    sample = task(ISOTROPIC)
    r = remainder(sample)
    z, v = sample.x @ sample.start, sample.x @ r + sample.e
    return Regression(sample, r, *(matrix(name, n, 1, law=Defined(what)) for name, what in (("z", z), ("v", v))))


@rule(Equality.PATHWISE)
def gram_of_one_vector(target: Expression, z: Expression) -> Expression:
    """z'z (z'z)^-1 = 1."""
    return replace(target, ((z.T @ z) * inverse(z.T @ z), expression(1)))


@rule(Equality.IN_LAW)
def independent_vectors(target: Expression, given: Regression, f: Expression, g: Expression) -> Expression:
    """X u = f and X r + e = g are Gaussian, and independent as u and r are orthogonal."""
    z, v = given.z, given.v
    return replace(target, (z.T @ v, f.T @ g), (inverse(z.T @ z), inverse(f.T @ f)))


@rule(Equality.IN_LAW, MUIRHEAD_1982.at("Section 1.5"))
def component_along_an_independent_direction(target: Expression, f: Expression, g: Expression) -> Expression:
    """g is isotropic and independent of f: f'g/|f| has the law of one coordinate k of g, whatever f is."""
    k = matrix("v1", 1, 1, law=Gaussian(covariance_of(g)))
    below = inverse(f.T @ f)
    return replace(target, ((f.T @ g) * (f.T @ g) * below * below, (k.T @ k) * below))


def vectors(given: Regression) -> tuple[Expression, Expression]:
    """f and g by their laws: variances u'S u and r'S r + sigma^2."""
    u, s = given.sample.start, given.sample.covariance
    across = insert_definition(given.r.T @ s @ given.r, given.r)
    laws = (("zg", u.T @ s @ u), ("vg", across + expression(sigma**2)))
    f, g = (matrix(name, n, 1, law=Gaussian(expression(number_of(variance)))) for name, variance in laws)
    return f, g


def _risk_in_law() -> tuple[Chain, Expression, Expression]:
    """From R = level |c u - t|^2 with c = z'y/z'z to independent Gaussian vectors f and g."""
    given = regression()
    sample, r = given.sample, given.r
    u, x = sample.start, sample.x
    error = u * given.coefficient - sample.teacher
    chain = Chain("the coefficient", sp.true, error).apply(insert_definition, sample.y)
    chain.apply(change_of_variable, sample.teacher, u * BEST + r)
    chain.apply(change_of_variable, x @ u, given.z).apply(change_of_variable, x @ r, given.v - sample.e)
    chain.apply(gram_of_one_vector, given.z)
    short = chain.expression
    chain.turn_to(error.T @ sample.covariance @ error).record(EXPAND, short.T @ sample.covariance @ short)
    chain.apply(orthogonal_to_the_source, r, u).apply(insert_definition, r)
    f, g = vectors(given)
    return chain.apply(independent_vectors, given, f, g), f, g


@cache
def averaged() -> tuple[sp.Expr, Derivation, sp.Basic]:
    """The mean risk with one layer left, and where it is finite."""
    chain, f, g = _risk_in_law()
    chain.apply(noise_moments, g).apply(gram_of_one_vector, f)
    found = expectation(chain.expression, f)
    chain.turn_to(found.value, found.steps)
    value = _neat(number_of(chain.expression))
    chain.record(APART, value)
    return value, chain.derivation(), found.finite


def _neat(value: sp.Expr) -> sp.Expr:
    noise = factor(value - value.subs(sigma, 0))
    return factor(value.subs(sigma, 0)) + noise


@cache
def frozen() -> Result:
    """E R(h) with all layers frozen but one: h = c u, c = <Xu, y>/|Xu|^2.

    level |t_perp|^2 + (level |t_perp|^2 + sigma^2)/(n - 2) with t_perp = t - u <u,t>/|u|^2: it does not go to zero
    with n unless t is parallel to u, so freezing can fail completely.  Finite for n >= 3.  Exact, isotropic Gaussian
    designs, every d; the field frozen_layers is depth - 1.  Source: Shachaf et al. 2021, section 5.
    """
    value, derivation, finite = averaged()
    parallel = sp.Eq(source_target**2 - squared_source * squared_target, 0)
    exact = sp.And(ONE_LEFT, parallel, sp.Eq(sigma, 0))
    return Result(
        key="deep_linear.frozen",
        statement=Statement("expected excess risk with one layer left to train", "E R(h)", r"\mathbb{E}\,R(h)"),
        kind=Kind.EXACT,
        regimes=(
            Regime("one layer left, n >= 3", sp.And(ONE_LEFT, finite), value),
            Regime("one layer left, t parallel to u, no noise", exact, sp.Integer(0)),
            Regime("one layer left, infinite", ONE_LEFT, sp.oo),
        ),
        given=GIVEN,
        derivations=(derivation,),
        references=(SHACHAF_2021.at("section 5"),),
        see_also=("deep_linear.frozen_flow", "deep_linear.risk_exact"),
    )


SPREAD, EDGE = sp.Symbol("spread", nonnegative=True), sp.Symbol("edge", nonnegative=True)
x, sign = sp.Symbol("x", nonnegative=True), sp.Symbol("s", real=True)


@dataclass(frozen=True)
class Flowed:
    """R = floor + spread x without the sign kept, x by its law; with it, its mean in spread and edge, and the steps."""

    mean: sp.Expr
    where: tuple[Implicit, ...]
    derivations: tuple[Derivation, ...]


@cache
def flowed() -> Flowed:
    """The law of the least squares risk, the sign of c kept, averaged."""
    chain, f, g = _risk_in_law()
    chain.apply(component_along_an_independent_direction, f, g).apply(ratios_of_chi_squares)
    (law,) = chain.number.atoms(BetaPrime)
    spread = sp.cancel(chain.number.coeff(law))
    floor = sp.expand(chain.number - spread * law)
    curvature = level * squared_source
    c = BEST + sign * sp.sqrt(SPREAD * x / curvature)
    kept = floor + curvature * (sp.Max(c, 0) - BEST) ** 2
    start = curvature * BEST**2
    where = (
        Implicit(SPREAD, sp.Eq(SPREAD, spread, evaluate=False)),
        Implicit(EDGE, sp.Eq(EDGE, start / (start + SPREAD), evaluate=False)),
    )
    mean = factor(floor) + _off_the_floor(law, start)
    drawn = Drawn(kept, sp.Tuple(x, law), sp.Tuple(sign, Cosine(1)))
    step = TRUNCATED.step(drawn, mean, where=where)
    return Flowed(mean, where, (chain.derivation(), Derivation("its sign kept", sp.true, (step,))))


def _off_the_floor(law: BetaPrime, start: sp.Expr) -> sp.Expr:
    """The mean of spread x where max(c, 0) = c, and of `start` where it is 0, over x and both signs of c - a.

    c = 0 at x = start/spread, so x/(1 + x) = edge, on the side of 0 that a is not.
    """
    share, mass = (moment_below(law, k, EDGE) for k in (1, 0))
    total = moment_below(law, 1, sp.Integer(1))

    def mean(side: int) -> sp.Expr:
        parts = []
        for sign in (1, -1):
            near, far = side + sign * sp.Rational(1, 2) > 0, side + sign * 2 > 0
            parts.append(SPREAD * share if near else start * mass)
            parts.append(SPREAD * (total - share) if far else start * (1 - mass))
        return sp.Add(*parts)

    even, odd = (sp.expand((mean(1) + k * mean(-1)) / 2) for k in (1, -1))
    return (even + sp.sign(source_target) * odd) / 2


@cache
def frozen_flow() -> Result:
    """E R(h) with two layers or more left and one or more frozen, where exact flow ends: h = max(c, 0) u.

    c of deep_linear.frozen is a plus a Student variable; the flow starts at c = 1 > 0 and cannot change its sign.
    Where <u,t> < 0 and n is large it ends at 0 and the risk at level |t|^2.  Exact, isotropic Gaussian designs, every
    d, n >= 3; I is the regularised incomplete beta function.  A perturbation off the saddle would go on to c: that is
    deep_linear.frozen.  Source: Shachaf et al. 2021, section 5.
    """
    found = flowed()
    return Result(
        key="deep_linear.frozen_flow",
        statement=Statement(
            "expected excess risk with several layers left, some frozen", "E R(h)", r"\mathbb{E}\,R(h)"
        ),
        kind=Kind.EXACT,
        regimes=(Regime("two layers or more left, n >= 3", sp.And(MORE_LEFT, sp.Ge(n, 3)), found.mean),),
        given=GIVEN,
        derivations=found.derivations,
        references=(SHACHAF_2021.at("section 5"),),
        see_also=("deep_linear.frozen",),
        where=found.where,
    )
