"""An experiment: curves of theory and points of simulation in panels, and what they say."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from headstart import api
from headstart.errors import InputError
from headstart.figures import BLUE, RED, Point, draw_line, draw_points, new_figure, plain, save
from headstart.files import target, write_whole
from headstart.instances import build, fields_of
from headstart.reproduction.drawing import Drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLORS = (BLUE, RED, "#3a7d44", "#8e5ea2")
Fields: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Curve:
    """A line of theory, and simulated points, all at the places of one instance after another."""

    label: str
    line: tuple[tuple[float, float | None], ...]
    points: tuple[Point, ...]
    expected: tuple[float, ...]
    """The theory at the points."""
    key: str
    instances: tuple[Fields, ...]
    """The result that is the theory, and the fields of the instances at the points."""
    arguments: tuple[tuple[str, float], ...] = ()
    """What else the result is asked at, such as a confidence."""

    def kept(self, numbers: Sequence[int]) -> Curve:
        """The same with some of its points only."""
        return replace(
            self,
            points=tuple(self.points[k] for k in numbers if self.points),
            expected=tuple(self.expected[k] for k in numbers if self.points),
            instances=tuple(self.instances[k] for k in numbers),
        )


@dataclass(frozen=True)
class Panel:
    """Curves over one axis; `ticks` name some places on it, and `steep` puts heights alone on a logarithmic scale.

    `hue` is the number of the first colour, so that a curve has that of another panel; `repeats`: its points are those
    of another panel, elsewhere.
    """

    across: str
    up: str
    curves: tuple[Curve, ...]
    logarithmic: bool = False
    ticks: tuple[tuple[float, str], ...] = ()
    steep: bool = False
    hue: int = 0
    repeats: bool = False

    def draw(self, axes: Axes) -> None:
        """Lines through points."""
        for color, curve in zip(COLORS[self.hue :], self.curves, strict=False):
            draw_line(axes, curve.line, color=color, label=curve.label)
            draw_points(axes, curve.points, color=color, label=None)
        if self.logarithmic:
            axes.set_xscale("log")
        if self.logarithmic or self.steep:
            axes.set_yscale("log")
        if self.ticks:
            axes.set_xticks([at for at, _ in self.ticks], [name for _, name in self.ticks])
        axes.set_xlabel(self.across)
        axes.set_ylabel(self.up)
        axes.plot([], [], "o", ms=4, color="black", label="simulation, 95% interval")
        if any(point.is_median for curve in self.curves for point in curve.points):
            axes.plot([], [], "o", ms=5, mfc="white", mec="black", label="median (variance infinite)")
        plain(axes)


@dataclass(frozen=True)
class Experiment:
    """What was computed and drawn; `shown` says what the paper claims and what there is to see, `found` what was found.

    Where the variance is infinite a median stands in the place of a mean, and is not compared.
    """

    name: str
    title: str
    shown: str
    panels: tuple[Panel, ...]
    found: tuple[str, ...] = ()
    numbers: tuple[tuple[str | float, ...], ...] = ()
    """The table, its heads first, where it is not that of the curves."""
    compared: str = ""
    """What `headstart verify` compares, where it is not the means with the theory."""

    @property
    def worst(self) -> tuple[float, int]:
        """The largest distance of a simulated mean from the theory, in standard errors, and among how many."""
        curves = [curve for panel in self.panels if not panel.repeats for curve in panel.curves]
        pairs = [(p, e) for c in curves for p, e in zip(c.points, c.expected, strict=True) if not p.is_median]
        return max(abs(p.height - e) / p.error for p, e in pairs), len(pairs)

    @property
    def finding(self) -> str:
        """What was found, how well theory and simulation agree, and the claim that they do."""
        claimed = f"`headstart verify reproduction.{self.name}`"
        return "\n".join((*self.found, f"{self.compared or self._agreement} is what {claimed} checks."))

    @property
    def _agreement(self) -> str:
        worst, count = self.worst
        return (
            f"Of {count} simulated means the one farthest from the theory is {worst:.1f} standard errors away; "
            "that they agree"
        )

    def table(self) -> str:
        """The points as CSV: where, the theory, the simulated mean and its standard error."""
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        if self.numbers:
            rows.writerows(self.numbers)
            return text.getvalue()
        rows.writerow(["axis", "curve", "at", "theory", "simulated", "standard_error"])
        for panel in self.panels:
            for curve in panel.curves:
                for p, e in zip(curve.points, curve.expected, strict=True):
                    rows.writerow([panel.across, curve.label, p.at, e, p.height, p.error])
        return text.getvalue()

    def figure(self) -> Figure:
        """All panels beside each other."""
        many = len(self.panels) > 2
        figure = new_figure((3.6 if many else 5.2) * len(self.panels) + 1, 4.2)
        for axes, panel in zip(figure.subplots(1, len(self.panels), squeeze=False)[0], self.panels, strict=True):
            panel.draw(axes)
        figure.suptitle(self.title, fontsize=11 if many else 10)
        return figure

    def write(self, folder: str | Path) -> tuple[Path, ...]:
        """NAME.png, NAME.pdf, NAME.csv and NAME.txt.  Raises `InputError` for a folder that cannot be written to."""
        if not Path(folder).is_dir():
            raise InputError(f"{folder} is no directory: make it first, or name another with --out")
        paths = [target(Path(folder) / f"{self.name}{ending}") for ending in (".png", ".pdf", ".csv", ".txt")]
        figure = self.figure()
        for path in paths[:2]:
            save(figure, path)
        write_whole(paths[2], self.table())
        write_whole(paths[3], f"{self.title}\n\n{self.shown}\n\n{self.finding}\n")
        return tuple(paths)


def curve(
    key: str,
    label: str,
    fields: Callable[[float], Fields],
    line: Sequence[float],
    points: Sequence[float],
    drawing: Drawing,
    *,
    per: Callable[[float], float] = lambda _: 1.0,
    law: str = "closed",
) -> Curve:
    """The result `key` at the instances fields(x), as a line and at simulated points; in units of per(x).

    Every point has a seed of its own, made of the drawing's, the label and its number, so that they are independent.
    """
    instances = tuple(fields(x) for x in points)
    if not drawing.trials:
        return Curve(label, (), (), (), key, instances)
    result = api.result(key)

    def height(x: float) -> float:
        value = result.at(**fields_of(build(fields(x)))).value
        assert isinstance(value, int | float), f"{key} is no number"
        return value / per(x)

    def point(number: int, x: float) -> Point:
        own = seed_of(drawing.seed, label, number)
        found = drawing.point(build(instances[number]), x, seed=own, label=f"{label}, {x:g}", law=law)
        return replace(found, height=found.height / per(x), error=found.error / per(x))

    heights = {x: height(x) for x in {*line, *points}}
    return Curve(
        label,
        tuple((x, heights[x]) for x in line),
        tuple(point(number, x) for number, x in enumerate(points)),
        tuple(heights[x] for x in points),
        key,
        instances,
    )


def seed_of(seed: int, label: str, number: int) -> int:
    """The seed of a numbered point of what has a label."""
    return int(np.random.SeedSequence((seed, zlib.crc32(label.encode()), number)).generate_state(1)[0])
