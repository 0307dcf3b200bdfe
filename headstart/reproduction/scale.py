"""Risk against the scale of the source weights and of the target weights, seven layers; one layer for comparison."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from headstart.reproduction.drawing import Drawing
from headstart.reproduction.experiment import Curve, Experiment, Panel, curve
from headstart.reproduction.tasks import FEATURES, SAMPLES, pair, task

ABOUT = "risk against the scale of the source and of the target, seven layers"
DEPTHS = (1, 7)
LINE = tuple(float(x) for x in np.geomspace(0.1, 10, 25))
POINTS = LINE[::3]
SHOWN = (
    "After Shachaf, Brutzkus & Globerson (2021, section 5).  One layer keeps the source weights off the row span as "
    "long as they are; seven layers stretch them towards the length of the target, so that the risk depends less on "
    "both scales.  At n = d/10 seven layers are still on the way: only infinitely many forget the length of the source."
)


def experiment(drawing: Drawing) -> Experiment:
    """One panel for either scale; risks in units of the target's squared length."""
    u, t = pair(drawing.seed)
    length = float(t @ t)

    def of_the_source(depth: int) -> Curve:
        return along(f"$L = {depth}$", lambda x: task(depth, x * u, t), lambda _: length)

    def of_the_target(depth: int) -> Curve:
        return along(f"$L = {depth}$", lambda x: task(depth, u, x * t), lambda x: x**2 * length)

    def along(label: str, fields: Callable[[float], dict[str, Any]], per: Callable[[float], float]) -> Curve:
        return curve("deep_linear.risk_exact", label, fields, LINE, POINTS, drawing, per=per)

    up = r"$\mathbb{E}\,R(h)\,/\,\|\theta_T\|^2$"
    panels = (
        Panel(r"scale of the source, $\|\theta_S\|$", up, tuple(map(of_the_source, DEPTHS)), logarithmic=True),
        Panel(
            r"scale of the target, $\|\theta_T\|/\|\theta_T^{(1)}\|$",
            up,
            tuple(map(of_the_target, DEPTHS)),
            logarithmic=True,
        ),
    )
    title = f"Excess risk against the scale of the weights, n = {SAMPLES}, d = {FEATURES}"
    return Experiment("scale", title, SHOWN, panels)
