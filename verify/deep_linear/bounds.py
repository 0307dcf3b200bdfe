"""How often a bound on the risk of a deep linear network is exceeded."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from theory.result import Result
from verify import coverage
from verify.claim import Case, Level, Stratum
from verify.deep_linear.drawing import sample
from verify.deep_linear.instances import deep
from verify.linear import instances as linear
from verify.verdict import Outcome

RESOLUTION = 0.05
"""Probabilities are right to 5%."""


def bound_check(result: Result, case: Case, at: Level) -> Outcome:
    """The bound is not exceeded with at least its confidence."""
    bound, confidence = float(result.evaluate(**case.fields)), dict(case.arguments)["confidence"]
    needed = coverage.trials_needed(at.delta, at.alpha, at.alpha_pass)
    hits = int(np.count_nonzero(sample(case.instance, "risk", at.seed, needed) < bound))
    return coverage.test_at_least(hits, needed, confidence, delta=at.delta, alpha=at.alpha, alpha_pass=at.alpha_pass)


ACROSS = linear.wide((8, 14), noisy=False, least=20, most=24, angle=st.floats(0.8, 1.3))
"""Directions well apart: where t and u are nearly parallel the bound is loose, as |P t| and |P u| vary together."""
BOUNDS = tuple(
    Stratum(name, linear.with_confidence(deep(ACROSS, *depths)), 1)
    for name, depths in {"L = 2": (2,), "L = 3, 4": (3, 4), "L infinite": ("inf",)}.items()
)
