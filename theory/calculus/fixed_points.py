"""Numbers for the unknowns of fixed-point equations: positive, unique, with an error bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float

Vector: TypeAlias = Float[np.ndarray, " k"]
Map: TypeAlias = Callable[[Vector], Vector]

ACCURACY = 1e-10
"""The relative error that a solution is certified to have."""

FAR = 1e8
"""How far apart the two starts are, in units of the first guess, that must lead to one solution."""

MOST_STEPS = 500
STEP = 1e-6
ROUNDING = 64 * np.finfo(float).eps


class NotCertified(ArithmeticError):
    """No positive solution was found, or not the same from both sides, or not to the accuracy."""


@dataclass(frozen=True)
class FixedPoint:
    """The solution of z = F(z), z > 0, and bounds for the relative residual and the relative error."""

    value: Vector
    residual: float
    error: float


def fixed_point(equation: Map, size: int) -> FixedPoint:
    """The positive solution of z = F(z), found from far below and from far above.

    The unknowns of a Dyson equation of positive matrices are positive, and the physical branch is the positive one.  In
    logarithms, z = exp(x), Newton's step is taken where it makes |log F(z) - x| smaller, else the mean of z and F(z).
    The relative error is bounded by |J^-1| (residual + rounding), J the Jacobian in logarithms at the solution.

    Raises NotCertified where the two starts do not lead to one positive solution, or the bound exceeds 1e-10.

    >>> round(float(fixed_point(lambda z: 2 / z + 0 * z, 1).value[0]), 12)
    1.414213562373
    """
    if size == 0:
        return FixedPoint(np.zeros(0), 0.0, 0.0)
    found = [_climb(equation, np.full(size, np.log(start))) for start in (1 / FAR, FAR)]
    low, high = (np.exp(x) for x in found)
    if not np.allclose(low, high, rtol=ACCURACY, atol=0.0):
        raise NotCertified(f"the fixed-point equations have different solutions from below, {low}, and above, {high}")
    x = found[0]
    defect = _defect(equation, x)
    inverse = np.linalg.inv(_jacobian(equation, x))
    residual = float(np.max(np.abs(defect)))
    error = float(np.linalg.norm(inverse, np.inf)) * (residual + ROUNDING)
    if not error <= ACCURACY:
        raise NotCertified(f"the fixed-point equations are solved to a relative error of {error:.1e} only")
    return FixedPoint(np.exp(x), residual, error)


def _defect(equation: Map, x: Vector) -> Vector:
    """log F(exp(x)) - x."""
    image = equation(np.exp(x))
    if not (np.isfinite(image).all() and (image > 0).all()):
        raise NotCertified(f"the fixed-point equations leave the positive numbers: {image} at {np.exp(x)}")
    return np.asarray(np.log(image) - x)


def _jacobian(equation: Map, x: Vector) -> Float[np.ndarray, "k k"]:
    """Of the defect, by central differences."""
    jacobian = np.empty((len(x), len(x)))
    for k, shift in enumerate(STEP * np.eye(len(x))):
        jacobian[:, k] = (_defect(equation, x + shift) - _defect(equation, x - shift)) / (2 * STEP)
    return jacobian


def _climb(equation: Map, x: Vector) -> Vector:
    """From a start to where the defect is at rounding level, or no longer falls."""
    defect = _defect(equation, x)
    for _ in range(MOST_STEPS):
        size = float(np.max(np.abs(defect)))
        if size <= np.finfo(float).eps:
            return x
        newton = _newton(equation, x, defect)
        if newton is not None and float(np.max(np.abs(newton[1]))) < size:
            x, defect = newton
        elif size < ACCURACY:
            return x
        else:
            x = x + defect / 2
            defect = _defect(equation, x)
    raise NotCertified(f"no positive solution of the fixed-point equations in {MOST_STEPS} steps")


def _newton(equation: Map, x: Vector, defect: Vector) -> tuple[Vector, Vector] | None:
    try:
        step = np.linalg.solve(_jacobian(equation, x), -defect)
        if not np.max(np.abs(step)) < 2 * np.log(FAR):
            return None
        return x + step, _defect(equation, x + step)
    except (np.linalg.LinAlgError, NotCertified):
        return None
