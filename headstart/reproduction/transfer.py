"""Tasks partly transferred: d features of equal weight, and the target's own task as the source but for what varies.

Free coordinates are the first ones, the source is learned in the last ones, and what is learned and not free is
transferred.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from headstart.reproduction.drawing import Drawing
from headstart.reproduction.experiment import Curve, curve

MANY = 50
"""These trials are cheap: so many times as many."""
UP = r"excess risk $\mathbb{E}\,R(h)$"
DEEP = (
    "Where the linear model stops: here features are given and only their weights move, so that freezing, "
    "transferring and training are counts of coordinates; a deep network also changes the features, its layers "
    "are not interchangeable, and its early stopping and step noise regularise what is a minimum-norm solution "
    "here.  The peaks and their places are what carries over, not their heights."
)


def task(d: int, free: int, learned: int, *, target: Sequence[float] | None = None, **fields: Any) -> dict[str, Any]:
    """The fields of an instance; the target is (1, ..., 1)/sqrt(d) if not given."""
    lists = {
        "free": list(range(free)),
        "source_coordinates": list(range(d - learned, d)),
        "transferred": list(range(max(free, d - learned), d)),
    }
    given = [d**-0.5] * d if target is None else list(target)
    noises = {"sigma": 0.3, "sigma_source": 0.3, "task_noise": 0.0}
    return {"setting": "frozen", "d": d, "target": given, **noises, **lists, **fields}


def against(
    label: str,
    fields: Callable[[float], dict[str, Any]],
    line: Sequence[float],
    points: Sequence[float],
    drawing: Drawing,
) -> Curve:
    """frozen.risk along these instances, and simulated."""
    return curve("frozen.risk", label, fields, line, points, drawing.times(MANY), law="exact")
