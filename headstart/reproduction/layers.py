"""Risk against the number of layers that are kept: a deep linear network with bottlenecks and several outputs."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from headstart.reproduction.drawing import Drawing
from headstart.reproduction.experiment import Curve, Experiment, Panel, curve
from headstart.reproduction.transfer import MANY, UP

ABOUT = "risk against the number of layers kept, in a deep linear network with bottlenecks"
WIDTHS = (40, 32, 24, 16, 8, 3)
"""Features of x, units of the hidden layers, outputs."""
SAMPLES = (60, 600, 20_000)
SIGMA, OFF, FADING = 0.5, 0.5, 0.85
"""Label noise; the part of the target's weights that lies off those of the source, in length; and how it fades."""
KEPT = tuple(range(len(WIDTHS) - 1))
SHOWN = (
    "After Dar, Luzi & Baraniuk (2022): how many of the first layers are best frozen depends on the target sample.  "
    "In a deep linear network they are features that no longer move, and what is retrained behind them ends at "
    "least squares on these (frozen.probe); k = 0 is full fine-tuning.  Every layer that is kept leaves fewer weights "
    "to learn and misses more of the target, so that the larger the sample is, the fewer layers are best kept.  Where "
    "the linear model stops: a deep network that is fine-tuned in full starts at its pretrained features and stays "
    "near them, which least squares with more samples than features forgets; there freezing is one regulariser among "
    "several."
)


@cache
def network() -> tuple[list[list[list[float]]], list[list[float]]]:
    """Layers that hand on the source's outputs, and forget of other directions the later ones first; targets off the
    source, mostly in directions that are forgotten last."""
    rng = np.random.default_rng(1)
    d, q = WIDTHS[0], WIDTHS[-1]
    axes = np.linalg.qr(rng.standard_normal((d, d)))[0]
    turns = [axes, *(np.linalg.qr(rng.standard_normal((width, width)))[0] for width in WIDTHS[1:])]
    layers = [(turn @ np.eye(len(turn), len(before)) @ before.T).tolist() for before, turn in pairwise(turns)]
    off = axes[:, q:] @ (FADING ** np.arange(d - q)[:, None] * rng.standard_normal((d - q, q)))
    return layers, (axes[:, :q] + OFF * off / np.linalg.norm(off, axis=0)).tolist()


def probe(kept: int, samples: int) -> dict[str, Any]:
    """The fields of an instance."""
    layers, targets = network()
    sizes = {"n": samples, "d": WIDTHS[0], "sigma": SIGMA}
    return {"setting": "probe", **sizes, "targets": targets, "layers": layers, "frozen_layers": kept}


def experiment(drawing: Drawing) -> Experiment:
    """One curve for each sample size."""

    def sampled(n: int) -> Curve:
        def fields(kept: float) -> dict[str, Any]:
            return probe(int(kept), n)

        return curve("frozen.probe", f"$n$ = {n}", fields, KEPT, KEPT, drawing.times(MANY), law="exact")

    ticks = tuple((k, f"{k}\n({width})") for k, width in zip(KEPT, WIDTHS, strict=False))
    across, title = "layers kept $k$ (features that are left)", "Excess risk against the layers kept: widths "
    panel = Panel(across, UP, tuple(map(sampled, SAMPLES)), steep=True, ticks=ticks)
    return Experiment("layers", title + "-".join(map(str, WIDTHS)), SHOWN, (panel,))
