"""Ridge regression towards the source: an instance, and its simulation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from numerics.instance import InstanceError, nonnegative_number
from numerics.spectral import COLUMNS, LAWS, Spectral, batch, batch_size, draws, moment_is_finite, simulate
from numerics.spectral.model import Designs, Labels, Weights

__all__ = [
    "COLUMNS",
    "LAWS",
    "InstanceError",
    "Ridge",
    "batch",
    "batch_size",
    "draws",
    "moment_is_finite",
    "simulate",
]


def positive_number(name: str, value: object) -> float:
    """`value` as a finite float > 0, else `InstanceError`."""
    number = nonnegative_number(name, value)
    if number == 0:
        raise InstanceError(f"{name}=0: needs a number > 0; write {name}=0.5, say.")
    return number


@dataclass(frozen=True, eq=False, kw_only=True)
class Ridge(Spectral):
    """Fine-tuning by h = argmin |y - X h|^2/n + penalty |h - source|^2.

    Data and fields as in `numerics.linear.Linear`, the source given; `penalty` > 0 (for 0 use the setting linear).
    Raises `InstanceError`, one line, on anything else.

    >>> Ridge.from_fields({"n": 1, "d": 1, "sigma": 0, "source": [0], "target": [1], "penalty": 2}).penalty
    2.0
    """

    penalty: float
    setting = "ridge"
    own = ("penalty",)

    def __post_init__(self) -> None:
        """Check the penalty too."""
        super().__post_init__()
        if self.penalty == 0 and not isinstance(self.penalty, bool):
            raise InstanceError("penalty=0: that is training until convergence; use the setting linear.")
        object.__setattr__(self, "penalty", positive_number("penalty", self.penalty))

    def fitted(self, x: Designs, y: Labels, start: Weights) -> Float[np.ndarray, "trials d"]:
        """Where the gradient of the penalised loss is zero: (X'X/n + penalty I)(h - u) = X'(y - X u)/n."""
        turned, n = np.swapaxes(x, -1, -2), x.shape[-2]
        residual = y - (x @ start[..., None])[..., 0]
        curvature = turned @ x / n + self.penalty * np.eye(x.shape[-1])
        return np.asarray(start + np.linalg.solve(curvature, turned @ residual[..., None] / n)[..., 0])

    def response(self, x: Float[np.ndarray, "trials m"]) -> Float[np.ndarray, "trials m"]:
        """1/(x + penalty)."""
        return np.asarray(1 / (x + self.penalty))

    def moved(self, x: Designs, n: int) -> Designs:
        """(X X' + n penalty I)^-1 X."""
        curvature = x @ np.swapaxes(x, -1, -2) + n * self.penalty * np.eye(x.shape[-2])
        return np.asarray(np.linalg.solve(curvature, x))
