"""Training at infinite width as it goes on: the outputs' own differential equation, integrated."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.instance import InstanceError
from numerics.relu.kernel import kernel

Points = Float[np.ndarray, "points d"]
Values = Float[np.ndarray, " points"]
RELATIVE, ABSOLUTE, STEPS = 1e-12, 1e-14, 200_000
LEFT = 1e-9
"""What may be left of the labels after so many steps, relative: rounding keeps it above `ABSOLUTE`."""


def flow(x: Points, y: Values, points: Points, start: tuple[Values, Values], time: float) -> Values:
    """Outputs at `points` after so much time of f' = h(., X)(y - f(X)), from those at the sample and at the points.

    Without end: by steps as large as are stable, until nothing is left on the sample.
    """
    if time == np.inf:
        return _limit(kernel(x, x), kernel(points, x), y - start[0], start[1])
    from scipy.integrate import solve_ivp

    n, everywhere = len(y), np.concatenate([x, points])
    pulls = kernel(everywhere, x)

    def velocity(_: float, outputs: Values) -> Values:
        return np.asarray(pulls @ (y - outputs[:n]))

    ended = solve_ivp(
        velocity, (0.0, time), np.concatenate(start), method="DOP853", rtol=RELATIVE, atol=ABSOLUTE, t_eval=[time]
    )
    return np.asarray(ended.y[n:, -1])


def _limit(h: Float[np.ndarray, "n n"], pulls: Float[np.ndarray, "points n"], left: Values, outputs: Values) -> Values:
    size, smallest = 1 / float(np.linalg.eigvalsh(h)[-1]), ABSOLUTE * float(np.max(np.abs(left)))
    moved = np.zeros_like(left)
    for _ in range(STEPS):
        now = left - h @ moved
        if np.max(np.abs(now)) <= smallest:
            break
        moved += size * now
    if np.max(np.abs(left - h @ moved)) > LEFT * np.max(np.abs(left)):
        raise InstanceError(f"after {STEPS} steps the sample is not fitted: two inputs are nearly alike; drop one.")
    return np.asarray(outputs + pulls @ moved)
