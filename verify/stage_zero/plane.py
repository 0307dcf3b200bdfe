"""The mean risk of a deep linear network in numbers: a random projection of the plane of t and u, and the fitted noise.

P is a uniformly random projection of rank n.  The share of t that it keeps is a Beta(n/2, (d - n)/2) variable b.  What
u has off t lies along (1 - b)^1/2 a - b^1/2 c by a cosine in R^(d-1), a and c the directions of P t and Q t, and of the
rest P keeps a Beta((n - 1)/2, (d - n - 1)/2) share.  The noise moves P h by z, of a direction that is uniform among
those that P keeps, with |z|^2 = sigma^2/level times a ratio of chi-squares of n and d - n + 1 degrees of freedom.  Five
integrals, by Gauss and Jacobi's rule; three without noise.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import roots_jacobi

from theory.result import Result
from verify.stage_zero.relation import Residual

Numbers = NDArray[np.float64]
ACCURACY = 1e-6
"""What averages in numbers promise, relative."""
HALVINGS = 60
SIZES = 16, 12, 12, 12, 24
"""Nodes: of b, of the cosine, of the share of the rest, of the noise's cosine and of its size."""


def _beta(nodes: int, a: float, b: float) -> tuple[Numbers, Numbers]:
    """Nodes and weights for the mean over a Beta(a, b) variable."""
    found, weights = roots_jacobi(nodes, b - 1, a - 1)
    return (1 + found) / 2, weights / weights.sum()


def _stretch(fitted: Numbers, kept: Numbers, length: float, depth: float) -> Numbers:
    """c from |P h|^2 and |Q u|^2: |h|^2 = |P h|^2 + c^2 |Q u|^2 with c = (|h|/|u|)^(1 - 1/L), by halving."""
    low, high = np.full(np.broadcast(fitted, kept).shape, -20.0), np.full(np.broadcast(fitted, kept).shape, 20.0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        square = np.exp(middle)
        above = square > fitted + kept * (square / length) ** (1 - 1 / depth)
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.asarray((np.exp((low + high) / 2) / length) ** ((1 - 1 / depth) / 2))


@cache
def mean(n: int, d: int, depth: float, level: float, sigma: float) -> float:
    """E level |Q (t - c u) - z|^2."""
    target, source = np.array(TARGET), np.array(SOURCE)
    along = float(target @ source) / float(np.linalg.norm(target))
    off, squared, whole = float(np.sqrt(source @ source - along**2)), float(target @ target), float(source @ source)
    laws = (n, d - n), (d - 2, d - 2), (n - 1, d - n - 1), (n - 1, n - 1), (n, d - n + 1)
    axes = [
        _beta(k if sigma or j < 3 else 1, a / 2, b / 2) for j, (k, (a, b)) in enumerate(zip(SIZES, laws, strict=True))
    ]
    b, square, share, towards, ratio = np.meshgrid(*(nodes for nodes, _ in axes), indexing="ij", sparse=True)
    weights = np.einsum("i,j,k,l,m->ijklm", *(weight for _, weight in axes))
    cosine, size = 2 * square - 1, sigma**2 / level * ratio / (1 - ratio)
    crossing = cosine * np.sqrt(b * (1 - b)) * off
    seen = b * along**2 + 2 * along * crossing + off**2 * (cosine**2 * (1 - b) + (1 - cosine**2) * share)
    kept = whole - seen
    fitted = squared * b + 2 * (2 * towards - 1) * np.sqrt(squared * b * size) + size
    c = _stretch(fitted, kept, whole, depth)
    crossed = float(target @ source) - np.sqrt(squared) * (b * along + crossing)
    return float(level * np.sum(weights * (squared * (1 - b) - 2 * c * crossed + c**2 * kept + size)))


TARGET, SOURCE = (1.0, -0.5, 0.25, 2.0), (0.6, 0.8, -0.3, 0.4)
AT = (
    *((6, 16, 3, 1.5, 0.0), (10, 24, 2, 0.7, 0.0), (8, 20, 10, 1.5, 0.0)),
    *((2, 30, 2, 1.0, 4.0), (6, 30, 3, 1.5, 0.6)),
)
"""n, d, depth, level and noise; where it is loud and rows are few, its direction matters."""


def _fields(n: int, d: int, depth: float, level: float, sigma: float, times: float = 1.0) -> dict[str, Any]:
    target, source = ([times * z for z in (*v, *(0.0,) * (d - len(v)))] for v in (TARGET, SOURCE))
    given = {"n": n, "d": d, "depth": depth, "sigma": sigma, "spectrum": [level] * d}
    return {**given, "target": target, "source": source}


def residuals(result: Result) -> Iterator[Residual]:
    """The same mean by these integrals."""
    for at in AT:
        wanted = mean(*at)
        yield bool(abs(result.evaluate(**_fields(*at)) - wanted) < ACCURACY * wanted)


def units(result: Result) -> Iterator[Residual]:
    """Weights and noise times 2, or features and noise times 2: four times the risk."""
    n, d, depth, level, _ = AT[-1]
    plain = result.evaluate(**_fields(n, d, depth, level, 0.5))
    for fields in (_fields(n, d, depth, level, 1.0, 2.0), _fields(n, d, depth, 4 * level, 1.0)):
        yield bool(abs(result.evaluate(**fields) - 4 * plain) < ACCURACY * 4 * plain)
