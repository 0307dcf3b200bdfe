"""`headstart plot`: a formula as a line through simulated points."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from headstart import api
from headstart.commands.gathering import Gathered
from headstart.errors import InputError
from headstart.output import emit, note

NETWORKS = "relu.risk"
"""A figure of networks, kernel regression and their bound."""


class Drawn(Protocol):
    """What was drawn where, and what there is to say about it."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Lines."""


def run(key: str, gathered: Gathered, *, to: str, seed: int, trials: int) -> int:
    """One field runs; the rest is the instance.  Or a figure that has instances of its own."""
    from headstart.plotting import draw, draw_experiment
    from headstart.reproduction import PLOTS

    if key in (*PLOTS, NETWORKS):
        if gathered.fixed or gathered.sweeps:
            raise InputError(f"{key} has instances of its own: leave out the file, --set and --sweep")
        if key == NETWORKS:
            from headstart import networks

            return _told(networks.draw(to=to, seed=seed, trials=trials))
        emit(f"wrote {draw_experiment(PLOTS[key], to=to, seed=seed, trials=trials)}")
        return 0
    result = api.result(key)
    if len(gathered.sweeps) != 1:
        raise InputError(f"{len(gathered.sweeps)} sweeps given: a plot needs one --sweep, such as --sweep n=5:80:5")
    (sweep,) = gathered.sweeps
    return _told(draw(result, gathered.fixed, sweep.name, sweep.values, to=to, seed=seed, trials=trials))


def _told(drawing: Drawn) -> int:
    emit(f"wrote {drawing.path}")
    for text in drawing.notes:
        note(text)
    return 0
