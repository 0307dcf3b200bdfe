"""The Monte Carlo driver: numbered batches, merged in order, to a count or to a precision.

It knows no setting.  A sampler is any callable (number, size) -> the first `size` draws of batch
`number`; the driver asks for batches 0, 1, 2, ... on any executor and merges them in that order, so that
the bits do not depend on who computed what, or when.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

from numerics.executors import in_order
from numerics.instance import InstanceError, nonnegative_number, positive_integer, shown
from numerics.moments import Moments
from numerics.versions import versions

Sample = Callable[[int, int], Float[np.ndarray, " size"]]

LEAST_TRIALS = 1000
"""A precision is judged from this many trials on: a standard error from fewer is too uncertain."""


@dataclass(frozen=True)
class MomentsOf:
    """`sample` reduced to its moments where it is drawn, so that only three numbers travel."""

    sample: Sample

    def __call__(self, number: int, size: int) -> Moments:
        """The moments of the first `size` draws of batch `number`."""
        return Moments.of(self.sample(number, size))


def sizes(trials: int, batch_size: int) -> Iterable[int]:
    """`trials` cut into batches of `batch_size`, the last one shorter."""
    whole, rest = divmod(trials, batch_size)
    return itertools.chain(itertools.repeat(batch_size, whole), [rest] if rest else [])


def run(
    sample: Sample,
    *,
    batch_size: int,
    trials: int | None = None,
    precision: float | None = None,
    executor: Executor | None = None,
) -> Moments:
    """The moments of the first `trials` draws, or of the fewest whole batches that reach `precision`.

    A precision is reached when at least 1000 trials have standard error <= precision * |mean|, judged after
    each batch in order; batches already in flight are discarded.  Memory does not grow with the trials.

    Raises `InstanceError` unless exactly one of trials (an integer >= 2) and precision (> 0) is given.
    """
    if (trials is None) == (precision is None):
        raise InstanceError(f"trials={trials}, precision={precision}: needs exactly one; give trials=10000, say.")
    goal = None if precision is None else _positive("precision", precision)
    if trials is not None and positive_integer("trials", trials) < 2:
        raise InstanceError("trials=1: a standard error needs at least two; write trials=1000, say.")
    counts = itertools.repeat(batch_size) if trials is None else sizes(trials, batch_size)
    total = Moments()
    with closing(in_order(MomentsOf(sample), counts, executor)) as batches:
        for moments in batches:
            total = total.merge(moments)
            if goal is not None and reached(total, goal):
                break
    return total


def reached(total: Moments, precision: float) -> bool:
    """Whether the mean is known to the relative `precision`."""
    return total.count >= LEAST_TRIALS and total.standard_error <= precision * abs(total.mean)


def collect(
    sample: Sample, *, batch_size: int, trials: int, executor: Executor | None = None
) -> Float[np.ndarray, " trials"]:
    """The first `trials` draws themselves, in the order of the batches."""
    counts = sizes(positive_integer("trials", trials), batch_size)
    with closing(in_order(sample, counts, executor)) as batches:
        return np.concatenate(list(batches))


def _positive(name: str, value: object) -> float:
    """`value` as a finite float > 0."""
    number = nonnegative_number(name, value)
    if not number:
        raise InstanceError(f"{name}={shown(value)}: needs a number > 0; write {name}=0.01, say.")
    return number


@dataclass(frozen=True)
class Estimate:
    """A simulated mean and everything needed to get it again.

    estimate, standard_error    of the mean; the error is inf where the mean or the variance is
    trials, seed                how many draws, from which seed
    law                         the sampler used, in words
    quantity                    what was averaged
    instance                    digest of the instance
    note                        a warning of one line, or empty
    versions                    of headstart, numpy, numba and python
    """

    estimate: float
    standard_error: float
    trials: int
    seed: int
    law: str
    quantity: str
    instance: str
    note: str = ""
    versions: dict[str, str] = field(default_factory=versions)

    def as_json(self) -> dict[str, Any]:
        """The fields as plain values fit for strict JSON: infinities and NaN as "inf", "-inf" and "nan"."""
        return {key: _plain(value) for key, value in asdict(self).items()}


def _plain(value: Any) -> Any:
    """A float that JSON lacks as its name."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def estimate(moments: Moments, *, seed: int, law: str, quantity: str, instance: str, note: str = "") -> Estimate:
    """The estimate `moments` give; a `note` that a moment is infinite makes the standard error infinite."""
    error = math.inf if note else moments.standard_error
    return Estimate(moments.mean, error, moments.count, seed, law, quantity, instance, note)
