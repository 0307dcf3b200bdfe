"""Count, mean and spread of a sample, in a form that merges."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True)
class Moments:
    """Count, mean and sum of squared deviations of a sample; `Moments()` is that of no sample.

    Merging in a fixed order gives fixed bits.  Source: Chan, Golub & LeVeque, Am. Statistician 37 (1983).
    """

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @staticmethod
    def of(values: Float[np.ndarray, " count"]) -> Moments:
        """The moments of `values`, by two passes."""
        if not values.size:
            return Moments()
        mean = float(np.mean(values))
        return Moments(values.size, mean, float(np.sum((values - mean) ** 2)))

    def merge(self, other: Moments) -> Moments:
        """The moments of the two samples together."""
        count = self.count + other.count
        if not self.count or not other.count:
            return self if self.count else other
        apart = other.mean - self.mean
        mean = self.mean + apart * (other.count / count)
        squares = self.squares + other.squares + apart**2 * (self.count * other.count / count)
        return Moments(count, mean, squares)

    @property
    def variance(self) -> float:
        """The unbiased sample variance; NaN for fewer than two values."""
        return self.squares / (self.count - 1) if self.count > 1 else math.nan

    @property
    def standard_error(self) -> float:
        """The standard error of the mean; NaN for fewer than two values."""
        return math.sqrt(self.variance / self.count) if self.count > 1 else math.nan
