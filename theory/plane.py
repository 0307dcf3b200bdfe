"""Numbers for `theory.calculus.plane`: trapezoidal sums over logarithms, to a stated accuracy.

In log beta and log(alpha/beta - 1) the integrand falls off from its peak along straight ridges.  Nodes on a lattice
aligned with the peak are taken in tiles, as far as any is not negligible; the sum converges geometrically (Trefethen &
Weideman 2014), so that every other node tells the size of the error.  Cost: some thousand nodes, each some twenty
operations an eigenvalue, and products of matrices for the circle.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from theory.averaging import NotAccurate
from theory.calculus.plane import PlaneIntegral
from theory.integrand import Array, Arrays, Circle, Integrand, Numbers
from theory.result import Implicit

STEPS = (0.7, 0.5, 0.35, 0.25, 0.18)
"""The distance of nodes, in standard deviations of the peak, ever smaller until that is enough."""
DEEP, ENOUGH, ACCURACY = 32.0, 1e-3, 1e-6
"""What is left out is so far below the peak, in logarithms.  By how much half of the nodes may be off, and by how much
all of them from the last larger step: what is left is about the square of either."""
TILE, FARTHEST, END = 16, 6_000_000, 690.0
"""Nodes along the side of a tile; numbers in all tiles, at most; and where exponentials leave floating point."""
PEAKS = 3
"""Local maxima of the integrand that are started from, at most."""
SLOW = "an integral decays too slowly to be taken by numbers: simulate it"


class Plane:
    """A plane integral at given numbers and arrays."""

    def __init__(self, value: PlaneIntegral, where: Sequence[Implicit], numbers: Numbers, arrays: Arrays) -> None:
        self.integrand = Integrand(value, where, numbers, arrays)

    def log(self, *, rough: bool = False) -> float:
        """The logarithm of the integral, which is positive; `rough` is without a second look.

        Raises NotAccurate where half of the nodes or the last step give something else, or where it decays too slowly.
        """
        peaks, before, off = self._peaks(), np.inf, np.inf
        for step in STEPS:
            found, off = self._sum(step, peaks)
            if off < ENOUGH and (rough or abs(found - before) < ACCURACY):
                return found
            before = found
        raise NotAccurate(f"an integral is uncertain by {off:.1g} on half of its nodes: simulate it")

    def _heights(self, at: Array) -> Array:
        """The exponent at points (log beta, log(alpha/beta - 1)), with the change of variables."""
        with np.errstate(all="ignore"):
            beta, apart = np.exp(at[:, 0]), np.exp(at.sum(axis=1))
        return np.asarray(self.integrand.exponent(apart, beta) + 2 * at[:, 0] + at[:, 1])

    def _peaks(self) -> Array:
        """Local maxima of the exponent, the highest first."""
        low, high = self.integrand.lowest, self.integrand.highest
        wide = high - low
        axes = [np.linspace(low - 14, high + 14, int(wide) + 41), np.linspace(-14, wide + 28, int(wide) + 49)]
        grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
        heights = np.pad(self._heights(grid.reshape(-1, 2)).reshape(grid.shape[:2]), 1, constant_values=-np.inf)
        inner = heights[1:-1, 1:-1]
        around = [np.roll(heights, (i, j), (0, 1))[1:-1, 1:-1] for i in (-1, 0, 1) for j in (-1, 0, 1)]
        found = np.argwhere((inner >= np.max(around, axis=0)) & (inner > -np.inf))
        found = found[inner[tuple(found.T)] > inner.max() - DEEP]
        chosen = found[np.argsort(-inner[tuple(found.T)])][:PEAKS]
        if not len(chosen):
            raise NotAccurate(SLOW)
        peaks = np.array([self._climbed(grid[i, j]) for i, j in chosen])
        return peaks[np.argsort(-self._heights(peaks))]

    def _climbed(self, at: Array) -> Array:
        """The maximum near a point, to a fiftieth."""
        square = np.stack(np.meshgrid(*[np.linspace(-1, 1, 5)] * 2), axis=-1).reshape(-1, 2)
        width = 1.0
        while width > 0.02:
            best = (at + width * square)[int(np.argmax(self._heights(at + width * square)))]
            if np.any(np.abs(best) > END):
                raise NotAccurate(SLOW)
            inside = np.all(np.abs(best - at) < 0.8 * width)
            at, width = best, width / 2 if inside else width
        return at

    def _lattice(self, peak: Array) -> Array:
        """Two directions of the standard deviations of the peak, at most one."""
        h, three = 0.02, (-1, 0, 1)
        f = self._heights(peak + h * np.array([(i, j) for i in three for j in three])).reshape(3, 3)
        mixed = (f[2, 2] - f[2, 0] - f[0, 2] + f[0, 0]) / 4
        hessian = -np.array([[f[2, 1] - 2 * f[1, 1] + f[0, 1], mixed], [mixed, f[1, 2] - 2 * f[1, 1] + f[1, 0]]]) / h**2
        values, vectors = np.linalg.eigh(hessian)
        return np.asarray(np.linalg.cholesky(vectors @ np.diag(1 / np.maximum(values, 1.0)) @ vectors.T))

    def _region(self, peaks: Array, lattice: Array) -> tuple[Array, Array, Array]:
        """Indices, points and heights of the nodes where the exponent is not negligible: tiles of them, grown from the
        peaks as far as an edge holds one that is not.

        Raises NotAccurate where that meets the end of floating point numbers.
        """
        tile = np.stack(np.meshgrid(np.arange(TILE), np.arange(TILE), indexing="ij"), axis=-1).reshape(-1, 2)
        starts = np.round((peaks - peaks[0]) @ np.linalg.inv(lattice).T).astype(int) // TILE
        new = {(int(i) + p, int(j) + q) for i, j in starts for p in (-1, 0) for q in (-1, 0)}
        seen: set[tuple[int, int]] = set()
        found: list[tuple[Array, Array, Array]] = []
        top = float(self._heights(peaks[:1])[0])
        while new:
            seen |= new
            if len(seen) * TILE**2 * self.integrand.size > FARTHEST:
                raise NotAccurate(SLOW)
            index = (np.array(sorted(new))[:, None, :] * TILE + tile).reshape(-1, 2)
            points = peaks[0] + index @ lattice.T
            heights = self._heights(points)
            if np.isneginf(heights).any():
                raise NotAccurate(SLOW)
            top = max(top, float(heights.max()))
            found.append((index, points, heights))
            fresh = set()
            for (i, j), high in zip(sorted(new), (heights > top - DEEP).reshape(-1, TILE, TILE), strict=True):
                sides = {(-1, 0): high[0], (1, 0): high[-1], (0, -1): high[:, 0], (0, 1): high[:, -1]}
                fresh |= {(i + p, j + q) for (p, q), side in sides.items() if side.any()}
            new = fresh - seen
        index, points, heights = (np.concatenate(parts) for parts in zip(*found, strict=True))
        kept = heights > top - DEEP
        if np.abs(points[kept]).max() > END or np.abs(points[kept].sum(axis=1)).max() > END:
            raise NotAccurate(SLOW)
        return index[kept], points[kept], heights[kept]

    def _sum(self, step: float, peaks: Array) -> tuple[float, float]:
        """The logarithm of the integral at this step, and by how much half of the nodes are off, in any direction, or
        what lies beyond the outermost may count for."""
        circle, lattice = self.integrand.circle(step), step * self._lattice(peaks[0])
        index, points, heights = self._region(peaks, lattice)
        apart, beta = np.exp(points.sum(axis=1)), np.exp(points[:, 0])
        values, total = self._values(apart, beta, heights, circle)
        if not total > 0:
            return -np.inf, np.inf
        outermost = heights < heights.max() - DEEP + 3
        left_out = 100 * np.abs(values[outermost, 0]).sum() / total
        thinned = [2 * values[index[:, k] % 2 == 0, 0].sum() for k in (0, 1)] + [values[:, 1].sum()]
        off = max(*(abs(value / total - 1) for value in thinned), left_out)
        return float(np.log(total * np.linalg.det(lattice)) + heights.max() + circle.height), float(off)

    def _values(self, apart: Array, beta: Array, heights: Array, circle: Circle) -> tuple[Array, float]:
        """The integrand at points, in units of its largest, with all nodes of the circle and with every other; and the
        sum of the former."""
        size = np.abs(self.integrand.factor(apart, beta, self.integrand.axis)[:, :1])
        values = self.integrand.factor(apart, beta, circle) / size * np.exp(heights - heights.max())[:, None]
        return values, float(values[:, 0].sum())


class Line(Plane):
    """A line integral: the same on the edge alpha = beta."""

    def log(self, *, rough: bool = False) -> float:
        """The same; minus infinity where the factor is zero everywhere, as where source and target are one."""
        if np.isneginf(self._heights(np.linspace(self.integrand.lowest - 14, self.integrand.highest + 14, 25))).all():
            return -np.inf
        return super().log(rough=rough)

    def _heights(self, at: Array) -> Array:
        return self.integrand.exponent(np.zeros(len(at)), np.exp(at)) + at

    def _peaks(self) -> Array:
        low, high = self.integrand.lowest, self.integrand.highest
        center, width = (low + high) / 2, (high - low) / 2 + 14
        while width > 1e-3:
            axis = center + width * np.linspace(-1, 1, 25)
            center, width = axis[int(np.argmax(self._heights(axis)))], width / 6
        return np.array([center])

    def _sum(self, step: float, peaks: Array) -> tuple[float, float]:
        circle, h = self.integrand.circle(step), 0.02
        left, top, right = self._heights(peaks + h * np.array([-1, 0, 1]))
        apart = step / np.sqrt(max(float(2 * top - left - right) / h**2, 1.0))
        reach = int(END / 2 / apart)
        nodes = peaks + apart * np.arange(-reach, reach + 1)
        heights = self._heights(nodes)
        used = np.flatnonzero(heights > top - DEEP)
        if used[0] == 0 or used[-1] == len(nodes) - 1 or np.isneginf(heights[used[0] - 1 : used[-1] + 2]).any():
            raise NotAccurate(SLOW)
        beta = np.exp(nodes[used])
        values, total = self._values(np.zeros(len(used)), beta, heights[used], circle)
        if not total > 0:
            return -np.inf, np.inf
        off = max(abs(2 * values[::2, 0].sum() / total - 1), abs(values[:, 1].sum() / total - 1))
        return float(np.log(total * apart) + heights[used].max() + circle.height), float(off)
