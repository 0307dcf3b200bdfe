"""The average of source and fine-tuned weights: an instance, and its simulation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from numerics.instance import InstanceError, nonnegative_number
from numerics.linear.literal import pseudo_inverse, times
from numerics.spectral import COLUMNS, LAWS, Spectral, batch, batch_size, draws, moment_is_finite, simulate
from numerics.spectral.model import Designs, Labels, Weights

__all__ = [
    "COLUMNS",
    "LAWS",
    "InstanceError",
    "WeightAverage",
    "batch",
    "batch_size",
    "draws",
    "moment_is_finite",
    "simulate",
]
NOTHING = 1e-12
"""An eigenvalue below this share of the largest is 0."""


@dataclass(frozen=True, eq=False, kw_only=True)
class WeightAverage(Spectral):
    """mix source + (1 - mix) h, with h the limit of gradient descent from the source (setting linear).

    Data and fields as in `numerics.linear.Linear`, the source given; 0 <= `mix` < 1.  Raises `InstanceError`, one line,
    on anything else.

    >>> WeightAverage.from_fields({"n": 1, "d": 1, "sigma": 0, "source": [0], "target": [1], "mix": 0.5}).mix
    0.5
    """

    mix: float
    setting = "weight_average"
    own = ("mix",)

    def __post_init__(self) -> None:
        """Check the share of the source too."""
        super().__post_init__()
        share = nonnegative_number("mix", self.mix)
        if share >= 1:
            raise InstanceError(f"mix={share}: needs a share below 1; at 1 nothing is learned.")
        object.__setattr__(self, "mix", share)

    @property
    def bounded(self) -> bool:
        """As in linear fine-tuning: near n = d the noise has heavy tails."""
        return False

    def fitted(self, x: Designs, y: Labels, start: Weights) -> Float[np.ndarray, "trials d"]:
        """Fine-tuning to the end, then the average of both ends."""
        rank = min(x.shape[-2], int(np.count_nonzero(self.linear.covariance)))
        trained = start + times(pseudo_inverse(x, rank), y - (x @ start[..., None])[..., 0])
        return np.asarray(self.mix * start + (1 - self.mix) * trained)

    def response(self, x: Float[np.ndarray, "trials m"]) -> Float[np.ndarray, "trials m"]:
        """(1 - mix)/x, and 0 at 0."""
        seen = x > NOTHING * np.max(x, axis=-1, keepdims=True)
        return np.where(seen, (1 - self.mix) / np.where(seen, x, 1.0), 0.0)
