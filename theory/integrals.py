"""Numbers for formulas in plane, line and saddle integrals, in laws inverted from them, and in the least of such."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import sympy as sp

from theory.averaging import NotAccurate
from theory.calculus.plane import (
    Greatest,
    Inversion,
    InvertedQuantile,
    Least,
    LineIntegral,
    PlaneIntegral,
    SaddleIntegral,
)
from theory.integrand import Arrays, Numbers
from theory.inversion import Inverted
from theory.plane import Line, Plane
from theory.result import Implicit
from theory.saddle import Saddle

DIGITS, NONE = 30, 1e150
"""Digits of numbers that are put together; and what stands for no number in a search for the least."""
SCAN, SEARCH = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0), 6
"""Parts of a range at which the least is looked for first, and steps of the search between two of them."""
LADDER = tuple(2.0**k for k in range(-3, 11))
"""Where the greatest is looked for, in a range that may not end."""
ACCURACY, ROUGH = 1e-6, 1e-3
"""By how much an integral may be off, relatively, and by how much while one searches."""
UNUSED = sp.Dummy("unused")
Search: TypeAlias = Callable[[float], float]
Places: TypeAlias = tuple[tuple[float, ...], tuple[float, ...]]
Given: TypeAlias = tuple[tuple[sp.Symbol, float], ...]
Columns: TypeAlias = tuple[tuple[sp.IndexedBase, tuple[float, ...]], ...]


def number(
    value: sp.Expr, where: Sequence[Implicit], numbers: Numbers, arrays: Arrays, *, rough: bool = False
) -> float:
    """An expression in integrals, in the least values of such, or in laws that they give, at numbers and arrays.

    Raises NotAccurate where it has no number, or one beyond floating point.
    """
    put: dict[sp.Basic, sp.Expr] = {}
    for part in value.atoms(Least):
        put[part] = sp.Float(_best(part, where, numbers, arrays), DIGITS)
    for part in value.xreplace(put).atoms(Inversion):
        put[part] = sp.Float(_inverted(part, where, numbers, arrays), DIGITS)
    rest = value.xreplace(put)
    planes = {
        part: sp.exp(sp.Float(_log(part, tuple(where), *_needed(part, where, numbers, arrays), rough), DIGITS))
        for part in rest.atoms(PlaneIntegral)
    }
    found = float(rest.xreplace(planes).subs(dict(numbers)).evalf(DIGITS))
    if planes and (not np.isfinite(found) or found == 0):
        raise NotAccurate("the number is beyond floating point: rescale the fields, or take a smaller power")
    return found


def _needed(part: sp.Basic, where: Sequence[Implicit], numbers: Numbers, arrays: Arrays) -> tuple[Given, Columns]:
    """The numbers and arrays that an integral is of, as what two calls may have in common."""
    free = part.free_symbols.union(*(w.equation.free_symbols for w in where))
    given = tuple((s, float(z)) for s, z in numbers.items() if s in free)
    return given, tuple((base, tuple(map(float, array))) for base, array in arrays.items())


@lru_cache(maxsize=1024)
def _log(part: PlaneIntegral, where: tuple[Implicit, ...], numbers: Given, columns: Columns, rough: bool) -> float:
    """The logarithm of an integral; kept, as bounds of several confidences share those that are looked at first."""
    arrays = {base: np.array(column) for base, column in columns}
    if not isinstance(part, SaddleIntegral):
        kind = Line if isinstance(part, LineIntegral) else Plane
        return kind(part, where, dict(numbers), arrays).log(rough=rough)
    wanted = ROUGH if rough else ACCURACY
    found = Saddle(part, where, dict(numbers), arrays, UNUSED).log(1.0, wanted)
    error = found.error + abs(np.exp(1j * found.log.imag) - 1)  # it is positive
    if not error < wanted:
        raise NotAccurate(f"an integral is uncertain by {error:.1g}: simulate it")
    return found.log.real


def _inverted(part: Inversion, where: Sequence[Implicit], numbers: Numbers, arrays: Arrays) -> float:
    """A probability, or a quantile."""
    given = {s: z for s, z in numbers.items() if s != part.variable}
    highest = float(part.highest.subs(given))
    law = _law(part.formula, part.variable, tuple(where), *_needed(part.formula, where, given, arrays), highest)
    at = number(part.at, where, numbers, arrays)
    return law.quantile(at) if isinstance(part, InvertedQuantile) else law.probability(at)


@lru_cache(maxsize=16)
def _law(
    formula: sp.Expr,
    power: sp.Symbol,
    where: tuple[Implicit, ...],
    numbers: Given,
    columns: Columns,
    highest: float,
) -> Inverted:
    """Kept, as its powers cost much and every further level little."""
    arrays = {base: np.array(column) for base, column in columns}
    return Inverted(formula, power, where, dict(numbers), arrays, highest)


def _best(value: Least, where: Sequence[Implicit], numbers: Numbers, arrays: Arrays) -> float:
    """The least value over the variable, or the greatest, about: any other value of the variable gives a larger one, or
    a smaller, which holds too."""
    low, high = (float(edge.subs(dict(numbers))) for edge in (value.low, value.high))
    sign = -1 if isinstance(value, Greatest) else 1
    if not low < high:
        raise NotAccurate(f"no {value.variable} between {low:.6g} and {high:.6g} has a finite mean: simulate it")

    def at(variable: float, *, rough: bool = True) -> float:
        given = {**numbers, value.variable: sp.Float(variable, DIGITS)}
        try:
            return sign * number(value.formula, where, given, arrays, rough=rough)
        except NotAccurate:
            return NONE

    best, others = _ladder(at, low, high) if sign < 0 else _scanned(at, low, high)
    found = min((at(variable, rough=False) for variable in best), default=NONE)
    for variable in others if found >= NONE else ():
        if (found := at(variable, rough=False)) < NONE:
            break
    if found >= NONE:
        raise NotAccurate(f"no {value.variable} between {low:.6g} and {high:.6g} gives a number: simulate it")
    return sign * found


def _scanned(at: Search, low: float, high: float) -> Places:
    """Places in a finite range: one or two near the least, and others, the better ones first."""
    grid = low + (high - low) * np.array(SCAN)
    values = np.array([NONE, *map(at, grid[1:-1]), NONE])
    k = int(np.argmin(values))
    if values[k] >= NONE:
        return (), ()
    return _between(at, grid[k - 1 : k + 2], values[k]), _others(grid.tolist(), values.tolist())


def _others(places: Sequence[float], values: Sequence[float]) -> tuple[float, ...]:
    """All but the best, the better ones first."""
    return tuple(places[j] for j in np.argsort(values, kind="stable")[1:] if values[j] < NONE)


def _ladder(at: Search, low: float, high: float) -> Places:
    """The same where the range may not end: up a ladder from `low` as long as that helps."""
    steps = [low + step for step in LADDER if low + step < high] or [(low + high) / 2]
    values: list[float] = []
    for step in steps:
        values.append(at(step))
        if len(values) > 2 and values[-1] > values[-2] < NONE:
            break
    k = int(np.argmin(values))
    if values[k] >= NONE:
        return (), ()
    ends = [low if k == 0 else steps[k - 1], steps[k], steps[k + 1] if k + 1 < len(steps) else min(2 * steps[k], high)]
    return _between(at, np.array(ends), values[k]), _others(steps, values)


def _between(at: Search, grid: np.ndarray, value: float) -> tuple[float, ...]:
    """The middle of three places, and the best between the outer two if that is better."""
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(at, bounds=(grid[0], grid[2]), method="bounded", options={"maxiter": SEARCH})
    return (grid[1], found.x) if found.fun < value else (grid[1],)
