"""The parts of the domain that linear fine-tuning is tested in: every regime of every formula has one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from hypothesis import strategies as st
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


ALIKE: Mapping[str, Any] = {"angle": st.floats(0.1, 0.4), "ratio": st.floats(0.6, 0.7)}
"""Source weights like the target's: what is left of large terms that nearly cancel shows a small error in each."""
LOUD: Mapping[str, Any] = {"noise": st.floats(2.0, 3.0)}


def _learned_below() -> tuple[Stratum, ...]:
    """n < d: the source on either side of its own threshold, and each task at it, two away and far, with noise and
    without; never as many samples of either task."""
    roomy = instances.wide((1, 1), noisy=False, least=9, most=10, **ALIKE)
    small, alike, loud = (instances.wide((10, 12), most=2, **given) for given in ({}, ALIKE, LOUD))
    two, below = instances.wide((2, 2), most=3), instances.wide((1, 1), noisy=False, most=3, **ALIKE)
    found = []
    for side, sign, edge, silent in (("<", -1, (1, 1), roomy), (">=", 1, (0, 1), below)):
        source = f"n_source {side} d"
        learned = partial(instances.learned, sign=sign)
        cases = {
            f"n < d, {source}": learned(small, (8, 8)),
            f"n < d, {source}, alike": learned(alike, (8, 8)),
            f"n < d, {source}, loud": learned(loud, (8, 8)),
            f"d = n + 1, sigma = 0, {source}": learned(silent, (8, 8)),
            f"n < d, {source}, near it, silent": learned(alike, edge, noisy=False),
            f"d = n + 1, {source}, near it, both silent": learned(below, edge, noisy=False),
            f"d = n + 1, {source}": learned(BELOW, edge, noisy=False),
            f"n < d, {source}, near it": learned(NARROW, edge),
            f"d = n + 2, {source}": learned(two, (3, 4)),
            f"d = n + 2, {source}, near it, silent": learned(two, edge, noisy=False),
            f"n < d, {source}, two away": learned(small, (2, 2)),
            f"d = n + 1, sigma = 0, {source}, two away": learned(below, (2, 2)),
        }
        found += [Stratum(name, case, 1) for name, case in cases.items()]
    return tuple(found)


LEARNED = (
    *_learned_below(),
    *mapped(
        (Stratum("n >= d", TALL, 1), *tall_by(0, 1, 2), *tall_by(0, 1, noisy=False)),
        lambda cases: instances.learned(cases, (1, 5), 1),
    ),
)
