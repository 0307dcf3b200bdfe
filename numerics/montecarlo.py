"""The Monte Carlo driver: numbered batches, merged in order, until a goal is reached.

It knows no setting.  A task is any callable (number, size) -> summary of the first `size` draws of batch
`number`; the driver asks for batches 0, 1, 2, ... on any executor and merges them in that order, so that
the bits do not depend on who computed what, or when.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from numerics.executors import Shelf, Task, in_order
from numerics.instance import positive_integer
from numerics.moments import Moments
from numerics.stopping import Goal, sizes
from numerics.summary import Summary, Tally


@dataclass(frozen=True)
class Outcome:
    """The summary of batches 0, 1, ..., and whether an interrupt ended the run before its goal was reached."""

    total: Summary
    interrupted: bool = False


def run(
    task: Task[Summary],
    goal: Goal,
    *,
    batch_size: int,
    executor: Executor | None = None,
    workers: int | None = None,
    shelf: Shelf[Summary] | None = None,
    watch: Callable[[Moments], None] | None = None,
) -> Outcome:
    """The summary of the trials that `goal` asks for; memory does not grow with their number.

    Batches in flight when the goal is reached are discarded (on the shelf they stay).  An interrupt
    (KeyboardInterrupt) ends the run with what is done in order; it goes through where that is nothing.
    `watch` is told the moments so far after every batch.
    """
    tally, start = Tally(), time.monotonic()
    try:
        with closing(in_order(task, goal.sizes(batch_size), executor, workers=workers, shelf=shelf)) as batches:
            for summary in batches:
                tally.add(summary)
                moments = tally.moments
                if watch is not None:
                    watch(moments)
                if goal.reached(moments, time.monotonic() - start):
                    break
    except KeyboardInterrupt:
        if not tally.moments.count:
            raise
        return Outcome(tally.total, interrupted=True)
    return Outcome(tally.total)


def collect(
    sample: Callable[[int, int], Float[np.ndarray, " size"]],
    *,
    batch_size: int,
    trials: int,
    executor: Executor | None = None,
) -> Float[np.ndarray, " trials"]:
    """The first `trials` draws themselves, in the order of the batches."""
    counts = sizes(positive_integer("trials", trials), batch_size)
    with closing(in_order(sample, counts, executor)) as batches:
        return np.concatenate(list(batches))
