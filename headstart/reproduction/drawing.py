"""How an experiment is simulated: trials, seed, workers, and where finished batches are kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from headstart import api
from headstart.figures import Point
from headstart.instances import simulator

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from numerics.estimate import Estimate
    from numerics.store import Store


@dataclass(frozen=True)
class Drawing:
    """How an experiment is simulated.

    trials      behind a simulated point; 0: nothing is simulated or evaluated, and curves only say where they look
    seed        that all seeds of the points are made of
    executor    anything with the interface of `concurrent.futures.Executor`, and how many tasks it runs at once
    store       where finished batches are kept and found again
    watch       told the name of a point before it is simulated
    """

    trials: int
    seed: int
    executor: Executor | None = None
    workers: int | None = None
    store: Store | str | Path | None = None
    watch: Callable[[str], None] | None = None

    def times(self, many: int) -> Drawing:
        """So many times as many trials."""
        return replace(self, trials=many * self.trials)

    def mean(self, simulate: Callable[..., Estimate], *, seed: int, label: str) -> Estimate:
        """The estimate of a simulator that takes trials, seed, executor, workers and store.

        Raises KeyboardInterrupt where one came: the store keeps what is done.
        """
        if self.watch is not None:
            self.watch(label)
        kept = {"executor": self.executor, "workers": self.workers, "store": self.store}
        found = simulate(trials=self.trials, seed=seed, **kept)
        if found.stopped:
            raise KeyboardInterrupt
        return found

    def point(self, instance: Any, at: float, *, seed: int, label: str, law: str = "auto") -> Point:
        """The mean of the risk at an instance, or its median where the variance is infinite; as `mean`."""
        found = self.mean(partial(api.simulate, instance, law=law), seed=seed, label=label)
        if math.isfinite(found.standard_error):
            return Point(at, found.estimate, found.standard_error)
        drawn = simulator(instance).draws(instance, "risk", trials=self.trials, seed=seed, law=law)
        return Point(at, float(np.median(drawn)), math.inf)
