"""Limits against simulation at doubling sizes: their rate is the claim."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st

from numerics.deep_linear import DeepLinear
from theory.result import Result
from verify.claim import Case, Level
from verify.deep_linear.drawing import sample
from verify.doubling import at_size, decided, looked_at
from verify.verdict import Outcome

ASPECT = 2
DRAWS = {
    "exact": {8: 65536, 16: 8192, 32: 8192, 128: 32768},
    "closed": {8: 12288, 16: 8192, 32: 4096, 128: 256},
}
"""At each size, at first."""
SPARE = 1.5
"""At the largest, the error is below two thirds of what is resolved with every change."""


@dataclass(frozen=True)
class Profile:
    """n samples in d = 2n features: one spectrum and two directions, discretised more and more finely.

    `slope` is <u,t>/|u|^2, and |u| = 1.
    """

    condition: float
    sigma: float
    slope: float
    size: float
    depth: int | str

    def at(self, n: int) -> DeepLinear:
        """The instance of this size."""
        d = ASPECT * n
        position = (np.arange(d) + 0.5) / d
        source, across = np.cos(np.pi * position), np.cos(2 * np.pi * position)  # orthogonal, as columns of the DCT
        source, across = source / np.linalg.norm(source), across / np.linalg.norm(across)
        target = self.slope * source + np.sqrt(self.size**2 - self.slope**2) * across
        vectors = {"source": source.tolist(), "target": target.tolist()}
        fields = {"n": n, "d": d, "sigma": self.sigma, "spectrum": (self.condition**-position).tolist(), **vectors}
        return DeepLinear.from_fields({**fields, "depth": self.depth})

    def fields(self) -> dict[str, Any]:
        """Those of the smallest size."""
        return self.at(8).fields()


@st.composite
def flat(draw: st.DrawFn) -> Case:
    """Five layers that stretch the source: the error at small sizes is visible, and every letter matters."""
    return Case(Profile(1.0, draw(st.floats(0.1, 0.3)), draw(st.floats(0.8, 1.0)), 2.0, 5))


@st.composite
def curved(draw: st.DrawFn) -> Case:
    """A condition number of two, and infinitely many layers, where a small size has a large error."""
    return Case(Profile(2.0, draw(st.floats(0.1, 0.3)), draw(st.floats(0.6, 0.9)), 1.0, "inf"))


def rate_check(result: Result, case: Case, at: Level) -> Outcome:
    """|E R / limit - 1| falls like 1/n over doubling sizes, and is small at the last."""
    profile: Profile = case.instance
    law = "exact" if profile.condition == 1 else "closed"

    def claimed(instance: DeepLinear) -> float:
        return float(result.evaluate(**instance.fields()))

    return rate_of(profile, claimed, partial(sample, column="risk", law=law), DRAWS[law], at)


def rate_of(
    profile: Profile,
    claimed: Callable[[DeepLinear], float],
    draw: Callable[..., np.ndarray],
    draws: Mapping[int, int],
    at: Level,
) -> Outcome:
    """The rate test of a mean, with so many draws at each size at first."""
    found = []
    for n, count in looked_at(draws, at, SPARE).items():
        instance = profile.at(n)
        found.append(at_size(n, claimed(instance), partial(_named, draw, instance), count, at))
    return decided(found, at)


def _named(draw: Callable[..., np.ndarray], instance: DeepLinear, seed: int, size: int) -> np.ndarray:
    return draw(instance, seed=seed, size=size)
