"""One door to the three laws: a batch of trials, or the first so many of one quantity."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from numerics import montecarlo
from numerics.instance import InstanceError, positive_integer, shown
from numerics.linear.columns import Batch, known_column
from numerics.linear.exact import exact_batch, obstacle
from numerics.linear.fast import fast_batch
from numerics.linear.literal import literal_batch
from numerics.linear.model import Linear
from numerics.linear.problem import problem, reduced

LAWS = {"literal": literal_batch, "fast": fast_batch, "exact": exact_batch}
AVERAGED = ("noise_mean", "conditional_risk")
EXACT_COLUMNS = ("bias", "noise", "risk")
BATCH_NANOSECONDS = 3e7
LARGEST_BATCH, LARGEST_EXACT_BATCH = 8192, 65536


def resolve(instance: Linear, law: object, quantity: str = "risk") -> str:
    """The law to draw from; "auto" is exact where a law is known and has `quantity`, else fast."""
    if law == "auto":
        return "exact" if quantity in EXACT_COLUMNS and not obstacle(instance) else "fast"
    if not isinstance(law, str) or law not in LAWS:
        raise InstanceError(f"law={shown(law)}: no such law; use auto, {', '.join(LAWS)}.")
    return law


def batch_size(instance: Linear, law: str = "fast") -> int:
    """Trials in a batch: a power of two fixed by the instance (and by whether the law is exact).

    About 30 ms of the fast simulator, by a rough count of normals and of flops; the same on every machine.
    """
    if resolve(instance, law) == "exact":
        return LARGEST_EXACT_BATCH
    small = reduced(problem(instance))
    cost = _nanoseconds(small.n, small.d) + (_nanoseconds(small.n_source, small.d) if small.n_source else 0.0)
    affordable = int(np.log2(max(1.0, BATCH_NANOSECONDS / cost)))
    return int(min(LARGEST_BATCH, 2**affordable))


def _nanoseconds(n: int, d: int) -> float:
    """Rough cost of one design: 4 ns a normal and 0.2 ns a flop of its Gram matrix and factor."""
    small, large = min(n, d), max(n, d)
    return 4.0 * n * (d + 1) + 0.2 * (small**2 * large + small**3)


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
    law = resolve(instance, law)
    trials = batch_size(instance, law) if size is None else positive_integer("size", size)
    return LAWS[law](instance, seed, number, trials)


@dataclass(frozen=True)
class Sampler:
    """`sampler(number, size)`: the first `size` draws of `quantity` in batch `number`.  Can be pickled."""

    instance: Linear
    quantity: str
    seed: int
    law: str

    def __call__(self, number: int, size: int) -> Float[np.ndarray, " size"]:
        """Draw; averages over the noise are worked out only where they are asked for."""
        if self.law == "fast":
            averaged = self.quantity in AVERAGED
            return fast_batch(self.instance, self.seed, number, size, averaged)[self.quantity]
        return batch(self.instance, self.seed, number, self.law, size)[self.quantity]

    @property
    def batch_size(self) -> int:
        """Trials in a whole batch."""
        return batch_size(self.instance, self.law)


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
    law = resolve(instance, law, known_column(quantity))
    sampler = Sampler(instance, quantity, seed, law)
    return montecarlo.collect(sampler, batch_size=sampler.batch_size, trials=trials, executor=executor)
