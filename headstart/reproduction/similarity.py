"""Risk on the target against the similarity of the tasks: a less related source can leave less risk."""

from __future__ import annotations

import numpy as np

from headstart.reproduction.drawing import Drawing
from headstart.reproduction.experiment import Curve, Experiment, Panel
from headstart.reproduction.transfer import DEEP, UP, against, task

ABOUT = "risk against the similarity of the tasks: a less related source can win"
FEATURES, SAMPLES, FREE = 30, 20, 5
CASES = {
    "25 learned, 60 source samples": (25, 60),
    "10 learned, 60 source samples": (10, 60),
    "10 learned, 14 source samples": (10, 14),
}
"""Coordinates that the source is learned in, and its sample."""
LINE = tuple(float(x) for x in np.linspace(-0.5, 2, 51))
POINTS = LINE[::5]
SHOWN = (
    "After Dar, Luzi & Baraniuk (2022): a source task that is less related can be the better one.  Here the "
    "source task is the target's weights times the similarity: 1 is the target's own task.  Where the source is "
    "learned in some of its coordinates only, those that it does not see are label noise to it, and a source task"
    " at less than full scale is learned with less of that noise: the best similarity is below 1, by more the "
    f"smaller the source sample and the more it does not see.  {DEEP}"
)


def experiment(drawing: Drawing) -> Experiment:
    """One curve for each source."""

    def source(label: str) -> Curve:
        learned, samples = CASES[label]
        return against(
            label,
            lambda rho: task(FEATURES, FREE, learned, n=SAMPLES, n_source=samples, task_map=[rho] * FEATURES),
            LINE,
            POINTS,
            drawing,
        )

    panel = Panel(r"similarity $\varrho$: source task $\varrho\,\theta_T$", UP, tuple(map(source, CASES)), steep=True)
    title = f"Excess risk against similarity: d = {FEATURES}, n = {SAMPLES}, {FREE} coordinates free"
    return Experiment("similarity", title, SHOWN, (panel,))
