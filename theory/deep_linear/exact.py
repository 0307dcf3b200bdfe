"""deep_linear.risk_exact: the expected excess risk at finite n and d, isotropic, as an average over five variables.

Source and target span a plane.  The projection P on the row span acts in it as a random 2 x 2 matrix, matrix-variate
Beta; the noise adds the length of X+ e and its angle with P t.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy as sp

from theory.calculus.averages import Average, Beta, BetaPrime, Cosine, Drawn
from theory.calculus.rule import Reason
from theory.deep_linear.given_design import risk_chain
from theory.deep_linear.setting import (
    INFINITE,
    STANDARD,
    TALL,
    L,
    norm_where,
    squared_source,
    stretch_solved,
    stretch_where,
)
from theory.linear.risk import averaged_risk
from theory.linear.setting import (
    DETERMINED,
    FLAT_IF_OVERPARAMETERIZED,
    ISOTROPIC,
    OVERPARAMETERIZED,
    Task,
    task,
)
from theory.notation import STRETCH, d, n, sigma, symbol
from theory.references import MUIRHEAD_1982, SHACHAF_2021
from theory.result import Assumption, Derivation, Equality, Implicit, Kind, Regime, Result, Statement

level, squared_target, source_target = symbol("level"), symbol("squared_target"), symbol("source_target")
p, b = sp.symbols("p b", positive=True)
w, v = sp.symbols("w v", real=True)
x = sp.Symbol("x", nonnegative=True)

ALONG, ACROSS = sp.Symbol("along", real=True), sp.Symbol("across", nonnegative=True)
SEEN, SHARED = sp.Symbol("seen", nonnegative=True), sp.Symbol("shared", real=True)

PLANE = Reason(
    "the plane of source and target",
    "P is a uniformly random projection of rank n.  With e1 = u/|u| and e2 across it in the plane of u and t: "
    "p = e1'P e1 is Beta(n/2, (d-n)/2); given it, P e1 = p e1 + (p(1-p))^{1/2} f with f uniform across e1, and "
    "P - P e1 e1'P/p is a uniformly random projection of rank n-1 across e1 and f.  So with w = e2'f and b the share "
    "of e2 - w f that it keeps, e1'P e2 = (p(1-p))^{1/2} w and e2'P e2 = (1-p) w^2 + (1-w^2) b.  |X+ e|^2 = "
    "(sigma^2/level) x is a ratio of chi-squares, and X+ e has a uniformly random direction in the row span, at angle "
    "v with P t.",
    Equality.IN_LAW,
    MUIRHEAD_1982.at("Theorem 3.3.3"),
)
VARIABLES = Assumption(
    "independent variables: p ~ Beta(n/2, (d-n)/2), b ~ Beta((n-1)/2, (d-n-1)/2), x ~ chi2_n/chi2_{d-n+1}, w and v "
    "first coordinates of uniform unit vectors in R^{d-1} and R^n"
)
MEAN = Reason("average", "The mean over five independent variables, one after the other.", Equality.IN_EXPECTATION)


@dataclass(frozen=True)
class InVariables:
    """The risk in the five variables, and what defines |h| and c."""

    risk: sp.Expr
    where: tuple[Implicit, ...]


LAWS = (
    sp.Tuple(p, Beta(n / 2, (d - n) / 2)),
    sp.Tuple(w, Cosine(d - 1)),
    sp.Tuple(b, Beta((n - 1) / 2, (d - n - 1) / 2)),
    sp.Tuple(x, BetaPrime(n / 2, (d - n + 1) / 2)),
    sp.Tuple(v, Cosine(n)),
)


@cache
def in_variables() -> InVariables:
    """(h - t)'(h - t) level in terms of p, w, b, x and v."""
    mixed, second = sp.sqrt(p * (1 - p)) * w, (1 - p) * w**2 + (1 - w**2) * b
    noise, off = sigma**2 / level * x, squared_source * (1 - p)
    where = (
        Implicit(ALONG, sp.Eq(ALONG, source_target / sp.sqrt(squared_source), evaluate=False)),
        Implicit(ACROSS, sp.Eq(ACROSS, sp.sqrt(squared_target - source_target**2 / squared_source), evaluate=False)),
        Implicit(SEEN, sp.Eq(SEEN, ALONG**2 * p + 2 * ALONG * ACROSS * mixed + ACROSS**2 * second, evaluate=False)),
        Implicit(SHARED, sp.Eq(SHARED, sp.sqrt(squared_source) * (ALONG * p + ACROSS * mixed), evaluate=False)),
        norm_where(SEEN + 2 * v * sp.sqrt(SEEN * noise) + noise, off),
        stretch_where(),
    )
    signal = squared_target - SEEN - 2 * STRETCH * (source_target - SHARED) + STRETCH**2 * off
    return InVariables(level * signal + sigma**2 * x, where)


def law_steps(sample: Task) -> Derivation:
    """From the risk given X and e to its law in five variables."""
    chain = risk_chain(sample, stretch_solved(sample))
    found = in_variables()
    drawn = Drawn(found.risk, *LAWS)
    steps = (
        *chain.steps,
        PLANE.step(chain.expression, drawn, where=found.where),
        MEAN.step(drawn, Average(found.risk, *LAWS), where=found.where),
    )
    return Derivation("n < d", OVERPARAMETERIZED, steps)


@cache
def risk_exact() -> Result:
    """E R(h) for isotropic Gaussian designs at finite n and d, any depth, with label noise.

    n < d: the average of the risk over p, w, b, x and v, independent, with |h| the root of its equation at each;
    computed by Gauss quadrature, to the accuracy that is reached (refused above one part in a million).  Infinite for
    sigma > 0 and d = n + 1, and at infinite depth for n <= 2, where 1/|P u|^2 has no mean.  n >= d: that of one layer.
    Exact.  Source: Shachaf et al. 2021, section 5; Muirhead 1982, Theorem 3.3.3.
    """
    found = in_variables()
    value = Average(found.risk, *LAWS)
    quiet, silent = (
        sp.Eq(sigma, 0),
        sp.And(sp.Eq(sigma, 0), sp.Eq(source_target**2 - squared_source * squared_target, 0)),
    )
    finite = sp.And(sp.Or(sp.Ge(d, n + 2), quiet), sp.Or(sp.Not(INFINITE), sp.Ge(n, 3), silent))
    wide = sp.And(OVERPARAMETERIZED, sp.Gt(squared_source, 0))
    single = sp.And(OVERPARAMETERIZED, sp.Eq(L, 1))
    determined, one = averaged_risk(DETERMINED), averaged_risk(OVERPARAMETERIZED)
    tall = determined.variance
    return Result(
        key="deep_linear.risk_exact",
        statement=Statement("expected excess risk", "E R(h)", r"\mathbb{E}\,R(h)"),
        kind=Kind.EXACT,
        regimes=(
            Regime("L = 1, n < d", sp.And(single, one.variance.finite), one.total),
            Regime("L = 1, n < d, no noise", sp.And(single, quiet), one.bias),
            Regime("L = 1, n < d, infinite", single, sp.oo),
            Regime("n < d, u not zero", sp.And(wide, finite), value),
            Regime("n < d, infinite", wide, sp.oo),
            Regime("n >= d + 2", sp.And(TALL, sp.Ge(n, d + 2)), tall.value),
            Regime("n >= d, no noise", sp.And(TALL, quiet), sp.Integer(0)),
            Regime("n >= d, infinite", TALL, sp.oo),
        ),
        given=(*STANDARD, FLAT_IF_OVERPARAMETERIZED, VARIABLES),
        derivations=(law_steps(task(ISOTROPIC)), determined.derivation, one.derivation),
        references=(SHACHAF_2021.at("section 5"), MUIRHEAD_1982.at("Theorem 3.3.3")),
        see_also=("deep_linear.risk_limit", "deep_linear.risk_equivalent", "linear.risk"),
        where=found.where,
    )
