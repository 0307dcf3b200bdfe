"""`headstart reproduce`: the papers' experiments."""

from __future__ import annotations

from headstart.output import emit
from headstart.reproduction import EXPERIMENTS, reproduce


def run(name: str, *, out: str, scale: str, seed: int) -> int:
    """List the experiments, or write one: figure, numbers and finding."""
    if name == "list":
        width = max(map(len, EXPERIMENTS)) + 2
        for known, what in EXPERIMENTS.items():
            emit(f"{known:<{width}}{what}")
        return 0
    found = reproduce(name, scale=scale, seed=seed)
    for path in found.write(out):
        emit(f"wrote {path}")
    emit(found.finding)
    return 0
