"""The weights of a deep linear network: a balanced start, the product, the distance from balance."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float
from numpy.random import Generator

from numerics.instance import InstanceError

WIDTH = 3
"""Width of every hidden layer unless said otherwise; a balanced network has rank one in any width."""


def unit_vector(width: int, rng: Generator | None) -> Float[np.ndarray, " width"]:
    """A uniformly random unit vector, or the first axis without a generator."""
    if rng is None:
        return np.asarray(np.eye(width)[0])
    direction = rng.standard_normal(width)
    return np.asarray(direction / np.linalg.norm(direction))


def balanced(
    u: Float[np.ndarray, " d"], depth: int, *, widths: Sequence[int] | None = None, rng: Generator | None = None
) -> list[Float[np.ndarray, "_ _"]]:
    """W_1 (d x k_1), ..., W_L (k_{L-1} x 1) with product `u` and W_i' W_i = W_{i+1} W_{i+1}' for all i.

    W_i = s v_{i-1} v_i' with s^L = |u|, v_0 = u/|u|, v_L = 1 and unit vectors v_i in between, drawn from
    `rng` or the first axis: for an output of one number every balanced start with product u has this form.
    `widths` are k_1, ..., k_{L-1}, all 3 unless given.  Source: Arora, Cohen, Golowich & Hu 2019, Definition 1.

    Raises `InstanceError` unless u is not zero, depth >= 1 and widths are depth - 1 positive integers.

    >>> first, second = balanced(np.array([0.0, 4.0]), 2, widths=[1])
    >>> first.tolist(), second.tolist()
    ([[0.0], [2.0]], [[2.0]])
    """
    if depth < 1:
        raise InstanceError(f"depth={depth}: a network has at least one layer; take depth >= 1.")
    hidden = [WIDTH] * (depth - 1) if widths is None else list(widths)
    if len(hidden) != depth - 1 or any(width < 1 for width in hidden):
        raise InstanceError(f"widths={hidden}: depth {depth} has {depth - 1} hidden layers; give as many widths >= 1.")
    length = float(np.linalg.norm(u))
    if not 0 < length < np.inf:
        raise InstanceError(f"|u|={length}: a balanced network of product 0 never moves; give a non-zero finite u.")
    directions = [u / length, *(unit_vector(width, rng) for width in hidden), np.ones(1)]
    size = length ** (1 / depth)
    return [size * np.outer(directions[i], directions[i + 1]) for i in range(depth)]


def product(weights: Sequence[Float[np.ndarray, "_ _"]], inputs: int) -> Float[np.ndarray, "inputs _"]:
    """W_1 ... W_m as a matrix; the identity of size `inputs` for no layers."""
    result = np.eye(inputs)
    for layer in weights:
        result = result @ layer
    return result


def end_to_end(weights: Sequence[Float[np.ndarray, "_ _"]]) -> Float[np.ndarray, " d"]:
    """b = W_1 ... W_L, the linear map that the network is.

    >>> end_to_end([np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]])]).tolist()
    [11.0]
    """
    return product(weights, weights[0].shape[0])[:, 0]


def imbalance(weights: Sequence[Float[np.ndarray, "_ _"]]) -> float:
    """max_i |W_i' W_i - W_{i+1} W_{i+1}'| over max_i |W_i|^2 (Frobenius norms): 0 for a balanced network.

    The differences W_i' W_i - W_{i+1} W_{i+1}' do not change under gradient flow, layers trained together.

    >>> imbalance([np.array([[2.0]]), np.array([[1.0]])])
    0.75
    """
    gaps = [float(np.linalg.norm(left.T @ left - right @ right.T)) for left, right in pairwise(weights)]
    return max(gaps, default=0.0) / max(float(np.linalg.norm(layer)) ** 2 for layer in weights)
