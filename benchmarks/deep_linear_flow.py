"""Trials a second of the end-to-end flow of deep linear networks: compiled, and with SciPy's integrators.

    python benchmarks/deep_linear_flow.py

SciPy integrates the same n + 1 numbers in the same clock, with the same right-hand side; each of its methods at
the tolerance that brings its error below 1e-8.  The decomposition is timed on its own, for it is common to all.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.integrate import solve_ivp

from numerics.deep_linear.flow import end_to_end_flow, singular_coordinates
from numerics.kernels.rosenbrock import follow_all
from numerics.streams import stream

SIZES = [(5, 10), (20, 40), (50, 100), (100, 200), (18, 20)]
DEPTHS = [2, 4, 8]
METHODS = ["DOP853", "LSODA", "Radau"]


def with_scipy(
    squares: Float[np.ndarray, " m"],
    gains: Float[np.ndarray, " m"],
    start: Float[np.ndarray, " m"],
    depth: int,
    name: str,
) -> Float[np.ndarray, " m"]:
    """The limit by one of SciPy's methods, stopped when the slowest direction has decayed by e^-25."""

    def velocity(_: float, b: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
        g = squares * b - gains
        return -g - (depth - 1) * (b @ g) / (b @ b) * b

    end = 25 / np.min(squares[squares > 0])
    found = solve_ivp(velocity, (0, end), start, method=name, rtol=1e-10, atol=1e-11 * np.linalg.norm(start))
    return np.asarray(found.y[:, -1])


def seconds(work: Callable[[], object], least: float = 0.3) -> float:
    """Seconds a call, repeated for at least this long after a first call that is not counted."""
    work()
    calls, start = 0, time.perf_counter()
    while time.perf_counter() - start < least:
        work()
        calls += 1
    return (time.perf_counter() - start) / calls


def line(n: int, d: int, depth: int) -> str:
    """Trials a second of every method at one size, and SciPy's relative distance to the compiled limit."""
    rng, trials = stream(1, n, d), 20
    x, u = rng.standard_normal((trials, n, d)), rng.standard_normal((trials, d))
    y = rng.standard_normal((trials, n)) * np.sqrt(d)
    squares, gains, states, _ = singular_coordinates(x, y, u)
    ends, steps = states.copy(), np.zeros(trials, dtype=np.int64)
    follow_all(squares, gains, ends, float(depth), 1e-10, 100_000, steps)
    whole = trials / seconds(lambda: end_to_end_flow(x, y, u, depth))
    alone = trials / seconds(lambda: follow_all(squares, gains, states.copy(), float(depth), 1e-10, 100_000, steps))
    cells = [f"{n:4d} {d:4d} {depth:2d} {np.mean(steps):6.0f} {whole:9.0f} {alone:9.0f}"]
    for name in METHODS:
        begun, found = time.perf_counter(), []
        for trial in range(3):
            found.append(with_scipy(squares[trial], gains[trial], states[trial], depth, name))
        rate = 3 / (time.perf_counter() - begun)
        error = max(np.linalg.norm(found[k] - ends[k]) / np.linalg.norm(ends[k]) for k in range(3))
        cells.append(f"{rate:8.1f} ({error:.0e})")
    return " ".join(cells)


if __name__ == "__main__":
    titles = " ".join(f"{name:>16s}" for name in METHODS)
    sys.stdout.write(f"   n    d  L  steps  compiled  flow only {titles}   [trials a second (distance)]\n")
    for n, d in SIZES:
        for depth in DEPTHS:
            sys.stdout.write(line(n, d, depth) + "\n")
            sys.stdout.flush()
