"""Real data: the risk that a held-out half predicts, before fine-tuning is run on rows of the other half."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from headstart.prediction.outlook import risks_of
from headstart.prediction.ways import ZERO, Ways
from headstart.reproduction.datasets import ALL, DataSet
from headstart.reproduction.drawing import Drawing
from headstart.reproduction.experiment import Curve, Experiment, Fields, Panel, seed_of
from headstart.reproduction.scattered import Scattered, summary

if TYPE_CHECKING:
    from numerics.estimation import Fit
    from numerics.resampling import Pool

ABOUT = "real data: the risk predicted from a held-out half against that of fine-tuning on rows of the other"
BELOW, ABOVE, NEAR = (0.2, 0.35, 0.5, 0.7, 0.85), (1.5, 2.0, 3.0), 0.8
"""Sample sizes, in features; those between NEAR and 1 of the features are near the threshold."""
CONFIDENCE, REDRAWN, MOST = 0.95, 60, 1000
"""Of the intervals, from so many redrawn samples; and draws of rows behind a measured risk, at most."""
DATA: tuple[Callable[[], DataSet], ...] = ALL
SHOWN = (
    "After Shachaf, Brutzkus & Globerson (2021), who see their measure at work on real data.  Each table is cut in "
    "two.  On the held-out half teachers of all tasks are fitted by least squares; covariance, teachers and residual "
    "noise of that half, and nothing else, go into the theory, as in `headstart predict`.  Then weights are fine-tuned "
    "from the source teachers on n rows of the other half, drawn without replacement; the measured risk is by how much "
    "the mean squared error on all of that half exceeds the least of a linear model, in units of the labels' variance."
)


COMPARED = "That the formulas hold for Gaussian rows there"
BREAKS = (
    "The Gaussian theory breaks where features have heavy tails: small singular values of a design are smaller than "
    "those of a Gaussian one, and the noise counts for more.  Intervals hold less often than they say: they carry what "
    "a half does not know of its law, and neither the tails nor by how much the other half differs.  Pixels of the "
    "digits that are ink in fewer than a tenth of the images are left out: with them the digits break it too."
)


@dataclass(frozen=True)
class Cell:
    """One data set, task pair and sample size: the prediction with its interval, and what was measured."""

    data: str
    target: str
    source: str
    n: int
    d: int
    predicted: float
    low: float
    high: float
    measured: float = np.nan
    error: float = np.nan

    @property
    def regime(self) -> str:
        """Whether there are fewer samples than features, hardly fewer, or more."""
        return "n > d" if self.n > self.d else "n near d" if self.n > NEAR * self.d else "n < d"

    @property
    def ratio(self) -> float:
        """What was measured over what was predicted."""
        return self.measured / self.predicted


HEADS = (
    *("data", "target", "source", "n", "d", "regime", "predicted", "low", "high"),
    *("measured", "standard_error", "measured_over_predicted"),
)


@dataclass(frozen=True, eq=False)
class Halves:
    """A data set cut in two: features scaled, and labels, by what the held-out half says of them."""

    data: DataSet
    held_out: Pool
    tuned_on: Pool

    @property
    def tasks(self) -> list[str]:
        """The tasks in the order of the columns of labels."""
        return list(self.data.labels)

    def fit(self, task: str) -> Fit:
        """The teacher of a task, with covariance and noise, from the held-out half."""
        from numerics.estimation import fit

        return fit(self.held_out.x, self.held_out.labels[:, self.tasks.index(task)])

    def teacher(self, task: str) -> Float[np.ndarray, " d"]:
        """Its weights."""
        found = self.fit(task)
        return np.asarray(found.axes @ found.weights)


def halves(data: DataSet, seed: int) -> Halves:
    """Cut at random; means and scales of the held-out half are taken off, columns that are constant there left out."""
    from numerics.resampling import Pool

    order = np.random.default_rng(seed).permutation(len(data.x))
    held, other = order[: len(order) // 2], order[len(order) // 2 :]
    x = data.x[:, np.ptp(data.x[held], axis=0) > 0]
    labels = np.column_stack(list(data.labels.values()))

    def scaled(table: Float[np.ndarray, "rows k"], rows: np.ndarray, *, alike: bool) -> Float[np.ndarray, "some k"]:
        scale = table[held].std() if alike else table[held].std(axis=0)
        return np.asarray((table[rows] - table[held].mean(axis=0)) / scale)

    pools = (Pool(scaled(x, rows, alike=data.one_unit), scaled(labels, rows, alike=False)) for rows in (held, other))
    return Halves(data, *pools)


def sizes(d: int) -> list[int]:
    """The sample sizes for so many features: those where the exact risk is known, and finite."""
    below = {round(share * d) for share in BELOW}
    return sorted({n for n in below if 3 <= n <= d - 2} | {round(share * d) for share in ABOVE})


def cells(cut: Halves, drawing: Drawing) -> Iterator[Cell]:
    """Every cell of a data set, predicted, then measured; one for all sources where n > d, as they are forgotten."""
    from numerics.resampling import Resampled, simulate

    d, drawing = cut.held_out.x.shape[1], replace(drawing, trials=min(drawing.trials, MOST))
    for target, names in cut.data.targets.items():
        sources = {ZERO: np.zeros(d), **{name: cut.teacher(name) for name in names}}
        ways = Ways({name: cut.teacher(name) for name in names})
        bands = risks_of(cut.fit(target), ways, sizes(d), confidence=CONFIDENCE, seed=drawing.seed, redrawn=REDRAWN)
        for k, n in enumerate(sizes(d)):
            for way, (name, source) in enumerate(sources.items()):
                if n > d and way:
                    continue
                instance = Resampled(cut.tuned_on, cut.tasks.index(target), source, n)
                told = Cell(cut.data.name, target, "any" if n > d else name, n, d, *map(float, bands[:, k, way]))
                label = f"{cut.data.name}, {target} from {told.source}, n = {n}"
                seed = seed_of(drawing.seed, f"{cut.data.name}, {n}", 0)
                found = drawing.mean(partial(simulate, instance), seed=seed, label=label)
                yield Cell(**{**vars(told), "measured": found.estimate, "error": found.standard_error})


def places(cut: Halves) -> Iterator[Fields]:
    """Instances of the laws that were fitted: Gaussian rows with the covariance, teachers and noise of the data."""
    for target, names in cut.data.targets.items():
        found = cut.fit(target)
        for name in names:
            source = found.axes.T @ cut.teacher(name)
            vectors = {"source": source, "target": found.weights, "spectrum": found.eigenvalues}
            numbers: dict[str, Any] = {"setting": "linear", "n": found.columns // 2, "d": found.columns}
            yield {**numbers, "sigma": found.noise**0.5, **{k: v.tolist() for k, v in vectors.items()}}


def experiment(drawing: Drawing) -> Experiment:
    """All data sets; predicted against measured, and their ratio against n/d."""
    cut = [halves(load(), drawing.seed) for load in DATA]
    title = "Excess risk of fine-tuning on real data, predicted from a held-out half and measured on the other"
    if not drawing.trials:
        instances = tuple(fields for one in cut for fields in places(one) if fields["n"] >= 6)
        curve = Curve("fitted laws", (), (), (), "linear.risk_any_covariance", instances)
        return Experiment("real_data", title, SHOWN, (Panel("", "", (curve,)),))
    found = [cell for one in cut for cell in cells(one, drawing)]
    told = (*summary(found), *(tails(one) for one in cut), BREAKS)
    return Experiment("real_data", title, SHOWN, panels(found), told, table(found), COMPARED)


def tails(cut: Halves) -> str:
    """How far features are from Gaussian: their kurtosis, 3 for a Gaussian one."""
    fourth = np.mean(cut.held_out.x**4, axis=0) / np.mean(cut.held_out.x**2, axis=0) ** 2
    return f"  kurtosis of features, {cut.data.name}: median {np.median(fourth):.1f}, largest {fourth.max():.1f}"


def panels(found: Sequence[Cell]) -> tuple[Panel, ...]:
    """Predicted against measured, and how far off against n/d."""
    return (
        Scattered("predicted risk, in units of the labels' variance", "measured risk", (), cells=tuple(found)),
        Scattered("samples over features $n/d$", "measured / predicted", (), cells=tuple(found), ratios=True),
    )


def table(found: Sequence[Cell]) -> tuple[tuple[str | float, ...], ...]:
    """Every cell, its heads first."""
    rows = [
        (c.data, c.target, c.source, c.n, c.d, c.regime, c.predicted, c.low, c.high, c.measured, c.error, c.ratio)
        for c in found
    ]
    return (HEADS, *rows)
