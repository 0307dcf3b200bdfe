"""Is a bound kept as often as it says, and a quantile not exceeded with exactly its probability?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from theory.result import Result
from verify import coverage
from verify.claim import Case, Check, Level
from verify.coverage import test_at_least, test_coverage
from verify.verdict import Outcome

Draws: TypeAlias = np.ndarray
Sample: TypeAlias = Callable[[Any, int, int], Draws]
"""(instance, seed, size) -> so many independent draws of what a number bounds."""
Order: TypeAlias = Callable[[Draws, float], Draws]


def keeps(sample: Sample, order: Order = np.less) -> Check:
    """The bound is kept (`np.less`, or `np.greater` where it is one from below) with at least its confidence."""
    return _check(sample, order, test_at_least)


def reaches(sample: Sample) -> Check:
    """The quantile is not exceeded with exactly its probability."""
    return _check(sample, np.less_equal, test_coverage)


def _check(sample: Sample, order: Order, test: Callable[..., Outcome]) -> Check:
    def check(result: Result, case: Case, at: Level) -> Outcome:
        number, confidence = float(result.evaluate(**case.fields)), dict(case.arguments)["confidence"]
        needed = coverage.trials_needed(at.delta, at.alpha, at.alpha_pass)
        hits = int(np.count_nonzero(order(sample(case.instance, at.seed, needed), number)))
        return test(hits, needed, confidence, delta=at.delta, alpha=at.alpha, alpha_pass=at.alpha_pass)

    return check
