"""What a sample says of covariance, weights and noise, with exact intervals where its law is Gaussian.

Rows (x, y) with x ~ N(m, S), y = a + x't + e, e ~ N(0, sigma^2); N rows, d columns, N >= d + 3.  Means are taken off,
which costs one degree of freedom: what is left are N - 1 rows of mean zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.random import Generator
from scipy.optimize import brentq
from scipy.special import fdtrc, gammaincinv, ncfdtr, stdtrit

from numerics.instance import InstanceError

SMALLEST = 1e-12
"""The smallest eigenvalue of a sample covariance, to the largest, that float64 resolves."""


@dataclass(frozen=True)
class Interval:
    """An estimate, and what the true value lies between with a stated confidence."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Fit:
    """Least squares with an intercept: what determines everything that a Gaussian sample says.

    rows         N
    eigenvalues  of the sample covariance (divided by N - 1), d numbers, falling
    axes         its eigenvectors, as columns
    weights      the least squares weights, along the axes
    noise        the unbiased estimate of sigma^2, from N - 1 - d degrees of freedom
    """

    rows: int
    eigenvalues: Float[np.ndarray, " d"]
    axes: Float[np.ndarray, "d d"]
    weights: Float[np.ndarray, " d"]
    noise: float

    @property
    def columns(self) -> int:
        """d."""
        return int(self.eigenvalues.size)

    @property
    def degrees(self) -> int:
        """Degrees of freedom of the noise."""
        return self.rows - 1 - self.columns

    @property
    def spread(self) -> Float[np.ndarray, " d"]:
        """Standard deviations of the weights along the axes, given the design."""
        return np.sqrt(self.noise / ((self.rows - 1) * self.eigenvalues))

    def gap(self, source: Float[np.ndarray, " d"]) -> Float[np.ndarray, " d"]:
        """The estimate of t - u along the axes."""
        return np.asarray(self.weights - self.axes.T @ source)

    def distance(self, source: Float[np.ndarray, " d"]) -> float:
        """(t^ - u)' S^ (t^ - u), which is too large by d sigma^2/(N - 1) in the mean, given the design."""
        return float(self.eigenvalues @ self.gap(source) ** 2)


def fit(x: Float[np.ndarray, "rows d"], y: Float[np.ndarray, " rows"]) -> Fit:
    """The fit of a sample.  Raises `InstanceError` for too few rows, and where columns depend on one another.

    >>> found = fit(np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([1.0, 3.0, 5.0, 7.0]))
    >>> round(float(found.axes[0, 0] * found.weights[0]), 9), round(found.noise, 9)
    (2.0, 0.0)
    """
    rows, columns = x.shape
    if rows < columns + 3:
        raise InstanceError(
            f"{rows} rows of {columns} features: noise cannot be told from t - u; needs {columns + 3} rows at least, "
            "or fewer features."
        )
    centred, labels = x - x.mean(axis=0), y - y.mean()
    _, values, axes = np.linalg.svd(centred, full_matrices=False)
    if values[-1] ** 2 <= SMALLEST * values[0] ** 2:
        raise InstanceError(
            f"{columns} features, of which some depend on the others (condition number of the covariance above "
            f"{1 / SMALLEST:.0e}): leave out those that do."
        )
    along = centred @ axes.T
    weights = along.T @ labels / values**2
    noise = float(np.sum((labels - along @ weights) ** 2)) / (rows - 1 - columns)
    return Fit(rows, values**2 / (rows - 1), axes.T, weights, noise)


def scaled(value: float, degrees: int, confidence: float) -> Interval:
    """The interval for v where degrees * value / v is a chi-square with so many degrees of freedom."""
    tail = (1 - confidence) / 2
    low, high = (degrees * value / (2 * float(gammaincinv(degrees / 2, level))) for level in (1 - tail, tail))
    return Interval(value, low, high)


def noise(found: Fit, confidence: float) -> Interval:
    """sigma^2: the residual sum of squares is sigma^2 times a chi-square.  Exact."""
    return scaled(found.noise, found.degrees, confidence)


def variance_along(found: Fit, direction: Float[np.ndarray, " d"], confidence: float) -> Interval:
    """v'S v, the variance of the features along v: N - 1 times the sample's is a multiple of a chi-square.  Exact."""
    return scaled(float(found.eigenvalues @ (found.axes.T @ direction) ** 2), found.rows - 1, confidence)


def gap_along(
    found: Fit, source: Float[np.ndarray, " d"], direction: Float[np.ndarray, " d"], confidence: float
) -> Interval:
    """v'(t - u): the estimate, less the truth, over its standard error has Student's law.  Exact."""
    along = found.axes.T @ direction
    half = float(stdtrit(found.degrees, (1 + confidence) / 2) * np.sqrt(np.sum((along * found.spread) ** 2)))
    value = float(along @ found.gap(source))
    return Interval(value, value - half, value + half)


def error_of(found: Fit, source: Float[np.ndarray, " d"], confidence: float) -> Interval:
    """(t - u)' S (t - u) + sigma^2: the error of the source as it is, but for an intercept.

    y - x'u is Gaussian of that variance, so that N - 1 times its sample variance is a multiple of a chi-square.  Exact.
    """
    total = found.degrees * found.noise + (found.rows - 1) * found.distance(source)
    return scaled(total / (found.rows - 1), found.rows - 1, confidence)


def left_over(found: Fit, features: Float[np.ndarray, "d m"]) -> float:
    """min over c of (t^ - F c)' S^ (t^ - F c): what least squares on the features F leaves of the fit."""
    scale = np.sqrt(found.eigenvalues)
    across, along = scale[:, None] * (found.axes.T @ features), scale * found.weights
    rest = along - across @ np.linalg.lstsq(across, along, rcond=None)[0]
    return float(rest @ rest)


def unexplained(found: Fit, features: Float[np.ndarray, "d m"]) -> float:
    """min over c of (t - F c)' S (t - F c), without bias; it may be below zero.

    sigma^2 and that are the variance of what least squares on F leaves over, N - 1 - m degrees of freedom.
    """
    total = found.degrees * found.noise + (found.rows - 1) * left_over(found, features)
    return float(total / (found.rows - 1 - features.shape[1]) - found.noise)


def same_task(found: Fit, source: Float[np.ndarray, " d"]) -> float:
    """The p-value of t = u: (N - 1) (t^ - u)' S^ (t^ - u) / (d sigma^^2) has the law F(d, N - 1 - d) there.  Exact."""
    ratio = (found.rows - 1) * found.distance(source) / (found.columns * found.noise)
    return float(fdtrc(found.columns, found.degrees, ratio))


def distance_of(found: Fit, source: Float[np.ndarray, " d"], confidence: float) -> Interval:
    """(t - u)' S^ (t - u), unbiased given the design and not below zero, with noise of the size that is estimated.

    N - 1 times it over sigma^2 is the noncentrality of the F statistic of `same_task`, for which the interval is exact.
    """
    ratio = (found.rows - 1) * found.distance(source) / (found.columns * found.noise)
    tail = (1 - confidence) / 2
    ends = (_noncentrality(found.columns, found.degrees, ratio, level) for level in (1 - tail, tail))
    low, high = (end * found.noise / (found.rows - 1) for end in ends)
    return Interval(max(0.0, found.distance(source) - found.columns * found.noise / (found.rows - 1)), low, high)


def _noncentrality(columns: int, degrees: int, ratio: float, level: float) -> float:
    """The noncentrality at which an F variable is at most `ratio` with probability `level`; 0 where it is less at 0."""

    def excess(noncentrality: float) -> float:
        return float(ncfdtr(columns, degrees, noncentrality, ratio)) - level

    if excess(0.0) <= 0:
        return 0.0
    high = 1.0
    while excess(high) > 0:
        high *= 4
    return float(brentq(excess, 0.0, high))


def redrawn(found: Fit, rng: Generator) -> Fit:
    """The fit of another sample of the same size, where what was fitted is the truth (a parametric bootstrap).

    Its covariance is a Wishart matrix, by Bartlett's decomposition; given that, weights and noise are independent, a
    normal vector and a chi-square.
    """
    d, degrees = found.columns, found.rows - 1
    root = np.tril(rng.standard_normal((d, d)), -1)
    root[np.diag_indices(d)] = np.sqrt(rng.chisquare(degrees - np.arange(d)))
    root *= np.sqrt(found.eigenvalues)[:, None] / np.sqrt(degrees)
    turn, values, _ = np.linalg.svd(root)
    eigenvalues = values**2
    noisy = np.sqrt(found.noise / (degrees * eigenvalues)) * rng.standard_normal(d)
    variance = found.noise * rng.chisquare(found.degrees) / found.degrees
    return Fit(found.rows, eigenvalues, found.axes @ turn, turn.T @ found.weights + noisy, float(variance))
