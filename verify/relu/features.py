"""Products of two units' slopes, drawn: what the kernel is the mean of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count

import numpy as np
from jaxtyping import Float
from numpy.random import Generator

from numerics.streams import stream
from theory.result import Result
from verify import means
from verify.claim import Case, Level
from verify.drawing import kept
from verify.verdict import Outcome

CHUNK = 1 << 15
SERIES, COSINE = 60, 0.8
"""Degrees of the series that are summed, and where: what is left is below 1e-8."""
Draws = Float[np.ndarray, " draws"]
Weights = Callable[[Generator, tuple[int, int]], np.ndarray]


def normal(rng: Generator, shape: tuple[int, int]) -> np.ndarray:
    """The law of the first layer."""
    return rng.standard_normal(shape)


def products(d: int, cosine: float, seed: int, weights: Weights = normal) -> Iterator[Draws]:
    """x'x' 1{w'x >= 0} 1{w'x' >= 0} for fresh w, chunk after chunk."""
    first, second = np.eye(d)[0], np.eye(d)[0] * cosine
    second[1] = np.sqrt(1 - cosine**2)

    def drawn(number: int) -> Draws:
        w = weights(stream(seed, number), (CHUNK, d))
        return np.asarray(cosine * ((w @ first >= 0) & (w @ second >= 0)))

    return (kept(("features", d, cosine, seed, weights, k), partial(drawn, k)) for k in count())


def mean(claimed: float, d: int, cosine: float, at: Level, weights: Weights = normal) -> Outcome:
    """Whether that is the mean; cosine times a Bernoulli variable has variance cosine^2/4 at most."""
    return means.test_mean(
        products(d, cosine, at.seed, weights),
        claimed,
        cosine**2 / 4,
        "analytic bound (a Bernoulli variable)",
        delta=at.delta,
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )


def kernel_check(result: Result, case: Case, at: Level) -> Outcome:
    """The kernel at a cosine."""
    cosine = dict(case.arguments)["cosine"]
    return mean(float(result.evaluate(**case.fields)), case.instance.d, cosine, at)


def series(result: Result, case: Case) -> float:
    """The sum of the series."""
    known = case.instance.fields()
    return sum(float(result.evaluate(**known, degree=j)) * COSINE**j for j in range(SERIES))


def expansion_check(result: Result, case: Case, at: Level) -> Outcome:
    """The sum of the series is the kernel, all degrees together."""
    return mean(series(result, case), case.instance.d, COSINE, at)
