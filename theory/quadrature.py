"""Integrals over an interval whose integrand may be singular, like a power, at either end."""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import numpy as np
from jaxtyping import Float

Nodes: TypeAlias = Float[np.ndarray, " nodes"]
NODES = 301
REACH = 4.0


@cache
def tanh_sinh() -> tuple[Nodes, Nodes, Nodes]:
    """Nodes on (0, 1) as distances from 0 and from 1, and weights: the trapezoidal rule after x = (1 +
    tanh(u))/2.

    u = (pi/2) sinh(t) for |t| <= 4.  Source: Takahasi & Mori 1974, Publ. RIMS 9, section 3.

    >>> left, right, weights = tanh_sinh()
    >>> float(round((weights / np.sqrt(left)).sum(), 12))
    2.0
    """
    t = np.linspace(-REACH, REACH, NODES)
    u = np.pi / 2 * np.sinh(t)
    from_left, from_right = (1 / (1 + np.exp(side)) for side in (-2 * u, 2 * u))
    weights = np.pi * np.cosh(t) * from_left * from_right * (t[1] - t[0])
    return from_left, from_right, weights
