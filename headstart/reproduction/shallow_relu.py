"""Shallow ReLU networks: fine-tuning and training from zero against n and |t - u|, and the paper's bound."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from headstart import api
from headstart.figures import Point
from headstart.networks import CONFIDENCE, likely
from headstart.reproduction.drawing import Drawing
from headstart.reproduction.experiment import Experiment, curve
from headstart.reproduction.relu_cells import FEATURES, HEADS, KEY, WIDTH, Cell, Place, Series, series
from headstart.reproduction.relu_panels import Errors, Risks

ABOUT = "shallow ReLU networks: risk against n and the distance of the source, fine-tuned and from zero, and the bound"
SAMPLES, DISTANCES = (8, 16, 24, 40, 64), (0.125, 0.25, 0.5, 1.0, 2.0)
DISTANCE, ASKED = 0.5, 16
"""The distance where n varies, and the n whose risk is asked for from zero."""
LINE = (8, 10, 12, 14, *range(16, 65, 4))
MANY = 10
"""Many samples, in features."""
ZERO, TUNED, VARIED = "from zero", f"fine-tuned, distance {DISTANCE:g}", f"fine-tuned, n = {FEATURES}"
SHOWN = (
    "After Shachaf, Brutzkus & Globerson (2021, section 6): fine-tuning a wide ReLU network with one hidden layer on a "
    "linear teacher keeps its error below a bound that falls with |t - u|/sqrt(n).  Here |t| = 1, there is no label "
    "noise, and from zero means f_S = 0, at distance 1.  Circles: kernel regression, which training comes down to at "
    "infinite width.  Squares: networks, pretrained and fine-tuned by gradient descent; m units represent u to "
    "O(m^(-1/2)) of its length, which counts where |t - u| is small.  Lines left and middle: the "
    "risk in high dimension (relu.risk_equivalent).  Right: the mean size of a normal error of that variance, and "
    "relu.bound, with its constants written out."
)


def experiment(drawing: Drawing) -> Experiment:
    """Risks against n and against the distance; errors against what the bound takes of both."""
    up = r"excess risk $\mathbb{E}\,(f(x)-\theta_T^{\top}x)^2$"
    tuned = series(TUNED, lambda n: Place(int(n), DISTANCE), LINE, SAMPLES, drawing)
    zero = series(ZERO, lambda n: Place(int(n), None), LINE, SAMPLES, drawing)
    varied = series(VARIED, lambda z: Place(FEATURES, z), DISTANCES, DISTANCES, drawing)
    level = curve(KEY, f"{ZERO}, n = {FEATURES}", lambda _: Place(FEATURES, None).task(), DISTANCES, (), drawing)
    everything, samples, apart = (tuned, zero, varied), r"target samples $n$", r"distance $\|\theta_T-\theta_S\|$"
    panels = (
        Risks(
            samples,
            up,
            (tuned.risks, zero.risks),
            networks=(networks(tuned), networks(zero)),
            ticks=named(SAMPLES),
            legend=True,
        ),
        Risks(apart, up, (level, varied.risks), networks=((), networks(varied)), ticks=named(DISTANCES), hue=1),
        Errors(
            r"$\|\theta_T-\theta_S\|/\sqrt{n}$",
            r"mean absolute error $\mathbb{E}\,|f(x)-\theta_T^{\top}x|$",
            tuple(one.bounds for one in everything),
            series=everything,
        ),
    )
    title = f"Fine-tuned ReLU networks of {WIDTH} units, d = {FEATURES}, no label noise"
    if not drawing.trials:
        return Experiment("shallow_relu", title, SHOWN, panels)
    axes = (("n", tuned), ("n", zero), ("distance", varied))
    rows = tuple(row for axis, one in axes for row in one.rows(axis))
    return Experiment("shallow_relu", title, SHOWN, panels, found(*everything), (HEADS, *rows))


def named(places: tuple[float, ...]) -> tuple[tuple[float, str], ...]:
    """Ticks at these places."""
    return tuple((place, f"{place:g}") for place in places)


def networks(one: Series) -> tuple[Point, ...]:
    """The risks of networks, where those of kernel regression are drawn."""
    return tuple(replace(c.network, at=p.at) for c, p in zip(one.cells, one.risks.points, strict=True))


def power(before: Cell, after: Cell, times: float) -> tuple[float, float]:
    """The power of what grows so many times with which the simulated error goes; and the standard error of that."""
    ends = before.error, after.error
    error = math.hypot(*(end.error / end.height for end in ends))
    return math.log(ends[1].height / ends[0].height) / math.log(times), error / math.log(times)


def found(tuned: Series, zero: Series, varied: Series) -> tuple[str, ...]:
    """How far the paper's claim goes."""
    everything = tuned, zero, varied
    above = [cell.bound / cell.quantile for one in everything for cell in one.cells]
    few = power(tuned.cells[0], tuned.cells[1], SAMPLES[1] / SAMPLES[0])
    more = power(tuned.cells[-2], tuned.cells[-1], SAMPLES[-1] / SAMPLES[-2])
    far = power(varied.cells[0], varied.cells[-1], DISTANCES[-1] / DISTANCES[0])
    many = MANY * FEATURES
    most = math.log2(likely(Place(2 * many, DISTANCE).task()) / likely(Place(many, DISTANCE).task()))
    return (
        f"The bound, a multiple of |t - u|/sqrt(n), is {min(above):.1f} to {max(above):.1f} times the "
        f"{100 * CONFIDENCE:g}% quantile of the simulated mean absolute error: it holds, as the paper says.",
        f"At n = {FEATURES} the error goes as |t - u| to the power {far[0]:.3f} ± {far[1]:.3f}: as the bound does.",
        f"As n to the power {few[0]:.2f} ± {few[1]:.2f} from n = {SAMPLES[0]} to {SAMPLES[1]}, {more[0]:.2f} ± "
        f"{more[1]:.2f} from {SAMPLES[-2]} to {SAMPLES[-1]}; in high dimension {most:.2f} from n = {MANY}d to "
        f"{2 * MANY}d.  The bound says -0.50: |t - u| tells the error, |t - u|/sqrt(n) does not.",
        *against_zero(tuned, zero),
        *nearness(everything),
    )


def against_zero(tuned: Series, zero: Series) -> tuple[str, ...]:
    """What the source saves."""
    gains = [b.height / a.height for a, b in zip(tuned.risks.points, zero.risks.points, strict=True)]
    at = Place(ASKED, DISTANCE).task()
    risk = api.evaluate("relu.risk_equivalent", at).value
    saved = api.evaluate("relu.sample_complexity", at, risk=risk).value
    assert isinstance(saved, float), "so many samples"
    return (
        f"From zero the risk is {min(gains):.2f} to {max(gains):.2f} times that from the source at distance "
        f"{DISTANCE:g}; the square of the distances says {DISTANCE**-2:.2f}.  What {ASKED} samples reach from the "
        f"source takes {ASKED + saved:.0f} from zero (relu.sample_complexity).",
    )


def nearness(everything: tuple[Series, ...]) -> tuple[str, ...]:
    """How far risks of kernel regression are from the limit, and those of networks from kernel regression's."""
    pairs = [
        (p, e, c) for one in everything for p, e, c in zip(one.risks.points, one.risks.expected, one.cells, strict=True)
    ]
    off = max(abs(p.height / e - 1) for p, e, _ in pairs)
    _, _, worst = max(pairs, key=lambda pair: abs(math.log(pair[2].network.height / pair[0].height)))
    ratios = sorted(c.network.height / p.height for p, _, c in pairs)
    return (
        f"Networks of {WIDTH} units have {ratios[0]:.2f} to {ratios[-1]:.2f} times the risk of kernel regression, "
        f"{np.median(ratios):.2f} in the median; the farthest is at n = {worst.place.n}, distance {worst.place.gap:g}.",
        f"The theory is a limit: simulated risks of kernel regression are within {100 * off:.1f}% of it.",
    )
