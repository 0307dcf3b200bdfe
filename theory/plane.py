"""Numbers for `theory.calculus.plane.PlaneIntegral`: trapezoidal sums over logarithms, to a stated accuracy.

The integrand is positive and falls off on all sides of one peak in log(alpha beta)/2 and log log(alpha/beta)/2, and on
the circle of z of the radius where it is least; there the trapezoidal sum converges geometrically (Trefethen & Weideman
2014), so that every other node tells the size of the error.  Cost: a few thousand nodes, each some twenty operations an
eigenvalue, and a product of matrices for the circle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import sympy as sp
from jaxtyping import Complex, Float

from theory.averaging import NotAccurate
from theory.calculus.plane import Least, LineIntegral, PlaneIntegral
from theory.result import Implicit

Array: TypeAlias = Float[np.ndarray, "..."] | Complex[np.ndarray, "..."]
Arrays: TypeAlias = Mapping[sp.IndexedBase, Float[np.ndarray, " d"]]
Numbers: TypeAlias = Mapping[sp.Symbol, float]

STEPS, REACH = (0.7, 0.5, 0.35, 0.25), 8.5
"""The distance of nodes, in standard deviations of the peak, ever smaller until that is enough; and where z stops."""
DEEP, ENOUGH = 32.0, 3e-4
"""What is left out is so far below the peak, in logarithms.  By how much half of the nodes may be off: all of them then
by about its square."""
DIGITS, EDGE, NONE = 30, 0.03, 1e150
"""Digits of numbers that are put together; the part of a range at either end where integrals decay slowly; and what
stands for no number in a search for the least."""
FARTHEST, BLOCK = 600, 1 << 22
"""Nodes on one side of the peak, at most; and numbers in a block of them."""


@dataclass(frozen=True)
class _Total:
    """An expression in sums over the index, as a function of arrays."""

    sums: tuple[Callable[..., Array], ...]
    outer: Callable[..., Array]

    def __call__(self, arrays: Sequence[Array], *values: Array) -> Array:
        totals = [np.sum(term(*arrays, *(v[..., None] for v in values)), axis=-1) for term in self.sums]
        return np.asarray(self.outer(*totals, *values))


@dataclass(frozen=True)
class _Compiled:
    """The parts of an integrand: its exponent without z and with z alone, and the factor, whose sums are products of a
    part without z and a part with."""

    bases: tuple[sp.IndexedBase, ...]
    plain: _Total
    around: _Total
    inner: tuple[Callable[..., Array], ...]
    kernels: tuple[Callable[..., Array], ...]
    factor: _Total


@lru_cache(maxsize=64)
def _compiled(value: PlaneIntegral, where: tuple[Implicit, ...], numbers: tuple[sp.Symbol, ...]) -> _Compiled:
    exponent, factor = value.exponent, value.factor
    for w in reversed(where):
        if w.formula is not None and not w.formula.has(PlaneIntegral):
            exponent, factor = exponent.xreplace({w.symbol: w.formula}), factor.xreplace({w.symbol: w.formula})
    alpha, beta, z = value.variables
    indexed = sorted(exponent.atoms(sp.Indexed) | factor.atoms(sp.Indexed), key=str)
    entries = {entry: sp.Dummy(str(entry)) for entry in indexed}
    with_z = [term for term in sp.Add.make_args(exponent) if term.has(z)]
    if any(term.has(alpha, beta) for term in with_z):
        raise ValueError(f"the exponent must not mix {z} with {alpha} and {beta}")

    def total(part: sp.Expr, *variables: sp.Symbol) -> _Total:
        sums = sorted(part.atoms(sp.Sum), key=str)
        names = {s: sp.Dummy(f"s{j}") for j, s in enumerate(sums)}
        terms = tuple(_function([*entries.values(), *variables], s.function.xreplace(entries)) for s in sums)
        return _Total(terms, _function([*names.values(), *variables], part.xreplace(names)))

    sums = sorted((s for s in factor.atoms(sp.Sum) if s.has(z)), key=str)
    parts = [sp.factor(s.function).xreplace(entries).as_independent(z, as_Add=False) for s in sums]
    if any(kernel.has(alpha, beta) for _, kernel in parts):
        raise ValueError(f"a sum of the factor must be of products of a part in {z} and one without")
    names = {s: sp.Dummy(f"k{j}") for j, s in enumerate(sums)}
    return _Compiled(
        bases=tuple(entry.base for entry in indexed),
        plain=total(sp.Add(*(t for t in sp.Add.make_args(exponent) if not t.has(z))), *numbers, alpha, beta),
        around=total(sp.Add(*with_z), *numbers, z),
        inner=tuple(_function([*entries.values(), *numbers, alpha, beta], plain) for plain, _ in parts),
        kernels=tuple(_function([*entries.values(), *numbers, z], kernel) for _, kernel in parts),
        factor=total(factor.xreplace(names), *names.values(), *numbers, alpha, beta, z),
    )


def _function(names: list[sp.Symbol], value: sp.Expr) -> Callable[..., Array]:
    function: Callable[..., Array] = sp.lambdify(names, value, "numpy", cse=True)
    return function


@dataclass(frozen=True)
class Circle:
    """Nodes of z, their weights e^(exponent - height), and the parts in z of the factor's sums, one column a node."""

    z: Array
    weights: Array
    kernels: tuple[Array, ...]
    height: float


class Plane:
    """A plane integral at given numbers and arrays."""

    def __init__(self, value: PlaneIntegral, where: Sequence[Implicit], numbers: Numbers, arrays: Arrays) -> None:
        free = value.free_symbols.union(*(w.equation.free_symbols for w in where))
        used = sorted((s for s in numbers if s in free), key=str)
        self.compiled = _compiled(value, tuple(where), tuple(used))
        self.numbers = [np.asarray(float(numbers[s])) for s in used]
        self.arrays = [np.asarray(arrays[base], dtype=np.float64) for base in self.compiled.bases]
        self.size = max(map(len, self.arrays))
        spectrum = next(array for array in self.arrays if np.all(array > 0))
        self.lowest, self.highest = -np.log(spectrum.max()), -np.log(spectrum.min())

    def log(self) -> float:
        """The logarithm of the integral, which is positive.

        Raises NotAccurate where half of the nodes give something else, or where it decays too slowly.
        """
        off = np.inf
        for step in STEPS:
            found, off = self._sum(step)
            if off < ENOUGH:
                return found
        raise NotAccurate(f"an integral is uncertain by {off:.1g} on half of its nodes: simulate it")

    def _heights(self, middle: Array, log_half: Array) -> Array:
        """The exponent over the plane of log(alpha beta)/2 and log of half log(alpha/beta), the change of variables
        included; -infinity where it is no number."""
        with np.errstate(all="ignore"):
            half = np.exp(log_half)
            plain = self._plain(*np.broadcast_arrays(np.exp(middle + half), np.exp(middle - half)))
            return np.asarray(plain + np.log(2.0) + 2 * middle + log_half)

    def _plain(self, alpha: Array, beta: Array) -> Array:
        """The exponent without z; -infinity where it is no number."""
        rows, (first, second) = max(1, BLOCK // self.size), (np.ravel(v) for v in (alpha, beta))
        with np.errstate(all="ignore"):
            parts = [
                self.compiled.plain(self.arrays, *self.numbers, first[k : k + rows], second[k : k + rows])
                for k in range(0, first.size, rows)
            ]
        heights = np.concatenate(parts)
        return np.where(np.isfinite(heights), heights, -np.inf).reshape(np.shape(alpha))

    def _peak(self) -> tuple[Array, Array]:
        """Where the exponent is largest, and the standard deviations of the peak along either axis."""
        center, width = (
            np.array([(self.lowest + self.highest) / 2, -3.0]),
            np.array([(self.highest - self.lowest) / 2 + 12, 7.0]),
        )
        while np.max(width) > 1e-2:
            axes = [c + w * np.linspace(-1, 1, 25) for c, w in zip(center, width, strict=True)]
            heights = self._heights(axes[0][:, None], axes[1][None, :])
            i, j = np.unravel_index(int(np.argmax(heights)), heights.shape)
            center, width = np.array([axes[0][i], axes[1][j]]), width / 6
        top = self._heights(*center)
        spreads = []
        for unit in np.eye(2):
            h = 0.05
            around = sum(self._heights(*(center + sign * h * unit)) for sign in (1, -1))
            spreads.append(1 / np.sqrt(max(float(2 * top - around) / h**2, 1.0)))
        return center, np.array(spreads)

    def _axis(self, center: Array, unit: Array, apart: float, other: Array) -> Array:
        """Nodes along one axis, as far as the exponent is not negligible anywhere along the other."""
        reach = FARTHEST // 32
        while reach <= FARTHEST:
            nodes = apart * np.arange(-reach, reach + 1)
            at = center[:, None, None] + unit[:, None, None] * nodes[None, :, None] + other[:, None, :]
            heights = self._heights(at[0], at[1]).max(axis=1)
            kept = np.flatnonzero(heights > heights.max() - DEEP)
            first, last = kept[0], kept[-1]
            if first > 0 and last < len(nodes) - 1:
                if np.isfinite(heights[[first - 1, last + 1]]).all():
                    return nodes[first : last + 1]
                break
            reach *= 2
        raise NotAccurate("an integral decays too slowly to be taken by numbers: simulate it")

    def _around(self, log_radius: float) -> float:
        return float(self.compiled.around(self.arrays, *self.numbers, np.exp(log_radius)))

    def _least_on_axis(self) -> tuple[float, float]:
        """The logarithm of the radius of z where the exponent is least on the positive axis, and how much it is."""
        from scipy.optimize import minimize_scalar

        found = minimize_scalar(self._around, bounds=(self.lowest - 15, self.highest + 15), method="bounded")
        return float(found.x), float(found.fun)

    def _kernels(self, z: Array) -> tuple[Array, ...]:
        return tuple(
            np.broadcast_to(f(*self.arrays, *self.numbers, z[:, None]), (len(z), self.size)).T
            for f in self.compiled.kernels
        )

    def circle(self, step: float) -> Circle:
        """Nodes of z on the circle where the exponent is least on the positive axis."""
        at, height = self._least_on_axis()
        h = 1e-3
        curvature = (self._around(at + h) - 2 * height + self._around(at - h)) / h**2
        apart = step / np.sqrt(max(curvature, 1e-2))
        count = 2 * max(4, int(np.ceil(min(np.pi / apart, REACH / step) / 2)))
        if count * apart >= np.pi:
            angles = np.pi * np.arange(-count, count) / count
        else:
            angles = apart * np.arange(-count, count + 1)
        z = np.exp(at + 1j * angles)
        weights = np.exp(self.compiled.around(self.arrays, *self.numbers, z) - height)
        return Circle(z, weights * (angles[1] - angles[0]) / (2 * np.pi), self._kernels(z), height)

    def _sum(self, step: float) -> tuple[float, float]:
        """The logarithm of the integral at this step, and by how much half of the nodes are off, in any direction."""
        circle = self.circle(step)
        center, spreads = self._peak()
        first, second = step * spreads
        along, across = np.array([1.0, 0.0]), np.array([0.0, 1.0])
        two = second * np.arange(-12, 13)
        for _ in range(3):  # a ridge may run askew: either range is that along all of the other
            few = _thinned(two)
            one = self._axis(center, along, first, np.stack([0 * few, few]))
            few = _thinned(one)
            two = self._axis(center, across, second, np.stack([few, 0 * few]))
        middle, log_half = np.meshgrid(center[0] + one, center[1] + two, indexing="ij")
        heights = self._heights(middle, log_half)
        used = heights > heights.max() - DEEP
        values = np.zeros((*heights.shape, 2))
        values[used] = (
            self._circled(
                np.exp(middle[used] + np.exp(log_half[used])), np.exp(middle[used] - np.exp(log_half[used])), circle
            )
            * np.exp(heights[used] - heights.max())[:, None]
        )
        total = values[..., 0].sum()
        if not total > 0:
            return -np.inf, np.inf
        i, j = (int(np.argmin(np.abs(axis))) % 2 for axis in (one, two))
        thinned = 2 * values[i::2, :, 0].sum(), 2 * values[:, j::2, 0].sum(), values[..., 1].sum()
        off = max(abs(value / total - 1) for value in thinned)
        return float(np.log(total * first * second) + heights.max() + circle.height), float(off)

    def _circled(self, alphas: Array, betas: Array, circle: Circle) -> Array:
        """The factor, summed over the circle with all of its nodes and with every other, at points of the plane."""
        alphas, betas = alphas[:, None], betas[:, None]
        halved = np.where(np.arange(len(circle.z)) % 2 == (len(circle.z) // 2) % 2, 2 * circle.weights, 0.0)
        weights = np.stack([circle.weights, halved], axis=1)
        rows = max(1, BLOCK // self.size)
        with np.errstate(all="ignore"):  # what is no number is told from the sum
            return np.concatenate(
                [
                    self._summed(alphas[k : k + rows], betas[k : k + rows], circle, weights)
                    for k in range(0, len(alphas), rows)
                ]
            )

    def _summed(self, alpha: Array, beta: Array, circle: Circle, weights: Array) -> Array:
        sums = [
            np.broadcast_to(f(*self.arrays, *self.numbers, alpha, beta), (len(alpha), self.size)) @ kernel
            for f, kernel in zip(self.compiled.inner, circle.kernels, strict=True)
        ]
        factor = self.compiled.factor(self.arrays, *sums, *self.numbers, alpha, beta, circle.z)
        return np.asarray((factor @ weights).real)


class Line(Plane):
    """A line integral: the same on the edge alpha = beta."""

    def _sum(self, step: float) -> tuple[float, float]:
        circle = self.circle(step)

        def heights(at: Array) -> Array:
            return np.asarray(self._plain(np.exp(at), np.exp(at)) + at)

        center, width = (self.lowest + self.highest) / 2, (self.highest - self.lowest) / 2 + 12
        while width > 1e-2:
            axis = center + width * np.linspace(-1, 1, 25)
            center, width = axis[int(np.argmax(heights(axis)))], width / 6
        left, top, right = heights(center + 0.05 * np.array([-1, 0, 1]))
        apart = step / np.sqrt(max(float(2 * top - left - right) / 0.05**2, 1.0))
        nodes = center + apart * np.arange(-FARTHEST, FARTHEST + 1)
        found = heights(nodes)
        used = found > top - DEEP
        if used[0] or used[-1]:
            raise NotAccurate("an integral decays too slowly to be taken by numbers: simulate it")
        at = np.exp(nodes[used])
        values = self._circled(at, at, circle) * np.exp(found[used] - top)[:, None]
        total = values[:, 0].sum()
        if not total > 0:
            return -np.inf, np.inf
        off = max(abs(2 * values[::2, 0].sum() / total - 1), abs(values[:, 1].sum() / total - 1))
        return float(np.log(total * apart) + top + circle.height), float(off)


def _thinned(nodes: Array) -> Array:
    """About two dozen of them, both ends among them."""
    return np.asarray(nodes[np.unique(np.linspace(0, len(nodes) - 1, 25).round().astype(int))])


def number(value: sp.Expr, where: Sequence[Implicit], numbers: Numbers, arrays: Arrays) -> float:
    """An expression in plane integrals, or in the least values of such, at numbers and arrays.  Raises NotAccurate."""
    least = {part: sp.Float(_least(part, where, numbers, arrays), DIGITS) for part in value.atoms(Least)}
    value = value.xreplace(least)
    planes = {}
    for part in value.atoms(PlaneIntegral):
        kind = Line if isinstance(part, LineIntegral) else Plane
        planes[part] = sp.exp(sp.Float(kind(part, where, numbers, arrays).log(), DIGITS))
    return float(value.xreplace(planes).subs(dict(numbers)).evalf(DIGITS))


def _least(value: Least, where: Sequence[Implicit], numbers: Numbers, arrays: Arrays) -> float:
    """The least value over the variable, found to a hundredth of its range: any other gives a larger value."""
    from scipy.optimize import minimize_scalar

    ends = [float(edge.subs(dict(numbers))) for edge in (value.low, value.high)]
    low, high = (ends[k] + EDGE * (ends[1 - k] - ends[k]) for k in (0, 1))

    def at(variable: float) -> float:
        try:
            return number(value.formula, where, {**numbers, value.variable: sp.Float(variable, DIGITS)}, arrays)
        except NotAccurate:
            return NONE

    found = minimize_scalar(at, bounds=(low, high), method="bounded", options={"xatol": 1e-2 * (high - low)})
    if found.fun >= NONE:
        raise NotAccurate(f"{value.variable} between {low:.6g} and {high:.6g} gives no number: simulate it")
    return float(found.fun)
