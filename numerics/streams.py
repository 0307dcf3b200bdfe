"""Random streams: one per (seed, batch, part), and nothing else decides what is drawn."""

from __future__ import annotations

import numpy as np
from jaxtyping import UInt64
from numpy.random import SFC64, Generator, SeedSequence

from numerics.instance import nonnegative_integer
from numerics.kernels.normals import fill_words
from numerics.kernels.vectors import LANES

WARM_UP = 12


def stream(seed: int, batch: int, part: int = 0) -> Generator:
    """The generator of batch `batch` under `seed`; `part` separates independent pieces of one batch.

    SFC64 seeded by `SeedSequence(seed, spawn_key=(batch, part))`: distinct keys give streams that are
    independent for every practical purpose, on any machine and in any process.

    Raises `InstanceError` unless all three are non-negative integers (booleans refused).

    >>> stream(7, 0).standard_normal() == stream(7, 0).standard_normal()
    True
    """
    return Generator(SFC64(_seeds(seed, batch, part)))


def lanes(seed: int, batch: int, part: int = 0) -> UInt64[np.ndarray, " 32"]:
    """The state of the eight generators of `numerics.kernels.normals.fill`, for batch `batch` and `part` of it.

    Generator l is NumPy's SFC64 with the words a, b, c taken from places l, 8 + l and 16 + l of the same
    `SeedSequence` as that of `stream`, warmed up by 12 outputs as there.  Raises what `stream` raises.

    >>> lanes(7, 0).shape
    (32,)
    """
    words = _seeds(seed, batch, part).generate_state(3 * LANES, np.uint64)
    state = np.concatenate([words, np.ones(LANES, np.uint64)])
    fill_words(state, np.empty(WARM_UP * LANES, np.uint64))
    return state


def _seeds(seed: int, batch: int, part: int) -> SeedSequence:
    """What every generator of this key is seeded by."""
    key = (nonnegative_integer("batch", batch), nonnegative_integer("part", part))
    return SeedSequence(nonnegative_integer("seed", seed), spawn_key=key)
