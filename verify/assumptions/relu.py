"""Shallow ReLU networks with one assumption dropped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.random import Generator

from numerics.relu import ReLU
from theory.relu.setting import LINEAR, REGIME, START, WEIGHTS
from theory.result import Result
from verify.assumptions.drops import Drop
from verify.assumptions.readings import Reading, Seen
from verify.claim import Case, Level
from verify.pathwise import equality
from verify.plan import examples
from verify.relu import features, harmonics, residuals, training
from verify.relu.features import Weights
from verify.relu.instances import asked, sized
from verify.relu.training import timed


def signs(rng: Generator, shape: tuple[int, int]) -> np.ndarray:
    """Entries +-1, of the same variance."""
    return 2.0 * rng.integers(0, 2, shape) - 1


@dataclass(frozen=True)
class Wide:
    """An instance, what its formula is asked at, and how the network is made."""

    base: ReLU
    arguments: tuple[tuple[str, float], ...] = ()
    weights: Weights = features.normal
    quiet: bool = False
    moved: bool = True
    """Whether training starts at the source that the formula is told."""

    def but(self, **changes: Any) -> Wide:
        """The same but for some things."""
        return replace(self, **changes)

    def __str__(self) -> str:
        asked_at = "".join(f", {name}={value:.3g}" for name, value in self.arguments)
        return f"n={self.base.n}, d={self.base.d}{asked_at}"


def is_relu(key: str) -> bool:
    """Whether a result is about these networks."""
    return key.startswith("relu.")


ASKED = {
    "relu.kernel": asked("cosine", (0.3, 0.9)),
    "relu.kernel_expansion": asked("degree", (1, 2)),
    "relu.harmonics": asked("degree", (1, 2), (3, 4)),
    "relu.solution": timed(st.just(3.0)),
    "relu.linear_teacher_bound": sized((12, 16), (3, 4)),
}


def bases(key: str, times: int) -> tuple[Wide, ...]:
    """Instances, and what is asked at them."""
    return tuple(Wide(case.instance, case.arguments) for case in examples(ASKED[key], 2 * times))


def fields(world: Wide) -> dict[str, Any]:
    """What a formula is told: everything, but for noise where it assumes none."""
    told = {**world.base.fields(), **dict(world.arguments)}
    return {**told, "sigma": 0.0} if world.quiet else told


def noisy(world: Wide) -> Iterator[Wide]:
    """Label noise of the size of the labels; the formula is not told."""
    yield world.but(base=ReLU.from_fields({**world.base.fields(), "sigma": 0.5}), quiet=True)


def narrow(world: Wide) -> Iterator[Wide]:
    """Sixteen units."""
    yield world.but(base=ReLU.from_fields({**world.base.fields(), "width": 16}))


DROPS: tuple[Drop, ...] = (
    Drop(WEIGHTS.text, "Gaussian weights", "entries +-1", lambda world: iter([world.but(weights=signs)])),
    Drop(REGIME.text, "infinite width", "16 units", narrow),
    Drop(START.text, "start at the source", "from zero, the formula told u", lambda w: iter([w.but(moved=False)])),
    Drop(LINEAR.text, "no noise", "sigma = 0.5", noisy),
)


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


READINGS: Mapping[str, Reading] = {
    "relu.kernel": kernel,
    "relu.kernel_expansion": expansion,
    "relu.harmonics": harmonic,
    "relu.solution": solution,
    "relu.linear_teacher_bound": complexity,
}
