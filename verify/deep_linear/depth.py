"""The best depth against simulation: the risks of other depths, or the stretch that the best one leads to."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import brentq

from numerics.deep_linear import DeepLinear
from theory.result import Result
from verify import means
from verify.claim import Case, Level
from verify.deep_linear.drawing import changed, sample
from verify.deep_linear.equivalent import ASPECT, Profile, rate_of
from verify.intervals import PAIRED, by_intervals, mean_interval
from verify.verdict import Outcome, Verdict, decide

COMPARED: tuple[int | str, ...] = (1, 2, 8, "inf")
DRAWS, PILOT = 1 << 15, 4096
RATE_DRAWS = dict.fromkeys((4, 8, 16, 32), 49152)
"""At each size at first: c has a small error, that is seen best at small sizes."""
LARGE = 64
"""Samples where risks are compared."""
INTEGER = 1e-6


def with_stretch(depth: int, sigma: float, size: float) -> Profile:
    """A flat spectrum whose slope is the stretch c of this depth: c = (|h|/|u|)^(1-1/L), |h|^2 = f + k c^2."""
    share = 1 / ASPECT
    fit = share * size**2 + sigma**2 / (ASPECT - 1)

    def gap(c: float) -> float:
        return float(c - (fit + (1 - share) * c**2) ** ((1 - 1 / depth) / 2))

    return Profile(1.0, sigma, brentq(gap, 1e-3, 1e3, xtol=1e-14), size, depth)


@st.composite
def longer(draw: st.DrawFn, depth: int) -> Case:
    """A target four times the source, with the slope at which this depth is the best."""
    return Case(with_stretch(depth, draw(st.floats(0.1, 0.5)), 4.0))


@st.composite
def sloped(draw: st.DrawFn, slope: float, size: float) -> Case:
    """Little noise, |u| = 1, |t| = size and <u,t> = slope: depth takes the stretch from 1 nearly to `size`."""
    return Case(Profile(1.0, draw(st.floats(0.05, 0.15)), slope, size, 1))


def depth_check(result: Result, case: Case, at: Level) -> Outcome:
    """At one layer or infinitely many: no other depth compared has less risk.

    In between, where the instance is made to have an integer for its best depth: there c approaches <u,t>/|u|^2, the
    bottom of the parabola, at the rate 1/n.
    """
    profile: Profile = case.instance
    large = profile.at(LARGE)
    claimed = float(result.evaluate(**large.fields()))
    if claimed in (1.0, np.inf):
        return _least_risk("inf" if claimed == np.inf else 1, large, at)
    if abs(claimed - round(claimed)) > INTEGER * claimed:
        return by_intervals(Verdict.REFUTED, claimed, float(profile.depth), 0, at, test=PAIRED)
    best = replace(profile, depth=round(claimed))
    draw = partial(sample, column="coefficient", law="exact")
    return rate_of(best, lambda _: profile.slope, draw, RATE_DRAWS, at)


def _least_risk(best: int | str, instance: DeepLinear, at: Level) -> Outcome:
    """Paired differences of risks, from the same designs and noise."""

    def risk(depth: int | str, seed: int, size: int) -> np.ndarray:
        return sample(changed(instance, depth=depth), "risk", seed, size, "exact")

    drawn = {depth: (risk(depth, at.seed ^ 1, PILOT), risk(depth, at.seed, DRAWS)) for depth in COMPARED}
    low, high = np.inf, np.inf
    for depth in COMPARED:
        if depth != best:
            pilot, gap = (other - here for other, here in zip(drawn[depth], drawn[best], strict=True))
            variance, share = means.pilot_variance(pilot), 1 / (len(COMPARED) - 1)
            low = min(low, mean_interval(gap, variance, at.alpha_pass * share)[0])
            high = min(high, mean_interval(gap, variance, at.alpha * share)[1])
    least = min(COMPARED, key=lambda depth: float(drawn[depth][1].mean()))
    return by_intervals(decide(refuted=high < 0, supported=low > 0), float(best), float(least), DRAWS, at, test=PAIRED)
