"""The integrands of `theory.calculus.plane` as functions of arrays, summed over the circle.

alpha is kept as beta and the distance of the two, so that no digits cancel where they are close.  The circle has the
radius where the exponent is least on the positive axis; there the trapezoidal sum converges geometrically.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import sympy as sp
from jaxtyping import Complex, Float

from theory.calculus.plane import PlaneIntegral
from theory.result import Implicit

Array: TypeAlias = Float[np.ndarray, "..."] | Complex[np.ndarray, "..."]
Arrays: TypeAlias = Mapping[sp.IndexedBase, Float[np.ndarray, " d"]]
Numbers: TypeAlias = Mapping[sp.Symbol, float]
Compiled: TypeAlias = Callable[..., Array]

REACH, BLOCK = 8.5, 1 << 15
"""Where a circle stops, in standard deviations; and numbers in a block of points, so few that a cache holds them."""


@dataclass(frozen=True)
class _Total:
    """An expression in sums over the index, as a function of arrays."""

    sums: tuple[Compiled, ...]
    outer: Compiled

    def __call__(self, arrays: Sequence[Array], *values: Array) -> Array:
        totals = [np.sum(term(*arrays, *(v[..., None] for v in values)), axis=-1) for term in self.sums]
        return np.asarray(self.outer(*totals, *values))


@dataclass(frozen=True)
class _Parts:
    """The exponent without z and with z alone, and the factor, whose sums are products of a part without z and a part
    with."""

    bases: tuple[sp.IndexedBase, ...]
    plain: _Total
    around: _Total
    inner: Callable[..., Sequence[Array]]
    kernels: tuple[Compiled, ...]
    factor: _Total


@lru_cache(maxsize=64)
def _parts(value: PlaneIntegral, where: tuple[Implicit, ...], numbers: tuple[sp.Symbol, ...]) -> _Parts:
    exponent, factor = value.exponent, value.factor
    for w in reversed(where):
        if w.formula is not None and not w.formula.has(PlaneIntegral):
            exponent, factor = exponent.xreplace({w.symbol: w.formula}), factor.xreplace({w.symbol: w.formula})
    alpha, beta, z = value.variables
    apart = sp.Dummy("apart", positive=True)
    exponent, factor = (part.xreplace({alpha: beta + apart}) for part in (exponent, factor))
    indexed = sorted(exponent.atoms(sp.Indexed) | factor.atoms(sp.Indexed), key=str)
    entries = {entry: sp.Dummy(str(entry)) for entry in indexed}
    with_z = [term for term in sp.Add.make_args(exponent) if term.has(z)]
    if any(term.has(apart, beta) for term in with_z):
        raise ValueError(f"the exponent must not mix {z} with {alpha} and {beta}")

    def total(part: sp.Expr, *variables: sp.Symbol) -> _Total:
        sums = sorted(part.atoms(sp.Sum), key=str)
        names = {s: sp.Dummy(f"s{j}") for j, s in enumerate(sums)}
        terms = tuple(_function([*entries.values(), *variables], s.function.xreplace(entries)) for s in sums)
        return _Total(terms, _function([*names.values(), *variables], part.xreplace(names)))

    sums = sorted((s for s in factor.atoms(sp.Sum) if s.has(z)), key=str)
    split = [sp.factor(s.function).xreplace(entries).as_independent(z, as_Add=False) for s in sums]
    if any(kernel.has(apart, beta) for _, kernel in split):
        raise ValueError(f"a sum of the factor must be of products of a part in {z} and one without")
    names = {s: sp.Dummy(f"k{j}") for j, s in enumerate(sums)}
    return _Parts(
        bases=tuple(entry.base for entry in indexed),
        plain=total(sp.Add(*(t for t in sp.Add.make_args(exponent) if not t.has(z))), *numbers, apart, beta),
        around=total(sp.Add(*with_z), *numbers, z),
        inner=_functions([*entries.values(), *numbers, apart, beta], [plain for plain, _ in split]),
        kernels=tuple(_function([*entries.values(), *numbers, z], kernel) for _, kernel in split),
        factor=total(factor.xreplace(names), *names.values(), *numbers, apart, beta, z),
    )


def _function(names: list[sp.Symbol], value: sp.Expr) -> Compiled:
    function: Compiled = sp.lambdify(names, value, "numpy", cse=True)
    return function


def _functions(names: list[sp.Symbol], values: list[sp.Expr]) -> Callable[..., Sequence[Array]]:
    """Several at once: what they share is computed once."""
    function: Callable[..., Sequence[Array]] = sp.lambdify(names, values, "numpy", cse=True)
    return function


@dataclass(frozen=True)
class Circle:
    """Nodes of z above the axis, their weights e^(exponent - height) with those of their conjugates, and the parts in z
    of the factor's sums, one column a node."""

    z: Array
    weights: Array
    kernels: tuple[Array, ...]
    height: float

    @property
    def halved(self) -> Array:
        """The weights of every other node."""
        return np.where(np.arange(len(self.z)) % 2 == 0, 2 * self.weights, 0.0)


class Integrand:
    """An integrand at given numbers and arrays."""

    def __init__(self, value: PlaneIntegral, where: Sequence[Implicit], numbers: Numbers, arrays: Arrays) -> None:
        free = value.free_symbols.union(*(w.equation.free_symbols for w in where))
        used = sorted((s for s in numbers if s in free), key=str)
        self.parts = _parts(value, tuple(where), tuple(used))
        self.numbers = [np.asarray(float(numbers[s])) for s in used]
        self.arrays = [np.asarray(arrays[base], dtype=np.float64) for base in self.parts.bases]
        self.size = max(map(len, self.arrays))
        spectrum = next(array for array in self.arrays if np.all(array > 0))
        self.lowest, self.highest = -np.log(spectrum.max()), -np.log(spectrum.min())
        self.radius, self.height = self._least_on_axis()
        self.axis = Circle(np.array([self.radius]), np.ones(1), self._kernels(np.array([self.radius])), 0.0)

    def _around(self, log_radius: float) -> float:
        return float(self.parts.around(self.arrays, *self.numbers, np.exp(log_radius)))

    def _least_on_axis(self) -> tuple[float, float]:
        from scipy.optimize import minimize_scalar

        found = minimize_scalar(self._around, bounds=(self.lowest - 15, self.highest + 15), method="bounded")
        return float(np.exp(found.x)), float(found.fun)

    def _kernels(self, z: Array) -> tuple[Array, ...]:
        columns = (f(*self.arrays, *self.numbers, z[:, None]) for f in self.parts.kernels)
        return tuple(np.ascontiguousarray(np.broadcast_to(column, (len(z), self.size)).T) for column in columns)

    def circle(self, step: float) -> Circle:
        """Nodes of z so many standard deviations apart."""
        at, h = np.log(self.radius), 1e-3
        curvature = (self._around(at + h) - 2 * self.height + self._around(at - h)) / h**2
        apart = step / np.sqrt(max(curvature, 1e-2))
        count = 2 * max(4, int(np.ceil(min(np.pi / apart, REACH / step) / 2)))
        whole = count * apart >= np.pi
        angles = (np.pi / count if whole else apart) * np.arange(count + 1)
        z = self.radius * np.exp(1j * angles)
        weights = np.exp(self.parts.around(self.arrays, *self.numbers, z) - self.height) * angles[1] / np.pi
        weights[[0, -1] if whole else [0]] /= 2  # these have no conjugate
        return Circle(z, weights, self._kernels(z), self.height)

    def exponent(self, apart: Array, beta: Array) -> Array:
        """The exponent without z, and the logarithm of the size of the factor at the positive z of the circle;
        -infinity where that is no number."""
        rows = max(1, BLOCK // self.size)
        with np.errstate(all="ignore"):
            parts = [
                self.parts.plain(self.arrays, *self.numbers, apart[k : k + rows], beta[k : k + rows])
                for k in range(0, len(beta), rows)
            ]
            found = np.concatenate(parts) + np.log(np.abs(self.factor(apart, beta, self.axis)[:, 0]))
        return np.where(np.isfinite(found), found, -np.inf)

    def factor(self, apart: Array, beta: Array, circle: Circle) -> Array:
        """The factor, summed over the circle with all of its nodes and with every other."""
        weights, rows = np.stack([circle.weights, circle.halved], axis=1), max(1, BLOCK // self.size)
        with np.errstate(all="ignore"):
            parts = [
                self._summed(apart[k : k + rows, None], beta[k : k + rows, None], circle) @ weights
                for k in range(0, len(beta), rows)
            ]
        return np.concatenate(parts).real

    def _summed(self, apart: Array, beta: Array, circle: Circle) -> Array:
        inner = self.parts.inner(*self.arrays, *self.numbers, apart, beta)
        sums = [
            (np.broadcast_to(part, (len(beta), self.size)) @ kernel.view(np.float64)).view(kernel.dtype)
            for part, kernel in zip(inner, circle.kernels, strict=True)
        ]
        return self.parts.factor(self.arrays, *sums, *self.numbers, apart, beta, circle.z)
