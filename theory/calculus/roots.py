"""The positive root of an equation in one number, for many values of the others at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

LARGEST = 2.0**1000
HALVINGS = 70
"""Of the logarithm of a root between 2^-1000 and 2^1000: down to one part in 2^60."""


def positive_root(
    zero: Callable[..., Float[np.ndarray, ...]], given: tuple[Float[np.ndarray, ...], ...]
) -> Float[np.ndarray, ...]:
    """Where zero(*given, z) passes from negative to positive: bisection of log z, to rounding.

    >>> round(float(positive_root(lambda a, z: z**2 - a, (np.array(2.0),))), 12)
    1.414213562373
    """
    shape = np.broadcast_shapes(*(np.shape(value) for value in given))
    low, high = np.full(shape, -np.log2(LARGEST)), np.full(shape, np.log2(LARGEST))
    with np.errstate(over="ignore", under="ignore"):
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            below = zero(*given, np.exp2(middle)) < 0
            low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray(np.exp2((low + high) / 2))
