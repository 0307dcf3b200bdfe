"""Risk on the target against both numbers of parameters: a ridge where either is as large as its sample."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headstart.figures import GREY
from headstart.instances import build
from headstart.reproduction.drawing import Drawing
from headstart.reproduction.experiment import Curve, Experiment, Panel
from headstart.reproduction.transfer import DEEP, against, task

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ABOUT = "risk against free and source parameters: a peak in either direction"
FEATURES, SAMPLES, SOURCE_SAMPLES = 60, 21, 30
COUNTS = tuple(range(3, FEATURES + 1, 3))
SHOWN_AT = COUNTS[1::3]
SHOWN = (
    "After Dar & Baraniuk (2020), and Dar, Luzi & Baraniuk (2022) for deep networks.  All coordinates that the "
    "source is learned in are transferred, but those that are free.  The error of the target peaks where its free"
    " parameters are as many as its samples, and where the source's parameters are as many as the source's "
    "samples: a double descent in either direction.  Circles are simulated means, in the colours of the theory "
    f"around them.  {DEEP}"
)


@dataclass(frozen=True)
class Surface(Panel):
    """Curves one above the other, at these heights, as a map of colours; grey where the theory is infinite."""

    levels: tuple[int, ...] = ()

    def draw(self, axes: Axes) -> None:
        """The theory as a map, simulated means as circles of the colour of their value."""
        import numpy as np

        heights = np.array([[math.nan if h is None else h for _, h in curve.line] for curve in self.curves])
        finite = np.where(np.isfinite(heights), heights, math.nan)
        across = [x for x, _ in self.curves[0].line]
        low, high = (float(np.log10(extreme(finite))) for extreme in (np.nanmin, np.nanmax))
        axes.set_facecolor(GREY)
        colours = axes.pcolormesh(
            across, self.levels, np.log10(finite), shading="nearest", rasterized=True, vmin=low, vmax=high
        )
        dots = [(p.at, y, p.height) for y, c in zip(self.levels, self.curves, strict=True) for p in c.points]
        x, y, height = zip(*dots, strict=True)
        axes.scatter(x, y, c=np.log10(height), s=28, edgecolors="white", linewidths=0.8, vmin=low, vmax=high)
        axes.figure.colorbar(colours, ax=axes, label=r"$\log_{10}\ \mathbb{E}\,R(h)$")
        axes.set_xlabel(self.across)
        axes.set_ylabel(self.up)


def experiment(drawing: Drawing) -> Experiment:
    """A row for every number of source parameters, simulated in some of them where the variance is finite."""

    from numerics.frozen import moment_is_finite

    def row(learned: int) -> Curve:
        found = against(
            f"{learned} source parameters",
            lambda free: task(FEATURES, int(free), learned, n=SAMPLES, n_source=SOURCE_SAMPLES, task_noise=0.05),
            COUNTS,
            SHOWN_AT if learned in SHOWN_AT else (),
            drawing,
        )
        finite = [k for k, fields in enumerate(found.instances) if moment_is_finite(build(fields), "risk", 2)]
        return found.kept(finite)

    across, up = r"free parameters $p_{\mathcal{F}}$", r"source parameters $p_{\mathcal{S}}$"
    surface = Surface(across, up, tuple(map(row, COUNTS)), levels=COUNTS)
    title = f"Excess risk: d = {FEATURES}, n = {SAMPLES} target samples, {SOURCE_SAMPLES} source samples"
    return Experiment("double_double_descent", title, SHOWN, (surface,))
