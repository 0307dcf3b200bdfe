"""How often the bound on the mean absolute error is exceeded."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from numerics.relu import draws
from theory.result import Result
from verify import coverage
from verify.claim import Case, Level
from verify.drawing import kept
from verify.linear.instances import confidences
from verify.relu.instances import sized
from verify.verdict import Outcome

RESOLUTION = 0.05
"""Probabilities are right to 5%."""


@st.composite
def sure(draw: st.DrawFn, samples: tuple[int, int], features: tuple[int, int]) -> Case:
    """With a confidence level."""
    case: Case = draw(sized(samples, features))
    return Case(case.instance, (("confidence", draw(confidences)),))


def bound_check(result: Result, case: Case, at: Level) -> Outcome:
    """The mean absolute error, over fresh inputs, is below the bound with at least its confidence."""
    limit, confidence = float(result.evaluate(**case.fields)), dict(case.arguments)["confidence"]
    needed = coverage.trials_needed(at.delta, at.alpha, at.alpha_pass)
    what = "absolute", repr(case.instance.fields()), at.seed, needed
    drawn = kept(what, lambda: draws(case.instance, "absolute_risk", trials=needed, seed=at.seed))
    levels = {"delta": at.delta, "alpha": at.alpha, "alpha_pass": at.alpha_pass}
    return coverage.test_at_least(int(np.count_nonzero(drawn < limit)), needed, confidence, **levels)
