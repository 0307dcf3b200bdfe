"""Bounds that hold in every direction at once, against the direction that is worst for the sample."""

from __future__ import annotations

from itertools import count

import numpy as np
from hypothesis import strategies as st

from numerics.linear import Linear
from numerics.streams import stream
from verify.claim import Case, Stratum
from verify.drawing import first
from verify.linear import instances

BATCH = 512
RESOLUTION = 0.05
"""Probabilities are right to 5%."""


def worst_slopes(instance: Linear, seed: int, size: int) -> np.ndarray:
    """The largest risk without noise over squared distance, over all directions: the largest eigenvalue of Q S Q."""
    root = np.sqrt(instance.covariance)

    def batch(number: int) -> np.ndarray:
        x = stream(seed, number).standard_normal((BATCH, instance.n, instance.d)) * root
        rows = np.linalg.qr(np.swapaxes(x, -1, -2), mode="reduced").Q * root[:, None]
        return np.asarray(np.linalg.eigvalsh(np.diag(root**2) - rows @ np.swapaxes(rows, -1, -2))[:, -1])

    return first(map(batch, count()), size)


def worst_risks(instance: Linear, seed: int, size: int) -> np.ndarray:
    """The risk without noise in the direction, chosen after the sample, in which it is largest."""
    gap = np.asarray(instance.target) - np.asarray(instance.source)
    return float(gap @ gap) * worst_slopes(instance, seed, size)


@st.composite
def level(draw: st.DrawFn, base: st.SearchStrategy[Case]) -> Case:
    """The same with eigenvalues of condition number up to 4, where no direction is much better than another."""
    instance = draw(base).instance
    spectrum = instances.geometric(instance.d, draw(st.floats(2.0, 4.0)))
    return Case(Linear.from_fields({**instance.fields(), "spectrum": spectrum}))


@st.composite
def decaying(draw: st.DrawFn, base: st.SearchStrategy[Case]) -> Case:
    """Eigenvalues i^-2, and a constant of 2: there 1.8 was enough for |S - X'X/n| in simulation, at all confidences."""
    case: Case = draw(base)
    spectrum = [1.0 / k**2 for k in range(1, case.instance.d + 1)]
    instance = Linear.from_fields({**case.instance.fields(), "spectrum": spectrum})
    return Case(instance, (*case.arguments, ("constant", 2.0)))


FEW, MANY = (
    instances.wide(gap, noisy=False, least=least, most=least + 3) for gap, least in (((8, 12), 2), ((6, 8), 24))
)
WORST, SPLIT = (
    (
        Stratum("n < d, few samples", instances.with_confidence(few(FEW)), 1),
        Stratum("n < d, many samples", instances.with_confidence(instances.curved(MANY)), 1),
    )
    for few in (instances.curved, level)
)
QUOTED = (
    Stratum(
        "n < d, eigenvalues i^-2",
        decaying(instances.with_confidence(instances.wide((20, 30), noisy=False, least=60, most=70))),
        1,
    ),
)
