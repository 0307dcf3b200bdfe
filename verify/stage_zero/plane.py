"""The mean risk of a deep linear network without noise, in numbers: a random projection of the plane of t and u.

P is a uniformly random projection of rank n.  The share of t that it keeps is a Beta(n/2, (d - n)/2) variable b.  What
u has off t lies along (1 - b)^1/2 a - b^1/2 c by a cosine in R^(d-1), a and c the directions of P t and Q t, and of the
rest P keeps a Beta((n - 1)/2, (d - n - 1)/2) share.  Three integrals, by Gauss and Jacobi's rule.
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
NODES = 40
ACCURACY = 1e-6
"""What averages in numbers promise, relative."""
HALVINGS = 90


def _beta(a: float, b: float) -> tuple[Numbers, Numbers]:
    """Nodes and weights for the mean over a Beta(a, b) variable."""
    nodes, weights = roots_jacobi(NODES, b - 1, a - 1)
    return (1 + nodes) / 2, weights / weights.sum()


def _stretch(fitted: Numbers, kept: Numbers, length: float, depth: float) -> Numbers:
    """c from |P t|^2 and |Q u|^2: |h|^2 = |P t|^2 + c^2 |Q u|^2 with c = (|h|/|u|)^(1 - 1/L), by halving."""
    low, high = np.full_like(fitted, -60.0), np.full_like(fitted, 60.0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        square = np.exp(middle)
        above = square > fitted + kept * (square / length) ** (1 - 1 / depth)
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.asarray((np.exp((low + high) / 2) / length) ** ((1 - 1 / depth) / 2))


@cache
def mean(n: int, d: int, depth: float, level: float, t: tuple[float, ...], u: tuple[float, ...]) -> float:
    """E level |Q (t - c u)|^2."""
    target, source = np.array(t), np.array(u)
    along = float(target @ source) / float(np.linalg.norm(target))
    off = float(np.sqrt(source @ source - along**2))
    (b, first), (square, second), (share, third) = (
        _beta(n / 2, (d - n) / 2),
        _beta((d - 2) / 2, (d - 2) / 2),
        _beta((n - 1) / 2, (d - n - 1) / 2),
    )
    b, cosine, share = np.meshgrid(b, 2 * square - 1, share, indexing="ij")
    weights = first[:, None, None] * second[:, None] * third
    squared = float(target @ target)
    both = b * along + cosine * np.sqrt(b * (1 - b)) * off
    """<P t, u>/|t|."""
    seen = b * along**2 + 2 * along * off * cosine * np.sqrt(b * (1 - b))
    seen += off**2 * (cosine**2 * (1 - b) + (1 - cosine**2) * share)
    kept, whole = source @ source - seen, float(source @ source)
    c = _stretch(squared * b, kept, whole, depth)
    crossed = float(target @ source) - np.sqrt(squared) * both
    return float(level * np.sum(weights * (squared * (1 - b) - 2 * c * crossed + c**2 * kept)))


TARGET, SOURCE = (1.0, -0.5, 0.25, 2.0), (0.6, 0.8, -0.3, 0.4)
AT = ((6, 16, 3, 1.5), (10, 24, 2, 0.7), (8, 20, 10, 1.5))
"""n, d, depth and level."""


def _fields(n: int, d: int, depth: float, level: float, times: float = 1.0) -> dict[str, Any]:
    target, source = ([times * z for z in (*v, *(0.0,) * (d - len(v)))] for v in (TARGET, SOURCE))
    return {"n": n, "d": d, "depth": depth, "spectrum": [level] * d, "target": target, "source": source, "sigma": 0.0}


def residuals(result: Result) -> Iterator[Residual]:
    """The same mean by three integrals."""
    for n, d, depth, level in AT:
        found, wanted = result.evaluate(**_fields(n, d, depth, level)), mean(n, d, depth, level, TARGET, SOURCE)
        yield bool(abs(found - wanted) < ACCURACY * wanted)


def units(result: Result) -> Iterator[Residual]:
    """Weights and noise times 2, or features and noise times 2: four times the risk."""
    n, d, depth, level = AT[0]
    plain = result.evaluate(**{**_fields(n, d, depth, level), "sigma": 0.5})
    for fields in (_fields(n, d, depth, level, 2.0), _fields(n, d, depth, 4 * level)):
        found = result.evaluate(**{**fields, "sigma": 1.0})
        yield bool(abs(found - 4 * plain) < ACCURACY * 4 * plain)
