"""Samples of a task: inputs uniform on the unit sphere, labels of a linear teacher."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.random import Generator

from numerics.relu.model import ReLU
from numerics.streams import stream

TEST = 64
"""Fresh points on which a trained network is judged, each trial."""
TARGET, SOURCE, JUDGED, WEIGHTS = range(4)
"""Parts of a batch's stream."""
Inputs = Float[np.ndarray, "trials points d"]
Labels = Float[np.ndarray, "trials points"]


@dataclass(frozen=True, eq=False)
class Sample:
    """Inputs and labels."""

    x: Inputs
    y: Labels


@dataclass(frozen=True, eq=False)
class Data:
    """What a batch of trials is trained and judged on: the same for every width."""

    target: Sample
    source: Sample | None
    test: Inputs


def inputs(rng: Generator, trials: int, points: int, d: int) -> Inputs:
    """Points on the unit sphere."""
    drawn = rng.standard_normal((trials, points, d))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=-1, keepdims=True))


def _sample(rng: Generator, trials: int, n: int, teacher: Float[np.ndarray, " d"], sigma: float) -> Sample:
    drawn = rng.standard_normal((trials, n, len(teacher) + 1))
    rows, noise = drawn[..., :-1], sigma * drawn[..., -1]
    x = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return Sample(x, x @ teacher + noise)


def samples(instance: ReLU, seed: int, number: int, trials: int) -> tuple[Sample, Sample | None]:
    """What the first `trials` trials of a batch are trained on: the target, and the source where it is learned."""
    target = _sample(stream(seed, number, TARGET), trials, instance.n, instance.target, instance.sigma)
    source = None
    if instance.n_source is not None and instance.source_teacher is not None and instance.sigma_source is not None:
        rng = stream(seed, number, SOURCE)
        source = _sample(rng, trials, instance.n_source, instance.source_teacher, instance.sigma_source)
    return target, source


def data(instance: ReLU, seed: int, number: int, trials: int) -> Data:
    """The data of the first `trials` trials of a batch."""
    test = inputs(stream(seed, number, JUDGED), trials, TEST, instance.d)
    return Data(*samples(instance, seed, number, trials), test)
