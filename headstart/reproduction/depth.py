"""Risk against depth: the target is the source rescaled, with noise added, and n = d/10."""

from __future__ import annotations

from dataclasses import replace

from headstart.reproduction.drawing import Drawing
from headstart.reproduction.experiment import Curve, Experiment, Panel, curve
from headstart.reproduction.tasks import FEATURES, SAMPLES, pair, task

ABOUT = "risk against depth, the target a rescaled and noised copy of the source"
SCALES = (0.5, 1.0, 2.0)
DEPTHS = tuple(range(1, 11))
INFINITE = 12
"""Where infinitely many layers are drawn."""
SHOWN = (
    "After Shachaf, Brutzkus & Globerson (2021, section 5).  Depth stretches the source weights off the row span, by c "
    "between 1 (one layer) and |target|/|source| (infinitely many).  So where the target is a longer or shorter copy "
    "of the source every layer helps, and where their lengths agree already, none does; with infinitely many layers "
    "the length of the source does not matter any more, and the three curves end at one risk."
)


def experiment(drawing: Drawing) -> Experiment:
    """One curve for each scale of the target; risks in units of the target's squared length."""
    u, t = pair(drawing.seed)
    places = (*DEPTHS, INFINITE)

    def against_depth(scale: float) -> Curve:
        found = curve(
            "deep_linear.risk_exact",
            f"target = {scale:g} (source + noise)",
            lambda depth: task("inf" if depth == INFINITE else int(depth), u, scale * t),
            places,
            places,
            drawing,
            per=lambda _: scale**2 * float(t @ t),
        )
        dash = [(x, height) for _, height in found.line[-1:] for x in (INFINITE - 0.4, INFINITE + 0.4)]
        return replace(found, line=(*found.line[:-1], (INFINITE - 1.0, None), *dash))

    curves = tuple(against_depth(scale) for scale in SCALES)
    ticks = (*((float(depth), str(depth)) for depth in DEPTHS), (float(INFINITE), "∞"))
    panel = Panel("depth $L$", r"$\mathbb{E}\,R(h)\,/\,\|\theta_T\|^2$", curves, ticks=ticks)
    return Experiment("depth", f"Excess risk against depth, n = {SAMPLES}, d = {FEATURES}", SHOWN, (panel,))
