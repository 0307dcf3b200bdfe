"""Count, mean and central moments of a sample, in a form that merges."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True)
class Moments:
    """Count, mean and sums of the second to fourth powers of deviations; `Moments()` is that of no sample.

    Merging in a fixed order gives fixed bits.  Source: Pébay, Formulas for robust, one-pass parallel computation
    of covariances and arbitrary-order statistical moments, Sandia report SAND2008-6212 (2008), (1.5), (2.1).

    >>> Moments.of(np.array([1.0, 2.0])).merge(Moments.of(np.array([6.0])))
    Moments(count=3, mean=3.0, squares=14.0, cubes=18.0, fourths=98.0)
    """

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0
    cubes: float = 0.0
    fourths: float = 0.0

    @staticmethod
    def of(values: Float[np.ndarray, " count"]) -> Moments:
        """The moments of `values`, by two passes; sums too large for float64 are inf."""
        if not values.size:
            return Moments()
        mean = float(np.mean(values))
        with np.errstate(over="ignore", invalid="ignore"):
            apart = values - mean
            square = apart * apart
            sums = (float(np.sum(power)) for power in (square, square * apart, square * square))
            return Moments(values.size, mean, *sums)

    def merge(self, other: Moments) -> Moments:
        """The moments of the two samples together."""
        if not self.count or not other.count:
            return self if self.count else other
        a, b, count = self.count, other.count, self.count + other.count
        apart, step = other.mean - self.mean, (other.mean - self.mean) / count
        product = a * b * apart * step
        squares = self.squares + other.squares + product
        cubes = self.cubes + other.cubes + product * step * (a - b) + 3 * step * (a * other.squares - b * self.squares)
        fourths = (
            self.fourths
            + other.fourths
            + product * step * step * (a * a - a * b + b * b)
            + 6 * step * step * (a * a * other.squares + b * b * self.squares)
            + 4 * step * (a * other.cubes - b * self.cubes)
        )
        return Moments(count, self.mean + step * b, squares, cubes, fourths)

    @property
    def variance(self) -> float:
        """The unbiased sample variance; NaN for fewer than two values."""
        return self.squares / (self.count - 1) if self.count > 1 else math.nan

    @property
    def standard_error(self) -> float:
        """The standard error of the mean; NaN for fewer than two values."""
        return math.sqrt(self.variance / self.count) if self.count > 1 else math.nan

    @property
    def skewness(self) -> float:
        """m3 / m2^(3/2), m_k the k-th central moment of the sample; NaN where all values are the same."""
        return (
            math.sqrt(self.count) * (self.cubes / self.squares) / math.sqrt(self.squares) if self.squares else math.nan
        )

    @property
    def kurtosis(self) -> float:
        """m4 / m2^2, which is 3 for a normal law; NaN where all values are the same."""
        return self.count * (self.fourths / self.squares) / self.squares if self.squares else math.nan
