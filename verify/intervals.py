"""Confidence intervals for a mean from a bound on the variance: Catoni's M-estimator, any tail.

The inequality E exp(phi(lam Y)) <= 1 + lam E Y + lam^2 E Y^2 / 2 is that of `verify.means`.
Source: Catoni, Challenging the empirical mean and empirical variance, Annales de l'IHP 48(4), 2012.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verify.means import ROUNDING
from verify.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from verify.claim import Level


PAIRED = "Catoni intervals for paired differences of risks"


def mean_interval(draws: NDArray[np.float64], variance: float, alpha: float) -> tuple[float, float]:
    """Confidence interval for E X from independent draws with Var X <= `variance`, coverage >= 1 - alpha.

    All theta with |sum phi(lam (X_i - theta))| <= N ln(1 + lam^2 v/2) + ln(2/alpha), where
    lam = sqrt(2 ln(2/alpha) / (N v)): by Markov's inequality and the one above the true mean is among them,
    each side failing with probability <= alpha/2; phi increases, so they are an interval.  N is fixed in
    advance.  The half-width is about sqrt(2 v ln(2/alpha) / N).  Without variance: the draws' range, widened
    by rounding.  Raises ValueError for no or infinite draws, v or alpha out of range.
    """
    if len(draws) == 0 or not np.isfinite(draws).all() or not 0 <= variance < math.inf or not 0 < alpha < 1:
        raise ValueError(f"v={variance}, alpha={alpha}: needs finite draws, finite v >= 0 and 0 < alpha < 1")
    if variance == 0:
        rounding = ROUNDING * float(np.abs(draws).max())
        return float(draws.min()) - rounding, float(draws.max()) + rounding
    return _lower_limit(draws, variance, alpha), -_lower_limit(-draws, variance, alpha)


def _lower_limit(draws: NDArray[np.float64], variance: float, alpha: float) -> float:
    """The theta at which sum phi(lam (X - theta)) equals its bound, rounded downwards."""
    from scipy.optimize import brentq

    count, level = len(draws), math.log(2 / alpha)
    lam = math.sqrt(2 * level / (count * variance))
    bound = math.log1p(lam**2 * variance / 2) + level / count
    start = float(draws.min())
    scaled = lam * (draws - start)

    def excess(theta: float) -> float:
        y = scaled - theta
        return float(np.mean(np.sign(y) * np.log1p(np.abs(y) + y * y / 2))) - bound

    below = 1 - math.sqrt(2 * math.exp(bound) - 1)  # phi(-below) = bound: there every draw reaches it
    tolerance = ROUNDING / count
    root = float(brentq(excess, below - tolerance, float(scaled.max()), xtol=tolerance))
    return start + (root - tolerance) / lam


def by_intervals(
    verdict: Verdict, claimed: float, observed: float, draws: int, at: Level, *, test: str = "Catoni intervals"
) -> Outcome:
    """What intervals of means, their variances from pilots, say of a count or of an order."""
    return Outcome(
        verdict=verdict,
        test=test,
        claimed=float(claimed),
        observed=float(observed),
        resolution=1.0,
        relative_resolution=None,
        draws=draws,
        certificate="pilot x2",
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )
