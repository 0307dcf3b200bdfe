"""One door to the laws of a deep linear network: a batch of trials, or the first so many of one quantity."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from numerics import montecarlo
from numerics.deep_linear.closed import closed_batch
from numerics.deep_linear.columns import FROZEN_COLUMNS, Batch, known_column
from numerics.deep_linear.exact import exact_batch, obstacle
from numerics.deep_linear.model import DeepLinear
from numerics.deep_linear.reference import reference_batch
from numerics.instance import InstanceError, positive_integer, shown
from numerics.linear.sampling import LARGEST_EXACT_BATCH
from numerics.linear.sampling import batch_size as linear_batch_size

LAWS = {"reference": reference_batch, "closed": closed_batch, "exact": exact_batch}


def resolve(instance: DeepLinear, law: object) -> str:
    """The law to draw from; "auto" is exact where a law is known, else closed."""
    if law == "auto":
        return "closed" if obstacle(instance) else "exact"
    if not isinstance(law, str) or law not in LAWS:
        raise InstanceError(f"law={shown(law)}: no such law; use auto, {', '.join(LAWS)}.")
    return law


def drawn_column(instance: DeepLinear, quantity: object) -> str:
    """`quantity` if it is a column that the instance has, else `InstanceError`."""
    name = known_column(quantity)
    if instance.frozen_layers and name not in FROZEN_COLUMNS:
        raise InstanceError(f"quantity={name}: with frozen layers h = c u; use {', '.join(FROZEN_COLUMNS)}.")
    return name


def batch_size(instance: DeepLinear, law: str = "closed") -> int:
    """Trials in a batch: a power of two fixed by the instance (and by whether the law is exact).

    As many as `numerics.linear` draws of the same shape; the same on every machine.
    """
    if resolve(instance, law) == "exact":
        return LARGEST_EXACT_BATCH
    return linear_batch_size(instance.linear)


def batch(instance: DeepLinear, seed: int, number: int, law: str = "closed", size: int | None = None) -> Batch:
    """Batch `number` under `seed`: every quantity of `size` trials (`batch_size` of them if not given).

    law  "reference"  by singular values and bisection, in NumPy
         "closed"     compiled; the same stream, so the same trials to rounding
         "exact"      the joint law of the columns, O(1) a trial
         "auto"       exact where a law is known, else closed

    A smaller `size` gives a prefix of the same trials.  Raises `InstanceError` for a law that does not apply.

    >>> given = DeepLinear(n=2, d=3, sigma=1, source=[1, 0, 0], target=[1, 2, 3], depth=2)
    >>> list(batch(given, seed=1, number=0, law="exact", size=5))
    ['risk', 'norm', 'coefficient', 'fitted', 'kept']
    """
    law = resolve(instance, law)
    trials = batch_size(instance, law) if size is None else positive_integer("size", size)
    return LAWS[law](instance, seed, number, trials)


@dataclass(frozen=True)
class Sampler:
    """`sampler(number, size)`: the first `size` draws of `quantity` in batch `number`.  Can be pickled."""

    instance: DeepLinear
    quantity: str
    seed: int
    law: str

    def __call__(self, number: int, size: int) -> Float[np.ndarray, " size"]:
        """Draw."""
        return batch(self.instance, self.seed, number, self.law, size)[self.quantity]

    @property
    def batch_size(self) -> int:
        """Trials in a whole batch."""
        return batch_size(self.instance, self.law)


def draws(
    instance: DeepLinear,
    quantity: str,
    *,
    trials: int,
    seed: int,
    law: str = "closed",
    executor: Executor | None = None,
) -> Float[np.ndarray, " trials"]:
    """The first `trials` draws of the column `quantity` (see `COLUMNS`), in the order of the batches.

    The same bits for every executor; asking for more trials extends the same sequence.  Raises
    `InstanceError` for an unknown quantity or law, a law that does not apply and bad counts.

    >>> given = DeepLinear(n=2, d=3, sigma=0, source=[1, 2, 3], target=[1, 2, 3], depth=5)
    >>> draws(given, "coefficient", trials=3, seed=1).round(12).tolist()
    [1.0, 1.0, 1.0]
    """
    sampler = Sampler(instance, drawn_column(instance, quantity), seed, resolve(instance, law))
    return montecarlo.collect(sampler, batch_size=sampler.batch_size, trials=trials, executor=executor)
