"""One size of a rate test, from draws: what is claimed there, the draws, and a pilot for their variance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from verify import means, rates
from verify.claim import Level

PILOT = 1024
"""Draws of the pilot at each size."""
Draw = Callable[[int, int], np.ndarray]
"""(seed, size) -> so many draws."""


def point(size: int, claimed: float, draw: Draw, draws: int, at: Level) -> rates.RatePoint:
    """The point at one size; the pilot is independent of the draws."""
    pilot = means.pilot_variance(draw(at.seed ^ 1, PILOT))
    return rates.RatePoint(size, claimed, draw(at.seed, draws), pilot)
