"""Training that stops early: gradient flow for a time, or descent for some steps; an instance, its simulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.linalg import expm

from numerics.instance import InstanceError, positive_integer, present_keys
from numerics.ridge import positive_number
from numerics.spectral import COLUMNS, LAWS, Spectral, batch, batch_size, draws, moment_is_finite, simulate
from numerics.spectral.model import Designs, Labels, Weights

__all__ = [
    "COLUMNS",
    "LAWS",
    "EarlyStopping",
    "InstanceError",
    "batch",
    "batch_size",
    "draws",
    "moment_is_finite",
    "simulate",
]
MOST = 10_000
"""Steps of descent, which the literal simulator takes one by one."""


@dataclass(frozen=True, eq=False, kw_only=True)
class EarlyStopping(Spectral):
    """Fine-tuning on |y - X h|^2/(2n) from `source`, by gradient flow for `time`, or by `steps` of size `step_size`.

    Data and fields as in `numerics.linear.Linear`, the source given; either `time` > 0, or an integer `steps` >= 1 and
    `step_size` > 0.  Raises `InstanceError`, one line, on anything else.

    >>> fields = {"n": 1, "d": 1, "sigma": 0, "source": [0], "target": [1]}
    >>> EarlyStopping.from_fields({**fields, "steps": 3, "step_size": 0.1}).time is None
    True
    """

    time: float | None = None
    steps: int | None = None
    step_size: float | None = None
    setting = "early_stopping"
    own = ("time", "steps", "step_size")

    def __post_init__(self) -> None:
        """Check how long it trains: one way of it."""
        super().__post_init__()
        if self.time is not None:
            if self.steps is not None or self.step_size is not None:
                raise InstanceError(
                    "time and steps are both given: keep time (flow), or steps and step_size (descent)."
                )
            object.__setattr__(self, "time", positive_number("time", self.time))
            return
        if self.steps is None or self.step_size is None:
            raise InstanceError("how long to train is missing: give time, or steps and step_size.")
        object.__setattr__(self, "steps", positive_integer("steps", self.steps))
        object.__setattr__(self, "step_size", positive_number("step_size", self.step_size))
        if self.steps > MOST:
            raise InstanceError(f"steps={self.steps}: needs at most {MOST}; give time = steps x step_size instead.")

    @classmethod
    def completed(cls, own: dict[str, Any]) -> dict[str, Any]:
        """One way to say how long."""
        if "time" not in own:
            present_keys(own, ("steps", "step_size") if own else ("time",))
        return own

    def fitted(self, x: Designs, y: Labels, start: Weights) -> Float[np.ndarray, "trials d"]:
        """The solution of h' = X'(y - X h)/n, h and a constant 1 together, by the matrix exponential; or the steps."""
        turned, n = np.swapaxes(x, -1, -2), x.shape[-2]
        if self.time is None:
            h = np.broadcast_to(start, (len(x), x.shape[-1])).copy()
            for _ in range(self.steps or 0):
                h += (self.step_size or 0.0) * (turned @ (y - (x @ h[..., None])[..., 0])[..., None])[..., 0] / n
            return h
        d = x.shape[-1]
        field = np.zeros((len(x), d + 1, d + 1))
        field[:, :d, :d] = -turned @ x / n
        field[:, :d, d] = (turned @ y[..., None])[..., 0] / n
        flow = expm(self.time * field)
        return np.asarray((flow[:, :d, :d] @ start[..., None])[..., 0] + flow[:, :d, d])

    def response(self, x: Float[np.ndarray, "trials m"]) -> Float[np.ndarray, "trials m"]:
        """(1 - e^(-time x))/x, or (1 - (1 - step_size x)^steps)/x; at 0 their limits."""
        above = np.where(x > 0, x, 1.0)
        if self.time is not None:
            return np.where(x > 0, -np.expm1(-self.time * above) / above, self.time)
        steps, size = self.steps or 0, self.step_size or 0.0
        return np.where(x > 0, (1 - (1 - size * above) ** steps) / above, steps * size)
