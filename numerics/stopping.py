"""When a simulation is done: after so many trials, at a precision, or when its time is up."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass

from numerics.instance import InstanceError, nonnegative_number, positive_integer, shown
from numerics.moments import Moments

LEAST_TRIALS = 1000
"""A precision is judged from this many trials on: a standard error from fewer is too uncertain."""


@dataclass(frozen=True)
class Goal:
    """What ends a run; the first of those given to come true.  Trials and precision exclude each other.

    trials      exactly so many, an integer >= 2
    precision   the fewest whole batches with at least 1000 trials and standard error <= precision * |mean|,
                judged after each batch in order
    seconds     the whole batches that are done in this time, at least one; how many depends on the machine

    Raises `InstanceError` where none is given, or bad numbers.
    """

    trials: int | None = None
    precision: float | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        """Check every field."""
        if self.trials is not None and self.precision is not None:
            raise InstanceError(f"trials={self.trials}, precision={self.precision}: exclude each other; give one.")
        if self.trials is None and self.precision is None and self.seconds is None:
            raise InstanceError(
                "trials=None, precision=None, seconds=None: nothing ends the run; give trials=10000, say."
            )
        if self.trials is not None and positive_integer("trials", self.trials) < 2:
            raise InstanceError("trials=1: a standard error needs at least two; write trials=1000, say.")
        for name in ("precision", "seconds"):
            value = getattr(self, name)
            if value is not None and not nonnegative_number(name, value):
                raise InstanceError(f"{name}={shown(value)}: needs a number > 0; write {name}=0.01, say.")

    def sizes(self, batch_size: int) -> Iterable[int]:
        """The sizes of the batches to draw, endless where no number of trials is given."""
        return itertools.repeat(batch_size) if self.trials is None else sizes(self.trials, batch_size)

    def reached(self, moments: Moments, elapsed: float) -> bool:
        """Whether to stop after a batch, `elapsed` seconds after the start."""
        if self.seconds is not None and elapsed >= self.seconds:
            return True
        return self.precision is not None and is_precise(moments, self.precision)

    def needed(self, moments: Moments) -> float:
        """How many trials the goal takes, as far as `moments` tell; NaN where they do not."""
        if self.precision is None or not moments.mean or moments.count < 2:
            return math.nan if self.trials is None else float(self.trials)
        return moments.count * (moments.standard_error / (self.precision * moments.mean)) ** 2


def sizes(trials: int, batch_size: int) -> Iterable[int]:
    """`trials` cut into batches of `batch_size`, the last one shorter."""
    whole, rest = divmod(trials, batch_size)
    return itertools.chain(itertools.repeat(batch_size, whole), [rest] if rest else [])


def is_precise(moments: Moments, precision: float) -> bool:
    """Whether the mean is known to the relative `precision`."""
    return moments.count >= LEAST_TRIALS and moments.standard_error <= precision * abs(moments.mean)
