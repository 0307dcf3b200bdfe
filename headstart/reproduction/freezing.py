"""Risk on the target against the number of frozen coordinates: the freezing-wise double descent."""

from __future__ import annotations

from headstart.reproduction.drawing import Drawing
from headstart.reproduction.experiment import Curve, Experiment, Panel
from headstart.reproduction.transfer import DEEP, UP, against, task

ABOUT = "risk against the number of frozen coordinates: the freezing-wise double descent"
FEATURES, SAMPLES, SOURCE_SAMPLES = 60, 30, 120
UNRELATED = (0.0, 0.08, 0.16)
"""Standard deviations of the task noise, against weights of 1/sqrt(60) = 0.13."""
LINE = tuple(range(FEATURES + 1))
POINTS = tuple(range(0, FEATURES + 1, 4))
SHOWN = (
    "After Dar, Luzi & Baraniuk (2022): the error has a double descent in the number of frozen layers.  In the "
    "linear model freezing k of d coordinates leaves d - k to train, and the risk peaks where these are as many "
    "as the target samples.  Freezing more than that helps again.  The least is always at an end, all frozen or "
    "all trained (frozen.best_split), and which of them wins is a matter of how related the tasks are.  "
    f"{DEEP}"
)


def experiment(drawing: Drawing) -> Experiment:
    """One curve for each distance of the source task."""

    def related(noise: float) -> Curve:
        return against(
            rf"task noise $\sigma_\eta$ = {noise:g}",
            lambda k: task(FEATURES, FEATURES - int(k), FEATURES, n=SAMPLES, n_source=SOURCE_SAMPLES, task_noise=noise),
            LINE,
            POINTS,
            drawing,
        )

    panel = Panel("frozen coordinates $k$", UP, tuple(map(related, UNRELATED)), steep=True)
    title = f"Excess risk against the number of frozen coordinates: d = {FEATURES}, n = {SAMPLES}"
    return Experiment("freezing", title, SHOWN, (panel,))
