"""The laws of spectral estimators: a batch of trials, or the first so many of one quantity."""

from __future__ import annotations

from concurrent.futures import Executor

import numpy as np
from jaxtyping import Float

from numerics import simulation
from numerics.linear.sampling import cost
from numerics.simulation import Law, Setting
from numerics.spectral.columns import Batch, known_column, known_quantity
from numerics.spectral.exact import exact_batch, is_flat
from numerics.spectral.existence import existence_note, moment_is_finite
from numerics.spectral.fast import fast_batch
from numerics.spectral.literal import literal_batch
from numerics.spectral.model import Spectral

DRAWN = ("bias", "noise", "risk")
LAWS = {
    "literal": Law(literal_batch, "literal: designs drawn, weights computed as defined", DRAWN),
    "fast": Law(fast_batch, "fast: designs drawn triangular by compiled kernels, solved in their singular directions"),
    "exact": Law(exact_batch, "exact: the law of the singular values, no design drawn", ("even_risk",)),
}


def nanoseconds(instance: Spectral) -> float:
    """Of a fast trial, roughly: the draws, and an eigenproblem of the smaller side."""
    return cost(instance.linear) + 3000.0 + 4.0 * min(instance.linear.n, instance.linear.d) ** 3


def automatic(instance: Spectral, column: str) -> str:
    """Exact for the even risk where all is flat, else fast."""
    return "exact" if column == "even_risk" and is_flat(instance) else "fast"


SETTING = Setting(
    laws=LAWS,
    automatic=automatic,
    column=lambda _, name: known_column(name),
    quantity=lambda _, name: known_quantity(name),
    cost=nanoseconds,
    is_finite=moment_is_finite,
    note=existence_note,
    better={"risk": "even_risk"},
    averaged={"even_risk": "risk", "conditional_risk": "risk", "noise_mean": "noise"},
    averaging="label noise averaged exactly given X",
)


def batch_size(instance: Spectral, law: str = "fast") -> int:
    """Trials in a batch: a power of two fixed by the instance; the same on every machine."""
    return SETTING.batch_size(instance, SETTING.resolve(instance, law, "risk"))


def batch(instance: Spectral, seed: int, number: int, law: str = "fast", size: int | None = None) -> Batch:
    """Batch `number` under `seed`: the columns of `COLUMNS` for `size` trials (all if not given).

    law  "literal"  the weights as the setting defines them, in NumPy
         "fast"     triangular designs, solved in their singular directions: equal in law
         "exact"    the risk averaged over noise and directions, from the law of the singular values; flat spectra
         "auto"     fast; exact where all is flat and nothing but the even risk is asked for

    A smaller `size` gives a prefix of the same trials.  Raises `InstanceError` for an unknown law.
    """
    drawn = SETTING.batch(instance, seed, number, SETTING.resolve(instance, law, "risk"), size)
    assert isinstance(drawn, Batch), "every law of this setting draws a Batch"
    return drawn


def draws(
    instance: Spectral, quantity: str, *, trials: int, seed: int, law: str = "fast", executor: Executor | None = None
) -> Float[np.ndarray, " trials"]:
    """The first `trials` draws of the column `quantity`, in the order of the batches; the same for every executor.

    Raises `InstanceError` for an unknown quantity or law, and bad counts.
    """
    return simulation.draws(SETTING, instance, quantity, trials=trials, seed=seed, law=law, executor=executor)
