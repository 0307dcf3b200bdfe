"""The factor c that a deep linear network leaves on the unseen part of its source, of eight trials or of one.

Every lane is computed as if it were alone: the trials beside it change no bit.
"""

from __future__ import annotations

import numpy as np

from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.elementary import exp, expm1, is_negative, larger, log, log_of_share
from numerics.kernels.vectors import Vector, fma, some, sqrt, where

MOST_STEPS = 60
CLOSE = 4e-6
"""A step as small as this, relative to the root, leaves an error of its cube."""
# Below this v, log z = log q + v has lost nothing to cancellation.
NEGLIGIBLE = 1e-6
SMALLEST = 1e-290


@strictly_compiled
def log_start(log_b: Vector, depth: float) -> Vector:
    """Near the root v of L v + log(1 - e^-v) = log b: 0.79 to 1.06 of it.

    log(e^v - 1) lies between log v + v/2 and log v + v, so that v lies between W(Lb)/L and W(kb)/k, k = L - 1/2, W of
    Lambert; the second is close where v is small.  W(x) is nearly its Pade approximant up to x = e, and at least
    log x - log log x + (log log x)/(2 log x) from there on (Hoorfar & Hassani 2008, Theorem 2.7).
    """
    log_x = log(depth) + log_b
    large = is_negative(1.0 - log_x)
    above, near = where(large, log_x, 1.0), depth - 0.5
    twice = log(above)
    x = near / depth * exp(where(large, 1.0, log_x))
    ratio = fma(x, fma(x, 17.0, 114.0), 60.0) / fma(x, fma(x, 101.0, 174.0), 60.0)
    return where(large, (above - twice + 0.5 * twice / above) / depth, x * ratio / near)


@strictly_compiled
def log_excess(log_b: Vector, depth: float) -> Vector:
    """The root v > 0 of g(v) = L v + log(1 - e^-v) = log b by Halley's method, depth L >= 2; 0 if below 1e-290.

    With w = 1 - e^-v and m = (L-1) w + 1, g' = m/w and g'' = -(1-w)/w^2: Halley's step, f/(g' + f g''/(2 g')) for
    f = log b - g, is f w m / (m^2 - f (1-w)/2).  As g is increasing and concave, Newton's step ends below the root.
    Halley's is shorter from above, and longer from below, but held to twice Newton's: at most as far above the root
    as it was below, from where it comes back, as v g'(v) >= 1.
    """
    start = log_start(log_b, depth)
    v, moving = larger(start, SMALLEST), is_negative(SMALLEST - start)
    for _ in range(MOST_STEPS):
        if not some(moving):
            break
        lost = 0.0 - expm1(0.0 - v)
        excess = log_b - depth * v - log(lost)
        m = fma(depth - 1.0, lost, 1.0)
        square = m * m
        step = excess * lost * m / larger(square - 0.5 * excess * (1.0 - lost), 0.5 * square)
        v = where(moving, v + step, v)
        moving = moving & is_negative(CLOSE * v - larger(step, 0.0 - step))
    return where(is_negative(SMALLEST - start), v, 0.0)


@strictly_compiled
def log_coefficient(log_a2: Vector, p: Vector, q: Vector, depth: float) -> Vector:
    """log c, c = z^((L-1)/2), z the largest root of z - q - a^2 z^(1-L) = 0; p = 1 - q, both accurate.

    With a = |X+ y|/|u|, q = |Qu|^2/|u|^2 and r = |h| the equation is r^2 = |X+ y|^2 + c^2 |Qu|^2, and
    z = (r/|u|)^(2/L).  `log_a2` is log a^2, -inf where a = 0; depth 2 <= L < inf.

    1.  Put z = q e^v: then (L-1) v + log(e^v - 1) = log(a^2 q^-L).
    2.  Where v and log q nearly cancel, log c = (L-1)/2 (log q + v) would lose digits: one Newton step of
        2 s + log(z - q) = log a^2, z = exp(2 s/(L-1)), in s = log c itself, gives them back.
    3.  Where q = 0, z^L = a^2.
    """
    something = is_negative(0.0 - q)
    log_q = log_of_share(where(something, q, 1.0), where(something, p, 0.0))
    v = log_excess(log_a2 - depth * log_q, depth)
    log_z = log_q + v
    grown, far = expm1(log_z), is_negative(log_z + 0.5)
    z = where(far, exp(log_z), 1.0 + grown)
    above = where(far, z - q, p + grown)
    half = 0.5 * (depth - 1.0)
    rough = half * log_z
    step = 0.5 * (log_a2 - 2.0 * rough - log(above)) / (1.0 + z / (above * (depth - 1.0)))
    found = where(is_negative(v - NEGLIGIBLE), rough, rough + step)
    return where(something, found, half / depth * log_a2)


@strictly_compiled
def coefficient(fitted: Vector, seen: Vector, kept: Vector, depth: float) -> Vector:
    """c from |X+ y|^2, |Pu|^2 and |Qu|^2; 1 at depth 1, where u may be zero, and |X+ y|/|Pu| at depth inf."""
    if depth == 1.0:
        return fma(fitted, 0.0, 1.0)
    if depth == np.inf:
        return sqrt(fitted / seen)
    size = seen + kept
    a2 = fitted / size
    log_a2 = where(is_negative(0.0 - a2), log(a2), -np.inf)
    return exp(log_coefficient(log_a2, seen / size, kept / size, depth))
