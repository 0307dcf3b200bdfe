"""The mean of a quantity by simulation, with its standard error."""

from __future__ import annotations

from concurrent.futures import Executor

from numerics import simulation
from numerics.linear.model import Linear
from numerics.linear.sampling import SETTING
from numerics.montecarlo import Estimate


def simulate(
    instance: Linear,
    *,
    trials: int | None = None,
    precision: float | None = None,
    seed: int,
    quantity: str = "risk",
    law: str = "auto",
    executor: Executor | None = None,
) -> Estimate:
    """The mean of `quantity` over fresh designs, noises and (where it is learned) sources.

    trials      draw exactly so many, or
    precision   draw whole batches until standard error <= precision * |estimate|, judged in batch order
    quantity    "risk": the expected excess risk; the fast and literal laws average the label noise exactly
                given X, for a smaller error.  "realised_risk": the same mean from the risk as drawn.
                Or a column: bias, noise, noise_mean, conditional_risk.
    law         see `batch`

    Where the mean or the variance is infinite the standard error is inf and `note` says so; `precision`
    is then refused.  Reproducible: the same bits for every executor.  Raises `InstanceError`.

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
        seed=seed,
        quantity=quantity,
        law=law,
        executor=executor,
    )
