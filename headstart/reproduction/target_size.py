"""Risk on the target against the number of target samples: a peak where they are as many as the free parameters."""

from __future__ import annotations

from headstart.reproduction.drawing import Drawing
from headstart.reproduction.experiment import Curve, Experiment, Panel
from headstart.reproduction.transfer import DEEP, UP, against, task

ABOUT = "risk against the target sample, partly frozen: a peak at the free parameters"
FEATURES, SOURCE_SAMPLES = 60, 120
TRAINED = (10, 30, 50)
LINE = (*range(1, 61), *range(63, 151, 3))
POINTS = tuple(range(3, 151, 12))
SHOWN = (
    "After Dar, Luzi & Baraniuk (2022): how many parameters are frozen decides whether the target task is under- "
    "or overparameterised, and so where its error peaks in the size of the target sample.  In the linear model "
    "the peak is at as many samples as *free* parameters: freezing more moves it to smaller samples, and with few"
    f" samples the model that trains least wins, with many the one that trains most.  {DEEP}"
)


def experiment(drawing: Drawing) -> Experiment:
    """One curve for each number of free coordinates."""

    def trained(free: int) -> Curve:
        return against(
            f"{free} of {FEATURES} coordinates free",
            lambda n: task(FEATURES, free, FEATURES, n=int(n), n_source=SOURCE_SAMPLES, task_noise=0.05),
            LINE,
            POINTS,
            drawing,
        )

    panel = Panel("target samples $n$", UP, tuple(map(trained, TRAINED)), steep=True)
    title = f"Excess risk against the target sample: source sample {SOURCE_SAMPLES}, d = {FEATURES}"
    return Experiment("target_size", title, SHOWN, (panel,))
