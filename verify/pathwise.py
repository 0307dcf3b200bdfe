"""Equality on every path: numbers that a formula and a computation must share, to rounding."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from verify import means
from verify.claim import Level
from verify.evidence import Pairs
from verify.verdict import Outcome


def equality(computed: np.ndarray | float, formula: np.ndarray | float, at: Level) -> Outcome:
    """Whether two arrays are equal, to rounding relative to the norm of the formula's."""
    outcome = means.test_mean(
        iter([np.atleast_1d(computed - formula)]),
        0.0,
        0.0,
        "none needed",
        delta=at.delta,
        scale=float(np.linalg.norm(formula)),
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )
    left, right = (tuple(np.atleast_1d(side).astype(float).tolist()) for side in (formula, computed))
    return replace(outcome, evidence=Pairs(left, right))
