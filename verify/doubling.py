"""One size of a rate test, from draws: what is claimed there, the draws, and a pilot for their variance."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from verify import means, rates
from verify.claim import Level
from verify.drawing import keeping
from verify.verdict import Outcome

PILOT = 1024
"""Draws of the pilot at each size."""
Draw = Callable[[int, int], np.ndarray]
"""(seed, size) -> so many draws."""
Points = Callable[[int], Sequence[rates.RatePoint]]
"""So many times the draws of the first look -> a point at each size."""


def looked_at(draws: Mapping[int, int], at: Level) -> dict[int, int]:
    """Draws at each size, at first: a sharper run has a largest size at least so many times larger, where the error,
    of order 1/n, is as much smaller; at the smaller sizes it is as large as ever."""
    *smaller, largest = draws
    times = 2 ** math.ceil(math.log2(at.sharper))
    return {**{n: draws[n] for n in smaller}, largest * times: draws[largest]}


def decided(points: Points, looks: int, at: Level) -> Outcome:
    """The rate test, its draws doubled until it decides; those of one look are kept for the next."""
    with keeping():
        return rates.test_rate_in_looks(
            points, "pilot x2", looks=looks, delta=at.delta, alpha=at.alpha, alpha_pass=at.alpha_pass
        )


def point(size: int, claimed: float, draw: Draw, draws: int, at: Level) -> rates.RatePoint:
    """The point at one size; the pilot is independent of the draws."""
    pilot = means.pilot_variance(draw(at.seed ^ 1, PILOT))
    return rates.RatePoint(size, claimed, draw(at.seed, draws), pilot)
