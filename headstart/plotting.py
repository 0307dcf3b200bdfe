"""A formula as a line through simulated points.

Where the formula is infinite the line has a gap and the place is marked.  Where the simulated quantity has
infinite variance a mean and its interval say nothing: the median is drawn instead, hollow, and it is said.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headstart import api
from headstart.errors import InputError, is_bad_input
from headstart.figures import Point, draw_line, draw_points, new_figure, plain, save
from headstart.files import target
from headstart.instances import build, fields_of, simulator

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from theory.result import Result

SUFFIXES = (".png", ".pdf")
SIMULATED = {
    "deep_linear.frozen": "risk",
    "deep_linear.frozen_flow": "risk",
    "deep_linear.risk_equivalent": "risk",
    "deep_linear.risk_exact": "risk",
    "deep_linear.risk_limit": "risk",
    "early_stopping.descent_risk": "risk",
    "early_stopping.risk": "risk",
    "frozen.probe": "risk",
    "frozen.risk": "risk",
    "frozen.source_error": "source_error",
    "linear.risk": "risk",
    "linear.risk_any_covariance": "risk",
    "linear.risk_equivalent": "risk",
    "linear.risk_covariate_shift": "risk",
    "linear.risk_learned_source": "risk",
    "relu.risk_equivalent": "risk",
    "ridge.risk": "risk",
    "sequence.equal": "risk",
    "sequence.forgetting": "forgetting",
    "sequence.last_task": "last_gain",
    "sequence.risk": "risk",
    "weight_average.risk": "risk",
    "weight_average.risk_covariate_shift": "risk",
    "ridge.risk_equivalent": "risk",
}
"""Results that are the mean of a quantity that the simulator draws."""

FINE = 240  # points of a line
DECADES = 30  # a range wider than this ratio is drawn on a logarithmic scale


@dataclass(frozen=True)
class Drawing:
    """What was drawn where, and what there is to say about it."""

    path: Path
    notes: tuple[str, ...]


def draw(
    result: Result,
    fields: Mapping[str, Any],
    name: str,
    values: Sequence[float],
    *,
    to: str | Path,
    seed: int,
    trials: int,
) -> Drawing:
    """Evaluate, simulate, draw and write.  `fields` with `name` set to each of `values` must be instances."""
    path = target(to, SUFFIXES)
    figure = new_figure()
    line = [(x, _height(result, fields, name, x)) for x in _between(values)]
    if not any(height is not None for _, height in line):
        result.at(**fields_of(build({**fields, name: values[0]})))  # raises the reason
    points = [
        _point(result.key, build({**fields, name: x}), x, seed, trials) for x in values if result.key in SIMULATED
    ]
    axes = figure.subplots()
    draw_line(axes, line)
    draw_points(axes, points)
    _dress(axes, result, name, [height for _, height in line], points)
    save(figure, path)
    return Drawing(path, tuple(_notes(result, line, points)))


def draw_experiment(name: str, *, to: str | Path, seed: int, trials: int) -> Path:
    """The figure of an experiment of `headstart reproduce`, alone."""
    from headstart.reproduction import computed
    from headstart.reproduction.drawing import Drawing

    path = target(to, SUFFIXES)
    save(computed(name, Drawing(trials, seed)).figure(), path)
    return path


def _between(values: Sequence[float]) -> list[float]:
    """Where the line is evaluated: every integer in the range where there are not too many, else evenly."""
    low, high = min(values), max(values)
    if all(isinstance(value, int) for value in values):
        stride = max(1, math.ceil((high - low) / (4 * FINE)))
        return sorted({*range(int(low), int(high) + 1, stride), *values})
    return sorted({*(low + (high - low) * k / FINE for k in range(FINE + 1)), *values})


def _height(result: Result, fields: Mapping[str, Any], name: str, x: float) -> float | None:
    """The formula at x; None outside its domain."""
    try:
        value = result.at(**fields_of(build({**fields, name: x}))).value
    except ValueError as error:
        if not is_bad_input(error):
            raise
        return None
    if not isinstance(value, int | float):
        raise InputError(f"{result.key} is no number but {_kind(value)}: plot a result whose value is a number")
    return float(value)


def _kind(value: Any) -> str:
    return "a vector" if hasattr(value, "shape") else "a law"


def _point(key: str, instance: Any, x: float, seed: int, trials: int) -> Point:
    estimate = api.simulate(instance, trials=trials, seed=seed, quantity=SIMULATED[key])
    if math.isfinite(estimate.standard_error):
        return Point(x, estimate.estimate, estimate.standard_error)
    import numpy as np

    drawn = simulator(instance).draws(instance, SIMULATED[key], trials=trials, seed=seed, law="auto")
    return Point(x, float(np.median(drawn)), math.inf)


def _dress(axes: Axes, result: Result, name: str, heights: Sequence[float | None], points: Sequence[Point]) -> None:
    from theory.notation import TABLE

    meaning = next((f"{entry.meaning}, ${entry.latex}$" for entry in TABLE if entry.name == name), name)
    shown = [h for h in (*heights, *(p.height for p in points)) if h is not None and math.isfinite(h)]
    if shown and min(shown) > 0 and max(shown) > DECADES * min(shown):
        axes.set_yscale("log")
    axes.set_xlabel(meaning)
    axes.set_ylabel(result.statement.words.rstrip("."), wrap=True)
    axes.set_title(f"{result.key} ({result.kind})", fontsize=10, loc="left")
    plain(axes)


def _notes(result: Result, line: Sequence[tuple[float, float | None]], points: Sequence[Point]) -> list[str]:
    notes = []
    if result.key not in SIMULATED:
        notes.append(f"{result.key} is not the mean of a simulated quantity: only the line is drawn")
    if missing := sum(height is None for _, height in line):
        notes.append(f"the formula has no value at {missing} of {len(line)} places: gaps in the line")
    if medians := [point.at for point in points if point.is_median]:
        places = ", ".join(f"{x:g}" for x in medians)
        notes.append(f"infinite variance at {places}: the median is drawn there, hollow, without an interval")
    return notes
