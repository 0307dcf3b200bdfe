"""What is claimed of deep linear networks, one claim a result, each with a way to make its formula wrong."""

from __future__ import annotations

import sympy as sp

from verify.claim import Claim, Stratum, scaled
from verify.deep_linear.bounds import BOUNDS, QUANTILES, RESOLUTION, risk_sample
from verify.deep_linear.checks import frozen_check, risk_check
from verify.deep_linear.depth import depth_check, longer, sloped
from verify.deep_linear.equivalent import curved, flat, rate_check
from verify.deep_linear.instances import deep, from_zero, frozen, infinite, layered, with_norm
from verify.deep_linear.pathwise import (
    conditional_risk_check,
    mirror_check,
    norm_check,
    solution_check,
    velocity_check,
)
from verify.levels import keeps, reaches
from verify.linear import instances as linear
from verify.linear.laws import DISTANCE
from verify.linear.strata import BELOW, QUIET_BELOW, WIDE
from verify.means import ROUNDING

slightly, clearly = scaled(sp.Rational(51, 50)), scaled(sp.Rational(11, 10))

PLANE = linear.tall(least=2)
SMALL = linear.wide((7, 12), most=5)
DETERMINED = linear.tall((7, 12), least=2)
ANY = (Stratum("n < d", layered(WIDE), 3), Stratum("n >= d", layered(PLANE), 2))
ENDS = (
    *ANY,
    Stratum("n < d, any covariance", layered(linear.curved(WIDE)), 1),
    Stratum("d = n + 1", layered(BELOW), 1),
    Stratum("n = d", layered(linear.tall((0, 0), least=2, most=3)), 1),
    Stratum("L = 1", deep(WIDE, 1), 1),
    Stratum("L = 1, u = 0", from_zero(WIDE), 1),
    Stratum("L = 1, d = 1", deep(linear.tall(most=1), 1), 1),
    Stratum("L infinite", infinite(), 2),
)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "deep_linear.flow",
        "velocity of the product of the layers",
        velocity_check,
        (*ANY, Stratum("L = 1, u = 0", from_zero(WIDE), 1)),
        slightly,
        ROUNDING,
    ),
    Claim(
        "deep_linear.mirror_potential",
        "velocity in mirror coordinates",
        mirror_check,
        (Stratum("every norm", with_norm(layered(WIDE)), 3),),
        slightly,
        ROUNDING,
    ),
    Claim("deep_linear.solution", "where training of the layers ends", solution_check, ENDS, slightly, ROUNDING),
    Claim(
        "deep_linear.norm",
        "norm of where the flow ends",
        norm_check,
        (
            *(Stratum(f"L = {depth}", deep(WIDE, depth), 1) for depth in (1, 2, 3, 4, 6)),
            Stratum("L infinite", infinite(), 2),
            Stratum("n >= d", layered(PLANE), 1),
        ),
        slightly,
        ROUNDING,
    ),
    Claim(
        "deep_linear.conditional_risk", "risk of where the flow ends", conditional_risk_check, ENDS, slightly, ROUNDING
    ),
    Claim(
        "deep_linear.risk_exact",
        "mean of the risk",
        risk_check,
        (
            Stratum("L = 1", deep(SMALL, 1), 1),
            Stratum("L = 1, d = n + 1, sigma = 0", deep(QUIET_BELOW, 1), 1),
            Stratum("n < d", layered(SMALL), 1),
            Stratum("L infinite, sigma = 0", deep(linear.wide((5, 12), noisy=False, least=8, most=12), "inf"), 1),
            Stratum("d = n + 1, L = 1", deep(BELOW, 1), 1),
            Stratum("d = n + 1, L > 1", deep(BELOW, 3, "inf"), 1),
            Stratum("n >= d + 2", layered(DETERMINED), 1),
            Stratum("n = d, d + 1, sigma = 0", layered(linear.tall((0, 1), noisy=False, least=2, most=3)), 1),
            Stratum("n = d, d + 1", layered(linear.tall((0, 1), least=2, most=3)), 1),
        ),
        clearly,
        0.02,
        "pilot",
    ),
    Claim(
        "deep_linear.risk_limit",
        "rate over doubling sizes",
        rate_check,
        (Stratum("n < d", flat(), 1),),
        clearly,
        0.03,
        "pilot",
    ),
    Claim(
        "deep_linear.risk_equivalent",
        "rate over doubling sizes",
        rate_check,
        (Stratum("flat", flat(), 1), Stratum("condition number 2, L infinite", curved(), 1)),
        clearly,
        0.04,
        "pilot",
    ),
    Claim(
        "deep_linear.best_depth",
        "risks of other depths, or the stretch at the best",
        depth_check,
        (
            Stratum("depth does not help", sloped(0.2, 3.0), 1),
            Stratum("the deeper the better", sloped(0.2, 0.5), 1),
            Stratum("in between", longer(3), 1),
        ),
        clearly,
        0.02,
        "pilot",
    ),
    Claim(
        "deep_linear.quantile",
        "how often the quantile is exceeded",
        reaches(risk_sample),
        QUANTILES,
        scaled(sp.Rational(11, 10)),
        DISTANCE,
    ),
    Claim(
        "deep_linear.upper_bound",
        "how often the bound is exceeded",
        keeps(risk_sample),
        BOUNDS,
        scaled(sp.Rational(1, 2)),
        RESOLUTION,
    ),
    Claim(
        "deep_linear.frozen",
        "mean of the risk",
        frozen_check,
        (
            Stratum("one layer left", frozen(1), 2),
            Stratum("one layer left, d = 1", frozen(1, features=(1, 1)), 1),
            Stratum("t parallel to u, sigma = 0, n <= 2", frozen(1, samples=(1, 2), kept=(1, 1), parallel=True), 1),
            Stratum("t parallel to u, n <= 2", frozen(1, samples=(1, 2), features=(1, 1)), 1),
            Stratum("sigma = 0, n <= 2", frozen(1, samples=(1, 2), noisy=False), 1),
            Stratum("n = 3", frozen(1, samples=(3, 3)), 1),
            Stratum("n <= 2", frozen(1, samples=(1, 2), kept=(1, 1)), 1),
        ),
        clearly,
        0.02,
    ),
    Claim(
        "deep_linear.frozen_flow",
        "mean of the risk",
        frozen_check,
        (
            Stratum("<u,t> > 0", frozen(2), 1),
            Stratum("<u,t> > 0, d = 1", frozen(2, features=(1, 1)), 1),
            Stratum("<u,t> < 0", frozen(2, sign=-1), 1),
            Stratum("<u,t> < 0, d = 1", frozen(2, sign=-1, features=(1, 1)), 1),
            Stratum("<u,t> = 0", frozen(2, angles=(0.0, 0.0), across=True), 1),
            *(
                Stratum(f"<u,t> {side} 0, weak, {size}", frozen(2, sign, (7, 10), angles=(1.2, 1.5), sizes=sizes), 2)
                for side, sign in ((">", 1), ("<", -1))
                for size, sizes in (("small", (0.4, 0.8)), ("large", (1.25, 1.9)))
            ),
        ),
        clearly,
        0.02,
    ),
)
