"""The mean of a quantity of a fine-tuned ReLU network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path

from numerics import simulation
from numerics.estimate import Estimate
from numerics.moments import Moments
from numerics.relu.model import ReLU
from numerics.relu.sampling import SIMULATED
from numerics.store import Store


def simulate(
    instance: ReLU,
    *,
    trials: int | None = None,
    precision: float | None = None,
    seconds: float | None = None,
    seed: int,
    quantity: str = "risk",
    law: str = "auto",
    quantiles: Sequence[float] = (),
    executor: Executor | None = None,
    workers: int | None = None,
    store: Store | str | Path | None = None,
    watch: Callable[[Moments], None] | None = None,
) -> Estimate:
    """The mean of a column over fresh samples, and fresh weights at finite width; arguments as in
    `numerics.linear.simulate`.  The data of a seed are the same for every width."""
    return simulation.simulate(
        SIMULATED,
        instance,
        trials=trials,
        precision=precision,
        seconds=seconds,
        seed=seed,
        quantity=quantity,
        law=law,
        quantiles=quantiles,
        executor=executor,
        workers=workers,
        store=store,
        watch=watch,
    )
