"""Risk against measures of similarity, for several covariances: what the covariance has to do with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from headstart import api
from headstart.instances import build, fields_of
from headstart.reproduction.drawing import Drawing
from headstart.reproduction.experiment import COLORS, Curve, Experiment, Fields, Panel, curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ABOUT = "risk against measures of similarity, for several covariances: which of them tells the risk"
FEATURES, SAMPLES, SOURCES = 40, 10, 8
DECADE = 10
INDEX = np.arange(1, FEATURES + 1)
SPECTRA = {
    "flat": np.ones(FEATURES),
    "$1/i$": 1.0 / INDEX,
    "$2^{-i/4}$": 2.0 ** (-INDEX / 4),
    "8 large": np.where(INDEX <= 8, 1.0, 0.02),
}
"""Eigenvalues; scaled to a mean of one."""
SPREAD, TILT = 0.5, 1.5
"""|t - u| is within e^-SPREAD and e^SPREAD; t - u leans to large or small eigenvalues by l^(a/2), |a| < TILT."""
SHOWN = (
    "Shachaf, Brutzkus & Globerson (2021): how similar a source is cannot be told from source and target weights; the "
    "measure that tells the risk takes the covariance of the target data with them, as t - u costs little where "
    "eigenvalues are small and where they are so large that the sample corrects it.  Every circle is a source, on "
    "and off the directions of large variance.  Measures without the covariance: the distance |t - u| and 1 - cosine.  "
    "With it: the paper's split of t - u along the eigenvectors, at its best place and without its unspecified "
    "constant, and the leading order of the expected risk (linear.risk_equivalent).  No label noise."
)
Measure = Callable[[Fields], float]


def _distance(fields: Fields) -> float:
    return float(np.linalg.norm(np.subtract(fields["target"], fields["source"])))


def _angle(fields: Fields) -> float:
    u, t = np.asarray(fields["source"]), np.asarray(fields["target"])
    return float(1 - u @ t / (np.linalg.norm(u) * np.linalg.norm(t)))


def _split(fields: Fields) -> float:
    """kappa^2 |D_1|^2_(S^-1) + l_(k+1) |D_2|^2 at the best k, D_1 the part of t - u along the first k eigenvectors.

    D_2 is the rest.  The shape of the paper's theorem without its unspecified constant; kappa, below which the sample
    leaves eigenvalues as they are, is the root of sum l_i/(l_i + kappa) = n.
    """
    from scipy.optimize import brentq

    values = np.asarray(fields["spectrum"])
    squares = np.subtract(fields["target"], fields["source"]) ** 2
    kappa = brentq(lambda k: np.sum(values / (values + k)) - fields["n"], 1e-12, values.sum())
    learned = np.concatenate([[0.0], np.cumsum(squares / values)])
    rest = np.concatenate([np.cumsum(squares[::-1])[::-1], [0.0]])
    return float(np.min(kappa**2 * learned + np.append(values, 0.0) * rest))


def _leading_order(fields: Fields) -> float:
    value = api.evaluate("linear.risk_equivalent", fields_of(build(fields))).value
    assert isinstance(value, int | float), "a risk is a number"
    return float(value)


MEASURES: Mapping[str, Measure] = {
    r"$\|\theta_T-\theta_S\|$": _distance,
    r"$1-\cos(\theta_T,\theta_S)$": _angle,
    "split along eigenvectors": _split,
    "leading order of the risk": _leading_order,
}
PLAIN = dict(zip(MEASURES, ("|t - u|", "1 - cosine", "split", "leading order"), strict=True))
"""The measures in a table of text."""


@dataclass(frozen=True)
class Scatter(Panel):
    """Points alone, on logarithmic scales where there is a decade; `legend` says whether the colours are named."""

    legend: bool = False

    def draw(self, axes: Axes) -> None:
        """A colour for each covariance, and how far the ranks agree."""
        for color, one in zip(COLORS, self.curves, strict=True):
            at, heights, errors = zip(*((p.at, p.height, 1.96 * p.error) for p in one.points), strict=True)
            axes.errorbar(at, heights, yerr=errors, fmt="o", ms=5, alpha=0.85, color=color, label=one.label)
        places = [p.at for one in self.curves for p in one.points]
        if max(places) > DECADE * min(places):
            axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel(self.across)
        axes.set_ylabel(self.up)
        axes.set_title(f"rank correlation {correlations(self.curves)[0]:.2f}", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25, lw=0.5)
        if self.legend:
            axes.legend(frameon=False, fontsize=9, title="eigenvalues", title_fontsize=9, loc="lower right")


def sources(spectrum: Float[np.ndarray, " d"], seed: int) -> list[Fields]:
    """Instances of one target and so many sources, off the target in directions of more or less variance."""
    rng = np.random.default_rng(seed)
    spectrum = spectrum / spectrum.mean()
    target = rng.standard_normal(FEATURES) / np.sqrt(FEATURES)
    found = []
    for _ in range(SOURCES):
        off = rng.standard_normal(FEATURES) * spectrum ** (rng.uniform(-TILT, TILT) / 2)
        off *= np.exp(rng.uniform(-SPREAD, SPREAD)) / np.linalg.norm(off)
        vectors = {"source": target - off, "target": target, "spectrum": spectrum}
        sizes = {"setting": "linear", "n": SAMPLES, "d": FEATURES, "sigma": 0.0}
        found.append({**sizes, **{name: vector.tolist() for name, vector in vectors.items()}})
    return found


def correlations(curves: tuple[Curve, ...]) -> tuple[float, float]:
    """Spearman's and, of the logarithms, Pearson's correlation of the measure with the simulated risk."""
    from scipy.stats import pearsonr, spearmanr

    at, heights = zip(*((p.at, p.height) for one in curves for p in one.points), strict=True)
    return float(spearmanr(at, heights).statistic), float(pearsonr(np.log(at), np.log(heights)).statistic)


def experiment(drawing: Drawing) -> Experiment:
    """One panel for each measure, one colour for each covariance."""

    def under(number: int, label: str) -> Curve:
        each = sources(SPECTRA[label], drawing.seed + number)
        places = range(len(each))
        return curve("linear.risk_any_covariance", label, lambda k: each[int(k)], (), places, drawing, law="fast")

    curves = tuple(under(*pair) for pair in enumerate(SPECTRA))

    def along(measure: str) -> tuple[Curve, ...]:
        by = MEASURES[measure]
        return tuple(
            replace(c, points=tuple(replace(p, at=by(f)) for p, f in zip(c.points, c.instances, strict=False)))
            for c in curves
        )

    up = r"simulated risk $\mathbb{E}\,R(h)$"
    last = len(MEASURES) - 1
    panels = tuple(
        Scatter(name, "" if k else up, along(name), repeats=k > 0, legend=k == last) for k, name in enumerate(MEASURES)
    )
    title = f"Excess risk against the similarity of source and target: n = {SAMPLES}, d = {FEATURES}, no label noise"
    found = tuple(table(panels)) if drawing.trials else ()
    return Experiment("covariance", title, SHOWN, panels, found)


def table(panels: tuple[Panel, ...]) -> list[str]:
    """The correlations of every measure with the simulated risk, over all sources and under each covariance."""
    names = ["all", *(one.label.replace("$", "") for one in panels[0].curves)]
    lines = ["Correlation with the simulated risk, Spearman (Pearson of logarithms):"]
    lines.append(f"{'':15}" + "".join(f"{name:>14}" for name in names))
    for panel in panels:
        found = [correlations(c) for c in (panel.curves, *((one,) for one in panel.curves))]
        lines.append(f"{PLAIN[panel.across]:15}" + "".join(f"{f'{s:.2f} ({p:.2f})':>14}" for s, p in found))
    return lines
