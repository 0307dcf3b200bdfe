"""Risk against the target sample, early layers of a deep linear network frozen or not: freezing can fail completely."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from headstart.reproduction.drawing import Drawing
from headstart.reproduction.experiment import Curve, Experiment, Panel, curve
from headstart.reproduction.transfer import UP

ABOUT = "risk against the target sample, early layers of a deep linear network frozen or trained"
FEATURES, DEPTH, SIGMA = 60, 3, 0.3
ANGLES = {"source at 20° to the target": 20.0, "source at 90° to the target": 90.0}
LINE = (3, 4, 6, *range(10, 51, 5), FEATURES - 1, FEATURES, FEATURES + 1, *range(FEATURES + 4, 2 * FEATURES + 1, 4))
"""Not too near n = d, where averages are refused, but at the threshold itself."""
POINTS = (6, 10, 15, 20, 25, 30, 40, 50, 72, 84, 96, 108, 120)
WAYS = {"all layers trained": 0, "one layer frozen": 1, "two layers frozen": 2}
SHOWN = (
    "After Shachaf, Brutzkus & Globerson (2021, section 5): freezing early layers of a deep linear network can make "
    "learning fail.  With any layer of a balanced network frozen only the direction of the source is left, h = c u, so "
    "that the risk stays above |t|^2 sin^2 of the angle between source and target however large the sample is: at 90 "
    "degrees that is all of it.  Training all layers learns the target in the end, but not on the way: its "
    "noise grows towards n = d, and around there frozen layers are better.  One and two frozen layers of three differ "
    "where the sign of the weights would have to change, which two trained layers cannot do and one can."
)


def task(n: float, *, angle: float, frozen: int) -> dict[str, Any]:
    """The fields of an instance: |t| = |u| = 1."""
    u, t = np.zeros((2, FEATURES))
    u[0] = 1.0
    t[:2] = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    t[np.abs(t) < 1e-12] = 0.0
    sizes = {"setting": "deep_linear", "n": int(n), "d": FEATURES, "sigma": SIGMA, "depth": DEPTH}
    return {**sizes, "frozen_layers": frozen, "source": u.tolist(), "target": t.tolist()}


def experiment(drawing: Drawing) -> Experiment:
    """One panel for each angle, one curve for each number of frozen layers."""

    def along(number: int, angle: float, way: str) -> Curve:
        frozen, own = WAYS[way], replace(drawing, seed=drawing.seed + number)
        key = {0: "deep_linear.risk_exact", DEPTH - 1: "deep_linear.frozen"}.get(frozen, "deep_linear.frozen_flow")
        return curve(key, way, partial(task, angle=angle, frozen=frozen), LINE, POINTS, own, law="exact")

    panels = tuple(
        Panel(f"target samples $n$ ({label})", UP, tuple(along(number, angle, way) for way in WAYS), steep=True)
        for number, (label, angle) in enumerate(ANGLES.items())
    )
    title = f"Excess risk with frozen layers: {DEPTH} layers, d = {FEATURES}, label noise {SIGMA}"
    return Experiment("frozen_layers", title, SHOWN, panels)
