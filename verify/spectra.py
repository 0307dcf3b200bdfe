"""Covariances for hypothesis: a spectrum of a kind with an exact condition number, and weights by norm ratio and angle.

Everything shrinks to the identity and to a source that equals nothing of the target: kind `flat`, condition number 1.
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from numerics.linear import Linear
from verify.claim import Case
from verify.linear.instances import angles, directions, norms, pair, ratios

KINDS = ("flat", "geometric", "spiked", "two-level")
HARDEST = 12.0
"""The largest logarithm, to base 10, of a condition number."""


def spectrum(kind: str, d: int, condition: float) -> list[float]:
    """Eigenvalues with largest 1 and smallest 1/condition exactly (for d = 1, or flat: all 1), in decreasing order.

    geometric   equal ratios        spiked   one eigenvalue of 1, the others small
    two-level   half of each        Raises ValueError for another kind.

    >>> spectrum("two-level", 4, 100.0)
    [1.0, 1.0, 0.01, 0.01]
    """
    if kind not in KINDS:
        raise ValueError(f"kind={kind!r}: no such kind of spectrum; use {', '.join(KINDS)}")
    if kind == "flat" or d == 1:
        return [1.0] * d
    low = 1.0 / condition
    if kind == "geometric":
        inside = np.geomspace(1.0, low, d)[1:-1].tolist()
        return [1.0, *inside, low]
    large = 1 if kind == "spiked" else (d + 1) // 2
    return [1.0] * large + [low] * (d - large)


@st.composite
def spectra(draw: st.DrawFn, d: int) -> list[float]:
    """A kind, and the logarithm of the condition number: both shrink to the identity."""
    kind, exponent = draw(st.sampled_from(KINDS)), draw(st.floats(0.0, HARDEST))
    return spectrum(kind, d, 10.0**exponent)


@st.composite
def conditioned(draw: st.DrawFn, n: tuple[int, int] = (1, 6), d: tuple[int, int] = (1, 10)) -> Case:
    """Any n and d, any covariance of these kinds, target and source by norm, ratio and angle."""
    samples, features = draw(st.integers(*n)), draw(st.integers(*d))
    target, source = pair(features, draw(norms), draw(ratios), draw(angles), draw(directions))
    fields = {
        "n": samples,
        "d": features,
        "sigma": draw(st.just(0.0) | st.floats(0.1, 2.0)),
        "target": target,
        "source": source,
    }
    return Case(Linear.from_fields({**fields, "spectrum": draw(spectra(features))}))
