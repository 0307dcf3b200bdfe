"""The mean of a quantity by simulation, with its standard error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path

from numerics import simulation
from numerics.estimate import Estimate
from numerics.linear.model import Linear
from numerics.linear.sampling import SETTING
from numerics.moments import Moments
from numerics.store import Store


def simulate(
    instance: Linear,
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
    """The mean of `quantity` over fresh designs, noises and (where it is learned) sources.

    trials      draw exactly so many, or
    precision   draw whole batches until standard error <= precision * |estimate|, judged in batch order; or
    seconds     draw whole batches for so long; with one of the others, the first to come true ends the run
    quantity    "risk": the expected excess risk; the fast and literal laws average the label noise exactly
                given X, for a smaller error.  "realised_risk": the same mean from the risk as drawn.
                Or a column: bias, noise, noise_mean, conditional_risk.
    law         see `batch`
    quantiles   levels of which the sample quantiles of the quantity as drawn are wanted
    executor    anything with the interface of `concurrent.futures.Executor`; threads unless given
    workers     how many tasks it runs at once, the processors unless given
    store       a `numerics.store.Store` or a path: batches found there are not drawn again, new ones are kept
    watch       called with the moments so far after every batch

    Where the mean or the variance is infinite the standard error is inf and `note` says so; `precision`
    is then refused.  Reproducible: the same bits for every executor, and after an interrupt and a resume.  An
    interrupt (Ctrl-C) gives the estimate of what is done, and `stopped` says so.  Raises `InstanceError`,
    `numerics.store.StoreError`.

    >>> given = Linear(n=1, d=2, sigma=0, source=[0, 0], target=[3, 4])
    >>> found = simulate(given, trials=10_000, seed=1)
    >>> abs(found.estimate - (1 - 1 / 2) * 25) < 6 * found.standard_error
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
