"""The mean of a quantity of a deep linear network by simulation, with its standard error."""

from __future__ import annotations

from concurrent.futures import Executor

from numerics import simulation
from numerics.deep_linear.model import DeepLinear
from numerics.deep_linear.sampling import SETTING
from numerics.montecarlo import Estimate


def simulate(
    instance: DeepLinear,
    *,
    trials: int | None = None,
    precision: float | None = None,
    seed: int,
    quantity: str = "risk",
    law: str = "auto",
    executor: Executor | None = None,
) -> Estimate:
    """The mean of the column `quantity` over fresh designs and noises.

    trials      draw exactly so many, or
    precision   draw whole batches until standard error <= precision * |estimate|, judged in batch order
    quantity    risk, norm, coefficient, fitted or kept; the first three where layers are frozen
    law         see `batch`

    Where the mean or the variance is infinite the standard error is inf and `note` says so; `precision`
    is then refused.  Reproducible: the same bits for every executor.  Raises `InstanceError`.

    >>> given = DeepLinear(n=1, d=2, sigma=0, source=[3, 4], target=[3, 4], depth=3)
    >>> round(simulate(given, trials=100, seed=1, quantity="norm").estimate, 9)
    5.0
    """
    return simulation.simulate(
        SETTING,
        instance,
        trials=trials,
        precision=precision,
        seed=seed,
        quantity=quantity,
        law=law,
        executor=executor,
    )
