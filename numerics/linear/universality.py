"""Linear fine-tuning on designs that need not be Gaussian: the literal simulator with another law of the entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from jaxtyping import Bool, Float
from numpy.random import Generator

from numerics.instance import InstanceError, nonnegative_integer, positive_integer, shown
from numerics.linear.columns import Batch, as_batch
from numerics.linear.model import Linear
from numerics.linear.problem import problem
from numerics.streams import stream

Entries = Float[np.ndarray, "..."]
DEGREES, FILLED = 5, 0.1
"""Degrees of freedom of `student`: four moments are finite.  Share of entries of `sparse` that are not zero."""
CUT = 1e-10
"""Singular values below this share of the largest count as zero: a discrete design may be singular exactly."""


def _gaussian(rng: Generator, shape: tuple[int, ...]) -> Entries:
    return rng.standard_normal(shape)


def _rademacher(rng: Generator, shape: tuple[int, ...]) -> Entries:
    return np.asarray(2.0 * rng.integers(0, 2, shape) - 1.0)


def _uniform(rng: Generator, shape: tuple[int, ...]) -> Entries:
    return np.asarray(np.sqrt(3.0) * (2.0 * rng.random(shape) - 1.0))


def _student(rng: Generator, shape: tuple[int, ...]) -> Entries:
    return np.asarray(rng.standard_t(DEGREES, shape) * np.sqrt((DEGREES - 2) / DEGREES))


def _sparse(rng: Generator, shape: tuple[int, ...]) -> Entries:
    return np.asarray(rng.standard_normal(shape) * (rng.random(shape) < FILLED) / np.sqrt(FILLED))


def _exponential(rng: Generator, shape: tuple[int, ...]) -> Entries:
    return np.asarray(rng.standard_exponential(shape) - 1.0)


LAWS: Mapping[str, Callable[[Generator, tuple[int, ...]], Entries]] = MappingProxyType(
    {
        "gaussian": _gaussian,
        "rademacher": _rademacher,
        "uniform": _uniform,
        "student": _student,
        "sparse": _sparse,
        "exponential": _exponential,
    }
)
"""Laws of an entry, each of mean 0 and variance 1: signs, uniform on an interval, Student's t with 5 degrees of
freedom, normal with probability 1/10 and else 0, and an exponential variable less its mean, which is not symmetric."""


def known_law(name: object) -> str:
    """`name` if it is a law of entries, else `InstanceError`."""
    if not isinstance(name, str) or name not in LAWS:
        raise InstanceError(f"design={shown(name)}: no such law of entries; use {', '.join(LAWS)}.")
    return name


def sample(
    instance: Linear, design: str, seed: int, number: int, size: int, noise: str = "gaussian"
) -> tuple[Float[np.ndarray, "trials n d"], Float[np.ndarray, "trials n"]]:
    """X = Z S^(1/2) and label noise e, entries of Z and of e / sigma independent by the laws `design` and `noise`.

    Decided by (seed, number) and the instance's sizes alone.  Raises `InstanceError` for unknown laws and bad counts.

    >>> given = Linear(n=2, d=3, sigma=0, source=[0, 0, 0], target=[1, 2, 3])
    >>> sorted(set(sample(given, "rademacher", seed=1, number=0, size=5)[0].ravel().tolist()))
    [-1.0, 1.0]
    """
    z_law, e_law = LAWS[known_law(design)], LAWS[known_law(noise)]
    rng = stream(seed, nonnegative_integer("number", number))
    shape = positive_integer("size", size), instance.n, instance.d
    z, e = z_law(rng, shape), e_law(rng, shape[:2])
    return z * np.sqrt(instance.covariance), instance.sigma * e


def pseudo_inverse(
    x: Float[np.ndarray, "trials n d"],
) -> tuple[Float[np.ndarray, "trials d n"], Bool[np.ndarray, " t"]]:
    """X+ by singular values, those below `CUT` of the largest taken for zero, and which designs had such."""
    left, values, right = np.linalg.svd(x, full_matrices=False)
    kept = values > CUT * values[:, :1]
    inverse = np.where(kept, 1.0, 0.0) / np.where(kept, values, 1.0)
    turned = np.swapaxes(right, -1, -2) * inverse[:, None]
    return turned @ np.swapaxes(left, -1, -2), np.asarray(~kept.all(axis=1))


def universal_batch(
    instance: Linear, design: str, seed: int, number: int, size: int, noise: str = "gaussian"
) -> tuple[Batch, Bool[np.ndarray, " trials"]]:
    """The columns of `size` trials, as the definition says, and in which trials X had less than full rank.

    There X+ is the pseudo-inverse all the same: it is where gradient descent ends.  The source is fixed; in coordinates
    where the spectrum is zero it stays as it is.  Raises `InstanceError` for a learned source.

    >>> given = Linear(n=2, d=2, sigma=0, source=[0, 0], target=[1, 2])
    >>> bool(universal_batch(given, "rademacher", seed=1, number=0, size=64)[1].any())
    True
    """
    if instance.source is None:
        raise InstanceError("the source is learned: only a fixed source is drawn here; give source instead.")
    x, e = sample(instance, design, seed, number, size, noise)
    given = problem(instance)
    inverse, singular = pseudo_inverse(x)
    gap = given.start - given.target
    moved = np.einsum("tjn,tn->tj", inverse, e)
    missed = gap - np.einsum("tjn,tnk,k->tj", inverse, x, gap, optimize=True)
    bias, noise_part, risk = ((error**2) @ given.weights for error in (missed, moved, missed + moved))
    noise_mean = given.sigma**2 * np.einsum("tjn,j,tjn->t", inverse, given.weights, inverse)
    return as_batch(bias, noise_mean, noise_part, risk), singular
