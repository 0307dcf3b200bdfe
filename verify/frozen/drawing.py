"""Draws of the simulators of this setting, as the comparisons take them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count

import numpy as np

from numerics import frozen as mc
from numerics.frozen import Frozen
from verify.drawing import first, kept


def columns(
    instance: Frozen, names: tuple[str, ...], seed: int, size: int | None = None
) -> Iterator[tuple[np.ndarray, ...]]:
    """Draws of some columns, batch after batch, by the exact law; so many of every batch if not all."""
    size = size or mc.batch_size(instance)
    what = repr(instance.fields()), names, seed, size

    def drawn(number: int) -> np.ndarray:
        trials = mc.batch(instance, seed, number, "exact", size)
        return np.stack([trials[name] for name in names])

    return (tuple(kept((*what, number), partial(drawn, number))) for number in count())


def chunks(instance: Frozen, column: str, seed: int, size: int | None = None) -> Iterator[np.ndarray]:
    """Draws of one column."""
    return (found for (found,) in columns(instance, (column,), seed, size))


def sample(instance: Frozen, column: str, seed: int, size: int) -> np.ndarray:
    """So many draws of one column."""
    return first(chunks(instance, column, seed), size)


def size_of(instance: Frozen) -> float:
    """A named scale where the formula is zero: the risk of predicting zero, plus the noise."""
    return float(instance.target @ instance.target) + instance.sigma**2
