"""The exact laws of the risk, where a trial costs the same whatever n and d are."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from numerics.instance import InstanceError
from numerics.kernels.normals import State
from numerics.linear.columns import Batch
from numerics.linear.model import Linear
from numerics.linear.problem import Problem, problem, reduced
from numerics.linear.samples import chi_squares
from numerics.linear.spikes import Spiked, few, spiked, spiked_rows
from numerics.streams import lanes

AT_ONCE = 2**12
"""Trials of a batch drawn at once: enough to hide Python, too few to leave the cache."""


def obstacle(instance: Linear) -> str:
    """Why no exact law is known for `instance`; empty where one is.

    Known: n >= rank(S) and the risk is measured by S itself; or n < rank(S), the source is fixed, and S and A are
    multiples of the identity but for at most n/4 coordinates, and at most 16.
    """
    given = problem(instance)
    if given.n >= given.support.size:
        if np.array_equal(given.weights, instance.covariance):
            return ""
        return "test_spectrum differs from the spectrum"
    if given.n_source:
        return "the source is learned"
    return "" if few(spiked(reduced(given))) else "the spectrum is not flat but for a few values"


def tall_law(state: State, given: Problem, table: Float[np.ndarray, "3 trials"]) -> None:
    """n >= r, any positive spectrum: bias 0, noise sigma^2 chi2_r / chi2_{n-r+1} (Hotelling's T^2)."""
    rank = given.support.size
    top, bottom = chi_squares(state, [rank, given.n - rank + 1], table.shape[1])
    table[0] = 0.0
    np.multiply(top / bottom, given.sigma**2, out=table[1])
    table[2] = table[1]


def flat_law(state: State, given: Spiked, table: Float[np.ndarray, "3 trials"]) -> None:
    """n < r, S and A multiples of the identity: steps 2 and 3 of `numerics.linear.spikes`, with k = 0."""
    n, r = given.n, given.r
    caught, missed, top, bottom = chi_squares(state, [n, r - n, n, r - n + 1], table.shape[1])
    np.multiply(missed / (caught + missed), given.weight * given.distance**2, out=table[0])
    np.multiply(top / bottom, given.weight * given.sigma**2 / given.level, out=table[1])
    np.add(table[0], table[1], out=table[2])


def exact_batch(instance: Linear, seed: int, number: int, size: int) -> Batch:
    """The first `size` trials of batch `number` from the exact law: columns bias, noise and risk.

    Equal in law, not trial by trial, to the other simulators.  Raises `InstanceError` where no law is known.
    """
    reason = obstacle(instance)
    if reason:
        raise InstanceError(f"law='exact': {reason}, so no exact law is known; use law='fast'.")
    given, state = problem(instance), lanes(seed, number)
    small = reduced(given)
    split = spiked(small) if given.n < given.support.size else None
    table = np.empty((3, -(-size // AT_ONCE) * AT_ONCE))
    for begin in range(0, size, AT_ONCE):
        part = table[:, begin : begin + AT_ONCE]
        if split is None:
            tall_law(state, given, part)
        elif split.gap.size:
            part[:] = spiked_rows(state, split, AT_ONCE)
        else:
            flat_law(state, split, part)
    if small.unseen:
        table[::2] += small.unseen
    bias, noise, risk = table[:, :size]
    return Batch(MappingProxyType({"bias": bias, "noise": noise, "risk": risk}))
