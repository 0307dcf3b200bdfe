"""Comparisons of means over both samples: in the mean where it has a variance, and in law where it has none.

Where a regression is near its threshold, what its labels' residual r leaves is |X+ r|^2 = v F, v the variance of an
entry of r and F, independent of it, a ratio of chi-squares: the only thing that has a heavy tail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import sympy as sp

from numerics import frozen as mc
from numerics.frozen import Frozen
from theory.calculus.laws import BetaPrime
from theory.distribution import Distribution, distribution_of
from theory.result import Result
from verify import means
from verify.claim import Case, Level
from verify.drawing import first
from verify.frozen.drawing import chunks, columns, sample, size_of
from verify.linear.laws import concluded, draws_for, law_outcome
from verify.verdict import Outcome, Verdict

PILOT, COMPARED = 16384, 4096
"""Draws of a pilot, and those that are compared one by one."""
PILOTED = "pilot x2"


def source_error_check(result: Result, case: Case, at: Level) -> Outcome:
    """E of the error at the transferred coordinates."""
    instance: Frozen = case.instance
    claimed = float(result.evaluate(**case.fields))
    if mc.moment_is_finite(instance, "source_error", 2):
        variance = _pilot(instance, at)
        return mean_is(claimed, chunks(instance, "source_error", at.seed), variance, size_of(instance), at)
    heavy = of_the_source(instance)
    if heavy.law.mean == np.inf:
        return infinite(claimed, _above_source(instance, "source_error", at), heavy, at)
    return through(claimed, heavy, _source_averaged(instance, heavy, at.seed), size_of(instance), at)


def risk_check(result: Result, case: Case, at: Level) -> Outcome:
    """E of the excess risk."""
    instance: Frozen = case.instance
    claimed = float(result.evaluate(**case.fields))
    if mc.moment_is_finite(instance, "risk", 2):
        variance = _pilot(instance, at, "risk")
        return mean_is(claimed, chunks(instance, "risk", at.seed), variance, size_of(instance), at)
    if not mc.moment_is_finite(instance, "risk", 1):
        return infinite_risk(instance, claimed, at)
    if not mc.moment_is_finite(instance, "source_error", 2):
        heavy = of_the_source(instance)
        return through(claimed, heavy, _risk_averaged(instance, heavy, at.seed), size_of(instance), at)
    heavy = of_the_target(instance)
    return through(claimed, heavy, _target_averaged(instance, heavy, at.seed), size_of(instance), at)


def infinite_risk(instance: Frozen, claimed: float, at: Level) -> Outcome:
    """The mean of the risk is infinite, by the source or else by the target."""
    if not mc.moment_is_finite(instance, "source_error", 1):
        return infinite(claimed, _above_source(instance, "risk", at), of_the_source(instance), at)
    heavy = of_the_target(instance)
    return infinite(claimed, _above_target(instance, heavy, at), heavy, at)


def same_task(instance: Frozen) -> Frozen:
    """The instance with the target's own task as the source's."""
    return Frozen.from_fields({**instance.fields(), "task_map": [1.0] * instance.d})


def one_more_trained(instance: Frozen, moved: int) -> Frozen:
    """The instance with one transferred coordinate trained instead."""
    return trained(instance, [moved])


def trained(instance: Frozen, moved: Sequence[int]) -> Frozen:
    """The instance with some of the transferred coordinates trained instead."""
    left = [j for j in instance.transferred.tolist() if j not in moved]
    return Frozen.from_fields({**instance.fields(), "free": [*instance.free.tolist(), *moved], "transferred": left})


def similarity_check(result: Result, case: Case, at: Level) -> Outcome:
    """The risk from the target's own task less that from a multiple of it, in the same samples."""
    return _gain(result, case, same_task(case.instance), at)


def freezing_check(result: Result, case: Case, at: Level) -> Outcome:
    """The risk with a transferred coordinate trained less that with it frozen."""
    moved = int(dict(case.arguments)["coordinate"])
    return _gain(result, case, one_more_trained(case.instance, moved), at)


def _gain(result: Result, case: Case, other: Frozen, at: Level) -> Outcome:
    """The mean of the other's risk less the instance's own, pair by pair."""
    instance: Frozen = case.instance
    size = min(mc.batch_size(one) for one in (other, instance))

    def pairs(seed: int) -> Iterator[np.ndarray]:
        both = (chunks(one, "risk", seed, size) for one in (other, instance))
        return (a - b for a, b in zip(*both, strict=True))

    variance = means.pilot_variance(first(pairs(at.seed ^ 1), PILOT))
    return mean_is(float(result.evaluate(**case.fields)), pairs(at.seed), variance, size_of(instance), at)


@dataclass(frozen=True)
class Heavy:
    """Draws of the ratio F (seed, size), its law, and the least variance of an entry of the residual."""

    drawn: Callable[[int, int], np.ndarray]
    law: Distribution
    least: float

    def test(self, at: Level) -> Outcome:
        """Whether the ratio has its law."""
        return law_outcome(self.law.cdf, self.drawn(at.seed, draws_for(at)), at)


def ratio_law(n: int, k: int) -> Distribution:
    """The law of |X+ r|^2/v for n samples of k features: chi2_k/chi2_(n-k+1) or chi2_n/chi2_(k-n+1) (Hotelling)."""
    return distribution_of(BetaPrime(sp.Rational(min(n, k), 2), sp.Rational(abs(n - k) + 1, 2)))


def of_the_target(instance: Frozen) -> Heavy:
    """The regression on the free coordinates: sigma^2 + |t_Z|^2 of its residual's variance is there in every trial."""
    zeroed = instance.target[instance.zeroed]
    least = instance.sigma**2 + float(zeroed @ zeroed)
    return Heavy(partial(sample, instance, "ratio"), ratio_law(instance.n, instance.free.size), least)


def of_the_source(instance: Frozen) -> Heavy:
    """That of the source where all that it learns is transferred and its task is H t: then v is a number."""
    assert instance.transferred.size == instance.source_coordinates.size
    assert instance.task_noise == 0
    hidden = instance.task_mean[instance.hidden]
    least = instance.sigma_source**2 + float(hidden @ hidden)
    law = ratio_law(instance.n_source, instance.source_coordinates.size)
    return Heavy(partial(sample, instance, "source_ratio"), law, least)


def _above_target(instance: Frozen, heavy: Heavy, at: Level) -> bool:
    """The risk is at least |XF+ r|^2, as Q tF is orthogonal to it and the rest is a square."""
    risk, ratio = (sample(instance, name, at.seed, COMPARED) for name in ("risk", "ratio"))
    return heavy.least > 0 and bool(np.all(risk >= (1 - means.ROUNDING) * heavy.least * ratio))


def _above_source(instance: Frozen, column: str, at: Level) -> bool:
    """Risk and error are at least |XS+ r|^2/2 less the error without r, as |b|^2/2 - |a|^2 <= |a - b|^2; and that error
    is at most (|t| + |H t|)^2."""
    heavy = of_the_source(instance)
    known = (np.linalg.norm(instance.target) + np.linalg.norm(instance.task_mean)) ** 2
    found, ratio, bias = (sample(instance, name, at.seed, COMPARED) for name in (column, "source_ratio", "source_bias"))
    above = found >= heavy.least * ratio / 2 - (1 + means.ROUNDING) * bias - means.ROUNDING * heavy.least * ratio
    return heavy.least > 0 and bool(np.all(above) and np.all(bias <= (1 + means.ROUNDING) * known))


def infinite(claimed: float, holds: bool, heavy: Heavy, at: Level) -> Outcome:
    """The mean is infinite if that of F is."""
    note = "in law: the mean is infinite, as that of a lower bound is"
    return concluded(heavy.test(at), holds and claimed == np.inf, note, f"{claimed:g} is claimed")


def through(claimed: float, heavy: Heavy, averaged: Iterator[np.ndarray], size: float, at: Level) -> Outcome:
    """Where F has a mean and no variance: its law, and the mean of what is left when F is replaced by its mean."""
    half = replace(at, alpha=at.alpha / 2, alpha_pass=at.alpha_pass / 2)
    outcome = heavy.test(half)
    if outcome.verdict is not Verdict.SUPPORTED or not np.isfinite(claimed):
        return concluded(outcome, bool(np.isfinite(claimed)), "the law of the ratio", f"{claimed:g} is claimed")
    pilot = means.pilot_variance(np.concatenate([next(averaged) for _ in range(2)]))
    note = "the ratio of chi-squares in law, and averaged exactly: the mean has infinite variance here"
    return replace(mean_is(claimed, averaged, pilot, size, half), note=note)


def _source_averaged(instance: Frozen, heavy: Heavy, seed: int) -> Iterator[np.ndarray]:
    """|t - w|^2 without r, and v E F: the residual is symmetric about 0, so that the two parts are uncorrelated."""
    return (bias + heavy.least * heavy.law.mean for bias in chunks(instance, "source_bias", seed))


def _target_averaged(instance: Frozen, heavy: Heavy, seed: int) -> Iterator[np.ndarray]:
    """The risk with v E F instead of v F, v = sigma^2 + |t_Z|^2 + the error of the transferred weights."""
    for risk, noise, error in columns(instance, ("risk", "noise", "source_error"), seed):
        yield risk - noise + (heavy.least + error) * heavy.law.mean


def _risk_averaged(instance: Frozen, source: Heavy, seed: int) -> Iterator[np.ndarray]:
    """The risk with the error of the source averaged as in `_source_averaged`, wherever it stands.

    It is a part of the risk, and of the variance v of the target's residual, of which |XF+ r|^2 = v F; F is replaced by
    its mean where it has no variance.
    """
    target = of_the_target(instance)
    names = ("risk", "noise", "source_error", "source_bias", "ratio")
    drawn = mc.moment_is_finite(instance, "ratio", 2)
    for risk, noise, error, bias, ratio in columns(instance, names, seed):
        averaged = bias + source.least * source.law.mean
        yield risk - noise - error + averaged + (target.least + averaged) * (ratio if drawn else target.law.mean)


def _pilot(instance: Frozen, at: Level, column: str = "source_error") -> float:
    return means.pilot_variance(sample(instance, column, at.seed ^ 1, PILOT))


def mean_is(claimed: float, draws: Iterator[np.ndarray], variance: float, size: float, at: Level) -> Outcome:
    """The test of a mean; `size` is what an error is relative to where 0 is claimed."""
    return means.test_mean(
        draws,
        claimed,
        variance,
        PILOTED,
        delta=at.delta,
        scale=abs(claimed) or size,
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )
