"""Cells of real data in a figure, and in few numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from headstart.figures import GREY
from headstart.reproduction.experiment import COLORS, Panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from headstart.reproduction.real_data import Cell

BAND = 1.25
"""A cell is well predicted within this factor."""
MARKERS = {"n < d": "o", "n near d": "^", "n > d": "s"}
LABELS = {"n < d": "$n < d$", "n near d": "$n$ near $d$", "n > d": "$n > d$"}


@dataclass(frozen=True)
class Scattered(Panel):
    """Cells as points: measured against predicted, or their ratio against n/d; a colour a data set."""

    cells: tuple[Cell, ...] = ()
    ratios: bool = False

    def draw(self, axes: Axes) -> None:
        """Points of three shapes, and the band of a quarter more or less."""
        names = list(dict.fromkeys(cell.data for cell in self.cells))
        for color, name in zip(COLORS, names, strict=False):
            axes.plot([], [], "o", ms=6, color=color, label=name.replace("_", " "))
            for regime, marker in MARKERS.items():
                self._points(axes, [c for c in self.cells if c.data == name and c.regime == regime], color, marker)
        axes.set_xscale("log")
        axes.set_yscale("log")
        self._band(axes)
        if self.ratios:
            for axis, ticks in ((axes.xaxis, (0.2, 0.3, 0.5, 1, 2, 3)), (axes.yaxis, (0.5, 0.7, 1, 1.4, 2))):
                axis.set_ticks(ticks, [f"{tick:g}" for tick in ticks])
                axis.set_minor_formatter("")
        for regime, marker in MARKERS.items():
            axes.plot([], [], marker, ms=6, mfc="none", color="black", label=LABELS[regime])
        axes.set_xlabel(self.across)
        axes.set_ylabel(self.up)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25, lw=0.5)
        if not self.ratios:
            axes.legend(frameon=False, fontsize=9, loc="upper left")

    def _points(self, axes: Axes, cells: Sequence[Cell], color: str, marker: str) -> None:
        at = [cell.n / cell.d if self.ratios else cell.predicted for cell in cells]
        up = [cell.ratio if self.ratios else cell.measured for cell in cells]
        errors = [1.96 * cell.error / (cell.predicted if self.ratios else 1.0) for cell in cells]
        axes.errorbar(at, up, errors, fmt=marker, ms=5, color=color, alpha=0.7, mec="white", mew=0.5, elinewidth=0.7)

    def _band(self, axes: Axes) -> None:
        low, high = axes.get_xlim()
        ends = np.array([low, high])
        line = np.ones(2) if self.ratios else ends
        axes.fill_between(ends, line / BAND, line * BAND, color=GREY, alpha=0.2, lw=0, label="within 25%", zorder=0)
        axes.plot(ends, line, color=GREY, lw=1, zorder=1)
        axes.set_xlim(low, high)


def summary(cells: Sequence[Cell]) -> tuple[str, ...]:
    """How far off predictions are by data set and regime; how often intervals hold, and the best source is found."""
    off = "relative error, median (worst)"
    lines = [f"{len(cells)} cells: {off}; measured within 25% of the prediction; within its 95% interval:"]
    lines.append(_line("all", cells))
    for regime in MARKERS:
        lines.append(_line(regime, [c for c in cells if c.regime == regime]))
        for name in dict.fromkeys(c.data for c in cells):
            lines.append(_line(f"  {name}", [c for c in cells if c.regime == regime and c.data == name]))
    right, count, lost = chosen(cells)
    lines.append(
        f"Of {count} targets and sizes n < d the source with the least predicted risk had the least measured risk in "
        f"{right}; the risk was at most {100 * lost:.0f}% above the least."
    )
    return tuple(lines)


def _line(name: str, cells: Sequence[Cell]) -> str:
    if not cells:
        return f"  {name:18}none"
    errors = [abs(c.ratio - 1) for c in cells]
    within = np.mean([1 / BAND <= c.ratio <= BAND for c in cells])
    held = np.mean([c.low <= c.measured <= c.high for c in cells])
    off = f"{100 * np.median(errors):.0f}% ({100 * max(errors):.0f}%)"
    return f"  {name:18}{len(cells):4} cells  {off:>14}  {100 * within:4.0f}%  {100 * held:4.0f}%"


def chosen(cells: Sequence[Cell]) -> tuple[int, int, float]:
    """How often the predicted best source is the measured best, of how many, and the most that is lost by taking it."""
    groups: dict[tuple[str, str, int], list[Cell]] = {}
    for cell in cells:
        if cell.n < cell.d:
            groups.setdefault((cell.data, cell.target, cell.n), []).append(cell)
    taken = {key: min(group, key=lambda c: c.predicted) for key, group in groups.items()}
    losses = [taken[key].measured / min(c.measured for c in group) - 1 for key, group in groups.items()]
    return sum(loss == 0 for loss in losses), len(groups), max(losses)
