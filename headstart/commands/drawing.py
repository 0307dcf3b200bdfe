"""`headstart plot`: a formula as a line through simulated points."""

from __future__ import annotations

from headstart import api
from headstart.commands.gathering import Gathered
from headstart.errors import InputError
from headstart.output import emit, note


def run(key: str, gathered: Gathered, *, to: str, seed: int, trials: int) -> int:
    """One field runs; the rest is the instance.  Or an experiment, which has instances of its own."""
    from headstart.plotting import draw, draw_experiment
    from headstart.reproduction import PLOTS

    if key in PLOTS:
        if gathered.fixed or gathered.sweeps:
            raise InputError(f"{key} has instances of its own: leave out the file, --set and --sweep")
        emit(f"wrote {draw_experiment(PLOTS[key], to=to, seed=seed, trials=trials)}")
        return 0
    result = api.result(key)
    if len(gathered.sweeps) != 1:
        raise InputError(f"{len(gathered.sweeps)} sweeps given: a plot needs one --sweep, such as --sweep n=5:80:5")
    (sweep,) = gathered.sweeps
    drawing = draw(result, gathered.fixed, sweep.name, sweep.values, to=to, seed=seed, trials=trials)
    emit(f"wrote {drawing.path}")
    for text in drawing.notes:
        note(text)
    return 0
