"""The papers' experiments, each by theory and simulation in one figure: one file an experiment."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from headstart.errors import InputError

if TYPE_CHECKING:
    from headstart.reproduction.experiment import Experiment

EXPERIMENTS = {
    "depth": "risk against depth, the target a rescaled and noised copy of the source",
    "scale": "risk against the scale of the source and of the target, seven layers",
    "source_size": "risk against the source sample, partly transferred: a peak at the source's parameters",
    "target_size": "risk against the target sample, partly frozen: a peak at the free parameters",
    "double_double_descent": "risk against free and source parameters: a peak in either direction",
    "freezing": "risk against the number of frozen coordinates: the freezing-wise double descent",
    "layers": "risk against the number of layers kept, in a deep linear network with bottlenecks",
    "similarity": "risk against the similarity of the tasks: a less related source can win",
}
"""Names, and what is shown; each is the file of that name."""
PLOTS = {f"frozen.{name}": name for name in ("double_double_descent", "freezing", "layers", "similarity")}
"""Experiments that `headstart plot` draws by these names."""
TRIALS = {"quick": 200, "full": 10_000}
"""Trials behind each simulated point."""


def reproduce(name: str, *, scale: str = "quick", seed: int = 0) -> Experiment:
    """The experiment of that name, computed and simulated.  Raises `InputError` for an unknown name or scale."""
    if name not in EXPERIMENTS:
        raise InputError(
            f"'{name}': no such experiment; `headstart reproduce list` names them: {', '.join(EXPERIMENTS)}"
        )
    if scale not in TRIALS:
        raise InputError(f"scale '{scale}': no such scale; use {' or '.join(TRIALS)}")
    return computed(name, trials=TRIALS[scale], seed=seed)


def computed(name: str, *, trials: int, seed: int) -> Experiment:
    """One of `EXPERIMENTS`, so many trials behind a simulated point; fifty times as many where they are cheap."""
    found: Experiment = import_module(f"headstart.reproduction.{name}").experiment(trials=trials, seed=seed)
    return found
