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
}
"""Names, and what is shown; each is the file of that name."""
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
    found: Experiment = import_module(f"headstart.reproduction.{name}").experiment(trials=TRIALS[scale], seed=seed)
    return found
