"""How many coordinates to keep frozen: the risks of other numbers of them, those that are trained drawn at random."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st

from numerics import frozen as mc
from numerics.frozen import Frozen
from theory.result import Result
from verify.claim import Case, Level
from verify.frozen.checks import infinite_risk, trained
from verify.frozen.drawing import sample
from verify.frozen.instances import Gap, split
from verify.intervals import PAIRED, by_intervals
from verify.paired import DRAWS, over_others
from verify.verdict import Outcome, Verdict, decide

RELATED: dict[str, Any] = {"source": (1, (60, 80)), "maps": ("identity",), "task_noise": False}
"""Many source samples of the target's own task."""
FOREIGN: dict[str, Any] = {"source": (1, (20, 30)), "maps": ("opposite",)}
"""A source task that is of no use."""


def pool(target: tuple[int, Gap], kept: Gap, **given: Any) -> st.SearchStrategy[Case]:
    """Nothing is trained yet, and n = transferred + sign x gap."""
    return split(target=target, free=(0, 0), kept=kept, counted="kept", **given)


def draws_of(instance: Frozen, count: int) -> list[Frozen]:
    """The instance with so many of its transferred coordinates trained: neighbours on a circle, at every place of it,
    so that every coordinate is trained equally often."""
    among = instance.transferred.tolist()
    places = len(among) if 0 < count < len(among) else 1
    return [trained(instance, [among[(j + k) % len(among)] for k in range(count)]) for j in range(places)]


def compared(total: int, claimed: int) -> list[int]:
    """Numbers that are trained: all, none, half, and what is claimed."""
    return sorted({claimed, 0, total // 2, total})


def split_check(result: Result, case: Case, at: Level) -> Outcome:
    """No other number compared has less risk: where it is finite by paired differences, else in law."""
    instance: Frozen = case.instance
    total, found = instance.transferred.size, float(result.evaluate(**case.fields))
    best = total - int(found)
    if found != int(found) or not 0 <= best <= total or not _has(instance, best, 1):
        return by_intervals(Verdict.REFUTED, found, found, DRAWS, at, test=PAIRED)
    counts = compared(total, best)
    infinite = [count for count in (0, total) if not _has(instance, count, 1)]
    for count in infinite:
        outcome = infinite_risk(draws_of(instance, count)[0], np.inf, at)
        if outcome.verdict is not Verdict.SUPPORTED:
            return outcome
    return _least_risk(instance, best, [count for count in counts if _has(instance, count, 4)], at, bool(infinite))


def _has(instance: Frozen, count: int, order: int) -> bool:
    return all(mc.moment_is_finite(one, "risk", order) for one in draws_of(instance, count))


def _mean_risk(instance: Frozen, count: int, seed: int, size: int) -> np.ndarray:
    """The risk trial by trial, averaged over the draws."""
    among = draws_of(instance, count)
    return np.asarray(sum(sample(one, "risk", seed, size) for one in among) / len(among))


def _least_risk(instance: Frozen, best: int, counts: list[int], at: Level, infinite: bool) -> Outcome:
    risk = partial(_mean_risk, instance)
    total, others = instance.transferred.size, [count for count in counts if count != best]
    if not others:
        return by_intervals(
            Verdict.SUPPORTED if infinite else Verdict.UNDECIDED, total - best, total - best, DRAWS, at, test=PAIRED
        )
    low, high, found = over_others(best, others, risk, at)
    verdict = decide(refuted=high < 0, supported=low > 0)
    return by_intervals(verdict, total - best, total - found, DRAWS, at, test=PAIRED)
