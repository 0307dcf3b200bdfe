"""Draws of the simulators, as the comparisons take them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import numpy as np

from numerics import linear as mc
from numerics.linear import Linear
from verify.drawing import first

LITERAL = 256
"""Trials of the literal simulator in a batch: more than are looked at where nothing varies."""


def chunks(instance: Linear, column: str, seed: int) -> Iterator[np.ndarray]:
    """Draws of one column of the fast simulator, batch after batch; of the literal one for the bias where n >= d, which
    the fast one knows to be zero."""
    if column == "bias" and instance.n >= instance.d:
        return (mc.batch(instance, seed, number, "literal", LITERAL)[column] for number in count())
    size = mc.batch_size(instance)
    return (mc.batch(instance, seed, number, size=size)[column] for number in count())


def sample(instance: Linear, column: str, seed: int, size: int) -> np.ndarray:
    """So many draws of one column."""
    return first(chunks(instance, column, seed), size)


def changed(instance: Linear, **fields: object) -> Linear:
    """The same instance but for some fields; None takes one away.  The same seed gives the same designs and noise."""
    merged = {**instance.fields(), **fields}
    return Linear.from_fields({name: value for name, value in merged.items() if value is not None})


def size_of(instance: Linear) -> float:
    """A named scale where the formula is zero: the risk of predicting zero, plus the noise."""
    return float(instance.risk_weights @ np.asarray(instance.target) ** 2 + instance.sigma**2)
