"""How many target samples a source saves: where the risk from the source and from zero fall below what is tolerated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from headstart.figures import Point
from headstart.reproduction.drawing import Drawing
from headstart.reproduction.experiment import Curve, Experiment, Panel, curve
from headstart.reproduction.transfer import UP

ABOUT = "target samples that a source saves, at every tolerated risk: two sources at the same distance"
FEATURES, SAMPLES, DISTANCE = 40, tuple(range(4, 35, 5)), 0.8
TOLERATED = (0.15, 0.18, 0.21, 0.24, 0.27, 0.3)
LEANING = {"off in small eigenvalues": -1.0, "off in large eigenvalues": 1.0}
ZERO = "from zero"
SHOWN = (
    "After Shachaf, Brutzkus & Globerson (2021, section 4): a similar source saves target samples, and how many is a "
    "matter of the covariance.  Eigenvalues 1/i; both sources are equally far from the target.  One is off in "
    "directions of small variance: that costs little, and is hard to mend, so that it saves most where much risk is "
    "tolerated.  The other is off in directions of large variance: that costs much, and few samples mend it, so that "
    "it saves most where little is tolerated.  Samples saved: by how much earlier the risk from the source falls below "
    "what is tolerated than the risk from zero, both straight between the points of the other panel."
)


def task(leaning: float | None, seed: int) -> dict[str, Any]:
    """The fields of an instance but for n; None starts from zero."""
    target, off = np.random.default_rng(seed).standard_normal((2, FEATURES))
    spectrum = 1.0 / np.arange(1, FEATURES + 1)
    target /= np.linalg.norm(target)
    off *= spectrum ** ((leaning or 0.0) / 2)
    source = 0 * target if leaning is None else target - DISTANCE * off / np.linalg.norm(off)
    vectors = {"source": source, "target": target, "spectrum": spectrum / spectrum.mean()}
    return {"setting": "linear", "d": FEATURES, "sigma": 0.0, **{name: v.tolist() for name, v in vectors.items()}}


def needed(risks: Sequence[Point], tolerated: float) -> Point | None:
    """Where a falling curve, straight between its points, is as low as tolerated, with the error that theirs make."""
    for before, after in pairwise(risks):
        if before.height >= tolerated > after.height:
            share = (before.height - tolerated) / (before.height - after.height)
            slope = (before.height - after.height) / (after.at - before.at)
            error = math.hypot((1 - share) * before.error, share * after.error) / slope
            return Point(tolerated, before.at + share * (after.at - before.at), error)
    return None


def saved(zero: Curve, source: Curve) -> Curve:
    """The samples that a source saves at every tolerated risk that both curves reach."""

    def between(risks: Sequence[Sequence[Point]]) -> dict[float, Point]:
        ends = {r: [needed(one, r) for one in risks] for r in TOLERATED}
        return {
            r: Point(r, start.height - end.height, math.hypot(start.error, end.error))
            for r, (start, end) in ends.items()
            if start is not None and end is not None
        }

    theory = between([[Point(x, h, 0.0) for x, h in one.line if h is not None] for one in (zero, source)])
    drawn = between([zero.points, source.points])
    both = [r for r in drawn if r in theory]
    line = tuple((r, p.height) for r, p in theory.items())
    points, expected = tuple(drawn[r] for r in both), tuple(theory[r].height for r in both)
    return Curve(source.label, line, points, expected, source.key, ())


def experiment(drawing: Drawing) -> Experiment:
    """The risk against n, and the samples saved against the tolerated risk."""

    def against_samples(label: str, leaning: float | None) -> Curve:
        fixed = task(leaning, drawing.seed)
        key = "linear.risk_any_covariance"
        return curve(key, label, lambda n: {**fixed, "n": int(n)}, SAMPLES, SAMPLES, drawing, law="fast")

    zero, *sources = (against_samples(*one) for one in ((ZERO, None), *LEANING.items()))
    panels = (
        Panel("target samples $n$", UP, (zero, *sources), steep=True),
        Panel("tolerated risk", "target samples saved", tuple(saved(zero, one) for one in sources), hue=1),
    )
    title = (
        f"Samples that a source saves: d = {FEATURES}, eigenvalues 1/i, sources at distance {DISTANCE} of the target"
    )
    return Experiment("samples_saved", title, SHOWN, panels)
