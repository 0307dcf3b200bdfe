"""Comparisons that look at several starts or sample sizes at once: benefit, best rescaling, samples needed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from numerics.linear import Linear
from theory.result import Result
from verify import means
from verify.claim import Case, Level
from verify.intervals import mean_interval
from verify.linear import certificates
from verify.linear.drawing import changed, chunks, sample, size_of
from verify.verdict import Outcome, decide

STRETCH = 0.5
"""The best multiple a* is compared at a* (1 - STRETCH) and a* (1 + STRETCH), where the risks must agree."""


def started_at(instance: Linear, start: np.ndarray) -> Linear:
    """The same instance from another start; the same stream gives the same designs."""
    return changed(instance, source=start.tolist())


def bias_differences(first: Linear, second: Linear, seed: int) -> Iterator[np.ndarray]:
    """Bias from the first start minus bias from the second, design by design."""
    return (a - b for a, b in zip(chunks(first, "bias", seed), chunks(second, "bias", seed), strict=True))


def benefit_check(result: Result, case: Case, at: Level) -> Outcome:
    """The gain over starting at zero, as the mean of paired differences."""
    instance: Linear = case.instance
    target, source = np.asarray(instance.target), np.asarray(instance.source)
    claimed = float(result.evaluate(**case.fields))
    variance = 0.0
    if instance.n < instance.d:
        variance = certificates.difference_second_moment(instance, target, target - source)
    return means.test_mean(
        bias_differences(started_at(instance, 0 * source), instance, at.seed),
        claimed,
        variance,
        certificates.CLOSED,
        delta=at.delta,
        scale=abs(claimed) or size_of(instance),
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )


def best_rescaling_check(result: Result, case: Case, at: Level) -> Outcome:
    """The risk is a parabola in the scale a: it is symmetric about a*, and about nothing else.

    A relative error eta in a* makes the two sides differ by 4 STRETCH a*^2 |u|^2 (1 - n/d) level eta, the scale here.
    """
    instance: Linear = case.instance
    target, source = np.asarray(instance.target), np.asarray(instance.source)
    best = float(result.evaluate(**case.fields))
    low, high = ((1 + sign * STRETCH) * best * source for sign in (-1, 1))
    curvature = (1 - instance.n / instance.d) * float(instance.covariance[0]) * float(source @ source)
    return means.test_mean(
        bias_differences(started_at(instance, high), started_at(instance, low), at.seed),
        0.0,
        certificates.difference_second_moment(instance, target - high, target - low),
        certificates.CLOSED,
        delta=at.delta,
        scale=4 * STRETCH * best**2 * curvature or size_of(instance),
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )


def samples_check(result: Result, case: Case, at: Level) -> Outcome:
    """At the number claimed the mean risk is at most r; with one sample less it is more.

    The tolerated risk lies half-way between two neighbours, and the intervals are a quarter of the step wide.
    """
    instance: Linear = case.instance
    gap = np.asarray(instance.target) - np.asarray(instance.source)
    step = float(instance.covariance[0] * (gap @ gap)) / instance.d
    tolerated = dict(case.arguments)["risk"]
    claimed = int(result.evaluate(**case.fields))
    low, _ = _mean_of(instance, claimed - 1, step, at)
    _, high = _mean_of(instance, claimed, step, at)
    enough, before = _mean_of(instance, claimed, step, at)[0], _mean_of(instance, claimed - 1, step, at)[1]
    off = int(enough + high > 2 * tolerated) - int(low + before <= 2 * tolerated)
    return Outcome(
        verdict=decide(refuted=enough > tolerated or before <= tolerated, supported=high <= tolerated < low),
        test="Catoni intervals on both sides",
        claimed=float(claimed),
        observed=float(claimed + off),
        resolution=1.0,
        relative_resolution=None,
        draws=2 * _draws(instance, step, at),
        certificate=certificates.CLOSED,
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )


def _draws(instance: Linear, step: float, at: Level) -> int:
    """Half-width sqrt(2 v ln(2/alpha)/N) of at most a quarter of a step."""
    widest = max(certificates.bias_variance(changed(instance, n=k)) for k in range(1, instance.d))
    return 1 + int(2 * widest * np.log(4 / min(at.alpha, at.alpha_pass)) / (step / 4) ** 2)


def _mean_of(instance: Linear, samples: int, step: float, at: Level) -> tuple[float, float]:
    """An interval for the expected bias with so many samples: none leave the source as it is, fewer there are not."""
    if samples <= 0:
        whole = step * instance.d if samples == 0 else np.inf
        return whole, whole
    sized = changed(instance, n=samples)
    variance = certificates.bias_variance(sized)
    draws = sample(sized, "bias", at.seed, _draws(instance, step, at) if variance else 1)
    return mean_interval(draws, variance, min(at.alpha, at.alpha_pass) / 2)
