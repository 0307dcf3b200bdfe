"""`headstart bound` and `headstart samples`: how large the risk can be, and how many samples keep it small."""

from __future__ import annotations

from typing import Any

from headstart.bounds import Bound, Samples, bounds, measured, samples
from headstart.commands.gathering import Gathered
from headstart.errors import InputError
from headstart.output import emit, emit_json, emit_table, note, number, table


def run(gathered: Gathered, *, confidence: float, trials: int | None, seed: int, as_json: bool) -> int:
    """Every bound that applies, best first; with so many trials, how tight each is."""
    found = bounds(gathered.fixed, confidence)
    if found[0].value is None:
        raise InputError(f"no bound applies: {'; '.join(f'{b.key}: {b.why}' for b in found)}")
    if trials is not None:
        found = measured(found, gathered.fixed, confidence, trials=trials, seed=seed)
    if as_json:
        emit_json({"confidence": confidence, "bounds": [b.as_json() for b in found]})
        return 0
    columns = ["key", ">R(h) at most", "kind", *([">bound/simulated"] if trials is not None else [])]
    emit_table(table(columns, [_row(b, trials is not None) for b in found if b.value is not None]))
    for b in found:
        if b.value is None:
            note(f"{b.key} does not apply: {b.why}")
    return 0


def _row(found: Bound, tight: bool) -> list[str]:
    return [found.key, number(found.value), found.kind, *([number(found.tightness, 4)] if tight else [])]


def run_samples(gathered: Gathered, *, risk: float, confidence: float, as_json: bool) -> int:
    """The least n at which the risk is small enough, from the source and from zero."""
    fields = gathered.fixed
    found = {"source": samples(fields, risk, confidence)}
    if isinstance(fields.get("source"), list):
        zero = [0.0] * len(fields["source"])
        found["zero"] = samples({**fields, "source": zero}, risk, confidence)
    if as_json:
        emit_json({"risk": risk, "confidence": confidence, **{f"from_{k}": _plain(v) for k, v in found.items()}})
        return 0
    emit_table(table(["training from", ">samples", ">R(h) at most", "by"], [_line(k, v) for k, v in found.items()]))
    counts = [s.n for s in found.values()]
    if len(counts) == 2 and counts[0] is not None and counts[1] is not None:
        emit(f"saved by starting at the source: {counts[1] - counts[0]}")
    return 0


def _plain(found: Samples) -> dict[str, Any]:
    return {"n": found.n, "bound": None if found.bound is None else found.bound.as_json()}


def _line(start: str, found: Samples) -> list[str]:
    if found.n is None or found.bound is None:
        return [start, "more than 10^6", "", ""]
    return [start, str(found.n), number(found.bound.value), found.bound.key]
