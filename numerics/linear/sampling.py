"""The laws of linear fine-tuning: a batch of trials, or the first so many of one quantity."""

from __future__ import annotations

from concurrent.futures import Executor

import numpy as np
from jaxtyping import Float

from numerics import simulation
from numerics.instance import InstanceError, shown
from numerics.linear.columns import COLUMNS, Batch, known_column
from numerics.linear.exact import exact_batch, obstacle
from numerics.linear.existence import existence_note, moment_is_finite
from numerics.linear.fast import fast_batch, fast_batch_as_drawn
from numerics.linear.literal import literal_batch
from numerics.linear.model import Linear
from numerics.linear.problem import problem, reduced
from numerics.simulation import Law, Setting

EXACT_COLUMNS = ("bias", "noise", "risk")
LAWS = {
    "literal": Law(literal_batch, "literal: designs drawn and solved as defined"),
    "fast": Law(fast_batch, "fast: designs drawn and solved by compiled kernels", brief=fast_batch_as_drawn),
    "exact": Law(exact_batch, "exact: the closed law of the risk, no design drawn", EXACT_COLUMNS, cheap=True),
}


def automatic(instance: Linear, column: str) -> str:
    """Exact where a law is known and has the column, else fast."""
    return "exact" if column in EXACT_COLUMNS and not obstacle(instance) else "fast"


def drawable(_: Linear, name: object) -> str:
    """`name` if it is a column, of whatever instance."""
    return known_column(name)


def column_of(_: Linear, quantity: object) -> str:
    """The column whose mean is that of `quantity`."""
    if quantity not in COLUMNS and quantity != "realised_risk":
        names = ", ".join([*COLUMNS, "realised_risk"])
        raise InstanceError(f"quantity={shown(quantity)}: no such quantity; use {names}.")
    return "risk" if quantity == "realised_risk" else str(quantity)


def cost(instance: Linear) -> float:
    """Nanoseconds of a fast trial, by a rough count of normals and of flops."""
    small = reduced(problem(instance))
    return _nanoseconds(small.n, small.d) + (_nanoseconds(small.n_source, small.d) if small.n_source else 0.0)


def _nanoseconds(n: int, d: int) -> float:
    """Rough cost of one design: 0.7 ns a normal and 0.022 ns a flop of its Gram matrix and factor."""
    small = min(n, d)
    return 0.7 * small * (d + 1) + 0.022 * (small**2 * d + small**3)


SETTING = Setting(
    laws=LAWS,
    automatic=automatic,
    column=drawable,
    quantity=column_of,
    cost=cost,
    is_finite=moment_is_finite,
    note=existence_note,
    better={"risk": "conditional_risk"},
    averaged={"conditional_risk": "risk", "noise_mean": "noise"},
    averaging="label noise averaged exactly given X",
)


def batch_size(instance: Linear, law: str = "fast") -> int:
    """Trials in a batch: a power of two fixed by the instance (and by whether the law is exact).

    About 0.2 s of the fast simulator, by a rough count of normals and of flops; the same on every machine.
    """
    return SETTING.batch_size(instance, SETTING.resolve(instance, law, "risk"))


def batch(instance: Linear, seed: int, number: int, law: str = "fast", size: int | None = None) -> Batch:
    """Batch `number` under `seed`: every quantity of `size` trials (`batch_size` of them if not given).

    law  "literal"  as the definition says, in NumPy
         "fast"     compiled; the same stream, so the same trials to rounding
         "exact"    the law of the risk, at a cost that does not grow with n and d; no noise_mean, no conditional_risk
         "auto"     exact where a law is known, else fast

    A smaller `size` gives a prefix of the same trials.  Raises `InstanceError` for a law that does not apply.

    >>> given = Linear(n=2, d=3, sigma=1, source=[0, 0, 0], target=[1, 2, 3])
    >>> list(batch(given, seed=1, number=0, law="exact", size=5))
    ['bias', 'noise', 'risk']
    """
    drawn = SETTING.batch(instance, seed, number, SETTING.resolve(instance, law, "risk"), size)
    assert isinstance(drawn, Batch), "every law of this setting draws a Batch"
    return drawn


def draws(
    instance: Linear,
    quantity: str,
    *,
    trials: int,
    seed: int,
    law: str = "fast",
    executor: Executor | None = None,
) -> Float[np.ndarray, " trials"]:
    """The first `trials` draws of the column `quantity` (see `COLUMNS`), in the order of the batches.

    The same bits for every executor; asking for more trials extends the same sequence.  Raises
    `InstanceError` for an unknown quantity or law, a law that does not apply or lacks the quantity, and
    bad counts.

    >>> given = Linear(n=2, d=3, sigma=0, source=[1, 2, 3], target=[1, 2, 3])
    >>> draws(given, "bias", trials=3, seed=1).tolist()
    [0.0, 0.0, 0.0]
    """
    return simulation.draws(SETTING, instance, quantity, trials=trials, seed=seed, law=law, executor=executor)
