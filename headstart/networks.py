"""The figure relu.risk: networks, kernel regression and the bound, against n, |t - u| and the width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from headstart import api
from headstart.figures import BLUE, GREY, RED, Point, draw_line, draw_points, new_figure, plain, save
from headstart.files import target
from headstart.instances import build

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEATURES, SAMPLES, DISTANCE, WIDTH, CONFIDENCE = 20, 20, 0.5, 512, 0.95
COUNTS, DISTANCES = (5, 10, 20, 40, 80), (0.1, 0.25, 0.5, 1.0, 2.0)
WIDTHS, FAR, LARGER = (32, 64, 128, 256, 512, 1024, 2048), 100.0, 1.9
"""Widths; a distance at which few units are too few; and a step near the largest that is stable, 2."""
GREEN = "#3a7d44"
QUANTITY = "absolute_risk"


@dataclass(frozen=True)
class Cell:
    """One place: what is simulated there, and how often the bound held."""

    network: Point
    kernel: Point
    held: int
    samples: int


@dataclass(frozen=True)
class Drawing:
    """What was drawn where, and what there is to say about it."""

    path: Path
    notes: tuple[str, ...]


def fields(n: int, distance: float, seed: int = 0) -> dict[str, Any]:
    """A source of length one, and a target so far from it."""
    u, away = np.random.default_rng(seed).standard_normal((2, FEATURES))
    u, away = u / np.linalg.norm(u), away / np.linalg.norm(away)
    vectors = {"source": u.tolist(), "target": (u + distance * away).tolist()}
    return {"setting": "relu", "n": n, "d": FEATURES, "sigma": 0.0, **vectors}


def limit(at: dict[str, Any]) -> float:
    """relu.bound."""
    return float(api.evaluate("relu.bound", at, confidence=CONFIDENCE).value)  # type: ignore[arg-type]


def likely(at: dict[str, Any]) -> float:
    """The mean size of a normal error with the variance relu.risk_equivalent."""
    return float(np.sqrt(2 / np.pi * api.evaluate("relu.risk_equivalent", at).value))  # type: ignore[operator]


def cell(at: dict[str, Any], x: float, *, trials: int, seed: int) -> Cell:
    """Networks, a twentieth as many as kernel regressions, on the data of the first of these."""
    from numerics.relu import draws

    drawn = draws(build(at), QUANTITY, trials=trials, seed=seed)
    trained = draws(build({**at, "width": WIDTH}), QUANTITY, trials=max(2, trials // 20), seed=seed)
    held = int(np.sum(drawn < limit(at)) + np.sum(trained < limit(at)))
    return Cell(_point(x, trained), _point(x, drawn), held, len(drawn) + len(trained))


def _point(x: float, drawn: np.ndarray) -> Point:
    return Point(x, float(drawn.mean()), float(drawn.std(ddof=1) / np.sqrt(len(drawn))))


def excess(distance: float, step: float, *, trials: int, seed: int) -> list[Point]:
    """Mean squared distance of networks from kernel regression, over its mean square, from zero, by width; none for a
    width at which one of the networks is not trained."""
    from numerics.relu import InstanceError
    from numerics.relu.data import WEIGHTS, data
    from numerics.relu.kernel import predictions
    from numerics.relu.network import pretrained, step_size, train
    from numerics.streams import stream

    task = {**fields(SAMPLES, distance), "source": [0.0] * FEATURES}
    task["target"] = (distance * np.asarray(fields(SAMPLES, 0.0)["target"])).tolist()
    given = data(build(task), seed, 0, trials)
    ended, found = predictions(build(task), given)[0], list[Point]()
    for width in WIDTHS:
        wide, apart = build({**task, "width": width}), list[float]()
        for k in range(trials):
            start = pretrained(wide, stream(seed, 0, WEIGHTS + k), None)
            x, y = given.target.x[k], given.target.y[k]
            try:
                network = train(start, x, y, step=step * step_size(x), tolerance=1e-8 * distance**2).network
            except InstanceError:
                break
            apart.append(float(np.mean((network.at(given.test[k]) - ended[k]) ** 2)))
        if len(apart) == trials:
            found.append(_point(width, np.array(apart) / np.mean(ended**2)))
    return found


def draw(*, to: str | Path, seed: int, trials: int) -> Drawing:
    """Three panels, written whole."""
    path = target(to, (".png", ".pdf"))
    figure = new_figure(16.0, 4.4)
    first, second, third = figure.subplots(1, 3)
    counted = [cell(fields(n, DISTANCE), n, trials=trials, seed=seed) for n in COUNTS]
    spread = [cell(fields(SAMPLES, z), z, trials=trials, seed=seed + 1) for z in DISTANCES]
    _against(first, lambda n: fields(round(n), DISTANCE), range(COUNTS[0], COUNTS[-1] + 1), counted)
    first.set_xticks(COUNTS, [str(n) for n in COUNTS])
    first.minorticks_off()
    first.set_xlabel(rf"target samples $n$ ($d = {FEATURES}$, $\|\theta_T-\theta_S\| = {DISTANCE:g}$)")
    _against(second, lambda z: fields(SAMPLES, z), np.geomspace(DISTANCES[0], DISTANCES[-1], 40).tolist(), spread)
    second.set_xlabel(rf"distance $\|\theta_T-\theta_S\|$ ($n = d = {SAMPLES}$)")
    cases = {
        f"distance {DISTANCE:g}": (DISTANCE, 1.0, BLUE),
        f"distance {FAR:g}": (FAR, 1.0, RED),
        f"distance {FAR:g}, steps {LARGER:g} times as large": (FAR, LARGER, GREEN),
    }
    for label, (distance, step, color) in cases.items():
        _line(third, excess(distance, step, trials=max(2, trials // 20), seed=seed + 2), color, label)
    third.set_xlabel(f"width $m$ ($n = d = {SAMPLES}$, from $f_S = 0$)")
    third.set_ylabel("squared distance from kernel regression,\nover its mean square")
    third.set_xscale("log", base=2)
    third.set_yscale("log")
    plain(third)
    figure.suptitle(f"Fine-tuned ReLU networks: kernel regime (left, middle; width {WIDTH}) and where it fails (right)")
    save(figure, path)
    held, samples = (sum(getattr(c, name) for c in (*counted, *spread)) for name in ("held", "samples"))
    return Drawing(path, (f"the bound, at confidence {CONFIDENCE:g}, held on {held} of {samples} simulated samples",))


def _against(axes: Axes, at: Callable[[float], dict[str, Any]], places: Sequence[float], cells: Sequence[Cell]) -> None:
    draw_line(axes, [(x, limit(at(x))) for x in places], color=GREY, label=f"relu.bound, confidence {CONFIDENCE:g}")
    draw_line(
        axes, [(x, likely(at(x))) for x in places], color=BLUE, label=r"$(2/\pi\cdot$relu.risk_equivalent$)^{1/2}$"
    )
    draw_points(axes, [c.kernel for c in cells], color=BLUE, label="kernel regression, 95% interval")
    draw_points(axes, [c.network for c in cells], color=RED, label="network, 95% interval")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylabel(r"mean absolute error $\mathbb{E}_x|f(x)-\theta_T^{\top}x|$")
    plain(axes)


def _line(axes: Axes, points: Sequence[Point], color: str, label: str) -> None:
    axes.plot([p.at for p in points], [p.height for p in points], color=color, lw=1, zorder=2)
    draw_points(axes, points, color=color, label=label)
