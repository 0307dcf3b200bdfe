"""The claims of ridge towards the source."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from numerics.ridge import Ridge
from numerics.spectral import Spectral
from theory.catalogue import result
from verify.claim import Claim, Stratum, scaled
from verify.spectral import aspects, changed, least_at, rate_of, risks, single

clearly = scaled(sp.Rational(11, 10))
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
)
