"""The parts of the domain that linear fine-tuning is tested in: every regime of every formula has one."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis.strategies import SearchStrategy

from verify.claim import Case, Stratum
from verify.linear import instances

Cases = SearchStrategy[Case]

WIDE, TALL = instances.wide(), instances.tall()
QUIET_WIDE, QUIET_TALL = instances.wide(noisy=False), instances.tall(noisy=False)
BELOW, QUIET_BELOW = (instances.wide((1, 1), noisy, most=3) for noisy in (True, False))
NARROW = instances.wide((2, 3), most=3)


def wide_by(*gaps: int, noisy: bool = True) -> tuple[Stratum, ...]:
    """d = n + gap exactly, for each of these gaps."""
    silent = "" if noisy else ", sigma = 0"
    return tuple(Stratum(f"d = n + {k}{silent}", instances.wide((k, k), noisy, most=3), 1) for k in gaps)


def tall_by(*gaps: int, noisy: bool = True) -> tuple[Stratum, ...]:
    """n = d + gap exactly, for each of these gaps."""
    silent = "" if noisy else ", sigma = 0"
    return tuple(Stratum(f"n = d + {k}{silent}", instances.tall((k, k), noisy, most=3), 1) for k in gaps)


BOTH = (Stratum("n < d", WIDE, 2), Stratum("n >= d", TALL, 2))
ANY_COVARIANCE = (Stratum("n < d, any covariance", instances.curved(WIDE), 2), *BOTH)
LARGE = (
    Stratum("n < d, large", instances.wide((20, 30), least=20, most=30), 1),
    Stratum("n >= d, large", instances.tall((20, 30), least=20, most=30), 1),
)
"""Where the risk varies little from design to design, so that small errors show."""
THRESHOLD = (*wide_by(1), *tall_by(0, 1))
SILENT_THRESHOLD = (*wide_by(1, noisy=False), *tall_by(0, 1, noisy=False))
NEAR = (*wide_by(2), *tall_by(2))
NOISELESS = (Stratum("n < d, sigma = 0", QUIET_WIDE, 2), Stratum("n >= d, sigma = 0", QUIET_TALL, 1))
FAR = (
    Stratum("d >> n", instances.wide((20, 30)), 1),
    Stratum("n >> d", instances.tall((20, 30)), 1),
)


SINGLE = (
    Stratum("n = 1, d = n + 4", instances.wide((4, 4), most=1), 1),
    Stratum("d = 1, n = d + 4", instances.tall((4, 4), most=1), 1),
)
"""A design of rank one."""


def mapped(strata: tuple[Stratum, ...], change: Callable[[Cases], Cases]) -> tuple[Stratum, ...]:
    """The same strata with something added to every case."""
    return tuple(Stratum(s.name, change(s.cases), s.examples) for s in strata)


def _learned_below() -> tuple[Stratum, ...]:
    """n < d: the source on either side of its own threshold, and each task at it, with noise and without."""
    roomy = instances.wide((1, 1), noisy=False, least=5, most=6)
    small = instances.wide((5, 7), most=2)
    found = []
    for side, sign, edge, silent in (("<", -1, (1, 1), roomy), (">=", 1, (0, 1), QUIET_BELOW)):
        source = f"n_source {side} d"
        found += [
            Stratum(f"n < d, {source}", instances.learned(small, (5, 7), sign), 1),
            Stratum(f"d = n + 1, sigma = 0, {source}", instances.learned(silent, (5, 10), sign), 1),
            Stratum(f"n < d, {source}, near it, silent", instances.learned(small, edge, sign, noisy=False), 1),
            Stratum(f"d = n + 1, {source}, near it, both silent", instances.learned(QUIET_BELOW, edge, sign, False), 1),
            Stratum(f"d = n + 1, {source}", instances.learned(BELOW, edge, sign, noisy=False), 1),
            Stratum(f"n < d, {source}, near it", instances.learned(NARROW, edge, sign), 1),
        ]
    return tuple(found)


LEARNED = (
    *_learned_below(),
    *mapped(
        (Stratum("n >= d", TALL, 1), *tall_by(0, 1, 2), *tall_by(0, 1, noisy=False)),
        lambda cases: instances.learned(cases, (1, 5), 1),
    ),
)
