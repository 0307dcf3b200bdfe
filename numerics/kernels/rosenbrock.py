"""The flow of a balanced deep linear network in singular coordinates, by a Rosenbrock method.

In the clock dtau = |b|^(2 - 2/L) dt gradient flow of depth L reads
    db/dtau = -(g + (L-1) (b'g/|b|^2) b),   g_i = squares_i b_i - gains_i,
so its Jacobian is diagonal plus rank one and each implicit stage costs as much as an explicit one, at any
condition number.  The method is Rodas5P, order 5(4), L-stable.  Source: Steinebach 2023, Construction of
Rosenbrock-Wanner method Rodas5P, BIT 63:27.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from numerics.kernels.compiled import compiled

GAMMA = 0.21193756319429014
STAGE = np.zeros((8, 8))
STAGE[1, :1] = 3.0
STAGE[2, :2] = 2.849394379747939, 0.45842242204463923
STAGE[3, :3] = -6.954028509809101, 2.489845061869568, -10.358996098473584
STAGE[4, :4] = 2.8029986275628964, 0.5072464736228206, -0.3988312541770524, -0.04721187230404641
STAGE[5, :5] = -7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946
STAGE[6, :6] = *STAGE[5, :5], 1.0
STAGE[7, :7] = *STAGE[6, :6], 1.0
COUPLING = np.zeros((8, 8))
COUPLING[1, :1] = -14.155112264123755
COUPLING[2, :2] = -17.97296035885952, -2.859693295451294
COUPLING[3, :3] = 147.12150275711716, -1.41221402718213, 71.68940251302358
COUPLING[4, :4] = 165.43517024871676, -0.4592823456491126, 42.90938336958603, -5.961986721573306
COUPLING[5, :5] = 24.854864614690072, -3.0009227002832186, 47.4931110020768, 5.5814197821558125, -0.6610691825249471
COUPLING[6, :6] = (
    *(30.91273214028599, -3.1208243349937974, 77.79954646070892),
    *(34.28646028294783, -19.097331116725623, -28.087943162872662),
)
COUPLING[7, :7] = (
    *(37.80277123390563, -3.2571969029072276, 112.26918849496327, 66.9347231244047),
    *(-40.06618937091002, -54.66780262877968, -9.48861652309627),
)

FLOOR = 1e-100
"""A network this much smaller than its start is at the saddle 0."""


@compiled
def velocity(
    squares: Float[np.ndarray, " m"],
    gains: Float[np.ndarray, " m"],
    state: Float[np.ndarray, " m"],
    depth: float,
    out: Float[np.ndarray, " m"],
) -> tuple[float, float]:
    """db/dtau into `out`; returns |b|^2 and (L-1) b'g/|b|^2."""
    square, along = 0.0, 0.0
    for i in range(state.size):
        out[i] = gains[i] - squares[i] * state[i]
        square += state[i] * state[i]
        along -= state[i] * out[i]
    pull = (depth - 1.0) * along / square if depth > 1.0 else 0.0
    for i in range(state.size):
        out[i] -= pull * state[i]
    return square, pull


@compiled
def trial_step(
    squares: Float[np.ndarray, " m"],
    gains: Float[np.ndarray, " m"],
    state: Float[np.ndarray, " m"],
    depth: float,
    step: float,
    increments: Float[np.ndarray, "8 m"],
    work: Float[np.ndarray, "4 m"],
) -> None:
    """One step of Rodas5P: the end into work[0]; its error estimate is increments[7].

    The matrix of every stage is diag(work[2])^-1 + b work[3]', solved by the Sherman-Morrison formula.
    """
    point, slope, inverse, row = work[0], work[1], work[2], work[3]
    square, pull = velocity(squares, gains, state, depth, slope)
    cross = 1.0
    for i in range(state.size):
        inverse[i] = 1.0 / (1.0 / (GAMMA * step) + squares[i] + pull)
        row[i] = 0.0
        if depth > 1.0:
            row[i] = ((depth - 1.0) * (2.0 * squares[i] * state[i] - gains[i]) - 2.0 * pull * state[i]) / square
        cross += row[i] * inverse[i] * state[i]
    for k in range(8):
        point[:] = state
        for j in range(k):
            for i in range(state.size):
                point[i] += STAGE[k, j] * increments[j, i]
        velocity(squares, gains, point, depth, slope)
        for j in range(k):
            for i in range(state.size):
                slope[i] += COUPLING[k, j] / step * increments[j, i]
        total = 0.0
        for i in range(state.size):
            increments[k, i] = inverse[i] * slope[i]
            total += row[i] * increments[k, i]
        for i in range(state.size):
            increments[k, i] -= total / cross * inverse[i] * state[i]
    for i in range(state.size):
        point[i] += increments[7, i]


@compiled
def follow(
    squares: Float[np.ndarray, " m"],
    gains: Float[np.ndarray, " m"],
    state: Float[np.ndarray, " m"],
    depth: float,
    tolerance: float,
    most: int,
) -> int:
    """Carry `state` to the limit of the flow; returns the steps, `most` when they did not suffice.

    `tolerance` is relative to |b|, for the error of each step and for the distance to the minimum on the
    coordinates with squares > 0.  Steps that would change b by more than half of |b| are cut: the flow of
    depth > 1 never crosses 0, while that of the clock tau would.  A state below 1e-100 |start| becomes 0.
    """
    work, increments = np.empty((4, state.size)), np.empty((8, state.size))
    start, limit = np.sqrt(np.sum(state**2)), 0.0
    for i in range(state.size):
        limit += (gains[i] / squares[i]) ** 2 if squares[i] > 0.0 else 0.0
    step = 1e-3 / (depth * np.max(squares)) if np.max(squares) > 0.0 else 1.0
    for taken in range(most):
        size, left = np.sqrt(np.sum(state**2)), 0.0
        for i in range(state.size):
            left += (state[i] - gains[i] / squares[i]) ** 2 if squares[i] > 0.0 else 0.0
        scale = size if depth > 1.0 else start + np.sqrt(limit)
        if np.sqrt(left) <= tolerance * scale:
            return taken
        if depth > 1.0 and size <= FLOOR * start:
            state[:] = 0.0
            return taken
        trial_step(squares, gains, state, depth, step, increments, work)
        moved = np.sqrt(np.sum((work[0] - state) ** 2))
        error = np.sqrt(np.sum(increments[7] ** 2)) / (tolerance * scale)
        if depth > 1.0 and not moved <= 0.5 * size:
            step *= 0.5
            continue
        if error <= 1.0:
            state[:] = work[0]
        step *= min(5.0, max(0.2, 0.9 * (error + 1e-30) ** -0.2))
    return most


@compiled
def follow_all(
    squares: Float[np.ndarray, "trials m"],
    gains: Float[np.ndarray, "trials m"],
    states: Float[np.ndarray, "trials m"],
    depth: float,
    tolerance: float,
    most: int,
    steps: Int[np.ndarray, " trials"],
) -> None:
    """`follow` in every trial; the steps taken into `steps`."""
    for trial in range(steps.size):
        steps[trial] = follow(squares[trial], gains[trial], states[trial], depth, tolerance, most)
