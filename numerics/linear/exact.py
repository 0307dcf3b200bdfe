"""The exact laws of the risk, where a trial is four gamma variables whatever n and d are."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from jaxtyping import Float
from numpy.random import Generator

from numerics.instance import InstanceError
from numerics.linear.columns import Batch
from numerics.linear.model import Linear
from numerics.linear.problem import Problem, problem
from numerics.streams import stream


def obstacle(instance: Linear) -> str:
    """Why no exact law is known for `instance`; empty where one is.

    Known: the risk is measured by S itself, and either n >= rank(S), or n < rank(S), S is a multiple of a
    projection and the source is fixed.
    """
    given = problem(instance)
    levels = given.scale[given.support]
    if not np.array_equal(given.weights, instance.covariance):
        return "test_spectrum differs from the spectrum"
    if given.n >= levels.size:
        return ""
    if given.n_source:
        return "the source is learned"
    return "the spectrum is not flat" if np.ptp(levels) else ""


def wide_law(rng: Generator, given: Problem, size: int) -> tuple[np.ndarray, np.ndarray]:
    """n < r, flat level l: bias l |D|^2 Beta((r-n)/2, n/2), noise sigma^2 chi2_n / chi2_{r-n+1}, independent.

    |Q D|^2 / |D|^2 is Beta for a uniformly random projection; |X+ e|^2 = e' W^-1 e is Hotelling's ratio;
    Q X+ = 0 leaves no cross term.  Source: Muirhead, Aspects of Multivariate Statistical Theory (1982),
    1.5.7 and 3.2.12.
    """
    n, rank = given.n, given.support.size
    gap = given.scale * (given.target - given.start)
    lost, seen, top, bottom = gammas(rng, ((rank - n) / 2, n / 2, n / 2, (rank - n + 1) / 2), size)
    return float(gap @ gap) * lost / (lost + seen), given.sigma**2 * top / bottom


def tall_law(rng: Generator, given: Problem, size: int) -> tuple[np.ndarray, np.ndarray]:
    """n >= r, any positive spectrum: bias 0, noise sigma^2 chi2_r / chi2_{n-r+1} (Hotelling's T^2)."""
    n, rank = given.n, given.support.size
    top, bottom = gammas(rng, (rank / 2, (n - rank + 1) / 2), size)
    return np.zeros(size), given.sigma**2 * top / bottom


def gammas(rng: Generator, shapes: tuple[float, ...], size: int) -> Float[np.ndarray, "k trials"]:
    """Independent gammas of unit scale (half chi-squares), drawn trial after trial: a prefix is a prefix."""
    return rng.standard_gamma(np.array(shapes), size=(size, len(shapes))).T


def exact_batch(instance: Linear, seed: int, number: int, size: int) -> Batch:
    """The first `size` trials of batch `number` from the exact law: columns bias, noise and risk.

    Equal in law, not trial by trial, to the other simulators.  Raises `InstanceError` where no law is known.
    """
    reason = obstacle(instance)
    if reason:
        raise InstanceError(f"law='exact': {reason}, so no exact law is known; use law='fast'.")
    given = problem(instance)
    law = tall_law if given.n >= given.support.size else wide_law
    bias, noise = law(stream(seed, number), given, size)
    return Batch(MappingProxyType({"bias": bias, "noise": noise, "risk": bias + noise}))
