"""The sizes of a rate test, from draws: what is claimed at each, the draws, and a pilot for their variance."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from verify import means, rates
from verify.claim import Level
from verify.drawing import keeping
from verify.verdict import Outcome

LOOKS = 9
"""How often each size may be looked at, its draws doubled every time."""
PILOT = 1024
"""Draws of the pilot at most: it has as many as the first look.  At 256, the fewest, the sample variance of Gaussian
draws is below half the true one with probability 2e-11."""
Draw = Callable[[int, int], np.ndarray]
"""(seed, size) -> so many draws."""
Size = Callable[[int], rates.RatePoint]
"""So many times the draws of the first look -> a point."""


def looked_at(draws: Mapping[int, int], at: Level, spare: float = 1.0) -> dict[int, int]:
    """Draws at each size, at first: a sharper run has a largest size so many times larger, where the error, of order
    1/n, is as much smaller; at the smaller sizes it is as large as ever.

    `spare`: how many times smaller than what is resolved with every change the error at the largest size is at least.
    """
    *smaller, largest = draws
    times = 2 ** math.ceil(math.log2(max(1.0, at.sharper / spare)))
    return {**{n: draws[n] for n in smaller}, largest * times: draws[largest]}


def decided(sizes: Sequence[Size], at: Level) -> Outcome:
    """The rate test, sharper than with every change at the largest size alone; the draws of one look are kept for the
    next."""
    with keeping():
        return rates.test_rate_in_looks(
            sizes,
            "pilot x2",
            looks=LOOKS,
            delta=at.delta,
            elsewhere=at.delta * at.sharper,
            alpha=at.alpha,
            alpha_pass=at.alpha_pass,
        )


def at_size(n: int, claimed: float, draw: Draw, draws: int, at: Level) -> Size:
    """One size, with so many draws in the first look; the pilot is independent of them."""
    pilot = means.pilot_variance(draw(at.seed ^ 1, min(draws, PILOT)))
    return lambda times: rates.RatePoint(n, claimed, draw(at.seed, times * draws), pilot)
