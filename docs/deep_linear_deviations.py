"""Draw docs/deep_linear_deviations.png: how far training ends from the balanced gradient flow.

    python docs/deep_linear_deviations.py

Twenty Gaussian problems, n = 10 samples in d = 20 coordinates, source and target independent and of the same
length; every curve is the median over the problems of |h - theory| / |theory|.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes

from numerics.deep_linear.deviations import imbalance_deviations, step_deviations
from numerics.streams import stream

N, D, PROBLEMS = 10, 20, 20
DEPTHS = {2: "#7fb2d9", 3: "#3a80b8", 5: "#123c63"}
DELTAS = np.geomspace(1e-3, 1.0, 13)
FRACTIONS = np.geomspace(1e-2, 1.0, 9)
INK, FAINT = "#333333", "#999999"


def problem(number: int) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, " n"], Float[np.ndarray, " d"]]:
    """X, y and u of one problem: y = X t + noise of standard deviation |t|/10, |u| = |t| = 1."""
    rng = stream(2, number)
    t, u = (v / np.linalg.norm(v) for v in rng.standard_normal((2, D)))
    x = rng.standard_normal((N, D))
    return x, x @ t + 0.1 * rng.standard_normal(N), u


def reference(axes: Axes, sizes: Float[np.ndarray, " k"], level: float, text: str) -> None:
    """A dashed line of slope 1 from (sizes[0], level), named at its middle."""
    axes.loglog(sizes, level * sizes / sizes[0], "--", color=FAINT, linewidth=1.5, zorder=1)
    middle = np.sqrt(sizes[0] * sizes[-1])
    axes.annotate(
        text,
        (middle, level * middle / sizes[0]),
        xytext=(8, -10),
        textcoords="offset points",
        color="#666666",
        fontsize=12,
        va="top",
    )


def dress(axes: Axes, title: str, label: str) -> None:
    """Title, label and quiet axes."""
    axes.set_title(title, fontsize=15, loc="left", color=INK)
    axes.set_xlabel(label, fontsize=13, color=INK)
    axes.tick_params(labelsize=12, colors=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.minorticks_off()


def main() -> None:
    """Measure and draw."""
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(12, 5.5), layout="constrained", sharey=True, width_ratios=[3, 2]
    )
    for depth in DEPTHS:
        uneven = np.median([imbalance_deviations(*problem(k), depth, DELTAS)[1] for k in range(PROBLEMS)], axis=0)
        coarse = np.median([step_deviations(*problem(k), depth, FRACTIONS)[1] for k in range(PROBLEMS)], axis=0)
        for axes, sizes, distances in ((left, DELTAS, uneven), (right, FRACTIONS, coarse)):
            axes.loglog(
                sizes, distances, "o-", color=DEPTHS[depth], linewidth=2.2, markersize=5, label=f"depth {depth}"
            )
    reference(left, np.array([3e-3, 0.3]), 1.5e-4, "slope 1")
    reference(right, np.array([2e-2, 0.7]), 6e-5, "slope 1")
    left.text(0.45, 0.3, "here some runs change sign\noutside the row space", ha="right", fontsize=12, color="#666666")
    left.legend(frameon=False, fontsize=13, labelcolor="linecolor", loc="upper left")
    dress(left, "Gradient flow, unbalanced start", "imbalance δ:  layers × exp(+δ), exp(−δ), …")
    dress(right, "Gradient descent, balanced start", "step size / stable step")
    left.set_ylabel("relative distance from the theory", fontsize=13, color=INK)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=150)


if __name__ == "__main__":
    main()
