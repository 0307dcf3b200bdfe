"""deep_linear.best_depth: when more layers help."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.rational import factor
from theory.calculus.rule import Chain, Reason
from theory.deep_linear.equivalent import LARGE, flat_risk
from theory.deep_linear.setting import ALL_TRAINED, BALANCED, L, norm_where, radius, squared_source, stretch_where
from theory.linear.setting import (
    FLAT_IF_OVERPARAMETERIZED,
    FRESH,
    GAUSSIAN,
    GIVEN_SOURCE,
    OVERPARAMETERIZED,
    SAME_COVARIANCE,
)
from theory.notation import STRETCH, symbol
from theory.references import SHACHAF_2021
from theory.result import Assumption, Derivation, Equality, Kind, Regime, Result, Statement

sigma, source_target = symbol("sigma"), symbol("source_target")

SQUARE = Reason(
    "complete the square",
    "Depth enters through the stretch c alone, and the risk is a parabola in c with its minimum at a = <u,t>/|u|^2.",
    Equality.PATHWISE,
)
DEEPEST = Reason(
    "infinite depth",
    "c = |h|/|u| there, so c^2 |u|^2 = |h|^2 = |X+ y|^2 + c^2 |Q u|^2.  As c = 1 for L = 1 and c moves away from 1 as "
    "L grows  (key deep_linear.norm), the stretches that depth can give lie between 1 and this one.",
    Equality.PATHWISE,
)
INVERTED = Reason("solve for depth", "c = (|h|/|u|)^{1-1/L} is solved by this L.", Equality.PATHWISE)
SOLVED = Reason("at the best stretch", "At c = a, |h|^2 = |X+ y|^2 + a^2 |Q u|^2.", Equality.PATHWISE)


@cache
def best_depth() -> Result:
    """The depth with the least expected excess risk, to leading order: a real number >= 1, or infinity.

    Depth L does better than L' if and only if its stretch c is closer to a = <u,t>/|u|^2, so the curves of L and L'
    cross where c_L + c_L' = 2 a.  One layer is best if a lies on the other side of 1 than c at infinite depth,
    (|t|^2 + sigma^2 d/(level (d-n)))^{1/2}/|u|; infinitely many if beyond that; else
    L = 1/(1 - log a/log(|h|/|u|)).  Label noise raises c, by no risk of its own.  Isotropic Gaussian designs, n < d.
    Asymptotic.  Source: Shachaf et al. 2021, section 5.
    """
    risk, flat = flat_risk()
    a = source_target / squared_source
    along, off = risk.along / squared_source, risk.off / squared_source
    best = risk.value.subs(STRETCH, a)
    parabola = Chain("the parabola", OVERPARAMETERIZED, risk.value)
    curvature = factor(sp.diff(risk.value, STRETCH, 2) / 2)
    parabola.record(SQUARE, curvature * (STRETCH - a) ** 2 + best)
    deepest = sp.sqrt(factor(along / (1 - off)))
    depths = Chain("the deepest", OVERPARAMETERIZED, deepest**2).record(DEEPEST, along + deepest**2 * off)
    size = sp.sqrt(along + a**2 * off)
    depth = 1 / (1 - sp.log(a) / sp.log(size))
    found = stretch_where(), norm_where(risk.along, risk.off)
    solved = 1 / (1 - sp.log(STRETCH) / sp.log(radius / sp.sqrt(squared_source)))
    inverted = INVERTED.step(L, solved, where=found[::-1])
    at_best = sp.Subs(solved, (STRETCH, radius), (a, size * sp.sqrt(squared_source)))
    depths.turn_to(at_best, (inverted,)).record(SOLVED, depth)
    helps = sp.Gt((a - 1) * (deepest - 1), 0)
    beyond = sp.Ge((a - 1) ** 2, (deepest - 1) ** 2)
    wide = sp.And(OVERPARAMETERIZED, sp.Gt(squared_source, 0))
    return Result(
        key="deep_linear.best_depth",
        statement=Statement(
            "depth with the least expected excess risk",
            "argmin_L E R(h)",
            r"\operatorname*{arg\,min}_L\mathbb{E}\,R(h)",
        ),
        kind=Kind.ASYMPTOTIC,
        regimes=(
            Regime("one layer is best: (a - 1)(b - 1) <= 0", sp.And(wide, sp.Not(helps)), sp.Integer(1)),
            Regime("the deeper the better: (a - 1)(b - 1) > 0, |a - 1| >= |b - 1|", sp.And(wide, beyond), sp.oo),
            Regime("in between: (a - 1)(b - 1) > 0, |a - 1| < |b - 1|", wide, depth),
        ),
        given=(
            GAUSSIAN,
            BALANCED,
            ALL_TRAINED,
            FRESH,
            GIVEN_SOURCE,
            SAME_COVARIANCE,
            FLAT_IF_OVERPARAMETERIZED,
            LARGE,
            Assumption("n < d and the source weights are not zero"),
            Assumption(
                "a = <u,t>/|u|^2 is the best stretch, b = (|t|^2 + sigma^2 d/(level (d-n)))^{1/2}/|u| that of infinite "
                "depth"
            ),
        ),
        derivations=(
            Derivation("n < d", OVERPARAMETERIZED, risk.steps),
            *(Derivation(chain.title, OVERPARAMETERIZED, tuple(chain.steps)) for chain in (flat, parabola, depths)),
        ),
        references=(SHACHAF_2021.at("section 5"),),
        see_also=("deep_linear.risk_limit", "deep_linear.norm"),
    )
