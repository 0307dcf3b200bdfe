"""Fixed letters and numbers for checking the steps of this setting's derivations."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

NUMBERS = {"cosine": 0.9, "degree": 4, "duration": 2.5, "width": 64}
"""An even degree, and a cosine at which both parts of the kernel count and Cauchy-Schwarz loses little."""


def labels(n: int) -> Float[np.ndarray, "n 1"]:
    """Labels that are given."""
    return np.asarray(np.cos(1.0 + np.arange(n))[:, None])


def inputs(first: Float[np.ndarray, " d"], second: Float[np.ndarray, " d"]) -> dict[str, Float[np.ndarray, "d 1"]]:
    """Two inputs of length one at the angle of NUMBERS, in the plane of two vectors, along the first of them."""
    axes = np.linalg.qr(np.stack([first, second], axis=1))[0]
    cosine = NUMBERS["cosine"]
    turned = cosine * axes[:, 0] + np.sqrt(1 - cosine**2) * axes[:, 1]
    return {"x1": axes[:, :1], "x2": turned[:, None], "p": turned[:, None]}
