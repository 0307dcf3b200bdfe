"""How a formula on shallow ReLU networks is compared with what is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import numpy as np

from numerics.relu import ReLU
from theory.result import Result
from verify import coverage
from verify.assumptions.readings import Reading, Seen, mean_is, mean_of
from verify.assumptions.relu.world import Drawn
from verify.claim import Case, Level
from verify.drawing import first
from verify.pathwise import equality
from verify.relu import features, harmonics, residuals, training


def kernel(result: Result, world: Any, given: Mapping[str, Any], at: Level) -> Seen:
    """The mean of products of slopes."""
    cosine = dict(world.arguments)["cosine"]
    return Seen(features.mean(float(result.evaluate(**given)), world.base.d, cosine, at, world.weights))


def expansion(result: Result, world: Any, _: Mapping[str, Any], at: Level) -> Seen:
    """The sum of the series against that mean."""
    claimed = features.series(result, Case(world.base))
    return Seen(features.mean(claimed, world.base.d, features.COSINE, at, world.weights))


def harmonic(result: Result, world: Any, given: Mapping[str, Any], at: Level) -> Seen:
    """The eigenvalue."""
    order = int(dict(world.arguments)["degree"])
    return Seen(harmonics.mean(float(result.evaluate(**given)), world.base.d, order, at, world.weights))


def complexity(result: Result, world: Any, given: Mapping[str, Any], at: Level) -> Seen:
    """y~'H^-1 y~, H as the weights make it."""
    return Seen(residuals.never_above(float(result.evaluate(**given)), world.base, at, world.weights))


def solution(result: Result, world: Any, given: Mapping[str, Any], at: Level) -> Seen:
    """Outputs after a time: of the differential equation, or of a network by small steps."""
    base, duration = world.base, given["duration"]
    sample = training.sample(base, at.seed)
    start = base.source if world.moved else np.zeros(base.d)
    found = training.after(ReLU.from_fields({**base.fields(), "source": start.tolist()}), sample, duration, at.seed)
    return Seen(equality(found, training.claimed(result, base, sample, duration), at))


def bounded(result: Result, world: Any, given: Mapping[str, Any], at: Level) -> Seen:
    """How often the mean absolute error is below the bound."""
    limit, confidence = float(result.evaluate(**given)), given["confidence"]
    needed = coverage.trials_needed(at.delta, at.alpha, at.alpha_pass)
    hits = int(np.count_nonzero(first(map(attrgetter("absolute"), world.batches(at.seed)), needed) < limit))
    levels = {"delta": at.delta, "alpha": at.alpha, "alpha_pass": at.alpha_pass}
    return Seen(coverage.test_at_least(hits, needed, confidence, **levels))


def saved(result: Result, world: Any, given: Mapping[str, Any], at: Level) -> Seen:
    """From zero, with the samples that are saved added, the risk is the one that was asked for."""
    needed = world.base.n + float(result.evaluate(**given))
    fewer, more = int(np.floor(needed)), int(np.ceil(needed))
    zero = {**world.base.fields(), "source": [0.0] * world.base.d}
    between = [world.but(base=ReLU.from_fields({**zero, "n": max(1, count_)})) for count_ in (fewer, more)]

    def risk(batch: Drawn) -> np.ndarray:
        one, other = (Drawn(of, batch.seed, batch.number).risk for of in between)
        return np.asarray(one + (needed - fewer) * (other - one))

    return mean_is(risk, float(given["risk"]), world, at)


READINGS: Mapping[str, Reading] = {
    "relu.kernel": kernel,
    "relu.kernel_expansion": expansion,
    "relu.harmonics": harmonic,
    "relu.solution": solution,
    "relu.linear_teacher_bound": complexity,
    "relu.bound": bounded,
    "relu.risk_equivalent": mean_of(attrgetter("risk")),
    "relu.sample_complexity": saved,
    "relu.pretrained_error": mean_of(attrgetter("cost")),
}
