"""How often a bound on the risk of a deep linear network is exceeded."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from numerics.deep_linear import DeepLinear
from verify.claim import Stratum
from verify.deep_linear.drawing import sample
from verify.deep_linear.instances import deep
from verify.linear import instances as linear

RESOLUTION = 0.05
"""Probabilities are right to 5%."""


def risk_sample(instance: DeepLinear, seed: int, size: int) -> np.ndarray:
    """So many draws of the risk."""
    return sample(instance, "risk", seed, size)


ACROSS = linear.wide((8, 14), noisy=False, least=20, most=24, angle=st.floats(0.8, 1.3))
"""Directions well apart: where t and u are nearly parallel the bound is loose, as |P t| and |P u| vary together."""
BOUNDS = tuple(
    Stratum(name, linear.with_confidence(deep(ACROSS, *depths)), 1)
    for name, depths in {"L = 2": (2,), "L = 3, 4": (3, 4), "L infinite": ("inf",)}.items()
)
QUANTILES = tuple(
    Stratum(name, linear.with_confidence(deep(cases, *depths)), 1)
    for name, cases, depths in (
        ("L = 2, 3", linear.wide((8, 14), least=8, most=12), (2, 3)),
        ("L infinite, no noise", ACROSS, ("inf",)),
        (
            "L = 4, nearly parallel",
            linear.wide((8, 14), noisy=False, least=8, most=12, angle=st.floats(0.01, 0.05)),
            (4,),
        ),
    )
)
