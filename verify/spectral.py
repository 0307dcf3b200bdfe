"""Comparisons for estimators that act on singular values: rates over doubling sizes, and where a risk is least."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import numpy as np
from hypothesis import strategies as st

from numerics import spectral as mc
from numerics.spectral import Spectral
from numerics.spectral.exact import is_flat
from theory.result import Result
from verify import means
from verify.claim import Case, Check, Level, Stratum
from verify.doubling import at_size, decided, looked_at
from verify.drawing import first, kept
from verify.linear.instances import directions, flat, noises, pair
from verify.verdict import Outcome

SIZES, FIRST_LOOK = (4, 8, 16, 32), 256
"""As for linear.risk_equivalent: sizes, and draws at the largest, in proportion more at smaller ones."""
PILOT = 4096
NEAR, APART = 1e-3, 0.1
"""Relative steps: of a slope, off by its square, and of a curvature."""
Own = dict[str, Any]
Kind = type[Spectral]


def chunks(instance: Spectral, column: str, seed: int) -> Iterator[np.ndarray]:
    """Draws of one column, batch after batch."""
    law = "exact" if column == "even_risk" and is_flat(instance) else "fast"
    what, size = (repr(instance.fields()), column, seed), mc.batch_size(instance)

    def drawn(number: int) -> np.ndarray:
        return mc.batch(instance, seed, number, law, size)[column]

    return (kept((*what, number), partial(drawn, number)) for number in count())


def risks(instance: Spectral, seed: int) -> Iterator[np.ndarray]:
    """The risk averaged over label noise and signs."""
    return chunks(instance, "even_risk", seed)


def changed(instance: Spectral, **fields: Any) -> Spectral:
    """The same instance but for some fields; the same seed gives the same designs and noise."""
    return type(instance).from_fields({**instance.fields(), **fields})


@dataclass(frozen=True)
class Growing:
    """Features aspect times the samples: one spectrum and one direction, discretised more and more finely."""

    kind: Kind
    own: tuple[tuple[str, Any], ...]
    aspect: float
    condition: float
    sigma: float
    phase: float

    def at(self, size: int) -> Spectral:
        """The instance whose smaller side is `size`."""
        n, d = int(max(1 / self.aspect, 1) * size), int(max(self.aspect, 1) * size)
        position = (np.arange(d) + 0.5) / d
        target = np.cos(3 * position + self.phase) / np.sqrt(d)
        source = np.sin(2 * position + 3 * self.phase) / np.sqrt(d)
        spectrum = (self.condition**-position).tolist()
        fields = {"target": target.tolist(), "source": source.tolist(), "spectrum": spectrum}
        return self.kind.from_fields({"n": n, "d": d, "sigma": self.sigma, **fields, **dict(self.own)})

    def fields(self) -> Own:
        """Those of the smallest size."""
        return self.at(SIZES[0]).fields()


@st.composite
def growing(draw: st.DrawFn, kind: Kind, aspect: float, curved: bool, own: st.SearchStrategy[Own]) -> Case:
    """A profile, flat or of a condition number, with noise and fields of its own."""
    condition = draw(st.floats(4.0, 8.0)) if curved else 1.0
    given = tuple(draw(own).items())
    return Case(Growing(kind, given, aspect, condition, draw(st.floats(0.5, 1.0)), draw(st.floats(0.0, 1.0))))


def aspects(kind: Kind, own: st.SearchStrategy[Own], curved: bool = False) -> tuple[Stratum, ...]:
    """Either side of n = d."""
    sides = {"n < d": 2.0, "n > d": 0.5}
    return tuple(Stratum(name, growing(kind, aspect, curved, own), 1) for name, aspect in sides.items())


@st.composite
def single(draw: st.DrawFn, kind: Kind, sizes: tuple[tuple[int, int], ...], own: st.SearchStrategy[Own]) -> Case:
    """One of these (n, d), isotropic with any level."""
    n, d = draw(st.sampled_from(sizes))
    target, source = pair(d, 1.0, draw(st.floats(0.3, 0.8)), draw(st.floats(0.3, 2.5)), draw(directions))
    fields = {"n": n, "d": d, "sigma": draw(noises), "target": target, "source": source}
    return Case(kind.from_fields({**fields, "spectrum": flat(d, draw(st.floats(0.6, 1.6))), **draw(own)}))


Drawn = Callable[[Spectral, int], Iterator[np.ndarray]]
"""(instance, seed) -> draws whose mean is what a formula says."""


def rate_of(drawn: Drawn, spare: float = 1.0) -> Check:
    """|E/formula - 1| falls like 1/n over doubling sizes, and is small at the last; `spare` as in `doubling`."""

    def check(result: Result, case: Case, at: Level) -> Outcome:
        found = []
        for n, draws in looked_at({n: FIRST_LOOK * SIZES[-1] // n for n in SIZES}, at, spare).items():
            instance = case.instance.at(n)
            claimed = float(result.evaluate(**instance.fields()))

            def sample(seed: int, count: int, instance: Spectral = instance) -> np.ndarray:
                return first(drawn(instance, seed), count)

            found.append(at_size(n, claimed, sample, draws, at))
        return decided(found, at)

    return check


def mean_is(claimed: float, drawn: Callable[[int], Iterator[np.ndarray]], scale: float, at: Level) -> Outcome:
    """The sequential test of a mean, its variance from an independent pilot."""
    return means.test_mean(
        drawn(at.seed),
        claimed,
        means.pilot_variance(first(drawn(at.seed ^ 1), PILOT)),
        "pilot x2",
        delta=at.delta,
        scale=scale,
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )


def least_at(parameter: str) -> Check:
    """The slope of the mean risk in a parameter is zero at the value claimed, relative to the curvature there."""

    def check(result: Result, case: Case, at: Level) -> Outcome:
        instance, claimed = case.instance, float(result.evaluate(**case.fields))

        def moved(share: float, seed: int) -> Iterator[np.ndarray]:
            return chunks(changed(instance, **{parameter: (1 + share) * claimed}), "conditional_risk", seed)

        def slopes(seed: int) -> Iterator[np.ndarray]:
            sides = zip(moved(NEAR, seed), moved(-NEAR, seed), strict=True)
            return ((high - low) / (2 * NEAR) for high, low in sides)

        low, middle, high = (float(np.mean(first(moved(s, at.seed ^ 1), PILOT))) for s in (-APART, 0.0, APART))
        return mean_is(0.0, slopes, abs(high - 2 * middle + low) / APART**2, at)

    return check
