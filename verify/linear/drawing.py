"""Draws of the simulators, as the comparisons take them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count

import numpy as np

from numerics import linear as mc
from numerics.linear import Linear
from verify.drawing import first, kept

LITERAL = 256
"""Trials of the literal simulator in a batch: more than are looked at where nothing varies."""
WORST = 10
"""Condition number of a design for a descent whose end is looked at to rounding."""


def chunks(instance: Linear, column: str, seed: int) -> Iterator[np.ndarray]:
    """Draws of one column of the fast simulator, batch after batch; of the literal one for the bias where n >= d, which
    the fast one knows to be zero."""
    literal = column == "bias" and instance.n >= instance.d
    law, size = ("literal", LITERAL) if literal else ("fast", mc.batch_size(instance))
    what = repr(instance.fields()), column, seed

    def drawn(number: int) -> np.ndarray:
        return mc.batch(instance, seed, number, law, size)[column]

    return (kept((*what, number), partial(drawn, number)) for number in count())


def sample(instance: Linear, column: str, seed: int, size: int) -> np.ndarray:
    """So many draws of one column."""
    return first(chunks(instance, column, seed), size)


def risks(instance: Linear, seed: int) -> Iterator[np.ndarray]:
    """Draws of the risk."""
    return chunks(instance, "risk", seed)


def risk_sample(instance: Linear, seed: int, size: int) -> np.ndarray:
    """So many draws of the risk."""
    return sample(instance, "risk", seed, size)


def changed(instance: Linear, **fields: object) -> Linear:
    """The same instance but for some fields; None takes one away.  The same seed gives the same designs and noise."""
    merged = {**instance.fields(), **fields}
    return Linear.from_fields({name: value for name, value in merged.items() if value is not None})


def size_of(instance: Linear) -> float:
    """A named scale where the formula is zero: the risk of predicting zero, plus the noise."""
    return float(instance.risk_weights @ np.asarray(instance.target) ** 2 + instance.sigma**2)


def conditioned_sample(instance: Linear, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The first design with singular values within a factor of `WORST`, and its noise.

    Descent takes of the order of the square of that factor steps, and is off by as much more than rounding.  A claim
    about every design of full rank may be looked at for any of them.
    """
    for number in count():
        x, e = mc.target_sample(instance, seed, number)
        values = np.linalg.svd(x, compute_uv=False)
        if values[0] <= WORST * values[-1]:
            return x, e
    raise AssertionError
