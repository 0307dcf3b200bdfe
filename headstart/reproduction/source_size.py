"""Risk on the target against the number of source samples: a peak where they are as many as the source's parameters."""

from __future__ import annotations

from headstart.reproduction.drawing import Drawing
from headstart.reproduction.experiment import Curve, Experiment, Panel
from headstart.reproduction.transfer import DEEP, UP, against, task

ABOUT = "risk against the source sample, partly transferred: a peak at the source's parameters"
FEATURES, SAMPLES, FREE = 60, 40, 10
LEARNED = (20, 40)
LINE = (*range(2, 51), *range(52, 101, 2))
POINTS = tuple(range(4, 101, 6))
SHOWN = (
    "After Dar, Luzi & Baraniuk (2022): the error on the target has a double descent in the size of the *source* "
    "sample. In the linear model the source's error is infinite where its sample is as large as its number of "
    "parameters, and every transferred weight brings that error with it, whatever the target sample; beyond the "
    f"peak more source data only help.  {DEEP}"
)


def experiment(drawing: Drawing) -> Experiment:
    """One curve for each number of source parameters."""

    def learned(count: int) -> Curve:
        return against(
            rf"source learned in {count} coordinates",
            lambda n: task(FEATURES, FREE, count, n=SAMPLES, n_source=int(n)),
            LINE,
            POINTS,
            drawing,
        )

    panel = Panel(r"source samples $\tilde n$", UP, tuple(map(learned, LEARNED)), steep=True)
    title = f"Excess risk against the source sample: n = {SAMPLES}, {FREE} of {FEATURES} coordinates free"
    return Experiment("source_size", title, SHOWN, (panel,))
