"""One door to the laws of a deep linear network: a batch of trials, or the first so many of one quantity."""

from __future__ import annotations

from concurrent.futures import Executor

import numpy as np
from jaxtyping import Float

from numerics import simulation
from numerics.deep_linear.closed import closed_batch
from numerics.deep_linear.columns import FROZEN_COLUMNS, Batch, known_column
from numerics.deep_linear.exact import exact_batch, obstacle
from numerics.deep_linear.existence import existence_note, moment_is_finite
from numerics.deep_linear.model import DeepLinear
from numerics.deep_linear.reference import reference_batch
from numerics.instance import InstanceError
from numerics.linear import sampling as linear
from numerics.simulation import Law, Setting

LAWS = {
    "reference": Law(reference_batch, "reference: designs drawn, the limit of training by singular values"),
    "closed": Law(closed_batch, "closed: designs drawn, the limit of training by compiled kernels"),
    "exact": Law(exact_batch, "exact: the closed law of the limit of training, no design drawn", cheap=True),
}


def automatic(instance: DeepLinear, _: str) -> str:
    """Exact where a law is known, else closed."""
    return "closed" if obstacle(instance) else "exact"


def drawn_column(instance: DeepLinear, quantity: object) -> str:
    """`quantity` if it is a column that the instance has, else `InstanceError`."""
    name = known_column(quantity)
    if instance.frozen_layers and name not in FROZEN_COLUMNS:
        raise InstanceError(f"quantity={name}: with frozen layers h = c u; use {', '.join(FROZEN_COLUMNS)}.")
    return name


def cost(instance: DeepLinear) -> float:
    """Nanoseconds of a closed trial: those of a fast one of `numerics.linear` of the same shape."""
    return linear.cost(instance.linear)


def note(instance: DeepLinear, column: str, _: str) -> str:
    """`existence_note`, every quantity being a column."""
    return existence_note(instance, column)


SETTING = Setting(
    laws=LAWS,
    automatic=automatic,
    column=drawn_column,
    quantity=drawn_column,
    cost=cost,
    is_finite=moment_is_finite,
    note=note,
)


def batch_size(instance: DeepLinear, law: str = "closed") -> int:
    """Trials in a batch: a power of two fixed by the instance (and by whether the law is exact).

    As many as `numerics.linear` draws of the same shape; the same on every machine.
    """
    return SETTING.batch_size(instance, SETTING.resolve(instance, law, "risk"))


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
    drawn = SETTING.batch(instance, seed, number, SETTING.resolve(instance, law, "risk"), size)
    assert isinstance(drawn, Batch), "every law of this setting draws a Batch"
    return drawn


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
    return simulation.draws(SETTING, instance, quantity, trials=trials, seed=seed, law=law, executor=executor)
