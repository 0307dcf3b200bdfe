"""Panels of fine-tuned ReLU networks: circles are kernel regressions, hollow squares networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headstart.figures import GREY, NORMAL_95, Point, draw_line, draw_points, plain
from headstart.reproduction.experiment import COLORS, Panel
from headstart.reproduction.relu_cells import Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Risks(Panel):
    """Lines through circles, squares beside them; `legend` says whether these are told apart."""

    networks: tuple[tuple[Point, ...], ...] = ()
    legend: bool = False

    def draw(self, axes: Axes) -> None:
        """In the colours of the curves."""
        for color, curve, trained in zip(COLORS[self.hue :], self.curves, self.networks, strict=False):
            draw_line(axes, curve.line, color=color, label=curve.label)
            draw_points(axes, curve.points, color=color, label=None)
            squares(axes, trained, color)
        if self.legend:
            kinds(axes)
        scaled(axes, self.across, self.up, [x for x, _ in self.ticks], [name for _, name in self.ticks])


@dataclass(frozen=True)
class Errors(Panel):
    """Mean absolute errors against |t - u|/sqrt(n): a bound of that alone, and what is below it."""

    series: tuple[Series, ...] = ()

    def draw(self, axes: Axes) -> None:
        """One line for the bound, a colour for each series."""
        cells = [cell for one in self.series for cell in one.cells]
        ends = {cell.place.ratio: cell.bound for cell in cells}
        draw_line(axes, sorted(ends.items()), color=GREY, label="relu.bound, confidence 95%")
        for color, one in zip(COLORS, self.series, strict=False):
            draw_line(axes, [(c.place.ratio, c.likely) for c in one.cells], color=color, label=one.risks.label)
            draw_points(axes, [c.error for c in one.cells], color=color, label=None)
            squares(axes, [c.network_error for c in one.cells], color)
        ticks = (0.02, 0.05, 0.1, 0.2, 0.3)
        scaled(axes, self.across, self.up, ticks, [f"{x:g}" for x in ticks])


def squares(axes: Axes, points: Sequence[Point], color: str) -> None:
    """Networks, with their intervals, if there are any."""
    if not points:
        return
    at, heights, errors = zip(*((p.at, p.height, NORMAL_95 * p.error) for p in points), strict=True)
    axes.errorbar(at, heights, errors, fmt="s", ms=7, mfc="none", color=color, elinewidth=1, capsize=2, zorder=2.5)


def kinds(axes: Axes) -> None:
    """What circles and squares are."""
    axes.plot([], [], "o", ms=4, color="black", label="kernel regression, 95% interval")
    axes.plot([], [], "s", ms=7, mfc="none", color="black", label="networks, 95% interval")


def scaled(axes: Axes, across: str, up: str, ticks: Sequence[float], names: Sequence[str]) -> None:
    """Logarithmic both ways, with places named on the axis."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(ticks, names)
    axes.xaxis.set_minor_formatter("")
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    plain(axes)
