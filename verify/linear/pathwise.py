"""Comparisons given the design: where gradient descent ends, and the noise average at a fixed design."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count

import numpy as np

from numerics import linear as mc
from numerics.linear import Linear
from numerics.streams import stream
from theory.result import Result
from verify import means
from verify.claim import Case, Level
from verify.drawing import kept
from verify.linear import certificates
from verify.linear.drawing import conditioned_sample
from verify.pathwise import equality
from verify.verdict import Outcome

CHUNK = 4096
GRADIENT = 1e-12
"""The weights are off by at most this times the square of the condition number, `WORST` at most."""


def estimator_check(result: Result, case: Case, at: Level) -> Outcome:
    """The weights where a literal gradient descent stops, against the formula, to rounding."""
    instance: Linear = case.instance
    x, e = conditioned_sample(instance, at.seed)
    y = x @ np.asarray(instance.target) + e
    start = np.asarray(instance.source)
    formula = np.asarray(result.evaluate(X=x, y=y, source=start))
    ended = mc.gradient_descent(x, y, start, tolerance=GRADIENT).weights
    return equality(ended, formula, at)


def conditional_risk_check(result: Result, case: Case, at: Level) -> Outcome:
    """At one fixed design, the mean over label noise of the risk that the estimator has."""
    instance: Linear = case.instance
    x, _ = mc.target_sample(instance, at.seed, 0)
    fields = {k: v for k, v in case.fields.items() if k not in ("n", "d")}
    claimed = float(result.evaluate(X=x, **fields))
    return means.test_mean(
        _risks(instance, x, at.seed),
        claimed,
        certificates.quadratic_form_variance(instance, x),
        "closed form (Gaussian quadratic form)",
        delta=at.delta,
        scale=claimed or 1.0,
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )


def _risks(instance: Linear, x: np.ndarray, seed: int) -> Iterator[np.ndarray]:
    def drawn(number: int) -> np.ndarray:
        noise = instance.sigma * stream(seed, number).standard_normal((CHUNK, instance.n))
        return np.asarray(mc.excess_risk_given_design(x, noise, instance))

    what = repr(instance.fields()), "given design", seed
    return (kept((*what, number), partial(drawn, number)) for number in count(1))
