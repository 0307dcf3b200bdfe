"""Shallow ReLU networks with one assumption dropped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from operator import attrgetter
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.random import Generator

from numerics.relu import ReLU
from numerics.relu.data import Data, Sample, data
from numerics.relu.kernel import predictions
from numerics.relu.sampling import trained
from theory.relu.bound import ALIKE
from theory.relu.setting import HIGH, LEARNED, LINEAR, REGIME, SPHERE, START, WEIGHTS
from theory.result import Result
from verify import coverage
from verify.assumptions.drops import Drop
from verify.assumptions.readings import Reading, Seen, mean_is, mean_of
from verify.claim import Case, Level
from verify.drawing import first
from verify.pathwise import equality
from verify.plan import examples
from verify.relu import features, harmonics, residuals, training
from verify.relu.bounds import sure
from verify.relu.equivalent import Profile, left
from verify.relu.features import Weights
from verify.relu.instances import asked, sized
from verify.relu.training import timed


def signs(rng: Generator, shape: tuple[int, int]) -> np.ndarray:
    """Entries +-1, of the same variance."""
    return 2.0 * rng.integers(0, 2, shape) - 1


BATCH, UNITS = 256, 48


@dataclass(frozen=True)
class Wide:
    """An instance, what its formula is asked at, and how data and network are made.

    quiet    the formula is told that there is no noise
    moved    training starts at the source that the formula is told
    spread   features vary so many times as much, or as little, in turn, before inputs are scaled to length one
    apart    inputs of the sample are across t - u, those of the test along it
    shared   the source is learned on the inputs of the target sample
    """

    base: ReLU
    arguments: tuple[tuple[str, float], ...] = ()
    weights: Weights = features.normal
    quiet: bool = False
    moved: bool = True
    spread: float = 1.0
    apart: bool = False
    shared: bool = False

    def but(self, **changes: Any) -> Wide:
        """The same but for some things."""
        return replace(self, **changes)

    def batches(self, seed: int) -> Iterator[Drawn]:
        """Batch after batch."""
        return (Drawn(self, seed, number) for number in count())

    @property
    def balanced(self) -> bool:
        """Whether draws are cheap: no network is trained."""
        return self.base.width is None

    def __str__(self) -> str:
        asked_at = "".join(f", {name}={value:.3g}" for name, value in self.arguments)
        return f"n={self.base.n}, d={self.base.d}{asked_at}"


@dataclass(frozen=True)
class Drawn:
    """A batch of samples, and what training makes of them."""

    world: Wide
    seed: int
    number: int

    @cached_property
    def data(self) -> Data:
        """Of the model, changed."""
        world, base = self.world, self.world.base
        given = data(base, self.seed, self.number, BATCH)
        target, source = self._changed(given.target, base.target), given.source
        if source is not None and base.source_teacher is not None:
            source = self._changed(source, base.source_teacher)
            if world.shared:
                shown = np.resize(target.x, source.x.shape)
                source = Sample(shown, shown @ base.source_teacher)
        return Data(target, source, self._gap()[None, None] if world.apart else given.test)

    def _gap(self) -> np.ndarray:
        base = self.world.base
        assert base.source is not None
        apart = base.target - base.source
        return np.asarray(apart / np.linalg.norm(apart))

    def _changed(self, sample: Sample, teacher: np.ndarray) -> Sample:
        noise, x = sample.y - sample.x @ teacher, sample.x
        scale = np.where(np.arange(x.shape[-1]) % 2, self.world.spread, 1 / self.world.spread)
        x = x * scale
        if self.world.apart:
            x = x - (x @ self._gap())[..., None] * self._gap()
        x = x / np.linalg.norm(x, axis=-1, keepdims=True)
        return Sample(x, x @ teacher + noise)

    @cached_property
    def missed(self) -> np.ndarray:
        """f(x) - t'x on the test points."""
        base, given = self.world.base, self.data
        if not self.world.moved:
            base = ReLU.from_fields({**base.fields(), "source": [0.0] * base.d})
        found = predictions(base, given)[0] if base.width is None else trained(base, given, self.seed, self.number)
        return np.asarray(found - given.test @ base.target)

    @property
    def risk(self) -> np.ndarray:
        """Mean squares."""
        return np.asarray(np.mean(self.missed**2, axis=1))

    @property
    def absolute(self) -> np.ndarray:
        """Mean sizes."""
        return np.asarray(np.mean(np.abs(self.missed), axis=1))

    @property
    def cost(self) -> np.ndarray:
        """The risk, less that from the source teacher itself."""
        told = self.world.base.fields()
        kept = {name: z for name, z in told.items() if name not in ("n_source", "sigma_source", "source_teacher")}
        other = self.world.but(base=ReLU.from_fields({**kept, "source": told["source_teacher"]}))
        return np.asarray(self.risk - Drawn(other, self.seed, self.number).risk)


def is_relu(key: str) -> bool:
    """Whether a result is about these networks."""
    return key.startswith("relu.")


LIMITS, LARGE = ("relu.risk_equivalent", "relu.sample_complexity", "relu.pretrained_error"), 16
ASKED = {
    "relu.kernel": asked("cosine", (0.3, 0.9)),
    "relu.kernel_expansion": asked("degree", (1, 2)),
    "relu.harmonics": asked("degree", (1, 2), (3, 4)),
    "relu.solution": timed(st.just(3.0)),
    "relu.linear_teacher_bound": sized((12, 16), (3, 4)),
    "relu.bound": sure((48, 60), (4, 6)),
}


def large(key: str, times: int) -> tuple[Wide, ...]:
    """Instances at which a limit is near, and the risk that is asked for."""
    learned, aspect = (0.5, 2.0) if key == "relu.pretrained_error" else (0.0, 2.0)
    found = []
    for phase in np.linspace(0.1, 0.9, 2 * times):
        base = Profile(aspect, 0.0, float(phase), learned).at(LARGE)
        risk = (("risk", left(base)),) if key == "relu.sample_complexity" else ()
        found.append(Wide(base, risk))
    return tuple(found)


def bases(key: str, times: int) -> tuple[Wide, ...]:
    """Instances, and what is asked at them."""
    if key in LIMITS:
        return large(key, times)
    return tuple(Wide(case.instance, case.arguments) for case in examples(ASKED[key], 2 * times))


def fields(world: Wide) -> dict[str, Any]:
    """What a formula is told: everything, but for noise where it assumes none."""
    told = {**world.base.fields(), **dict(world.arguments)}
    return {**told, "sigma": 0.0} if world.quiet else told


def noisy(world: Wide) -> Iterator[Wide]:
    """Label noise of the size of the labels; the formula is not told."""
    yield world.but(base=ReLU.from_fields({**world.base.fields(), "sigma": 0.5}), quiet=True)


def narrow(world: Wide) -> Iterator[Wide]:
    """Few units, and few samples, so that they can be fitted."""
    base, asked_at = world.base, dict(world.arguments)
    if base.d == 2 * LARGE:
        base = Profile(2.0, 0.0, 0.3, (base.n_source or 0) / base.n).at(4)
        asked_at = {name: left(base) for name in asked_at}
    few = {"n": min(base.n, 6), "width": UNITS}
    yield Wide(ReLU.from_fields({**base.fields(), **few}), tuple(asked_at.items()))


def few_features(world: Wide) -> Iterator[Wide]:
    """Eight samples in two features, with noise where it is not assumed away."""
    learned, asked_at = world.base.n_source or 0, dict(world.arguments)
    base = Profile(0.25, 0.0 if asked_at else 0.6, 0.3, learned / world.base.n).at(8)
    yield Wide(base, tuple((name, left(base)) for name in asked_at))


DROPS: tuple[Drop, ...] = (
    Drop(WEIGHTS.text, "Gaussian weights", "entries +-1", lambda world: iter([world.but(weights=signs)])),
    Drop(REGIME.text, "infinite width", f"{UNITS} units", narrow),
    Drop(SPHERE.text, "uniform inputs", "variances 16 and 1/16 in turn", lambda w: iter([w.but(spread=4.0)])),
    Drop(
        ALIKE.text, "one law of inputs", "the test along t - u, the sample across", lambda w: iter([w.but(apart=True)])
    ),
    Drop(HIGH.text, "n and d large", "n = 8, d = 2", few_features),
    Drop(LEARNED.text, "independent source sample", "the inputs of the target", lambda w: iter([w.but(shared=True)])),
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
