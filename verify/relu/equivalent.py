"""High-dimensional limits against kernel regression at doubling sizes: the rate is the claim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st

from numerics.relu import ReLU, draws
from theory.catalogue import result as catalogued
from theory.result import Result
from verify.claim import Case, Check, Level
from verify.doubling import Draw, at_size, decided, looked_at
from verify.drawing import kept
from verify.relu.halved import Halved
from verify.verdict import Outcome

SIZES, SMALL = (4, 8, 16, 32), (2, 4, 8, 16)
"""The latter where several times as many samples are needed."""
FIRST_LOOK, SPARE = 256, 1.5
"""Draws at the largest size, in proportion more at smaller ones; the error there is below two thirds of what is
resolved with every change."""
OTHER = 1 << 20
"""What tells the seed of one of two samples from that of the other."""


@dataclass(frozen=True)
class Profile:
    """n samples in d = aspect n features; noise in units of the size of a label, 1/sqrt(d)."""

    aspect: float
    noise: float
    phase: float
    learned: float = 0.0
    """Source samples, in units of n; 0 for a source that is given."""
    sizes: tuple[int, ...] = SIZES

    def at(self, n: int) -> ReLU:
        """The instance of this size."""
        d = round(self.aspect * n)
        position = (np.arange(d) + 0.5) / d
        target = np.sqrt(2 / d) * np.cos(3 * position + self.phase)
        source = np.sqrt(1 / d) * np.sin(5 * position + 2 * self.phase)
        sigma = self.noise / float(np.sqrt(d))
        fields: dict[str, Any] = {"n": n, "d": d, "sigma": sigma, "target": target.tolist()}
        if not self.learned:
            return ReLU.from_fields({**fields, "source": source.tolist()})
        teacher = (target + 0.3 * source).tolist()
        many = {"n_source": round(self.learned * n), "sigma_source": sigma, "source_teacher": teacher}
        return ReLU.from_fields(fields | many)

    def fields(self) -> dict[str, Any]:
        """Those of the smallest size."""
        return self.at(self.sizes[0]).fields()


@st.composite
def profiles(draw: st.DrawFn, aspect: float, noise: st.SearchStrategy[float], learned: float = 0.0) -> Case:
    """A direction, and noise; the size is set by the check."""
    return Case(Profile(aspect, draw(noise), draw(st.floats(0.0, 1.0)), learned))


@st.composite
def tolerated(draw: st.DrawFn, aspect: float) -> Case:
    """With the risk that is left at the smallest size."""
    profile = Profile(aspect, 0.0, draw(st.floats(0.0, 1.0)), sizes=SMALL)
    return Case(profile, (("risk", left(profile.at(SMALL[0]))),))


def risks(instance: ReLU, seed: int, size: int) -> np.ndarray:
    """Of kernel regression, averaged over points, label noise and rotations."""
    what = "kernel", repr(instance.fields()), seed, size
    return kept(what, lambda: draws(instance, "even_risk", trials=size, seed=seed, law="averaged"))


def costs(instance: ReLU, seed: int, size: int) -> np.ndarray:
    """With a source that is learned, less with its teacher: on the same target samples."""
    told = instance.fields()
    teacher = told.pop("source_teacher")
    given = {name: value for name, value in told.items() if name not in ("n_source", "sigma_source")}
    from_teacher = risks(ReLU.from_fields({**given, "source": teacher}), seed, size)
    return np.asarray(risks(instance, seed, size) - from_teacher)


Drawn = Callable[[ReLU, int, int], np.ndarray]


def rate_of(drawn: Drawn) -> Check:
    """|mean/formula - 1| falls like 1/n over doubling sizes, and is small at the last."""

    def check(result: Result, case: Case, at: Level) -> Outcome:
        def told(instance: ReLU) -> tuple[float, Draw]:
            return float(result.evaluate(**instance.fields())), partial(drawn, instance)

        return _at_sizes(told, case, at)

    return check


def left(instance: ReLU) -> float:
    """The risk that relu.risk_equivalent says is left."""
    return float(catalogued("relu.risk_equivalent").evaluate(**instance.fields()))


def saved_check(result: Result, case: Case, at: Level) -> Outcome:
    """From zero, with so many samples more as are claimed to be saved, the risk is what n leave from the source;
    between two sizes it is interpolated."""

    def told(instance: ReLU) -> tuple[float, Draw]:
        risk = left(instance)
        needed = instance.n + float(result.evaluate(**instance.fields(), risk=risk))
        few = max(1, int(np.floor(needed)))
        zero = {**instance.fields(), "source": [0.0] * instance.d}
        between = [ReLU.from_fields({**zero, "n": few + more}) for more in (0, 1)]

        def drawn(seed: int, size: int) -> np.ndarray:
            one, other = (risks(of, seed + OTHER * k, size) for k, of in enumerate(between))
            return np.asarray(one + (needed - few) * (other - one))

        return risk, drawn

    return _at_sizes(told, case, at)


def _at_sizes(told: Callable[[ReLU], tuple[float, Draw]], case: Case, at: Level) -> Outcome:
    family = Halved(case.instance) if isinstance(case.instance, ReLU) else case.instance

    first = looked_at({n: FIRST_LOOK * family.sizes[-1] // n for n in family.sizes}, at, SPARE)
    return decided([at_size(n, *told(family.at(n)), draws, at) for n, draws in first.items()], at)
