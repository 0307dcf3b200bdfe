"""The factor c that a deep linear network leaves on the unseen part of its source."""

from __future__ import annotations

import numpy as np

from numerics.kernels.compiled import compiled

MOST_STEPS = 60
CLOSE = 4e-6
"""A step as small as this, relative to the root, leaves an error of its cube."""
# Below this v, log z = log q + v has lost nothing to cancellation.
NEGLIGIBLE = 1e-6


@compiled
def log_start(log_b: float, depth: float) -> float:
    """Near the root v of (L-1) v + log(e^v - 1) = log b: 0.79 to 1.06 of it.

    log(e^v - 1) lies between log v + v/2 and log v + v, so that v lies between W(Lb)/L and W(kb)/k, k = L - 1/2, W of
    Lambert; the second is close where v is small.  W(x) is nearly its Pade approximant up to x = e, and at least
    log x - log log x + (log log x)/(2 log x) from there on (Hoorfar & Hassani 2008, Theorem 2.7).
    """
    log_x = np.log(depth) + log_b
    if log_x > 1.0:
        twice = np.log(log_x)
        return float((log_x - twice + 0.5 * twice / log_x) / depth)
    near = depth - 0.5
    x = near / depth * np.exp(log_x)
    return float(x * (60.0 + x * (114.0 + 17.0 * x)) / (60.0 + x * (174.0 + 101.0 * x)) / near)


@compiled
def log_excess(log_b: float, depth: float) -> float:
    """The root v > 0 of (L-1) v + log(e^v - 1) = log b by Halley's method, depth L >= 2.

    The left side g is increasing and concave, so that Newton's step ends below the root.  Halley's is shorter from
    above, and longer from below, but held to twice Newton's: at most as far above the root as it was below, from where
    it comes back, as v g'(v) >= 1.
    """
    v = log_start(log_b, depth)
    if v < 1e-290:
        return v
    for _ in range(MOST_STEPS):
        grown = np.expm1(v)
        slope = depth - 1.0 + (grown + 1.0) / grown
        newton = (log_b - (depth - 1.0) * v - np.log(grown)) / slope
        step = newton / max(0.5, 1.0 - 0.5 * newton * (grown + 1.0) / (grown * grown * slope))
        v += step
        if abs(step) <= CLOSE * v:
            break
    return v


@compiled
def log_coefficient(log_a2: float, p: float, q: float, depth: float) -> float:
    """log c, c = z^((L-1)/2), z the largest root of z - q - a^2 z^(1-L) = 0; p = 1 - q, both accurate.

    With a = |X+ y|/|u|, q = |Qu|^2/|u|^2 and r = |h| the equation is r^2 = |X+ y|^2 + c^2 |Qu|^2, and
    z = (r/|u|)^(2/L).  `log_a2` is log a^2, -inf where a = 0; depth L >= 1, or inf.

    1.  Put z = q e^v: then (L-1) v + log(e^v - 1) = log(a^2 q^-L).
    2.  Where v and log q nearly cancel, log c = (L-1)/2 (log q + v) would lose digits: one Newton step of
        2 s + log(z - q) = log a^2, z = exp(2 s/(L-1)), in s = log c itself, gives them back.
    """
    if depth == 1.0:
        return 0.0
    if depth == np.inf:
        return float(0.5 * (log_a2 - np.log(p)))
    if q == 0.0:
        return float(0.5 * (depth - 1.0) / depth * log_a2)
    log_q = np.log1p(-p) if p < 0.5 else np.log(q)
    if log_a2 == -np.inf:
        return float(0.5 * (depth - 1.0) * log_q)
    v = log_excess(log_a2 - depth * log_q, depth)
    log_z = log_q + v
    log_c = 0.5 * (depth - 1.0) * log_z
    if v < NEGLIGIBLE:
        return float(log_c)
    if log_z > -0.5:
        grown = np.expm1(log_z)
        z, above = 1.0 + grown, p + grown
    else:
        z = np.exp(log_z)
        above = z - q
    return float(log_c + 0.5 * (log_a2 - 2.0 * log_c - np.log(above)) / (1.0 + z / (above * (depth - 1.0))))


@compiled
def coefficient(fitted: float, seen: float, kept: float, depth: float) -> float:
    """c from |X+ y|^2, |Pu|^2 and |Qu|^2; 1 at depth 1, where u may be zero."""
    if depth == 1.0:
        return 1.0
    size = seen + kept
    return float(np.exp(log_coefficient(np.log(fitted / size), seen / size, kept / size, depth)))
