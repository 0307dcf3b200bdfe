"""Comparisons of means over designs: in the mean where it is finite, and in law where it is not."""

from __future__ import annotations

from collections.abc import Callable

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
NEVER_NEGATIVE = "none needed: what is never negative is 0 if its mean is"
Lower = Callable[[DeepLinear, Level], tuple[bool, np.ndarray, Distribution]]
"""Whether something is below the risk draw by draw, draws of it, and its law."""
Certificate = Callable[[DeepLinear, Level], tuple[float, str]]
"""A bound for the variance of the risk, and what it rests on."""


def risk_check(result: Result, case: Case, at: Level) -> Outcome:
    """E of the risk equals the formula; where infinite, what the noise alone leaves has a law without a mean."""
    return _mean(result, case, at, _noise_part, piloted)


def frozen_check(result: Result, case: Case, at: Level) -> Outcome:
    """The same with frozen layers, where the risk is a constant plus at most a ratio of chi-squares."""
    return _mean(result, case, at, _slope_part, slope_variance)


def _mean(result: Result, case: Case, at: Level, lower: Lower, certificate: Certificate) -> Outcome:
    instance: DeepLinear = case.instance
    claimed = float(result.evaluate(**case.fields))
    if not mc.moment_is_finite(instance, "risk", 1):
        holds, draws, law = lower(instance, at)
        note = "in law: the mean is infinite, as that of a lower bound is"
        infinite = claimed == law.mean == np.inf
        return concluded(law_outcome(law.cdf, draws, at), holds and infinite, note, f"{claimed:g} is claimed")
    one_left = 0 < instance.frozen_layers == instance.depth - 1
    if one_left and not mc.moment_is_finite(instance, "risk", 2):
        return _through_slope(claimed, instance, at)
    variance, certified_by = certificate(instance, at) if claimed else (0.0, NEVER_NEGATIVE)
    return means.test_mean(
        chunks(instance, "risk", at.seed),
        claimed,
        variance,
        certified_by,
        delta=at.delta,
        scale=abs(claimed) or size_of(instance),
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )


def _through_slope(claimed: float, instance: DeepLinear, at: Level) -> Outcome:
    """Where the risk has no variance, with one layer left: it is a constant more than what has the law of `slope_law`,
    so that its mean is that of the law and the constant."""
    holds, draws, law = _slope_part(instance, at)
    outcome, part = law_outcome(law.cdf, draws, at), draws[:COMPARED]
    risk = sample(instance, "risk", at.seed, COMPARED)
    rest = float(risk[0] - part[0])
    holds &= bool(np.all(np.abs(risk - part - rest) <= means.ROUNDING * (part + law.mean)))
    agrees = abs(claimed - law.mean - rest) <= means.ROUNDING * (law.mean + rest)
    return concluded(outcome, holds and agrees, "in law: its variance is infinite", f"it makes {law.mean + rest:g}")


def piloted(instance: DeepLinear, at: Level) -> tuple[float, str]:
    """Twice the variance of an independent pilot."""
    return means.pilot_variance(sample(instance, "risk", at.seed ^ 1, PILOT)), "pilot x2"


def slope_variance(instance: DeepLinear, _: Level) -> tuple[float, str]:
    """A bound for the variance of the risk r + k (c - a)^2 with frozen layers, c the slope z + a or max(z + a, 0).

    It is at most E (R - r0)^2 for any number r0.  Where c = z + a, or a >= 0, take the least risk r: (c - a)^2 <= z^2.
    Where a < 0 and c = max(z + a, 0), the risk r + k a^2 of c = 0: for c > 0 it is 0 <= (c - a)^2 - a^2 <= z^2.
    So it is at most E (k z^2)^2, and k z^2 has the law of `slope_law`.  A pilot that saw no positive slope among its
    draws would say that nothing varies.
    """
    law = slope_law(instance)
    return law.variance + law.mean**2, "analytic bound"


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
    """h = c u, c - a = <Xu, y - a Xu>/|Xu|^2 with a = <u,t>/|u|^2, so level |u|^2 (c - a)^2 is at most the risk."""
    u, t, level = instance.source, instance.target, float(instance.covariance[0])
    away = sample(instance, "coefficient", at.seed, draws_for(at)) - float(u @ t / (u @ u))
    part = level * float(u @ u) * away**2
    risk = sample(instance, "risk", at.seed, COMPARED)
    return bool(np.all(risk >= (1 - means.ROUNDING) * part[:COMPARED])), part, slope_law(instance)


def slope_law(instance: DeepLinear) -> Distribution:
    """The law of level |u|^2 (c - a)^2 for the slope c: a multiple of chi2_1/chi2_n, as X u and X (t - a u) + e are
    independent."""
    u, t, level = instance.source, instance.target, float(instance.covariance[0])
    rest = t - float(u @ t / (u @ u)) * u
    spread = level * float(rest @ rest) + instance.sigma**2
    return distribution_of(sp.Float(spread) * BetaPrime(sp.Rational(1, 2), sp.Rational(instance.n, 2)))
