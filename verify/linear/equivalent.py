"""The deterministic equivalent against simulation at doubling sizes: its rate is the claim."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st

from numerics.linear import Linear
from theory.result import Result
from verify.claim import Case, Level
from verify.doubling import at_size, decided, looked_at
from verify.linear.drawing import sample
from verify.verdict import Outcome

SIZES = (4, 8, 16, 64)
ASPECT = 2
FIRST_LOOK = 256
"""Draws at the largest size, in proportion more at smaller ones."""


@dataclass(frozen=True)
class Profile:
    """n samples in d = 2n features: one spectrum and one direction, discretised more and more finely."""

    condition: float
    sigma: float
    phase: float

    def at(self, n: int) -> Linear:
        """The instance of this size."""
        d = ASPECT * n
        position = (np.arange(d) + 0.5) / d
        spectrum = self.condition**-position
        target = np.cos(3 * position + self.phase) / np.sqrt(d)
        source = np.sin(2 * position + 3 * self.phase) / np.sqrt(d)
        fields = {"source": source.tolist(), "target": target.tolist(), "spectrum": spectrum.tolist()}
        return Linear.from_fields({"n": n, "d": d, "sigma": self.sigma, **fields})

    def fields(self) -> dict[str, Any]:
        """Those of the smallest size."""
        return self.at(SIZES[0]).fields()


@st.composite
def profiles(draw: st.DrawFn) -> Case:
    """A covariance by its condition number, noise, and a direction, where a small size has a visible error; the size is
    set by the check."""
    return Case(Profile(draw(st.floats(4.0, 8.0)), draw(st.floats(0.5, 1.0)), draw(st.floats(0.0, 1.0))))


def rate_check(result: Result, case: Case, at: Level) -> Outcome:
    """|E R / equivalent - 1| falls like 1/n over doubling sizes, and is small at the last."""

    found = []
    for n, draws in looked_at({n: FIRST_LOOK * SIZES[-1] // n for n in SIZES}, at).items():
        instance = case.instance.at(n)
        claimed = float(result.evaluate(**instance.fields()))
        found.append(at_size(n, claimed, partial(sample, instance, "conditional_risk"), draws, at))
    return decided(found, at)
