"""The instances at which an assumption on shallow ReLU networks is dropped, and how."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.random import Generator

from numerics.relu import ReLU
from theory.relu.bound import ALIKE
from theory.relu.setting import HIGH, LEARNED, LINEAR, REGIME, SPHERE, START, WEIGHTS
from verify.assumptions.drops import Drop
from verify.assumptions.relu.world import Wide
from verify.plan import examples
from verify.relu.bounds import sure
from verify.relu.equivalent import Profile, left
from verify.relu.instances import asked, sized
from verify.relu.training import timed


def signs(rng: Generator, shape: tuple[int, int]) -> np.ndarray:
    """Entries +-1, of the same variance."""
    return 2.0 * rng.integers(0, 2, shape) - 1


UNITS = 48
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
