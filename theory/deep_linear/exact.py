"""deep_linear.risk_exact: the expected excess risk at finite n and d, isotropic, as an average over five variables."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.averages import Average, Drawn
from theory.calculus.rule import Reason
from theory.deep_linear.plane import VARIABLES, in_variables
from theory.deep_linear.setting import INFINITE, STANDARD, TALL, L, squared_source
from theory.linear.risk import averaged_risk
from theory.linear.setting import DETERMINED, FLAT_IF_OVERPARAMETERIZED, OVERPARAMETERIZED
from theory.notation import d, n, sigma, symbol
from theory.references import MUIRHEAD_1982, SHACHAF_2021
from theory.result import Derivation, Equality, Kind, Regime, Result, Statement

squared_target, source_target = symbol("squared_target"), symbol("source_target")
MEAN = Reason("average", "The mean over five independent variables, one after the other.", Equality.IN_EXPECTATION)


@cache
def risk_exact() -> Result:
    """E R(h) for isotropic Gaussian designs at finite n and d, any depth, with label noise.

    n < d: the average of the risk over p, w, b, x and v, independent, with |h| the root of its equation at each;
    computed by Gauss quadrature, to the accuracy that is reached (refused above one part in a million).  Infinite for
    sigma > 0 and d = n + 1, and at infinite depth for n <= 2, where 1/|P u|^2 has no mean.  n >= d: that of one layer.
    Exact.  Source: Shachaf et al. 2021, section 5; Muirhead 1982, Theorem 3.3.3.
    """
    found = in_variables()
    value = Average(found.risk, *found.laws)
    mean = MEAN.step(Drawn(found.risk, *found.laws), value, where=found.where)
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
        derivations=(
            *found.derivations,
            Derivation("the mean", OVERPARAMETERIZED, (mean,)),
            determined.derivation,
            one.derivation,
        ),
        references=(SHACHAF_2021.at("section 5"), MUIRHEAD_1982.at("Theorem 3.3.3")),
        see_also=("deep_linear.risk_limit", "deep_linear.risk_equivalent", "linear.risk"),
        where=found.where,
    )
