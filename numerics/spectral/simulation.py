"""The mean of a quantity by simulation, with its standard error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path

from numerics import simulation
from numerics.estimate import Estimate
from numerics.moments import Moments
from numerics.spectral.model import Spectral
from numerics.spectral.sampling import SETTING
from numerics.store import Store


def simulate(
    instance: Spectral,
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
    """The mean of `quantity` over fresh designs and noises; arguments as in `numerics.linear.simulate`.

    Raises `InstanceError`, `numerics.store.StoreError`.
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
