"""Draws of Gaussian letters, by the laws that they carry."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import sympy as sp
from jaxtyping import Float

from numerics.streams import stream
from theory.calculus.arrays import Matrix, evaluate_expression
from theory.calculus.expressions import Expression
from theory.calculus.letters import Gaussian, Letter


def draw(
    letter: Letter,
    letters: Mapping[str, Matrix],
    numbers: Mapping[sp.Symbol, float],
    seed: int,
    number: int,
    batch: int,
) -> Float[np.ndarray, "batch rows cols"]:
    """A batch of R^(1/2) Z C^(1/2), Z standard normal, from a stream of the letter's own."""
    law = letter.law
    assert isinstance(law, Gaussian)
    rows, cols = (int(side.subs(dict(numbers))) for side in (letter.rows, letter.cols))
    part = 1 + int.from_bytes(letter.name.encode(), "big")
    standard = stream(seed, number, part).standard_normal((batch, rows, cols))
    drawn = standard @ _root(law.row_covariance, letters, numbers).T
    if law.column_covariance is None:
        return np.asarray(drawn)
    return np.asarray(_root(law.column_covariance, letters, numbers) @ drawn)


def _root(covariance: Expression, letters: Mapping[str, Matrix], numbers: Mapping[sp.Symbol, float]) -> Matrix:
    values, vectors = np.linalg.eigh(np.atleast_2d(evaluate_expression(covariance, letters, numbers)))
    if values[0] < -1e-12 * max(abs(values)):
        raise ValueError(f"{covariance} is no covariance: it has the eigenvalue {values[0]:g}")
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
