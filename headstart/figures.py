"""What figures are made of: lines of theory, simulated points, plain axes, files written whole."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from headstart.errors import InputError
from headstart.files import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NORMAL_95 = 1.96
BLUE, RED, GREY = "#1f4e79", "#c8443c", "#8a8a8a"


@dataclass(frozen=True)
class Point:
    """A simulated mean with its standard error; or a median, where the variance is infinite."""

    at: float
    height: float
    error: float

    @property
    def is_median(self) -> bool:
        return math.isinf(self.error)


def new_figure(width: float = 6.4, height: float = 4.2) -> Figure:
    """An empty figure, in inches; Matplotlib is an extra."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError("plots need matplotlib, which is not here: pip install 'headstart[plot]'") from error
    return Figure(figsize=(width, height), layout="constrained")


def draw_line(
    axes: Axes, line: Sequence[tuple[float, float | None]], *, color: str = BLUE, label: str = "theory"
) -> None:
    """A curve, with a gap where there is no number, and a grey band where it is infinite."""
    finite = [height if height is not None and math.isfinite(height) else math.nan for _, height in line]
    axes.plot([x for x, _ in line], finite, color=color, lw=1.8, label=label, zorder=2)
    infinite = [x for x, height in line if height is not None and math.isinf(height)]
    if infinite:
        step = min(b - a for (a, _), (b, _) in pairwise(line)) / 2
        spans = [[infinite[0], infinite[0]]]
        for x in infinite[1:]:
            if x - spans[-1][1] <= 2.5 * step:
                spans[-1][1] = x
            else:
                spans.append([x, x])
        for k, (low, high) in enumerate(spans):
            axes.axvspan(
                low - step,
                high + step,
                color=GREY,
                alpha=0.25,
                lw=0,
                zorder=0,
                label="infinite" if k == 0 else None,
            )


def draw_points(
    axes: Axes, points: Sequence[Point], *, color: str = RED, label: str | None = "simulation, 95% interval"
) -> None:
    """Means with their intervals, and medians, hollow."""
    means = [point for point in points if not point.is_median]
    medians = [point for point in points if point.is_median]
    if means:
        axes.errorbar(
            [p.at for p in means],
            [p.height for p in means],
            yerr=[NORMAL_95 * p.error for p in means],
            fmt="o",
            ms=4,
            color=color,
            ecolor=color,
            elinewidth=1,
            capsize=2,
            label=label,
            zorder=3,
        )
    if medians:
        axes.plot(
            [p.at for p in medians],
            [p.height for p in medians],
            "o",
            ms=5,
            mfc="white",
            mec=color,
            label=label and "median (variance infinite)",
            zorder=3,
        )


def plain(axes: Axes) -> None:
    """No frame, a faint grid, and a legend that says everything once."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25, lw=0.5)
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels[::-1], handles[::-1], strict=True))
    axes.legend([once[label] for label in dict.fromkeys(labels)], dict.fromkeys(labels), frameon=False, fontsize=9)


def save(figure: Figure, path: Path) -> None:
    """Write it whole, the same bytes for the same figure."""
    buffer = io.BytesIO()
    kept = {"CreationDate": None} if path.suffix.lower() == ".pdf" else {"Software": None}
    figure.savefig(buffer, format=path.suffix.lower().removeprefix("."), dpi=200, metadata=kept)
    write_whole(path, buffer.getvalue())
