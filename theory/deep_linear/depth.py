"""deep_linear.best_depth: when more layers help."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.rational import factor
from theory.calculus.rule import Reason
from theory.deep_linear.equivalent import LARGE, Closed, flat_risk
from theory.deep_linear.setting import (
    ALL_TRAINED,
    BALANCED,
    BEST,
    L,
    norm_equation,
    norm_where,
    radius,
    squared_norm_at,
    squared_source,
    stretch,
    stretch_where,
)
from theory.linear.setting import (
    FLAT_IF_OVERPARAMETERIZED,
    FRESH,
    GAUSSIAN,
    GIVEN_SOURCE,
    OVERPARAMETERIZED,
    SAME_COVARIANCE,
)
from theory.notation import STRETCH
from theory.references import SHACHAF_2021
from theory.result import Assumption, Derivation, Equality, Implicit, Kind, Regime, Result, Statement, Step

WIDE = sp.And(OVERPARAMETERIZED, sp.Gt(squared_source, 0))

SQUARE = Reason(
    "complete the square",
    "Depth enters through the stretch c alone, and the risk is a parabola in c with its minimum at a = <u,t>/|u|^2.",
    Equality.PATHWISE,
)
DEEPEST = Reason(
    "infinite depth",
    "c = |h|/|u| there, and |h|^2 = |X+ y|^2 + c^2 |Q u|^2 is linear in c^2.  As c = 1 for L = 1 and c moves away from "
    "1 as L grows  (key deep_linear.norm), the stretches that depth can give lie between 1 and this one.",
    Equality.PATHWISE,
)
INVERTED = Reason(
    "solve for depth", "c = (|h|/|u|)^{1-1/L}, with logarithms taken, is linear in 1/L.", Equality.PATHWISE
)
SOLVED = Reason("at the best stretch", "At c = a, |h|^2 = |X+ y|^2 + a^2 |Q u|^2.", Equality.PATHWISE)
ONE = Reason("at the source", "No stretch, c = 1, is one layer.", Equality.PATHWISE)
NONE = Reason("at the deepest", "c = |h|/|u| takes 1/L = 0: no finite depth.", Equality.PATHWISE)


def _depth_at(risk: Closed) -> tuple[sp.Expr, Step]:
    """L in terms of c and |h|."""
    ratio, share = sp.symbols("ratio share", positive=True)
    logarithm = sp.expand_log(sp.log(stretch(ratio**2 * squared_source).subs(L, 1 / share)))
    (found,) = sp.solve(logarithm - sp.log(STRETCH), share)
    layers = 1 / sp.expand(found).subs(ratio, radius / sp.sqrt(squared_source))
    return layers, INVERTED.step(L, layers, where=(norm_where(risk.along, risk.off), stretch_where()))


def _deepest(risk: Closed) -> tuple[sp.Expr, Step]:
    """c for infinitely many layers."""
    square = sp.Symbol("square", positive=True)
    size = squared_norm_at(sp.sqrt(square), risk.along, risk.off)
    (found,) = sp.solve(size - square * squared_source, square)
    deepest = sp.sqrt(factor(found))
    where = (Implicit(radius, norm_equation(risk.along, risk.off).subs(L, sp.oo)),)
    return deepest, DEEPEST.step(radius / sp.sqrt(squared_source), deepest, where=where)


def _parabola(risk: Closed) -> Derivation:
    curvature = factor(sp.diff(risk.value, STRETCH, 2) / 2)
    square = curvature * (STRETCH - BEST) ** 2 + risk.value.subs(STRETCH, BEST)
    return Derivation("the parabola", OVERPARAMETERIZED, (SQUARE.step(risk.value, square),))


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
    deepest, at_the_deepest = _deepest(risk)
    layers, inverted = _depth_at(risk)
    size = sp.sqrt(squared_norm_at(BEST, risk.along, risk.off))
    depth = layers.subs({STRETCH: BEST, radius: size}, simultaneous=True)
    at_best = SOLVED.step(sp.Subs(layers, (STRETCH, radius), (BEST, size)), depth)
    one = ONE.step(sp.Subs(layers, STRETCH, 1), layers.subs(STRETCH, 1))
    ratio = radius / sp.sqrt(squared_source)
    none = NONE.step(sp.Subs(1 / layers, STRETCH, ratio), (1 / layers).subs(STRETCH, ratio))
    helps = sp.Gt((BEST - 1) * (deepest - 1), 0)
    beyond = sp.Ge((BEST - 1) ** 2, (deepest - 1) ** 2)
    derivations = [
        Derivation("n < d", OVERPARAMETERIZED, risk.steps),
        flat.derivation(),
        _parabola(risk),
        Derivation("the deepest", OVERPARAMETERIZED, (at_the_deepest,)),
        Derivation("no stretch", OVERPARAMETERIZED, (inverted, one)),
        Derivation("1/L at the deepest", OVERPARAMETERIZED, (none,)),
        Derivation("the best stretch", OVERPARAMETERIZED, (at_best,)),
    ]
    return Result(
        key="deep_linear.best_depth",
        statement=Statement(
            "depth with the least expected excess risk",
            "argmin_L E R(h)",
            r"\operatorname*{arg\,min}_L\mathbb{E}\,R(h)",
        ),
        kind=Kind.ASYMPTOTIC,
        regimes=(
            Regime("one layer is best: (a - 1)(b - 1) <= 0", sp.And(WIDE, sp.Not(helps)), sp.Integer(1)),
            Regime("the deeper the better: (a - 1)(b - 1) > 0, |a - 1| >= |b - 1|", sp.And(WIDE, beyond), sp.oo),
            Regime("in between: (a - 1)(b - 1) > 0, |a - 1| < |b - 1|", WIDE, depth),
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
        derivations=tuple(derivations),
        references=(SHACHAF_2021.at("section 5"),),
        see_also=("deep_linear.risk_limit", "deep_linear.norm"),
    )
