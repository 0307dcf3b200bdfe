"""A source task, and a target task beside it, in d features and n = d/10 samples, isotropic and without label noise."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

FEATURES, SAMPLES = 100, 10
NOISE = 0.5
"""Length of what is added to the source weights, which have length 1, to make the target's."""


def pair(seed: int) -> tuple[Float[np.ndarray, " d"], Float[np.ndarray, " d"]]:
    """u, a random direction, and u + noise, the noise across u so that the angle is the same for every seed."""
    rng = np.random.default_rng(seed)
    u, noise = rng.standard_normal((2, FEATURES))
    u /= np.linalg.norm(u)
    noise -= (noise @ u) * u
    return u, u + NOISE * noise / np.linalg.norm(noise)


def task(depth: int | str, source: Float[np.ndarray, " d"], target: Float[np.ndarray, " d"]) -> dict[str, Any]:
    """The fields of an instance."""
    vectors = {"source": source.tolist(), "target": target.tolist()}
    return {"setting": "deep_linear", "n": SAMPLES, "d": FEATURES, "sigma": 0.0, "depth": depth, **vectors}
