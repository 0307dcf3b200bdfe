"""The claims of averages of source and fine-tuned weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from numerics.spectral import Spectral
from numerics.weight_average import WeightAverage
from theory.catalogue import result as catalogued
from theory.result import Result, Value
from verify.claim import SMALL, Case, Claim, Level, Stratum, scaled
from verify.linear.instances import directions
from verify.spectral import changed, chunks, least_at, mean_is, single
from verify.verdict import Outcome

clearly = scaled(sp.Rational(11, 10))
MIX = st.fixed_dictionaries({"mix": st.floats(0.2, 0.7)})
QUIET = st.fixed_dictionaries({"mix": st.floats(0.2, 0.7), "sigma": st.just(0.0)})
FAR = {"n < d": ((3, 12), (4, 14)), "n > d": ((12, 3), (14, 4))}
"""Away from n = d, so that four moments of the noise are finite."""
EDGE = {"d = n + 1, no noise": ((4, 5), (5, 6)), "n = d, no noise": ((4, 4), (5, 5))}


def mean_check(result: Result, case: Case, at: Level) -> Outcome:
    """The mean of the risk given the design."""
    claimed = float(result.evaluate(**case.fields))

    def drawn(seed: int) -> Iterator[np.ndarray]:
        return chunks(case.instance, "conditional_risk", seed)

    return mean_is(claimed, drawn, abs(claimed), at)


def gain_check(result: Result, case: Case, at: Level) -> Outcome:
    """The mean risk of the better end less that of the average, at the same design."""
    instance = case.instance
    claimed, linear = float(result.evaluate(**case.fields)), instance.linear
    left = float(linear.risk_weights @ (linear.target - linear.source) ** 2)
    tuned = changed(instance, mix=0.0)
    source_is_better = left < catalogued("weight_average.risk").evaluate(**tuned.fields())

    def drawn(seed: int) -> Iterator[np.ndarray]:
        for own in zip(*(chunks(one, "conditional_risk", seed) for one in (instance, tuned)), strict=True):
            yield (left if source_is_better else own[1]) - own[0]

    return mean_is(claimed, drawn, left, at)


@st.composite
def shifted(draw: st.DrawFn, base: st.SearchStrategy[Case]) -> Case:
    """The same with another test covariance, entries between 1/2 and 2."""
    instance: Spectral = draw(base).instance
    test = np.random.default_rng(draw(directions)).uniform(0.5, 2.0, instance.linear.d)
    return Case(changed(instance, test_spectrum=test.tolist()))


def strata(
    change: Callable[[st.SearchStrategy[Case]], st.SearchStrategy[Case]] = lambda cases: cases,
) -> tuple[Stratum, ...]:
    """Away from n = d, and at it without noise."""
    places = [(name, sizes, MIX) for name, sizes in FAR.items()] + [
        (name, sizes, QUIET) for name, sizes in EDGE.items()
    ]
    return tuple(Stratum(name, change(single(WeightAverage, sizes, own)), 1) for name, sizes, own in places)


def more(value: Value) -> Value:
    """A tenth more, and a bit."""
    return clearly(value) + SMALL


CLAIMS: tuple[Claim, ...] = (
    Claim("weight_average.risk", "mean of the risk", mean_check, strata(), clearly, 0.02, "pilot"),
    Claim(
        "weight_average.risk_covariate_shift", "mean of the risk", mean_check, strata(shifted), clearly, 0.02, "pilot"
    ),
    Claim("weight_average.best_mix", "slope of the risk", least_at("mix"), strata()[:2], clearly, 0.02, "pilot"),
    Claim("weight_average.gain", "difference to the better end", gain_check, strata()[:2], more, 0.02, "pilot"),
)
