"""Numbers for `SaddleIntegral`: trapezoidal sums on a plane through its saddle, for real and complex powers.

At a real power the integrand has a saddle at real eta and phi: a maximum in eta and a minimum in phi.  As the power
turns complex the saddle moves, and Newton's method follows it.  There the exponent is a quadratic form, and the plane
is turned so that it falls off alike in all directions (a Cholesky factor without conjugation): nothing oscillates, no
digits cancel, and nodes of distance 0.7 give nine.  Nodes are taken as far as one walks from the saddle without a
climb, so that another hill beyond a valley is left alone; the height of the valley is an error that is told, and so is
that of nodes beyond the integrand's domain, where the plane may have swept across a pole.  Where they are too high the
plane is turned less, and nodes are closer.  Cost: some three hundred nodes a power.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import product
from typing import TypeAlias

import numpy as np
import sympy as sp

from theory.averaging import NotAccurate
from theory.calculus.plane import SaddleIntegral
from theory.integrand import Array, Arrays, Integrand, Numbers
from theory.result import Implicit

TRIES = ((1.0, 0.7), (0.5, 0.5), (0.0, 0.35))
"""How far the plane is turned, and the distance of nodes in standard deviations of the saddle."""
DEEP, CIRCLE = 26.0, 0.5
"""What is left out is so far below the saddle, in logarithms; and the distance of nodes on the circle."""
RIM, SAFE = 3.0, 10.0
"""What the outermost nodes, so much above that depth, add up to is what those beyond may; and nodes at twice the
distance are off by the square root of the error, but for a factor."""
UPHILL, MOST = 2.0, 6_000
"""How much a walk may climb out of its lowest place, in logarithms, and how many nodes it may visit."""
NEAR, FAR, TURNS = 0.02, 0.3, 40
"""Where Newton's method has arrived, the longest of its steps, and how many it may take."""
SLOW = "an integral decays too slowly to be taken by numbers: simulate it"
Node: TypeAlias = int
ROW, TOP = 1 << 20, 0
"""Node (i, j) of a lattice is i*ROW + j, and the saddle (0, 0)."""
AROUND = tuple(product((-1, 0, 1), (-1, 0, 1)))
STEPS, WIDE = ([i * ROW + j for i, j in product(far, far)] for far in ((-1, 0, 1), (-2, -1, 0, 1, 2)))


@dataclass(frozen=True)
class Sum:
    """The logarithm of an integral, and its relative error, as half of the nodes and the valleys tell."""

    log: complex
    error: float


class Saddle:
    """A saddle integral at given numbers and arrays, as a function of one of its symbols: a power."""

    def __init__(
        self, value: SaddleIntegral, where: Sequence[Implicit], numbers: Numbers, arrays: Arrays, power: sp.Symbol
    ) -> None:
        self.power = power
        self.integrand = Integrand(value, where, {**numbers, power: 1.0}, arrays)
        self.circle = self.integrand.circle(CIRCLE).both_sides
        self.saddle: Array = np.full(2, np.nan)

    def restart(self, power: float) -> None:
        """Look for the saddle at a real power: over phi the least of the greatest over eta."""
        low, high = self.integrand.lowest, self.integrand.highest
        eta = np.linspace(2 * low - 14, 2 * high + 14, 81 + 4 * int(high - low))
        phi = np.linspace(0.05, 0.95, 37) * np.pi
        grid = np.stack(np.meshgrid(eta, phi, indexing="ij"), axis=-1)
        at = grid.reshape(-1, 2)
        heights = self.integrand.at(self.power, power).exponent(at[:, 0], at[:, 1] + 0j).real.reshape(grid.shape[:2])
        turn = int(np.argmin(heights.max(axis=0)))
        self.saddle = grid[int(np.argmax(heights[:, turn])), turn].astype(np.complex128)

    def log(self, power: complex, enough: float) -> Sum:
        """The logarithm of the integral at a power, to a relative error, or to the least that is reached; its saddle is
        looked for where that of the last power was.

        Raises NotAccurate where none is found, or no walk ends.
        """
        best = Sum(0, np.inf)
        with np.errstate(all="ignore"):
            form = self._form(power)
            for turned, step in TRIES:
                with suppress(NotAccurate):  # a walk that does not end leaves the other planes
                    found = self._sum(step * _square_root(form, turned), power)
                    best = min(best, found, key=lambda s: s.error)
                if best.error < enough:
                    break
        if not best.error < 1:
            raise NotAccurate(SLOW)
        return best

    def _log(self, at: Array, power: complex) -> tuple[Array, Array]:
        """The logarithm of the integrand at points (eta, phi), and what it is times with half of the circle."""
        return self.integrand.at(self.power, power).whole(at[:, 0], at[:, 1] + 0j, self.circle)

    def _form(self, power: complex) -> Array:
        """The quadratic form by which the exponent falls off at the saddle, to which it moves."""
        h = 1e-3
        if np.isnan(self.saddle).any():
            self.restart(power.real)
        at = self.saddle
        for _ in range(TURNS):
            f = self._log(at + h * np.array(AROUND), power)[0].reshape(3, 3)
            slope = np.array([f[2, 1] - f[0, 1], f[1, 2] - f[1, 0]]) / (2 * h)
            mixed = (f[2, 2] - f[2, 0] - f[0, 2] + f[0, 0]) / 4
            curved = [[f[2, 1] - 2 * f[1, 1] + f[0, 1], mixed], [mixed, f[1, 2] - 2 * f[1, 1] + f[1, 0]]]
            hessian = np.array(curved) / h**2
            if not np.all(np.isfinite(hessian)):
                raise NotAccurate(SLOW)
            step = -np.linalg.solve(hessian, slope)
            length = float(np.abs(step).max())
            at = at + step * min(1.0, FAR / length)
            if length < NEAR:
                self.saddle = at
                return -hessian
        raise NotAccurate(SLOW)

    def _sum(self, lattice: Array, power: complex) -> Sum:
        index, logs, halves, valley = self._walk(lattice, power)
        values = np.exp(logs - logs[0])
        total = values.sum()
        thinned = [2 * values[index[:, k] % 2 == 0].sum() for k in (0, 1)] + [(values * halves).sum()]
        outermost = logs.real < logs[0].real - DEEP + RIM
        beyond = float(np.abs(values[outermost]).sum() / abs(total))
        off = np.abs(values[_outside(self.saddle + index @ lattice.T)]).max(initial=0.0)
        error = max(*(SAFE * abs(part / total - 1) ** 2 for part in thinned), valley, off) + beyond
        measure = np.linalg.det(lattice) / (1j * np.pi)  # d phi/(pi i)
        found = complex(logs[0] + np.log(total * measure))
        if not np.isfinite(found):
            error = np.inf
        return Sum(found, float(error))

    def _walk(self, lattice: Array, power: complex) -> tuple[Array, Array, Array, float]:
        """Indices of the nodes that are reached, the saddle first, what the integrand is there, and the height
        of the highest valley relative to the saddle."""
        reach = int(np.ceil(np.sqrt(2 * DEEP) / TRIES[0][1])) + 1
        across = range(-reach, reach + 1)
        new = [i * ROW + j for i, j in product(across, across) if i**2 + j**2 <= reach**2]
        seen: dict[Node, tuple[complex, complex]] = {}
        while new:
            logs, halves = self._log(self.saddle + _indices(new) @ lattice.T, power)
            seen |= dict(zip(new, zip(logs.tolist(), halves.tolist(), strict=True), strict=True))
            if len(seen) > MOST:
                raise NotAccurate(SLOW)
            reached, wanted, valley = _flooded({node: logs.real for node, (logs, _) in seen.items()})
            new = sorted({node + step for node in wanted for step in WIDE} - seen.keys())
        index = [TOP, *sorted(reached - {TOP})]
        logs, halves = (np.array(column) for column in zip(*(seen[node] for node in index), strict=True))
        return _indices(index), logs, halves, valley


def _outside(at: Array) -> Array:
    """Which points (eta, phi) are beyond the domain of `SaddleIntegral`, which is convex."""
    turned, line = np.abs(at[:, 0].imag) / 2, at[:, 1].real
    return np.asarray((line <= 0) | (turned >= np.pi / 2) | (turned >= np.pi - line))


def _indices(nodes: Sequence[Node]) -> Array:
    """i and j of each."""
    codes = np.array(nodes)
    first = (codes + ROW // 2) // ROW
    return np.stack([first, codes - first * ROW], axis=1)


def _flooded(heights: Mapping[Node, float]) -> tuple[set[Node], set[Node], float]:
    """The nodes that are reached from the top without climbing more than `UPHILL` out of the lowest place on the way,
    their neighbours whose height is not known, and how high the places are at which a climb was given up."""
    floor = heights[TOP] - DEEP
    ways, wanted, given_up = [(-heights[TOP], TOP)], set(), []
    reached = {TOP}
    while ways:  # the highest way first
        lowest, node = heappop(ways)
        for step in STEPS:
            beside = node + step
            if beside in reached:
                continue
            height = heights.get(beside)
            if height is None:
                wanted.add(beside)
            elif floor < height <= UPHILL - lowest:
                reached.add(beside)
                heappush(ways, (max(lowest, -height), beside))
            elif height > floor:
                given_up.append((-lowest, beside))
    rest = [height - heights[TOP] for height, beside in given_up if beside not in reached]
    return reached, wanted, float(np.exp(max(rest))) if rest else 0.0


def _square_root(form: Array, turned: float) -> Array:
    """Complex directions (d eta, d phi), as columns, in which a quadratic form is the sum of squares; phi starts
    imaginary."""
    turn = np.diag([1, 1j])
    sides = turn @ form @ turn
    sides = sides.real + 1j * turned * sides.imag
    first = np.sqrt(sides[0, 0])
    mixed = sides[0, 1] / first
    factor = np.array([[first, 0], [mixed, np.sqrt(sides[1, 1] - mixed**2)]])
    return np.asarray(turn @ np.linalg.inv(factor).T)
