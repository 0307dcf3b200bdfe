"""The exact laws of the risk, where a trial costs the same whatever n and d are."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from jaxtyping import Float
from numpy.random import Generator

from numerics.instance import InstanceError
from numerics.linear.columns import Batch
from numerics.linear.model import Linear
from numerics.linear.problem import Problem, problem, reduced
from numerics.linear.spikes import few, spiked, spiked_rows
from numerics.streams import stream

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


def tall_law(rng: Generator, given: Problem, size: int) -> Float[np.ndarray, "3 trials"]:
    """n >= r, any positive spectrum: bias 0, noise sigma^2 chi2_r / chi2_{n-r+1} (Hotelling's T^2)."""
    n, rank = given.n, given.support.size
    top, bottom = rng.standard_gamma([rank / 2, (n - rank + 1) / 2], size=(size, 2)).T
    noise = given.sigma**2 * top / bottom
    return np.stack([np.zeros(size), noise, noise])


def exact_batch(instance: Linear, seed: int, number: int, size: int) -> Batch:
    """The first `size` trials of batch `number` from the exact law: columns bias, noise and risk.

    Equal in law, not trial by trial, to the other simulators.  Raises `InstanceError` where no law is known.
    """
    reason = obstacle(instance)
    if reason:
        raise InstanceError(f"law='exact': {reason}, so no exact law is known; use law='fast'.")
    given, rng = problem(instance), stream(seed, number)
    small = reduced(given)
    if given.n >= given.support.size:
        bias, noise, risk = tall_law(rng, given, size)
    else:
        split = spiked(small)
        parts = [spiked_rows(rng, split, AT_ONCE) for _ in range(-(-size // AT_ONCE))]
        bias, noise, risk = np.concatenate(parts, axis=1)[:, :size]
    constant = small.unseen
    return Batch(MappingProxyType({"bias": bias + constant, "noise": noise, "risk": risk + constant}))
