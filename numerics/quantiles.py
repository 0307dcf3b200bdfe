"""Quantiles of a stream of numbers in little memory, with a proved bound on the error of every rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from jaxtyping import Float

Sorted = Float[np.ndarray, " kept"]
EMPTY: Sorted = np.zeros(0)

CAPACITY = 1024
"""Values kept at each level: 8 kB, and a rank error of about 1/4096 for each doubling of the sample."""


@dataclass(frozen=True, eq=False)
class Sketch:
    """A few values of a sample, those of level l standing for 2^l values each.

    A level with more than `CAPACITY` values is compacted: of its sorted values, two by two, one goes a level up.
    With w the weight of a value and x any number, keeping the second of each pair lowers the estimated number
    of values <= x by 0 or w, keeping the first raises it by 0 or w; the one is done whose bound is behind.
    So the true rank of x lies within [estimate - over, estimate + under], whatever the sample was.  No
    randomness: the same merges give the same bits.

    levels         sorted values of weights 1, 2, 4, ...
    over, under    how far an estimated rank can be above and below the true one, in values
    Source: Manku, Rajagopalan & Lindsay, Approximate medians and other quantiles in one pass and with limited
    memory, SIGMOD 1998, whose bound is here counted exactly.

    >>> Sketch.of(np.arange(10.0)).quantile(0.5)
    4.0
    """

    levels: tuple[Sorted, ...] = ()
    over: int = 0
    under: int = 0

    @staticmethod
    def of(values: Float[np.ndarray, " count"]) -> Sketch:
        """The sketch of `values`."""
        return compacted([np.sort(values)], 0, 0)

    def merge(self, other: Sketch) -> Sketch:
        """A sketch of the two samples together; their errors add up."""
        pairs = zip_longest(self.levels, other.levels, fillvalue=EMPTY)
        levels = [np.sort(np.concatenate(pair)) for pair in pairs]
        return compacted(levels, self.over + other.over, self.under + other.under)

    @property
    def count(self) -> int:
        """The number of values in the sample."""
        return sum(len(values) << level for level, values in enumerate(self.levels))

    @property
    def rank_error(self) -> float:
        """What `quantile` is off by, at most, as a fraction of the sample."""
        return max(self.over, self.under) / self.count if self.count else 0.0

    def quantile(self, p: float) -> float:
        """A sample quantile whose level is within `rank_error` of `p`, 0 <= p <= 1; NaN without a sample.

        It is the least kept value of estimated rank >= p * count.
        """
        if not self.count:
            return float("nan")
        values = np.concatenate(self.levels)
        weights = np.concatenate([np.full(len(kept), 1 << level) for level, kept in enumerate(self.levels)])
        order = np.argsort(values, kind="stable")
        ranks = np.cumsum(weights[order])
        first = min(int(np.searchsorted(ranks, p * self.count)), ranks.size - 1)
        return float(values[order[first]])


def compacted(levels: Sequence[Sorted], over: int, under: int) -> Sketch:
    """The sketch of sorted values, no level above `CAPACITY`; an odd last value stays where it is."""
    kept, level = list(levels), 0
    while level < len(kept):
        values = kept[level]
        if values.size > CAPACITY:
            even = values.size - values.size % 2
            lower = under <= over
            upward = values[:even][1::2] if lower else values[:even][::2]
            over, under = (over, under + (1 << level)) if lower else (over + (1 << level), under)
            above = kept[level + 1] if level + 1 < len(kept) else EMPTY
            kept[level : level + 2] = [values[even:].copy(), np.sort(np.concatenate([above, upward]))]
        level += 1
    return Sketch(tuple(kept), over, under)
