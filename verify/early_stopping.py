"""The claims of training that stops early."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from numerics.early_stopping import EarlyStopping
from numerics.ridge import Ridge
from numerics.spectral import Spectral
from theory.catalogue import result
from verify.claim import Claim, scaled
from verify.drawing import first
from verify.ridge import best_risks
from verify.spectral import APART, NEAR, PILOT, SIZES, aspects, changed, rate_of, risks

clearly = scaled(sp.Rational(11, 10))
TIME = st.fixed_dictionaries({"time": st.floats(0.5, 2.0)})
STEPS = st.fixed_dictionaries({"steps": st.integers(2, 6), "step_size": st.floats(0.1, 0.3)})
LATE = st.fixed_dictionaries({"time": st.floats(10.0, 16.0)})
"""So late that small sizes show an error."""
SOON = st.fixed_dictionaries({"time": st.floats(0.8, 1.2)})
"""So soon that ridge is better by much, and of few samples too by as much as of many."""
FEWEST = 256
"""Draws for a curvature at least; the larger the size, the less each varies."""


def over_ridge(instance: Spectral, seed: int) -> Iterator[np.ndarray]:
    """The risk of the flow less that of ridge at its best penalty, at the same design."""
    ridge = Ridge.from_fields({**instance.linear.fields(), "setting": "ridge", "penalty": 1.0})
    return (a - b for a, b in zip(risks(instance, seed), best_risks(ridge, seed), strict=True))


def best_times(instance: Spectral, seed: int) -> Iterator[np.ndarray]:
    """The claimed best time after one Newton step: less slope over curvature of the risk, in relative steps of time.

    Its mean is off the best time of this size by the square of what the claim is off.
    """
    claimed = float(result("early_stopping.best_time").evaluate(**instance.fields()))

    def at(share: float, stream: int) -> Iterator[np.ndarray]:
        return risks(changed(instance, time=(1 + share) * claimed), stream)

    fewer = max(FEWEST, PILOT * SIZES[0] // min(instance.linear.n, instance.linear.d))
    low, middle, high = (float(np.mean(first(at(share, seed ^ 1), fewer))) for share in (-APART, 0.0, APART))
    curvature = (high - 2 * middle + low) / APART**2
    sides = zip(at(NEAR, seed), at(-NEAR, seed), strict=True)
    return (claimed * (1 - (high - low) / (2 * NEAR) / curvature) for high, low in sides)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "early_stopping.risk",
        "rate over doubling sizes",
        rate_of(risks),
        aspects(EarlyStopping, TIME),
        clearly,
        0.02,
        "pilot",
    ),
    Claim(
        "early_stopping.risk",
        "rate over doubling sizes, late",
        rate_of(risks),
        aspects(EarlyStopping, LATE),
        clearly,
        0.03,
        "pilot",
    ),
    Claim(
        "early_stopping.descent_risk",
        "rate over doubling sizes",
        rate_of(risks),
        aspects(EarlyStopping, STEPS),
        clearly,
        0.02,
        "pilot",
    ),
    Claim(
        "early_stopping.best_time",
        "rate over doubling sizes of a Newton step",
        rate_of(best_times, spare=8.0),
        aspects(EarlyStopping, TIME)[:1],
        clearly,
        0.03,
        "pilot",
    ),
    Claim(
        "early_stopping.over_ridge",
        "rate over doubling sizes",
        rate_of(over_ridge, spare=4.0),
        aspects(EarlyStopping, SOON)[1:],
        clearly,
        0.03,
        "pilot",
    ),
)
