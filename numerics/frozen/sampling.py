"""The laws of this setting: a batch of trials, or the first so many of one quantity."""

from __future__ import annotations

from concurrent.futures import Executor

import numpy as np
from jaxtyping import Float

from numerics import simulation
from numerics.frozen.columns import Batch, known_column
from numerics.frozen.exact import exact_batch
from numerics.frozen.existence import existence_note, moment_is_finite
from numerics.frozen.literal import literal_batch
from numerics.frozen.model import Frozen
from numerics.simulation import Law, Setting

LAWS = {
    "literal": Law(literal_batch, "literal: both tasks drawn and both regressions solved as defined"),
    "exact": Law(exact_batch, "exact: the laws of what both regressions find, no design drawn"),
}


def automatic(_: Frozen, __: str) -> str:
    """The exact law is known for every instance."""
    return "exact"


def drawn_column(_: Frozen, quantity: object) -> str:
    """`quantity` if it is a column."""
    return known_column(quantity)


def cost(instance: Frozen) -> float:
    """Nanoseconds of an exact trial: about ten numbers a coordinate, and ten chi-squares."""
    return 60.0 * instance.d + 300.0


SETTING = Setting(
    laws=LAWS,
    automatic=automatic,
    column=drawn_column,
    quantity=drawn_column,
    cost=cost,
    is_finite=moment_is_finite,
    note=existence_note,
)


def batch_size(instance: Frozen, law: str = "exact") -> int:
    """Trials in a batch: a power of two fixed by the instance; the same on every machine."""
    return SETTING.batch_size(instance, SETTING.resolve(instance, law, "risk"))


def batch(instance: Frozen, seed: int, number: int, law: str = "exact", size: int | None = None) -> Batch:
    """Batch `number` under `seed`: every quantity of `size` trials (`batch_size` of them if not given).

    law  "literal"  as the definition says, two regressions a trial, in NumPy
         "exact"    the joint law of the columns, no design drawn
         "auto"     exact

    A smaller `size` gives a prefix of the same literal trials.  Raises `InstanceError` for an unknown law.

    >>> lists = {"source_coordinates": [0, 1], "transferred": [1], "free": [2]}
    >>> given = Frozen(n=5, n_source=9, d=3, sigma=1, target=[1, 2, 3], **lists)
    >>> list(batch(given, seed=1, number=0, size=5))[:2]
    ['risk', 'source_error']
    """
    drawn = SETTING.batch(instance, seed, number, SETTING.resolve(instance, law, "risk"), size)
    assert isinstance(drawn, Batch), "every law of this setting draws a Batch"
    return drawn


def draws(
    instance: Frozen,
    quantity: str,
    *,
    trials: int,
    seed: int,
    law: str = "exact",
    executor: Executor | None = None,
) -> Float[np.ndarray, " trials"]:
    """The first `trials` draws of the column `quantity` (see `COLUMNS`), in the order of the batches.

    The same bits for every executor; asking for more trials extends the same sequence.  Raises `InstanceError` for an
    unknown quantity or law, and bad counts.
    """
    return simulation.draws(SETTING, instance, quantity, trials=trials, seed=seed, law=law, executor=executor)
