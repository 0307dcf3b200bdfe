"""Room for vectors at the beginning of a cache line: eight numbers in one line are read at once, in two lines twice."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.vectors import LANES

BYTES = 8
"""Of a number."""


@strictly_compiled
def aligned(size: int) -> Float[np.ndarray, " size"]:
    """Room for so many numbers, its address a multiple of 64 bytes; the numbers are arbitrary."""
    numbers = np.empty(size + LANES)
    begin = LANES - numbers.ctypes.data // BYTES % LANES
    return numbers[begin : begin + size]


@strictly_compiled
def aligned_zeros(size: int) -> Float[np.ndarray, " size"]:
    """The same, filled with zeros."""
    numbers = aligned(size)
    numbers[:] = 0.0
    return numbers
