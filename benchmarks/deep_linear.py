"""Trials a second of deep linear fine-tuning: the flow integrated, its limit solved for, the exact law drawn.

    python benchmarks/deep_linear.py

All three in one run and interleaved, the medians of the rounds side by side, on one thread.  Every trial of the
first two draws its design; the flow is the end-to-end one, by Dormand and Prince's method at tolerance 1e-8 a
step, followed until the gradient is 1e-6 of its first value: nearer, the steps' own errors would keep it up.  The
distance is the largest between their risks.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from numerics.deep_linear import DeepLinear, batch
from numerics.deep_linear.problem import problem
from numerics.kernels.compiled import compiled
from numerics.kernels.products import apply, apply_transposed
from numerics.linear.literal import samples
from numerics.streams import lanes, stream

SIZES = [(100, 1000, 4), (50, 200, 4), (90, 100, 4)]
ROUNDS, SECONDS, GOALS = 5, 0.5, (20, 100)
TOLERANCE, ENOUGH = 1e-8, 1e-6

# Dormand & Prince 1980: the stages, the last of them the step itself, and its error.
STAGES = np.array(
    [
        [0, 0, 0, 0, 0, 0],
        [1 / 5, 0, 0, 0, 0, 0],
        [3 / 40, 9 / 40, 0, 0, 0, 0],
        [44 / 45, -56 / 15, 32 / 9, 0, 0, 0],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729, 0, 0],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656, 0],
        [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
    ]
)
ERROR = np.array([71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40])


@compiled
def velocity(
    rows: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, " n"],
    b: Float[np.ndarray, " d"],
    depth: float,
    residual: Float[np.ndarray, " n"],
    out: Float[np.ndarray, " d"],
) -> float:
    """-|b|^(2-2/L) (I + (L-1) bb'/|b|^2) g into `out`, g = X'(Xb - y); return |g|."""
    apply(rows, b, residual)
    for i in range(y.size):
        residual[i] -= y[i]
    apply_transposed(rows, residual, out)
    square, inner, size = 0.0, 0.0, 0.0
    for j in range(b.size):
        square += b[j] * b[j]
        inner += b[j] * out[j]
        size += out[j] * out[j]
    speed, along = square ** (1.0 - 1.0 / depth), (depth - 1.0) * inner / square
    for j in range(b.size):
        out[j] = -speed * (out[j] + along * b[j])
    return float(np.sqrt(size))


@compiled
def follow(rows: Float[np.ndarray, "n d"], y: Float[np.ndarray, " n"], b: Float[np.ndarray, " d"], depth: float) -> int:
    """Move `b` to the end of the flow; return the number of steps."""
    d, steps = b.size, 0
    slopes, trial, residual = np.zeros((7, d)), np.empty(d), np.empty(y.size)
    gradient = velocity(rows, y, b, depth, residual, slopes[0])
    enough = ENOUGH * gradient
    step = 0.01 * np.sqrt(np.sum(b * b)) / np.sqrt(np.sum(slopes[0] * slopes[0]))
    while gradient > enough and steps < 100_000:
        steps += 1
        reached = gradient
        for stage in range(1, 7):
            trial[:] = b
            for k in range(stage):
                factor = step * STAGES[stage, k]
                for j in range(d):
                    trial[j] += factor * slopes[k, j]
            reached = velocity(rows, y, trial, depth, residual, slopes[stage])
        error, size = 0.0, 0.0
        for j in range(d):
            defect = 0.0
            for k in range(7):
                defect += ERROR[k] * slopes[k, j]
            error += (step * defect) ** 2
            size += trial[j] * trial[j]
        ratio = np.sqrt(error / size) / TOLERANCE
        if ratio <= 1.0:
            b[:] = trial
            slopes[0, :] = slopes[6]
            gradient = reached
        step *= min(5.0, max(0.2, 0.9 * (ratio + 1e-12) ** -0.2))
    return steps


@compiled
def flow_batch(
    x: Float[np.ndarray, "trials n d"],
    noise: Float[np.ndarray, "trials n"],
    target: Float[np.ndarray, " d"],
    source: Float[np.ndarray, " d"],
    depth: float,
    risks: Float[np.ndarray, " trials"],
) -> None:
    """The risk of each trial, isotropic features, by the flow."""
    y = np.empty(noise.shape[1])
    for trial in range(risks.size):
        apply(x[trial], target, y)
        for i in range(y.size):
            y[i] += noise[trial, i]
        b = source.copy()
        follow(x[trial], y, b, depth)
        risks[trial] = np.sum((b - target) ** 2)


def flow(given: DeepLinear, size: int) -> Float[np.ndarray, " trials"]:
    """The risks of the first `size` trials of batch 0."""
    risks, wanted = np.empty(size), np.ones(size, dtype=bool)
    x, noise = samples(lanes(1, 0), given.n, given.sigma, np.ones(given.d), wanted, problem(given).together)
    flow_batch(x, noise, given.target, given.source, float(given.depth), risks)
    return risks


def rate(work: Callable[[int], object], size: int) -> float:
    """Trials a second in one call of `size` trials."""
    start = time.perf_counter()
    work(size)
    return size / (time.perf_counter() - start)


def line(n: int, d: int, depth: int, outcomes: list[bool]) -> str:
    """One row of the table; at d = 1000 whether each goal is met goes to `outcomes`."""
    rng = stream(0, d)
    source, target = rng.standard_normal(d) / np.sqrt(d), rng.standard_normal(d) / np.sqrt(d)
    given = DeepLinear(n=n, d=d, sigma=0.5, source=source, target=target, depth=depth)
    works: list[Callable[[int], object]] = [
        lambda size: flow(given, size),
        lambda size: batch(given, 1, 0, "closed", size),
        lambda size: batch(given, 1, 0, "exact", size),
    ]
    distance = np.max(np.abs(flow(given, 5) / batch(given, 1, 0, "closed", 5)["risk"] - 1))
    for work in works:
        work(2)
    sizes = [max(2, int(SECONDS * rate(work, 5))) for work in works]
    sizes[2] = max(sizes[2], 100_000)
    rounds = [[rate(work, size) for work, size in zip(works, sizes, strict=True)] for _ in range(ROUNDS)]
    rates = [statistics.median(column) for column in zip(*rounds, strict=True)]
    ratios = rates[1] / rates[0], rates[2] / rates[1]
    cells = " ".join(f"{value:11.1f}" for value in rates)
    if d == 1000:
        outcomes.extend(ratio >= goal for ratio, goal in zip(ratios, GOALS, strict=True))
    return f"{n:5d} {d:5d} {depth:3d} {cells} {ratios[0]:11.1f} {ratios[1]:13.1f} {distance:10.0e}\n"


if __name__ == "__main__":
    sys.stdout.write("    n     d   L        flow      closed       exact closed/flow  exact/closed   distance\n")
    met: list[bool] = []
    for n, d, depth in SIZES:
        sys.stdout.write(line(n, d, depth, met))
        sys.stdout.flush()
    for name, goal, reached in zip(("closed over the flow", "exact over closed"), GOALS, met, strict=True):
        sys.stdout.write(f"Goal at d=1000, {name}: at least {goal}, {'met' if reached else 'missed'}.\n")
