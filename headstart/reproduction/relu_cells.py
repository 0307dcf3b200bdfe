"""Fine-tuned ReLU networks place by place: kernel regression and networks, their risk and mean absolute error."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from headstart import api
from headstart.figures import Point
from headstart.instances import build
from headstart.networks import CONFIDENCE, likely, limit
from headstart.reproduction.drawing import Drawing
from headstart.reproduction.experiment import Curve, Fields, curve, seed_of

if TYPE_CHECKING:
    from numerics.estimate import Estimate

KEY = "relu.risk_equivalent"
FEATURES, WIDTH = 40, 512
FEWER = 20
"""Networks are trained one by one: so many times fewer than kernel regressions."""
BOUNDED = (("confidence", CONFIDENCE),)
HEADS = (
    *("axis", "curve", "at", "n", "distance", "theory", "simulated", "standard_error", "network"),
    *("network_standard_error", "absolute", "absolute_standard_error", "absolute_quantile_95"),
    *("network_absolute", "network_absolute_standard_error", "bound_95"),
)


@dataclass(frozen=True)
class Place:
    """So many samples, and a source at that distance of the target, across it; None starts from zero."""

    n: int
    distance: float | None

    def task(self, width: int | None = None) -> Fields:
        """The fields of an instance; the target has length one."""
        target, source = ([0.0] * FEATURES for _ in range(2))
        target[0] = 1.0
        if self.distance is not None:
            source[:2] = 1.0, self.distance
        fields = {"setting": "relu", "n": self.n, "d": FEATURES, "sigma": 0.0, "target": target, "source": source}
        return fields if width is None else {**fields, "width": width}

    @property
    def gap(self) -> float:
        """|t - u|."""
        return 1.0 if self.distance is None else self.distance

    @property
    def ratio(self) -> float:
        """|t - u|/sqrt(n)."""
        return self.gap / math.sqrt(self.n)


@dataclass(frozen=True)
class Cell:
    """A place: the risk of networks, the mean absolute error of kernel regression, with the quantile at `CONFIDENCE`,
    and of networks; and what theory says of that error, in high dimension and as a bound."""

    place: Place
    network: Point
    error: Point
    quantile: float
    network_error: Point
    likely: float
    bound: float

    @property
    def numbers(self) -> tuple[float, ...]:
        """The last of a row of `HEADS`."""
        points = self.network, self.error, self.network_error
        risk, error, network_error = ((point.height, point.error) for point in points)
        return (*risk, *error, self.quantile, *network_error, self.bound)


@dataclass(frozen=True)
class Series:
    """Risks of kernel regression, simulated and in theory, and the cells at the same points."""

    risks: Curve
    cells: tuple[Cell, ...]

    @property
    def bounds(self) -> Curve:
        """The bound at these places: nothing is drawn or compared but by `headstart verify`."""
        return Curve(self.risks.label, (), (), (), "relu.bound", self.risks.instances, BOUNDED)

    def rows(self, axis: str) -> list[tuple[str | float, ...]]:
        """The numbers, in the order of `HEADS`."""
        pairs = zip(self.risks.points, self.risks.expected, self.cells, strict=True)
        return [
            (axis, self.risks.label, p.at, c.place.n, c.place.gap, e, p.height, p.error, *c.numbers)
            for p, e, c in pairs
        ]


def series(
    label: str, at: Callable[[float], Place], line: Sequence[float], points: Sequence[float], drawing: Drawing
) -> Series:
    """Everything at the places of the points, and the theory along the line."""
    risks = curve(KEY, label, lambda x: at(x).task(), line, points, drawing, law="kernel")
    numbered = enumerate(points) if drawing.trials else ()
    return Series(risks, tuple(_cell(f"{label}, {x:g}", at(x), drawing, number) for number, x in numbered))


def _cell(label: str, place: Place, drawing: Drawing, number: int) -> Cell:
    fewer = replace(drawing, trials=max(2, drawing.trials // FEWER))
    seed = seed_of(drawing.seed, label, number)
    wide, narrow = build(place.task()), build(place.task(WIDTH))
    absolute = partial(api.simulate, quantity="absolute_risk")
    error = drawing.mean(partial(absolute, wide, quantiles=(CONFIDENCE,)), seed=seed, label=f"{label}, error")
    (quantile,) = error.quantiles.values()
    learned = fewer.mean(partial(absolute, narrow), seed=seed, label=f"{label}, error of networks")
    return Cell(
        place,
        fewer.point(narrow, place.ratio, seed=seed, label=f"{label}, networks"),
        _point(place, error),
        quantile,
        _point(place, learned),
        likely(place.task()),
        limit(place.task()),
    )


def _point(place: Place, found: Estimate) -> Point:
    return Point(place.ratio, found.estimate, found.standard_error)
