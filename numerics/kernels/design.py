"""Draws of a design and its noise, example after example."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numpy.random import Generator

from numerics.kernels.compiled import compiled


@compiled
def draw_wide(
    rng: Generator,
    scale: Float[np.ndarray, " d"],
    rows: Float[np.ndarray, "n d"],
    noise: Float[np.ndarray, " n"],
) -> None:
    """Fill `rows` with X = Z diag(scale) and `noise` with standard normals: x_1, e_1, x_2, e_2, ..."""
    for i in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            rows[i, j] = scale[j] * rng.standard_normal()
        noise[i] = rng.standard_normal()


@compiled
def draw_tall(rng: Generator, columns: Float[np.ndarray, "d n"], noise: Float[np.ndarray, " n"]) -> None:
    """Fill `columns` with the transpose of Z (n x d) and `noise`, in the stream order of `draw_wide`."""
    for i in range(columns.shape[1]):
        for j in range(columns.shape[0]):
            columns[j, i] = rng.standard_normal()
        noise[i] = rng.standard_normal()
