"""Comparisons of means over designs: in the mean with a pilot's variance, and in law where the mean is infinite."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import sympy as sp

from numerics import deep_linear as mc
from numerics.deep_linear import DeepLinear
from numerics.linear import Linear
from theory.calculus.laws import BetaPrime
from theory.distribution import Distribution, distribution_of
from theory.result import Result
from verify import means
from verify.claim import Case, Level
from verify.deep_linear.drawing import changed, chunks, sample, size_of
from verify.linear.laws import concluded, draws_for, law_of, law_outcome
from verify.verdict import Outcome

PILOT = 4096
COMPARED = 1024
"""Draws that are compared one by one."""
Lower = Callable[[DeepLinear, Level], tuple[bool, np.ndarray, Distribution]]
"""Whether something is below the risk draw by draw, draws of it, and its law."""


def risk_check(result: Result, case: Case, at: Level) -> Outcome:
    """E of the risk equals the formula; where infinite, what the noise alone leaves has a law without a mean."""
    return _mean(result, case, at, _noise_part)


def frozen_check(result: Result, case: Case, at: Level) -> Outcome:
    """The same with frozen layers, where the risk is a constant plus a ratio of chi-squares."""
    return _mean(result, case, at, _slope_part)


def _mean(result: Result, case: Case, at: Level, lower: Lower) -> Outcome:
    instance: DeepLinear = case.instance
    claimed = float(result.evaluate(**case.fields))
    if not mc.moment_is_finite(instance, "risk", 1):
        holds, draws, law = lower(instance, at)
        note = "in law: the mean is infinite, as that of a lower bound is"
        infinite = claimed == law.mean == np.inf
        return concluded(law_outcome(law.cdf, draws, at), holds and infinite, note, f"{claimed:g} is claimed")
    return pilot_mean(chunks(instance, "risk", at.seed), _pilot(instance, at), claimed, size_of(instance), at)


def _pilot(instance: DeepLinear, at: Level) -> np.ndarray:
    return sample(instance, "risk", at.seed ^ 1, PILOT)


def pilot_mean(draws: Iterator[np.ndarray], pilot: np.ndarray, claimed: float, scale: float, at: Level) -> Outcome:
    """The sequential test of a mean, with twice the variance of an independent pilot."""
    return means.test_mean(
        draws,
        claimed,
        means.pilot_variance(pilot),
        "pilot x2",
        delta=at.delta,
        scale=abs(claimed) or scale,
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )


def _noise_part(instance: DeepLinear, at: Level) -> tuple[bool, np.ndarray, Distribution]:
    """The risk is at least |S^(1/2) X+ e|^2: for n < d S = level I, and X+ e and Q (t - c u) are orthogonal.

    |X+ e|^2 is |X+ y|^2 where t = 0; for n >= d the noise part is the risk where t = 0.
    """
    plain = changed(instance, target=[0.0] * instance.d)
    column, level = ("fitted", float(instance.covariance[0])) if instance.n < instance.d else ("risk", 1.0)
    risk, below = sample(instance, "risk", at.seed, COMPARED), level * sample(plain, column, at.seed, COMPARED)
    holds = bool(np.all(risk >= (1 - means.ROUNDING) * below))
    linear = Linear.from_fields({**instance.linear.fields(), "target": [0.0] * instance.d})
    return holds, level * sample(plain, column, at.seed, draws_for(at)), law_of("linear.noise_law", linear)


def _slope_part(instance: DeepLinear, at: Level) -> tuple[bool, np.ndarray, Distribution]:
    """h = c u, c - a = <Xu, y - a Xu>/|Xu|^2 with a = <u,t>/|u|^2, so level |u|^2 (c - a)^2 is at most the risk.

    It is a multiple of chi2_1/chi2_n, as X u and X (t - a u) + e are independent.
    """
    u, t, level = instance.source, instance.target, float(instance.covariance[0])
    slope = float(u @ t / (u @ u))
    spread = level * float((t - slope * u) @ (t - slope * u)) + instance.sigma**2
    part = level * float(u @ u) * (sample(instance, "coefficient", at.seed, draws_for(at)) - slope) ** 2
    risk = sample(instance, "risk", at.seed, COMPARED)
    law = distribution_of(sp.Float(spread) * BetaPrime(sp.Rational(1, 2), sp.Rational(instance.n, 2)))
    return bool(np.all(risk >= (1 - means.ROUNDING) * part[:COMPARED])), part, law
