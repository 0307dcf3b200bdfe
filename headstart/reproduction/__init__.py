"""The papers' experiments, each by theory and simulation in one figure: one file an experiment.

A file here that says what it is `ABOUT` is an experiment: it is listed, run and verified without being named elsewhere.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from headstart.errors import InputError

if TYPE_CHECKING:
    from headstart.reproduction.drawing import Drawing
    from headstart.reproduction.experiment import Experiment

PLOTS = {f"frozen.{name}": name for name in ("double_double_descent", "freezing", "layers", "similarity")}
"""Experiments that `headstart plot` draws by these names."""
TRIALS = {"quick": 200, "full": 10_000}
"""Trials behind each simulated point."""


@cache
def experiments() -> dict[str, str]:
    """The names of all experiments, and what each shows."""
    names = [found.name for found in pkgutil.iter_modules(__path__)]
    modules = {name: import_module(f"{__name__}.{name}") for name in names}
    return {name: module.ABOUT for name, module in modules.items() if hasattr(module, "ABOUT")}


def reproduce(name: str, *, scale: str = "quick", seed: int = 0) -> Experiment:
    """The experiment of that name, computed and simulated.  Raises `InputError` for an unknown name or scale."""
    from headstart.reproduction.drawing import Drawing

    return computed(checked(name), Drawing(trials_of(scale), seed))


def computed(name: str, drawing: Drawing) -> Experiment:
    """An experiment with so many trials behind a simulated point; fifty times as many where they are cheap."""
    found: Experiment = import_module(f"headstart.reproduction.{name}").experiment(drawing)
    return found


def checked(name: str) -> str:
    """The name, if there is such an experiment."""
    if name not in experiments():
        raise InputError(
            f"'{name}': no such experiment; `headstart reproduce list` names them: {', '.join(experiments())}"
        )
    return name


def trials_of(scale: str) -> int:
    """The trials behind a point at a scale."""
    if scale not in TRIALS:
        raise InputError(f"scale '{scale}': no such scale; use {' or '.join(TRIALS)}")
    return TRIALS[scale]
