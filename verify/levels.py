"""Is a bound kept as often as it says, and a quantile not exceeded with exactly its probability?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from theory.result import Result
from verify import coverage
from verify.claim import Case, Check, Level
from verify.coverage import test_at_least, test_coverage
from verify.verdict import Outcome, Verdict

Draws: TypeAlias = np.ndarray
Sample: TypeAlias = Callable[[Any, int, int], Draws]
"""(instance, seed, size) -> so many independent draws of what a number bounds."""
Order: TypeAlias = Callable[[Draws, float], Draws]
ROUNDING = 1e-9
"""Relative: a bound that is reached, as by the largest eigenvalue of a flat spectrum, is reached to rounding."""


def up_to(draws: Draws, number: float) -> Draws:
    """Which draws are not above a number, but for rounding."""
    return draws <= number * (1 + ROUNDING)


def keeps(sample: Sample, order: Order = np.less, looks: Sequence[int] = ()) -> Check:
    """The bound is kept (`np.less`, or `np.greater` where it is one from below) with at least its confidence.

    Looks at so many draws before all that may be needed: the levels are shared among them.
    """
    return _check(sample, order, test_at_least, looks)


def reaches(sample: Sample, looks: Sequence[int] = ()) -> Check:
    """The quantile is not exceeded with exactly its probability."""
    return _check(sample, np.less_equal, test_coverage, looks)


def _check(sample: Sample, order: Order, test: Callable[..., Outcome], looks: Sequence[int]) -> Check:
    def check(result: Result, case: Case, at: Level) -> Outcome:
        number, confidence = float(result.evaluate(**case.fields)), dict(case.arguments)["confidence"]
        alpha, alpha_pass = (level / (len(looks) + 1) for level in (at.alpha, at.alpha_pass))
        for size in (*looks, coverage.trials_needed(at.delta, alpha, alpha_pass)):
            hits = int(np.count_nonzero(order(sample(case.instance, at.seed, size), number)))
            found = test(hits, size, confidence, delta=at.delta, alpha=alpha, alpha_pass=alpha_pass)
            if found.verdict is not Verdict.UNDECIDED:
                break
        return found

    return check
