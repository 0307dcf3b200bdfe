"""The mean of a quantity by simulation, with its standard error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path

from numerics import simulation
from numerics.estimate import Estimate
from numerics.frozen.model import Frozen
from numerics.frozen.sampling import SETTING
from numerics.moments import Moments
from numerics.store import Store


def simulate(
    instance: Frozen,
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
    """The mean of `quantity` over fresh source tasks, designs and noises.

    trials, precision, seconds, quantiles, executor, workers, store, watch: see `numerics.linear.simulate`.
    quantity    "risk", or another of `COLUMNS`
    law         see `batch`

    Where the mean or the variance is infinite the standard error is inf and `note` says so; `precision` is then
    refused.  Raises `InstanceError`, `numerics.store.StoreError`.

    >>> given = Frozen(n=9, n_source=9, d=2, sigma=1, target=[3, 4], source_coordinates=[1], transferred=[1], free=[0])
    >>> found = simulate(given, trials=10_000, seed=1)
    >>> abs(found.estimate - (16 / 7 * 8 / 7 + 1 / 7) ) < 1
    True
    """
    return simulation.simulate(
        SETTING,
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
