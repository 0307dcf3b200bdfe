"""Whether one choice has less risk than others: differences trial by trial, of draws from the same seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from verify import means
from verify.claim import Level
from verify.intervals import mean_interval

DRAWS, PILOT = 1 << 15, 4096
"""Trials of every choice that is compared, and those of a pilot."""
Choice = TypeVar("Choice")
Draw = Callable[[Choice, int, int], np.ndarray]
"""(choice, seed, size) -> draws of its risk."""


def over_others(best: Choice, others: Sequence[Choice], risk: Draw[Choice], at: Level) -> tuple[float, float, Choice]:
    """How much more risk the others have, all of them at least, for certain: below that at the level of support, above
    it at that of refusal; and the choice whose mean is the least of those drawn.

    Each difference has the variance of its pilot; the levels are shared among the others.
    """
    pilot, drawn = risk(best, at.seed ^ 1, PILOT), risk(best, at.seed, DRAWS)
    low, high, least, found = np.inf, np.inf, 0.0, best
    for other in others:
        gap = risk(other, at.seed, DRAWS) - drawn
        variance = means.pilot_variance(risk(other, at.seed ^ 1, PILOT) - pilot)
        low = min(low, mean_interval(gap, variance, at.alpha_pass / len(others))[0])
        high = min(high, mean_interval(gap, variance, at.alpha / len(others))[1])
        if gap.mean() < least:
            least, found = float(gap.mean()), other
    return low, high, found
