"""Trials of a linear probe: as defined, and by the exact law.

With b the best weights on the features, r = t - F b and f = X r + e, the rows of G = X F are N(0, F'SF), f is
N(0, v I), v = r'Sr + sigma^2, and the two are independent, being uncorrelated.  For n >= m, h = F (b + G+ f), so that
the risk is r'Sr + |S^(1/2) F G+ f|^2 = r'Sr + v chi2_m / chi2_(n-m+1) (Hotelling).  Of several outputs each has an f of
its own, at the same G.
Source: Muirhead, Aspects of Multivariate Statistical Theory, theorems 3.2.10, 3.2.12 and 3.2.14.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from numerics.instance import InstanceError, shown
from numerics.kernels.normals import State
from numerics.linear.literal import pseudo_inverse
from numerics.linear.samples import chi_squares, normals
from numerics.probe.model import Probe
from numerics.streams import lanes

COLUMNS = MappingProxyType(
    {
        "risk": "(h - t)' S (h - t), summed over the outputs",
        "ratio": "of the first output |S^(1/2) F G+ f|^2 / v: its risk without what the features leave, over v; 0 "
        "where v is 0",
    }
)
TOGETHER, CHUNK = 2**18, 2**12
"""Entries of the designs that are decomposed at once; trials of the exact law that are drawn at once."""
Batch = Mapping[str, Float[np.ndarray, " trials"]]


def known_column(name: object) -> str:
    """`name` if it is a column, else `InstanceError`."""
    if not isinstance(name, str) or name not in COLUMNS:
        raise InstanceError(f"quantity={shown(name)}: no such column; use {', '.join(COLUMNS)}.")
    return name


def residual_root(instance: Probe) -> Float[np.ndarray, "q q"]:
    """V^(1/2), V the covariance of a row of f: what the labels of the outputs vary by together, given the features."""
    v = instance.left.T @ instance.left + instance.sigma**2 * np.eye(instance.outputs)
    values, axes = np.linalg.eigh(v)
    return np.asarray(axes * np.sqrt(np.maximum(values, 0.0)) @ axes.T)


def exact_batch(instance: Probe, seed: int, number: int, size: int) -> Batch:
    """The first `size` trials of batch `number`, no design drawn; for n >= m.

    In axes of S^(1/2) F, G+ f is W^(-1/2) N with W Wishart of n degrees of freedom and N (m x q) normal, its columns
    correlated as the outputs' f are.  Of m >= q coordinates those that N spans are enough: there N is triangular, and
    the inverse of the block of W^-1 has n - m + q degrees of freedom.
    """
    m, n = instance.count, instance.n
    if n < m:
        raise InstanceError(f"n={n} and {m} features: the exact law is known for n >= {m}; use law='literal'.")
    state, root = lanes(seed, number), residual_root(instance)
    parts = [_lost(instance, state, root) for _ in range(-(-size // CHUNK))]
    each, v = np.concatenate(parts)[:size], instance.missed[0] + instance.sigma**2
    return {"risk": instance.unexplained + each.sum(axis=1), "ratio": each[:, 0] / (v if v > 0 else 1.0)}


def _lost(instance: Probe, state: State, root: Float[np.ndarray, "q q"]) -> Float[np.ndarray, "trials q"]:
    """What is lost of each output in the next trials, so many at once that the first ones do not depend on how many are
    asked for."""
    m, n, q = instance.count, instance.n, instance.outputs
    k = min(m, q)
    above = [m - i for i in range(k)] if m >= q else []
    squares = chi_squares(state, [*above, *(n - m + k - i for i in range(k))], CHUNK)
    mixed = _triangle(squares[: len(above)], state, q) if above else normals(state, CHUNK, m, q)
    lost = _solved(_triangle(squares[len(above) :], state, k).swapaxes(1, 2), mixed) @ root
    return np.asarray(np.einsum("tio,tio->to", lost, lost))


def _triangle(squares: Float[np.ndarray, "k trials"], state: State, columns: int) -> Float[np.ndarray, "trials k k"]:
    """Upper triangular: these squares on the diagonal, normal numbers above it (Bartlett)."""
    k, trials = squares.shape
    found = np.triu(normals(state, trials, k, columns), 1) if columns > 1 else np.zeros((trials, 1, 1))
    found[:, range(k), range(k)] = np.sqrt(squares).T
    return found


def _solved(
    lower: Float[np.ndarray, "trials k k"], right: Float[np.ndarray, "trials k q"]
) -> Float[np.ndarray, "trials k q"]:
    """L^-1 B, row after row."""
    found = np.array(right)
    for i in range(lower.shape[1]):
        found[:, i] -= np.einsum("tj,tjo->to", lower[:, i, :i], found[:, :i])
        found[:, i] /= lower[:, i, i, None]
    return found


def literal_batch(instance: Probe, seed: int, number: int, size: int) -> Batch:
    """The first `size` trials of batch `number`: every sample drawn, every least squares problem solved."""
    n, d, outputs = instance.n, instance.d, instance.outputs
    state, step = lanes(seed, number), max(1, TOGETHER // (n * d))
    rank, basis = min(n, instance.count), instance.basis / instance.lengths
    risks = []
    for begin in range(0, size, step):
        numbers = normals(state, step, n, d + outputs)[: size - begin]
        x, e = numbers[:, :, :d] * instance.scale, instance.sigma * numbers[:, :, d:]
        fitted = pseudo_inverse(x @ basis, rank) @ (x @ instance.wanted + e)
        error = instance.scale[:, None] * (basis @ fitted - instance.wanted)
        risks.append(np.einsum("tjo,tjo->to", error, error))
    risk, v = np.concatenate(risks), instance.missed[0] + instance.sigma**2
    first = risk[:, 0]
    return {"risk": risk.sum(axis=1), "ratio": (first - instance.missed[0]) / v if v > 0 else 0 * first}
