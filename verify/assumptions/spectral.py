"""Estimators that act on singular values, with one assumption dropped: the literal weights on the literal data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from numerics.early_stopping import EarlyStopping
from numerics.linear import Linear
from numerics.ridge import Ridge
from numerics.spectral import Spectral
from numerics.weight_average import WeightAverage
from theory.catalogue import result as catalogued
from theory.result import Result
from verify.assumptions.readings import (
    PILOT,
    Reading,
    Seen,
    bound_kept,
    exceeded,
    level_reached,
    mean_is,
    mean_of,
    mean_power,
    risk,
    told,
)
from verify.assumptions.world import Drawn, Trials, World
from verify.claim import Case, Level
from verify.drawing import first
from verify.linear import instances
from verify.plan import examples
from verify.spectral import APART, NEAR

Own = tuple[tuple[str, Any], ...]
SETTINGS: Mapping[str, tuple[type[Spectral], Own]] = {
    "ridge": (Ridge, (("penalty", 0.4),)),
    "early_stopping": (EarlyStopping, (("time", 1.0),)),
    "weight_average": (WeightAverage, (("mix", 0.4),)),
    "early_stopping.descent_risk": (EarlyStopping, (("steps", 4), ("step_size", 0.2))),
}
"""What is drawn in the worlds of a setting, or of one of its results."""
NOISY = (
    *("ridge.best_penalty", "ridge.best_risk", "ridge.gain"),
    *("early_stopping.best_time", "early_stopping.over_ridge"),
)
"""Results that need label noise."""
EXACT = (
    *("ridge.best_penalty", "weight_average.risk", "weight_average.risk_covariate_shift"),
    *("weight_average.best_mix", "weight_average.gain"),
    *("ridge.risk_exact", "ridge.error_moments", "ridge.inverse_moments"),
    *("ridge.quantile", "ridge.upper_bound", "ridge.lower_bound"),
)
"""Results that say something at finite n and d; all others are leading orders."""


def is_spectral(key: str) -> bool:
    """Whether a result is about such an estimator."""
    return key.split(".")[0] in SETTINGS


@st.composite
def large(draw: st.DrawFn) -> Case:
    """n = 16, d = 32, flat; a source that is off by more than its noise."""
    target, source = instances.pair(32, draw(instances.norms), 0.7, 0.8, draw(instances.directions))
    fields = {"n": 16, "d": 32, "sigma": draw(st.floats(0.3, 0.6)), "source": source, "target": target}
    return Case(Linear.from_fields(fields))


def bases(key: str, times: int) -> tuple[World, ...]:
    """Worlds in which nothing is wrong."""
    estimator = SETTINGS.get(key, SETTINGS[key.split(".")[0]])
    return tuple(World(case.instance).but(spectral=estimator) for case in examples(large(), 2 * times))


def fields(key: str, world: World) -> dict[str, Any]:
    """What a formula is told of them: of one for any covariance its spectrum too."""
    assert world.spectral is not None
    found = told(world) | dict(world.spectral[1])
    if key == "weight_average.risk_covariate_shift":
        found["test_spectrum"] = world.base.risk_weights
    return found | ({"spectrum": world.base.covariance} if key.endswith("equivalent") else {})


def with_own(drawn: Drawn, **changes: Any) -> Drawn:
    """The same data, the estimator with other fields of its own."""
    assert drawn.world.spectral is not None
    kind, own = drawn.world.spectral
    world = drawn.world.but(spectral=(kind, tuple((dict(own) | changes).items())))
    return replace(drawn, world=world)


def least_at(parameter: str) -> Reading:
    """The slope of the risk in a parameter is zero at the value claimed, relative to the curvature there."""

    def read(result: Result, world: Any, given: Mapping[str, Any], at: Level) -> Seen:
        claimed = float(result.evaluate(**given))

        def moved(share: float) -> Callable[[Drawn], Trials]:
            return lambda drawn: with_own(drawn, **{parameter: (1 + share) * claimed}).risk

        def slope(drawn: Drawn) -> Trials:
            return np.asarray((moved(NEAR)(drawn) - moved(-NEAR)(drawn)) / (2 * NEAR))

        def bend(drawn: Drawn) -> Trials:
            return np.asarray(moved(APART)(drawn) - 2 * moved(0.0)(drawn) + moved(-APART)(drawn))

        curvature = float(np.mean(first(map(bend, world.batches(at.seed ^ 2)), PILOT))) / APART**2
        return mean_is(slope, 0.0, world, at, scale=abs(curvature))

    return read


def best_penalty(given: Mapping[str, Any], **changes: Any) -> float:
    """The best one, as the catalogue has it."""
    return float(catalogued("ridge.best_penalty").evaluate(**given, **changes))


def at_best(result: Result, world: Any, given: Mapping[str, Any], at: Level) -> Seen:
    """The mean risk at the best penalty."""
    penalty = best_penalty(given)
    return mean_of(lambda drawn: with_own(drawn, penalty=penalty).risk)(result, world, given, at)


def gained(result: Result, world: Any, given: Mapping[str, Any], at: Level) -> Seen:
    """The mean risk from zero at its best penalty less that from the source at its own, to a share of the risk."""
    own, ordinary = best_penalty(given), best_penalty({**given, "source": 0 * np.asarray(given["source"])})

    def column(drawn: Drawn) -> Trials:
        zero = replace(drawn, u=0 * drawn.u)
        return np.asarray(with_own(zero, penalty=ordinary).risk - with_own(drawn, penalty=own).risk)

    size = float(np.mean(first(map(risk, world.batches(at.seed ^ 2)), PILOT)))
    return mean_is(column, float(result.evaluate(**given)), world, at, scale=size)


def over_ridge(result: Result, world: Any, given: Mapping[str, Any], at: Level) -> Seen:
    """The mean risk less that of ridge at its best penalty, to a share of the risk."""
    ridge = (("penalty", best_penalty({k: z for k, z in given.items() if k != "time"})),)

    def column(drawn: Drawn) -> Trials:
        other = replace(drawn, world=drawn.world.but(spectral=(Ridge, ridge)))
        return np.asarray(drawn.risk - other.risk)

    size = float(np.mean(first(map(risk, world.batches(at.seed ^ 2)), PILOT)))
    return mean_is(column, float(result.evaluate(**given)), world, at, scale=size)


def over_ends(result: Result, world: Any, given: Mapping[str, Any], at: Level) -> Seen:
    """The mean risk of the better end less that of the average, to a share of the risk."""

    def end(share: float) -> Callable[[Drawn], Trials]:
        near = 1 - 1e-9 if share else 0.0
        return lambda drawn: with_own(drawn, mix=near).risk

    means = {share: float(np.mean(first(map(end(share), world.batches(at.seed ^ 2)), PILOT))) for share in (0.0, 1.0)}
    better = end(min(means, key=means.__getitem__))
    claimed = float(result.evaluate(**given))
    return mean_is(lambda drawn: better(drawn) - drawn.risk, claimed, world, at, scale=min(means.values()))


READINGS: Mapping[str, Reading] = {
    "weight_average.risk": mean_of(risk),
    "weight_average.risk_covariate_shift": mean_of(risk),
    "weight_average.best_mix": least_at("mix"),
    "weight_average.gain": over_ends,
    "early_stopping.risk": mean_of(risk),
    "early_stopping.descent_risk": mean_of(risk),
    "early_stopping.best_time": least_at("time"),
    "early_stopping.over_ridge": over_ridge,
    "ridge.risk": mean_of(risk),
    "ridge.risk_equivalent": mean_of(risk),
    "ridge.best_penalty": least_at("penalty"),
    "ridge.best_risk": at_best,
    "ridge.gain": gained,
    "ridge.risk_exact": mean_of(risk),
    "ridge.error_moments": mean_power,
    "ridge.inverse_moments": mean_power,
    "ridge.quantile": level_reached,
    "ridge.upper_bound": bound_kept,
    "ridge.lower_bound": exceeded,
}
