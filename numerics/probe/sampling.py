"""The setting of linear probes: which law draws, which moments are finite, and the mean by simulation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path

import numpy as np
from jaxtyping import Float

from numerics import simulation
from numerics.estimate import Estimate
from numerics.moments import Moments
from numerics.probe.laws import Batch, exact_batch, known_column, literal_batch
from numerics.probe.model import Probe
from numerics.simulation import Law, Setting
from numerics.store import Store

LAWS = {
    "literal": Law(literal_batch, "literal: samples drawn in full, least squares on their features as defined"),
    "exact": Law(exact_batch, "exact: the law of what least squares finds, no design drawn", cheap=True),
}


def moment_is_finite(instance: Probe, quantity: str, order: int) -> bool:
    """Whether E|quantity|^order < infinity.  Exact: E chi2_b^-k is finite iff b > 2k, here b = |n - m| + 1.

    >>> given = Probe(n=3, d=2, sigma=1, target=[1, 2], features=[[1], [0]])
    >>> moment_is_finite(given, "risk", 1), moment_is_finite(given, "risk", 2)
    (True, False)
    """
    known_column(quantity)
    unexplained = instance.missed[0] if quantity == "ratio" else instance.unexplained
    silent = instance.sigma == 0 and unexplained == 0
    return silent or abs(instance.n - instance.count) + 1 > 2 * order


def existence_note(instance: Probe, quantity: str, name: str) -> str:
    """One line on the first of mean and variance of `quantity` (called `name`) to be infinite, or none."""
    for order, moment in ((1, "mean"), (2, "variance")):
        if not moment_is_finite(instance, quantity, order):
            return (
                f"n={instance.n}, {instance.count} independent features: {name} has infinite {moment} (chi-square with "
                f"{abs(instance.n - instance.count) + 1} degrees of freedom in the denominator); "
                "use its law or median instead."
            )
    return ""


def automatic(instance: Probe, _: str) -> str:
    """The exact law where it is known."""
    return "exact" if instance.n >= instance.count else "literal"


def drawn_column(_: Probe, quantity: object) -> str:
    """`quantity` if it is a column."""
    return known_column(quantity)


def cost(instance: Probe) -> float:
    """Nanoseconds of a literal trial: the design, and a singular value decomposition of its features."""
    return 20.0 * instance.n * instance.d + 20.0 * instance.n * instance.count**2 + 10_000.0


SETTING = Setting(
    laws=LAWS,
    automatic=automatic,
    column=drawn_column,
    quantity=drawn_column,
    cost=cost,
    is_finite=moment_is_finite,
    note=existence_note,
)


def batch_size(instance: Probe, law: str = "auto") -> int:
    """Trials in a batch: a power of two fixed by the instance; the same on every machine."""
    return SETTING.batch_size(instance, SETTING.resolve(instance, law, "risk"))


def batch(instance: Probe, seed: int, number: int, law: str = "auto", size: int | None = None) -> Batch:
    """Batch `number` under `seed`: every column of `size` trials (`batch_size` of them if not given).

    law  "literal"  as the definition says, in NumPy
         "exact"    the law of the risk, no design drawn; for n >= m
         "auto"     exact where that is known

    Raises `InstanceError` for an unknown law, and for the exact one where n < m.
    """
    return SETTING.batch(instance, seed, number, SETTING.resolve(instance, law, "risk"), size)


def draws(
    instance: Probe, quantity: str, *, trials: int, seed: int, law: str = "auto", executor: Executor | None = None
) -> Float[np.ndarray, " trials"]:
    """The first `trials` draws of the column `quantity` (see `COLUMNS`), the same bits for every executor."""
    return simulation.draws(SETTING, instance, quantity, trials=trials, seed=seed, law=law, executor=executor)


def simulate(
    instance: Probe,
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
    """The mean of `quantity` over fresh samples; everything else as in `numerics.linear.simulate`.

    >>> given = Probe(n=9, d=2, sigma=1, target=[3, 4], features=[[1], [0]])
    >>> abs(simulate(given, trials=100_000, seed=1).estimate - (16 + 17 / 7)) < 0.1
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
