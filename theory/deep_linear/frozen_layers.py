"""deep_linear.frozen, deep_linear.frozen_flow: the first layers frozen, only the source's length is trained."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy as sp

from theory.calculus.averages import BetaPrime, Cosine, Drawn
from theory.calculus.expressions import Expression, expression, inverse, matrix
from theory.calculus.letters import Gaussian
from theory.calculus.rational import factor
from theory.calculus.rule import Chain, Reason, rule
from theory.calculus.stein import noise_moments
from theory.calculus.substitution import replace
from theory.calculus.wishart import expectation
from theory.deep_linear.setting import BALANCED, L, squared_source
from theory.linear.setting import FRESH, GAUSSIAN, GIVEN_SOURCE, ISOTROPIC, SAME_COVARIANCE, level, task
from theory.notation import n, sigma, symbol
from theory.references import MUIRHEAD_1982, SHACHAF_2021
from theory.result import Assumption, Derivation, Equality, Implicit, Kind, Regime, Result, Statement

frozen_layers = symbol("frozen_layers")
squared_target, source_target = symbol("squared_target"), symbol("source_target")
ONE_LEFT = sp.And(sp.Eq(L, frozen_layers + 1), sp.Ge(frozen_layers, 1), sp.Gt(squared_source, 0))
MORE_LEFT = sp.And(sp.Ge(L, frozen_layers + 2), sp.Ge(frozen_layers, 1), sp.Gt(squared_source, 0))
FLAT = Assumption("isotropic covariance (flat spectrum)", needs={"level": sp.true})
GIVEN = (GAUSSIAN, BALANCED, FLAT, FRESH, GIVEN_SOURCE, SAME_COVARIANCE)

LEAST_SQUARES = Reason(
    "one number is trained",
    "The frozen layers are balanced, so they map x to a multiple of x'u along one direction: h = c u, and c minimises "
    "|y - c X u|^2.  With z = X u, a = <u,t>/|u|^2 and v = X(t - a u) + e it is c = a + z'v/z'z.",
    Equality.PATHWISE,
)
EXPAND = Reason("expand excess risk", "R(h) = level |c u - t|^2, with t = a u + the part across u.", Equality.PATHWISE)
STUDENT = Reason(
    "a Student variable",
    "z = X u and v are independent Gaussian vectors, as u and t - a u are orthogonal: (c - a)^2 level |u|^2 is "
    "(level |t - a u|^2 + sigma^2) x with x = chi2_1/chi2_n, and the sign of c - a is either, independently.",
    Equality.IN_LAW,
    MUIRHEAD_1982.at("Section 1.3"),
)
APART = Reason("signal and noise apart", "The terms in sigma, and the others factored.", Equality.PATHWISE)
TRUNCATED = Reason(
    "the flow keeps the sign of c",
    "With two layers or more left, c = 0 is a saddle that the flow from c = 1 does not cross: it ends at max(c, 0).  "
    "The mean over x where c > 0, and where not: x f(x) is 1/(n-2) times the density of chi2_3/chi2_{n-2}.",
    Equality.IN_EXPECTATION,
)

slope = source_target / squared_source
across = squared_target - source_target**2 / squared_source
spread = level * across + sigma**2


@dataclass(frozen=True)
class Regression:
    """z = X u, v = X (t - a u) + e as independent Gaussian vectors, and the coefficient c = a + z'v/z'z."""

    z: Expression
    v: Expression

    @property
    def deviation(self) -> Expression:
        """c - a."""
        return self.z.T @ self.v * inverse(self.z.T @ self.z)


def regression() -> Regression:
    """The letters z and v by their laws, N(0, level |u|^2 I) and N(0, (level |t - a u|^2 + sigma^2) I)."""
    z = matrix("z", n, 1, law=Gaussian(expression(level * squared_source)))
    return Regression(z, matrix("v", n, 1, law=Gaussian(expression(spread))))


def _from_the_design() -> Chain:
    """R = level |c u - t|^2 from least squares on X u to the letters z = X u and v, as they are defined by X and e."""
    sample = task(ISOTROPIC)
    u, t, x = sample.start, sample.teacher, sample.x
    z = x @ u
    v = x @ (t - u * slope) + sample.e
    below = inverse(z.T @ z)
    error = u * (z.T @ (x @ t + sample.e) @ below) - t
    chain = Chain("one layer left", sp.true, error.T @ error * level)
    deviation = z.T @ v @ below
    return chain.record(LEAST_SQUARES, deviation * deviation * level * squared_source + level * across)


@rule(Equality.IN_LAW)
def independent_vectors(_: Expression, fresh: Regression) -> Expression:
    """X u and X (t - a u) + e are independent and Gaussian, as u and t - a u are orthogonal."""
    return expression(fresh.deviation * fresh.deviation * level * squared_source + level * across)


@rule(Equality.PATHWISE)
def gram_of_one_vector(target: Expression, z: Expression) -> Expression:
    """z'z (z'z)^-1 = 1."""
    square, below = z.T @ z, inverse(z.T @ z)
    return replace(target, (square * below, expression(1)))


@cache
def averaged() -> tuple[sp.Expr, Derivation, sp.Basic]:
    """The mean risk with one layer left, and where it is finite."""
    fresh = regression()
    chain = _from_the_design().apply(independent_vectors, fresh).apply(noise_moments, fresh.v)
    chain.apply(gram_of_one_vector, fresh.z)
    found = expectation(chain.expression, fresh.z)
    chain.turn_to(found.value, found.steps)
    value = _neat(chain.expression.scalar())
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
LAWS = (sp.Tuple(x, BetaPrime(sp.Rational(1, 2), n / 2)), sp.Tuple(sign, Cosine(1)))


def _with_the_sign_kept() -> sp.Expr:
    """The risk of h = max(c, 0) u in x and in the sign of c - a."""
    c = slope + sign * sp.sqrt(spread * x / (level * squared_source))
    return level * across + level * squared_source * (sp.Max(c, 0) - slope) ** 2


def _truncated() -> sp.Expr:
    """Its mean: x has the mean 1/(n-2), x below F having the share I(3/2, n/2 - 1), and P(x < F) = I(1/2, n/2)."""
    start = level * source_target**2 / squared_source
    mass, share = (
        sp.betainc_regularized(*z, 0, EDGE) for z in ((sp.Rational(1, 2), n / 2), (sp.Rational(3, 2), n / 2 - 1))
    )
    mean = SPREAD / (n - 2)
    side = sp.sign(source_target)
    return level * squared_target + (mean * (1 + side * share) - start * (1 + side * mass)) / 2


def _where() -> tuple[Implicit, ...]:
    """What the variance of c - a and the edge c = 0 are."""
    start = level * source_target**2 / squared_source
    variance = sp.Eq(SPREAD, level * squared_target - start + sigma**2, evaluate=False)
    return Implicit(SPREAD, variance), Implicit(EDGE, sp.Eq(EDGE, start / (start + SPREAD), evaluate=False))


@cache
def frozen_flow() -> Result:
    """E R(h) with two layers or more left and one or more frozen, where exact flow ends: h = max(c, 0) u.

    c of deep_linear.frozen is a plus a Student variable; the flow starts at c = 1 > 0 and cannot change its sign.
    Where <u,t> < 0 and n is large it ends at 0 and the risk at level |t|^2.  Exact, isotropic Gaussian designs, every
    d, n >= 3; I is the regularised incomplete beta function.  A perturbation off the saddle would go on to c: that is
    deep_linear.frozen.  Source: Shachaf et al. 2021, section 5.
    """
    chain = _from_the_design()
    student = STUDENT.step(chain.expression, Drawn(level * across + spread * x, *LAWS))
    law = Drawn(_with_the_sign_kept(), *LAWS)
    derivations = [Derivation("the coefficient", sp.true, (*chain.steps, student))]
    derivations.append(Derivation("its sign kept", sp.true, (TRUNCATED.step(law, _truncated(), where=_where()),)))
    return Result(
        key="deep_linear.frozen_flow",
        statement=Statement(
            "expected excess risk with several layers left, some frozen", "E R(h)", r"\mathbb{E}\,R(h)"
        ),
        kind=Kind.EXACT,
        regimes=(Regime("two layers or more left, n >= 3", sp.And(MORE_LEFT, sp.Ge(n, 3)), _truncated()),),
        given=GIVEN,
        derivations=tuple(derivations),
        references=(SHACHAF_2021.at("section 5"),),
        see_also=("deep_linear.frozen",),
        where=_where(),
    )
