"""Draws of the simulators of deep linear networks, and one training of the layers, as the comparisons take them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count, pairwise

import numpy as np

from numerics import deep_linear as mc
from numerics.deep_linear import DeepLinear
from numerics.linear import gradient_descent
from numerics.streams import stream
from verify.claim import Case
from verify.drawing import first, kept
from verify.linear.drawing import conditioned_sample

LITERAL = 256
"""Trials of the literal simulator in a batch: more than are looked at where nothing varies."""
TOLERANCE = 1e-13
"""Of the flow: its limits are right to about ten times that, far below the rounding that is allowed."""
SHALLOWEST, TIMES = 128, 7
"""Infinite depth is reached from 128, 256, ..., 8192 layers: the error is of order 1e-13."""


def chunks(instance: DeepLinear, column: str, seed: int, law: str = "closed") -> Iterator[np.ndarray]:
    """Draws of one column, batch after batch; where nothing is left to vary, of the literal simulator."""
    literal = instance.n >= instance.d and instance.sigma == 0 and not instance.frozen_layers
    law, size = ("reference", LITERAL) if literal else (law, mc.batch_size(instance, law))
    what = repr(instance.fields()), column, seed, law

    def drawn(number: int) -> np.ndarray:
        return mc.batch(instance, seed, number, law, size)[column]

    return (kept((*what, number), partial(drawn, number)) for number in count())


def sample(instance: DeepLinear, column: str, seed: int, size: int, law: str = "closed") -> np.ndarray:
    """So many draws of one column."""
    return first(chunks(instance, column, seed, law), size)


def changed(instance: DeepLinear, **fields: object) -> DeepLinear:
    """The same instance but for some fields.  The same seed gives the same designs and noise."""
    return DeepLinear.from_fields({**instance.fields(), **fields})


@dataclass(frozen=True)
class Trained:
    """A design, its noise and labels, and balanced layers whose product is the source."""

    x: np.ndarray
    e: np.ndarray
    y: np.ndarray
    u: np.ndarray
    layers: list[np.ndarray]

    @property
    def force(self) -> np.ndarray:
        """f = X'(y - X u), minus the gradient with respect to the product."""
        return np.asarray(self.x.T @ (self.y - self.x @ self.u))

    def limit(self, depth: float) -> np.ndarray:
        """Where the flow from u ends; at infinite depth extrapolated from many layers, in powers of 1/L."""
        if not self.u.any():  # one layer: more would not move
            return gradient_descent(self.x, self.y, self.u, tolerance=TOLERANCE).weights
        if depth < np.inf:
            one = self.x[None], self.y[None], self.u[None]
            return np.asarray(mc.end_to_end_flow(*one, int(depth), tolerance=TOLERANCE)[0])
        found = [self.limit(SHALLOWEST * 2**k) for k in range(TIMES)]
        for order in range(1, TIMES):
            found = [(2**order * b - a) / (2**order - 1) for a, b in pairwise(found)]
        return found[0]


def trained(case: Case, seed: int) -> Trained:
    """One draw of the data of an instance, with layers of random widths turned at random."""
    instance: DeepLinear = case.instance
    x, e = conditioned_sample(instance.linear, seed)
    rng = stream(seed, 1)
    layers: list[np.ndarray] = []
    if instance.depth == 1:
        layers = [instance.source[:, None]]
    elif instance.depth < np.inf:
        widths = rng.integers(1, 5, int(instance.depth) - 1).tolist()
        layers = mc.balanced(instance.source, int(instance.depth), widths=widths, rng=rng)
    return Trained(x, e, x @ instance.target + e, instance.source, layers)


def size_of(instance: DeepLinear) -> float:
    """A named scale where the formula is zero: the risk of predicting zero, plus the noise."""
    return float(instance.risk_weights @ instance.target**2 + instance.sigma**2)
