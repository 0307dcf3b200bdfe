"""The claims of ridge towards the source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from numerics.ridge import Ridge
from numerics.spectral import Spectral
from theory.catalogue import result
from verify.claim import Case, Claim, Stratum, scaled
from verify.drawing import first
from verify.levels import keeps, reaches
from verify.linear import instances
from verify.linear.instances import curved, with_confidence
from verify.linear.laws import DISTANCE
from verify.linear.moments import INVERSE_POWERS, POWERS, with_power
from verify.powers import mean_check, moment_check
from verify.spectral import aspects, changed, chunks, least_at, rate_of, risks, single

slightly, clearly = scaled(sp.Rational(51, 50)), scaled(sp.Rational(11, 10))
half, twice = scaled(sp.Rational(1, 2)), scaled(sp.Integer(2))
FIRM = st.fixed_dictionaries({"penalty": st.floats(0.1, 0.5)})
PENALTY = st.fixed_dictionaries({"penalty": st.floats(0.2, 0.8)})
LITTLE = st.fixed_dictionaries({"penalty": st.floats(0.02, 0.04)})
"""So little that small sizes show an error."""
SIDES = {"n < d": ((3, 9), (4, 10)), "n = d": ((5, 5), (6, 6)), "n > d": ((9, 3), (10, 4))}


def at_best(instance: Spectral) -> Spectral:
    """The instance at its best penalty."""
    return changed(instance, penalty=result("ridge.best_penalty").evaluate(**instance.fields()))


def best_risks(instance: Spectral, seed: int) -> Iterator[np.ndarray]:
    """The risk given the design, at the best penalty."""
    return risks(at_best(instance), seed)


def gains(instance: Spectral, seed: int) -> Iterator[np.ndarray]:
    """That from zero, less that from the source, each at its own best penalty, at the same design."""
    ordinary = changed(instance, source=[0.0] * instance.linear.d)
    return (a - b for a, b in zip(best_risks(ordinary, seed), best_risks(instance, seed), strict=True))


def drawn(instance: Ridge, seed: int) -> Iterator[np.ndarray]:
    """The risk as drawn."""
    return chunks(instance, "risk", seed)


def sample(instance: Ridge, seed: int, size: int) -> np.ndarray:
    """So many draws of the risk."""
    return first(drawn(instance, seed), size)


@st.composite
def penalised(draw: st.DrawFn, base: st.SearchStrategy[Case]) -> Case:
    """The same with a penalty."""
    case: Case = draw(base)
    fields = {**case.instance.fields(), **draw(FIRM)}
    return Case(Ridge.from_fields({name: z for name, z in fields.items() if name != "setting"}), case.arguments)


def either_side(least: int, noisy: bool = True) -> dict[str, st.SearchStrategy[Case]]:
    """n < d and n > d, both at least so many, with any covariance."""
    wide = curved(instances.wide((8, 12), noisy, least=least, most=least + 3))
    tall = instances.tall((8, 12), noisy, least=least, most=least + 3)
    return {"n < d, any covariance": penalised(wide), "n > d, any covariance": penalised(tall)}


def strata(
    cases: dict[str, st.SearchStrategy[Case]], more: Callable[[st.SearchStrategy[Case]], st.SearchStrategy[Case]]
) -> tuple[Stratum, ...]:
    """One instance of each, with what a result needs beside it."""
    return tuple(Stratum(name, more(each), 1) for name, each in cases.items())


ANY = either_side(4) | {"n < d, sigma = 0": either_side(4, noisy=False)["n < d, any covariance"]}
SEVERAL, MANY = either_side(8), either_side(24)
"""Enough samples for moments of twice a power, and for bounds that are within a factor of two of what they bound."""
RESOLUTION = 0.05
"""Probabilities of bounds are right to 5%."""

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "ridge.risk",
        "rate over doubling sizes",
        rate_of(risks),
        aspects(Ridge, PENALTY),
        clearly,
        0.02,
        "pilot",
    ),
    Claim(
        "ridge.risk",
        "rate over doubling sizes, little penalty",
        rate_of(risks),
        aspects(Ridge, LITTLE),
        clearly,
        0.03,
        "pilot",
    ),
    Claim(
        "ridge.risk_equivalent",
        "rate over doubling sizes",
        rate_of(risks),
        aspects(Ridge, LITTLE, curved=True)[:1],
        clearly,
        0.03,
        "pilot",
    ),
    Claim(
        "ridge.best_penalty",
        "slope of the risk",
        least_at("penalty"),
        tuple(Stratum(name, single(Ridge, sizes, PENALTY), 1) for name, sizes in SIDES.items()),
        clearly,
        0.02,
        "pilot",
    ),
    Claim(
        "ridge.best_risk",
        "rate over doubling sizes",
        rate_of(best_risks),
        aspects(Ridge, PENALTY),
        clearly,
        0.02,
        "pilot",
    ),
    Claim(
        "ridge.gain", "rate over doubling sizes", rate_of(gains), aspects(Ridge, PENALTY)[:1], clearly, 0.02, "pilot"
    ),
    Claim(
        "ridge.risk_exact",
        "mean of the risk",
        mean_check("ridge.risk_exact", "ridge.error_moments", drawn),
        strata(ANY, lambda cases: cases),
        slightly,
    ),
    Claim(
        "ridge.error_moments",
        "mean of a power of the test error",
        moment_check("ridge.error_moments", 1, drawn),
        strata(SEVERAL, partial(with_power, powers=POWERS)),
        slightly,
    ),
    Claim(
        "ridge.inverse_moments",
        "mean of a negative power of the test error",
        moment_check("ridge.inverse_moments", -1, drawn),
        strata(SEVERAL, partial(with_power, powers=INVERSE_POWERS)),
        slightly,
    ),
    Claim(
        "ridge.quantile",
        "how often the quantile is exceeded",
        reaches(sample),
        strata(MANY, with_confidence),
        clearly,
        DISTANCE,
    ),
    Claim(
        "ridge.upper_bound",
        "how often the bound is exceeded",
        keeps(sample),
        strata(MANY, with_confidence),
        half,
        RESOLUTION,
    ),
    Claim(
        "ridge.lower_bound",
        "how often the bound is exceeded",
        keeps(sample, np.greater),
        strata(MANY, with_confidence),
        twice,
        RESOLUTION,
    ),
)
