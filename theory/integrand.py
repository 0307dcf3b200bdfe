"""The integrands of `theory.calculus.plane` as functions of arrays, summed over the circle.

Their two coordinates are those of the node: eta and phi, or beta and its distance to alpha, so that no digits cancel
where the two are close.  The circle has the radius where the exponent is least on the positive axis; there the
trapezoidal sum converges geometrically.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import sympy as sp
from jaxtyping import Complex, Float

from theory.calculus.plane import PlaneIntegral, SaddleIntegral
from theory.result import Implicit
from theory.spectra import over_all, total

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
        terms = [term(*arrays, *(v[..., None] for v in values)) for term in self.sums]
        totals = [total(term, len(arrays[0])) for term in terms]
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
    first, second, z = value.variables
    if not isinstance(value, SaddleIntegral):
        apart = sp.Dummy("apart", positive=True)
        exponent, factor = (part.xreplace({first: second + apart}) for part in (exponent, factor))
        first = apart
    indexed = sorted(exponent.atoms(sp.Indexed) | factor.atoms(sp.Indexed), key=str)
    entries = {entry: sp.Dummy(str(entry)) for entry in indexed}
    with_z = [term for term in sp.Add.make_args(exponent) if term.has(z)]
    if any(term.has(first, second) for term in with_z):
        raise ValueError(f"the exponent must not mix {z} with {value.args[2]} and {value.args[3]}")

    def split_up(part: sp.Expr, *variables: sp.Symbol) -> _Total:
        sums = sorted(part.atoms(sp.Sum), key=str)
        names = {s: sp.Dummy(f"s{j}") for j, s in enumerate(sums)}
        terms = tuple(_function([*entries.values(), *variables], over_all(s).function.xreplace(entries)) for s in sums)
        return _Total(terms, _function([*names.values(), *variables], part.xreplace(names)))

    sums = sorted((s for s in factor.atoms(sp.Sum) if s.has(z)), key=str)
    split = [sp.factor(over_all(s).function).xreplace(entries).as_independent(z, as_Add=False) for s in sums]
    if any(kernel.has(first, second) for _, kernel in split):
        raise ValueError(f"a sum of the factor must be of products of a part in {z} and one without")
    names = {s: sp.Dummy(f"k{j}") for j, s in enumerate(sums)}
    return _Parts(
        bases=tuple(entry.base for entry in indexed),
        plain=split_up(sp.Add(*(t for t in sp.Add.make_args(exponent) if not t.has(z))), *numbers, first, second),
        around=split_up(sp.Add(*with_z), *numbers, z),
        inner=_functions([*entries.values(), *numbers, first, second], [plain for plain, _ in split]),
        kernels=tuple(_function([*entries.values(), *numbers, z], kernel) for _, kernel in split),
        factor=split_up(factor.xreplace(names), *names.values(), *numbers, first, second, z),
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
    """Numbered nodes of z above the axis, their weights e^(exponent - height) with those of their conjugates, and the
    parts in z
    of the factor's sums, one column a node."""

    number: Array
    z: Array
    weights: Array
    kernels: tuple[Array, ...]
    height: float

    @property
    def halved(self) -> Array:
        """The weights of every other node."""
        return np.where(self.number % 2 == 0, 2 * self.weights, 0.0)

    @property
    def both_sides(self) -> Circle:
        """The same with the conjugates as nodes of their own, for integrands that are not real on the axis."""
        z, number = np.append(self.z, self.z.conj()), np.append(self.number, self.number)
        weights = np.append(self.weights, self.weights.conj()) / 2
        return Circle(number, z, weights, tuple(np.hstack([k, k.conj()]) for k in self.kernels), self.height)


class Integrand:
    """An integrand at given numbers and arrays."""

    def __init__(self, value: PlaneIntegral, where: Sequence[Implicit], numbers: Numbers, arrays: Arrays) -> None:
        free = value.free_symbols.union(*(w.equation.free_symbols for w in where))
        used = sorted((s for s in numbers if s in free), key=str)
        self.parts = _parts(value, tuple(where), tuple(used))
        self.used = used
        self.numbers = [_scalar(numbers[s]) for s in used]
        self.arrays = [np.asarray(arrays[base], dtype=np.float64) for base in self.parts.bases]
        self.size = max(map(len, self.arrays))
        spectrum = next(array for array in self.arrays if np.all(array > 0))
        self.lowest, self.highest = -np.log(spectrum.max()), -np.log(spectrum.min())
        self.radius, self.height = self._least_on_axis()
        self.axis = Circle(
            np.zeros(1), np.array([self.radius]), np.ones(1), self._kernels(np.array([self.radius])), 0.0
        )

    def at(self, symbol: sp.Symbol, number: complex) -> Integrand:
        """The same at another number of a symbol that the circle does not depend on."""
        other = copy(self)
        other.numbers = [_scalar(number) if s == symbol else z for s, z in zip(self.used, self.numbers, strict=True)]
        return other

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
        return Circle(np.arange(count + 1), z, weights, self._kernels(z), self.height)

    def exponent(self, first: Array, second: Array) -> Array:
        """The exponent without z, and the logarithm of the size of the factor at the positive z of the circle;
        -infinity where that is no number."""
        with np.errstate(all="ignore"):
            found = self._plain(first, second) + np.log(np.abs(self.factor(first, second, self.axis)[:, 0]))
        return np.where(np.isfinite(found), found, -np.inf)

    def whole(self, first: Array, second: Array, circle: Circle) -> tuple[Array, Array]:
        """The logarithm of the integrand, summed over the circle, and its change with half of the nodes."""
        with np.errstate(all="ignore"):
            factors = self.factor(first, second, circle)
            found = self._plain(first, second) + np.log(factors[:, 0]) + circle.height
            return found, factors[:, 1] / factors[:, 0]

    def _plain(self, first: Array, second: Array) -> Array:
        return np.concatenate([self.parts.plain(self.arrays, *self.numbers, *at) for at in self._blocks(first, second)])

    def factor(self, first: Array, second: Array, circle: Circle) -> Array:
        """The factor, summed over the circle with all of its nodes and with every other."""
        weights = np.stack([circle.weights, circle.halved], axis=1)
        with np.errstate(all="ignore"):
            parts = [self._summed(a[:, None], b[:, None], circle) @ weights for a, b in self._blocks(first, second)]
        found = np.concatenate(parts)
        return found if np.iscomplexobj(first) else found.real

    def _blocks(self, first: Array, second: Array) -> Iterator[tuple[Array, Array]]:
        rows = max(1, BLOCK // self.size)
        return ((first[k : k + rows], second[k : k + rows]) for k in range(0, len(second), rows))

    def _summed(self, first: Array, second: Array, circle: Circle) -> Array:
        inner = self.parts.inner(*self.arrays, *self.numbers, first, second)
        sums = [
            _product(np.broadcast_to(part, (len(second), self.size)), kernel)
            for part, kernel in zip(inner, circle.kernels, strict=True)
        ]
        return self.parts.factor(self.arrays, *sums, *self.numbers, first, second, circle.z)


def _product(part: Array, kernel: Array) -> Array:
    """part @ kernel; where only the kernel is complex, by real numbers."""
    return part @ kernel if np.iscomplexobj(part) else (part @ kernel.view(np.float64)).view(kernel.dtype)


def _scalar(number: complex) -> Array:
    """A number as an array, complex only where it has to be."""
    found = complex(number)
    return np.asarray(found if found.imag else found.real)
