"""What training ends in: by its differential equation at infinite width, and networks of growing width."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from hypothesis import strategies as st
from jaxtyping import Float

from numerics.relu import ReLU
from numerics.relu.data import inputs
from numerics.relu.flow import flow
from numerics.relu.network import Network, pretrained, steps, train
from numerics.streams import stream
from theory.result import Result
from verify.claim import Case, Level
from verify.doubling import at_size, decided
from verify.drawing import kept
from verify.pathwise import equality
from verify.relu.instances import fields, sized
from verify.verdict import Outcome

Outputs = Float[np.ndarray, " points"]
POINTS = 8
"""Inputs at which networks are compared."""
STEP, COARSE = 1e-3, 0.02
"""Of gradient descent, in the place of a flow; the latter where its error is below that of a finite width, squared."""
WIDTHS, FIRST_LOOK = (64, 128, 256, 1024), 512


@dataclass(frozen=True, eq=False)
class Given:
    """One sample, and inputs beside it."""

    x: Float[np.ndarray, "n d"]
    y: Float[np.ndarray, " n"]
    points: Float[np.ndarray, "points d"]


def sample(instance: ReLU, seed: int) -> Given:
    """A sample with labels of the teacher, and other inputs."""
    rng = stream(seed, 0)
    x, points = (inputs(rng, 1, size, instance.d)[0] for size in (instance.n, POINTS))
    return Given(x, x @ instance.target + instance.sigma * rng.standard_normal(instance.n), points)


def claimed(result: Result, instance: ReLU, given: Given, duration: float | str) -> Float[np.ndarray, " points"]:
    """The formula at every one of the inputs."""
    told = {"X": given.x, "y": given.y, "source": instance.source, "duration": duration}
    return np.array([float(result.evaluate(**told, point=at)) for at in given.points])


def after(instance: ReLU, given: Given, duration: float, seed: int) -> Outputs:
    """What training for a time makes of the outputs: their differential equation, or a network by small steps."""
    assert instance.source is not None
    if instance.width is not None:
        start = pretrained(instance, stream(seed, 0, 1), None)
        return steps(start, given.x, given.y, size=STEP, count=round(duration / STEP)).at(given.points)
    begin = given.x @ instance.source, given.points @ instance.source
    return flow(given.x, given.y, given.points, begin, duration)


def flow_check(result: Result, case: Case, at: Level) -> Outcome:
    """The differential equation of the outputs, integrated."""
    instance, given = case.instance, sample(case.instance, at.seed)
    duration = dict(case.arguments)["duration"]
    return equality(after(instance, given, duration, at.seed), claimed(result, instance, given, duration), at)


def _ended(start: Network, given: Given, duration: float) -> Network:
    if duration == np.inf:
        return train(start, given.x, given.y).network
    return steps(start, given.x, given.y, size=COARSE, count=round(duration / COARSE))


def distances(
    instance: ReLU, given: Given, limit: Outputs, duration: float, seed: int, size: int
) -> Float[np.ndarray, " size"]:
    """Mean squared distances at the inputs of so many networks, each from fresh weights, from what they approach; and
    the mean square of that, which is exact."""

    def drawn() -> Float[np.ndarray, " size"]:
        found = []
        for number in range(size):
            start = pretrained(instance, stream(seed, number, 1), None)
            ended = _ended(start, given, duration)
            found.append(np.mean((ended.at(given.points) - limit) ** 2))
        return np.asarray(np.mean(limit**2) + np.array(found))

    what = repr(instance.fields()), given.x.tobytes(), limit.tobytes(), duration, seed, size
    return kept(("networks", *what), drawn)


def width_check(result: Result, case: Case, at: Level) -> Outcome:
    """The mean squared distance of networks of width m from the kernel regression is O(1/m), relative to its size."""
    instance, given = case.instance, sample(case.instance, at.seed)
    duration = dict(case.arguments)["duration"]
    limit = claimed(result, instance, given, duration)

    found = []
    for m in WIDTHS:
        draw = partial(distances, ReLU.from_fields({**instance.fields(), "width": m}), given, limit, duration)
        found.append(at_size(m, float(np.mean(limit**2)), draw, FIRST_LOOK, at))
    return decided(found, at)


@st.composite
def timed(draw: st.DrawFn, durations: st.SearchStrategy[float]) -> Case:
    """Noisy labels, and a time."""
    case: Case = draw(sized((3, 6), (4, 8), noisy=True))
    return replace(case, arguments=(("duration", draw(durations)),))


@st.composite
def small(draw: st.DrawFn, duration: float) -> Case:
    """Few samples and features, and a time."""
    return Case(ReLU.from_fields(fields(draw, 3, 4, 0.0)), (("duration", duration),))
