"""Random streams: one per (seed, batch, part), and nothing else decides what is drawn."""

from __future__ import annotations

from numpy.random import SFC64, Generator, SeedSequence

from numerics.instance import nonnegative_integer


def stream(seed: int, batch: int, part: int = 0) -> Generator:
    """The generator of batch `batch` under `seed`; `part` separates independent pieces of one batch.

    SFC64 seeded by `SeedSequence(seed, spawn_key=(batch, part))`: distinct keys give streams that are
    independent for every practical purpose, on any machine and in any process.

    Raises `InstanceError` unless all three are non-negative integers (booleans refused).

    >>> stream(7, 0).standard_normal() == stream(7, 0).standard_normal()
    True
    """
    key = (nonnegative_integer("batch", batch), nonnegative_integer("part", part))
    return Generator(SFC64(SeedSequence(nonnegative_integer("seed", seed), spawn_key=key)))
