"""Fine-tuning on rows of a real table, drawn without replacement: no law is assumed, the table is the population."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from numerics import montecarlo
from numerics.estimate import Estimate, Recipe, estimate
from numerics.instance import InstanceError
from numerics.moments import Moments
from numerics.simulation import EDITION
from numerics.stopping import Goal
from numerics.store import Store, opened
from numerics.streams import stream
from numerics.summary import SummaryOf, Trials

BATCH = 128
"""Trials in a batch."""


@dataclass(frozen=True, eq=False)
class Pool:
    """A table of N rows as a population: features x (N x d), and a column of labels for each task (N x k)."""

    x: Float[np.ndarray, "rows d"]
    labels: Float[np.ndarray, "rows tasks"]

    @cached_property
    def digest(self) -> str:
        """What tells it from other tables."""
        found = hashlib.sha256(repr((self.x.shape, self.labels.shape)).encode())
        for part in (self.x, self.labels):
            found.update(np.ascontiguousarray(part).tobytes())
        return found.hexdigest()[:16]

    @cached_property
    def moment(self) -> Float[np.ndarray, "d d"]:
        """x'x/N."""
        return np.asarray(self.x.T @ self.x / len(self.x))

    @cached_property
    def best(self) -> Float[np.ndarray, "d tasks"]:
        """The least squares weights on the whole table, of every task."""
        return np.asarray(np.linalg.lstsq(self.x, self.labels, rcond=None)[0])


@dataclass(frozen=True, eq=False)
class Resampled:
    """Linear regression fine-tuned from `source` on n rows of a pool, drawn without replacement.

    h = u + X+ (y - X u).  Its excess risk (h - t)' M (h - t), t the best weights on the whole table and M = x'x/N, is
    by how much its mean squared error on the whole table exceeds the least: exactly, by the normal equations.
    """

    pool: Pool
    task: int
    source: Float[np.ndarray, " d"]
    n: int

    def __post_init__(self) -> None:
        """Check the sizes."""
        rows, d = self.pool.x.shape
        if not 1 <= self.n <= rows or self.source.shape != (d,) or not 0 <= self.task < self.pool.labels.shape[1]:
            raise InstanceError(
                f"n={self.n}, task={self.task}, source of shape {self.source.shape}: the table has {rows} rows of {d} "
                f"features and {self.pool.labels.shape[1]} tasks."
            )

    def fields(self) -> dict[str, Any]:
        """Plain data; the table by its digest."""
        sizes = {"n": self.n, "d": int(self.source.size), "task": self.task}
        return {"setting": "resampled", "table": self.pool.digest, **sizes, "source": self.source.tolist()}


def risks(instance: Resampled, seed: int, number: int, size: int) -> Trials:
    """The excess risks of the first `size` trials of batch `number`; directions that no drawn row sees stay at u."""
    pool, rng = instance.pool, stream(seed, number)
    rows = np.array([rng.permutation(len(pool.x))[: instance.n] for _ in range(size)])
    left, values, right = np.linalg.svd(pool.x[rows], full_matrices=False)
    seen = values > np.finfo(float).eps * max(instance.n, instance.source.size) * values[:, :1]
    inverted = np.where(seen, 1 / np.where(seen, values, 1.0), 0.0)
    residual = pool.labels[rows, instance.task] - pool.x[rows] @ instance.source
    moved = np.einsum("tkd,tk,tnk,tn->td", right, inverted, left, residual, optimize=True)
    error = instance.source + moved - pool.best[:, instance.task]
    return Trials(np.einsum("td,de,te->t", error, pool.moment, error, optimize=True))


def simulate(
    instance: Resampled,
    *,
    trials: int,
    seed: int,
    executor: Executor | None = None,
    workers: int | None = None,
    store: Store | str | Path | None = None,
    watch: Callable[[Moments], None] | None = None,
) -> Estimate:
    """The mean excess risk over draws of rows, with its standard error; arguments as in `numerics.linear.simulate`.

    >>> rng = np.random.default_rng(0)
    >>> pool = Pool(rng.standard_normal((40, 3)), rng.standard_normal((40, 1)))
    >>> simulate(Resampled(pool, 0, pool.best[:, 0], 40), trials=2, seed=1).estimate < 1e-20
    True
    """
    recipe = Recipe(
        instance=instance.fields(),
        digest=instance.pool.digest,
        quantity="risk",
        column="risk",
        law="resampled: rows of a table drawn without replacement, fine-tuned as defined",
        seed=seed,
        batch_size=BATCH,
        sketched=False,
        note="",
        finite=4,
        draws=EDITION,
    )
    with opened(store) as kept:
        outcome = montecarlo.run(
            SummaryOf(partial(risks, instance, seed)),
            Goal(trials),
            batch_size=BATCH,
            executor=executor,
            workers=workers,
            shelf=None if kept is None else kept.shelf(recipe),
            watch=watch,
        )
    return estimate(recipe, outcome.total, interrupted=outcome.interrupted)
