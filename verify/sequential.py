"""Catoni's confidence sequence: where a mean may be, after any number of draws, by the test's own inequality."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def phi(y: float) -> float:
    """sign(y) ln(1 + |y| + y^2/2), whose exponential is at most 1 + y + y^2/2."""
    return math.copysign(math.log1p(abs(y) + y * y / 2), y)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _excess(draws: NDArray[np.float64], centre: float, lam: float) -> float:
    total = 0.0
    for x in draws:
        total += phi(lam * (x - centre))
    return total


def confidence_interval(
    draws: NDArray[np.float64], variance: float, deviation: float, level: float
) -> tuple[float, float]:
    """Limits for E X from independent draws with Var X <= `variance`, each wrong with probability <= `level`.

    All theta with |sum phi(lam (X - theta))| < N c + ln(1/level), lam = `deviation`/v, c = ln(1 + lam^2 v/2): those
    that neither process of `verify.means` has excluded.  Valid at any stopping time; phi increases, so the theta are
    an interval.  Rounded outwards.
    """
    lam = deviation / variance
    bound = len(draws) * math.log1p(lam * deviation / 2) - math.log(level)
    return _limit(draws, lam, bound), -_limit(-draws, lam, bound)


def _limit(draws: NDArray[np.float64], lam: float, bound: float) -> float:
    """The theta at which the sum of phi(lam (X - theta)) has fallen to its bound."""
    from scipy.optimize import brentq

    mean, width = float(np.mean(draws)), bound / (lam * len(draws))  # phi is nearly the identity: near mean - width

    def gap(theta: float) -> float:
        return float(_excess(draws, theta, lam)) - bound

    below, above, step = mean - 1.25 * width, mean - 0.9 * width, width
    while gap(below) < 0:
        below, step = below - step, 2 * step
    step = width
    while gap(above) >= 0:
        above, step = above + step, 2 * step
    tolerance = 1e-3 * width
    return float(brentq(gap, below, above, xtol=tolerance)) - tolerance
