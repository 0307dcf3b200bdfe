"""`headstart bound` and `headstart samples`: how large the risk can be, and how many samples keep it small."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from headstart.bounds import Bound, Samples, bounds, largest_noise, measured, ranked, samples
from headstart.commands.gathering import Gathered
from headstart.constants import KEY, smallest_constant
from headstart.errors import InputError
from headstart.output import emit, emit_json, emit_table, note, number, table


def run(gathered: Gathered, *, confidence: float, side: str, trials: int | None, seed: int, as_json: bool) -> int:
    """Every bound that applies, best first; with so many trials, how tight each is."""
    found = bounds(gathered.fixed, confidence, side)
    if found[0].value is None:
        raise InputError(f"no bound applies: {'; '.join(f'{b.key}: {b.why}' for b in found)}")
    if trials is not None:
        found = measured(found, gathered.fixed, confidence, side, trials=trials, seed=seed)
    if as_json:
        emit_json({"confidence": confidence, "side": side, "bounds": [b.as_json() for b in found]})
        return 0
    columns = [
        "key",
        f">R(h) at {'most' if side == 'upper' else 'least'}",
        "kind",
        *([">bound/simulated"] if trials is not None else []),
    ]
    emit_table(table(columns, [_row(b, trials is not None) for b in found if b.value is not None]))
    for b in found:
        if b.value is None:
            note(f"{b.key} does not apply: {b.why}")
    return 0


def _row(found: Bound, tight: bool) -> list[str]:
    return [found.key, number(found.value), found.kind, *([number(found.tightness, 4)] if tight else [])]


UNLIKE = "what the source saves is not told: one number is from a quantile, the other from a bound that is larger"


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
    kinds = {s.bound.kind for s in found.values() if s.bound is not None}
    if len(counts) == 2 and counts[0] is not None and counts[1] is not None:
        alike = len(kinds) == 1
        emit(f"saved by starting at the source: {counts[1] - counts[0]}" if alike else UNLIKE)
    return 0


def run_noise(gathered: Gathered, *, risk: float, confidence: float, as_json: bool) -> int:
    """The largest label noise that keeps the risk small enough."""
    found = largest_noise(gathered.fixed, risk, confidence)
    if as_json:
        bound = None if found.bound is None else found.bound.as_json()
        emit_json({"risk": risk, "confidence": confidence, "sigma": found.sigma, "bound": bound})
        return 0
    if found.sigma is None or found.bound is None:
        emit("none: without any noise the risk may be larger")
        return 0
    emit_table(table([">sigma at most", ">R(h) at most", "by"], [_loudest(found.sigma, found.bound)]))
    return 0


def _loudest(sigma: float, bound: Bound) -> list[str]:
    return [number(sigma), number(bound.value), bound.key]


def run_constant(gathered: Gathered, *, confidence: float, trials: int, seed: int, as_json: bool) -> int:
    """The smallest constant that is supported, and its interval."""
    found = smallest_constant(gathered.fixed, confidence, trials=trials, seed=seed)
    if as_json:
        emit_json({"key": KEY, **asdict(found)})
        return 0
    columns = [">smallest constant", ">at least", ">at most", ">confidence", ">trials", ">seed"]
    cells = [number(z, 4) for z in (found.value, found.low, found.high, found.confidence)]
    emit_table(table(columns, [[*cells, str(found.trials), str(found.seed)]]))
    return 0


def run_sources(named: Mapping[str, Any], *, confidence: float, as_json: bool) -> int:
    """Several sources, the best first, and whether it is so with the confidence."""
    found = ranked(named, confidence)
    best, *others = found
    surely = best.upper is not None and all(best.upper < other.lower for other in others)
    if as_json:
        ranks = [asdict(rank) for rank in found]
        emit_json({"confidence": confidence, "ranks": ranks, "best": best.name if surely else None})
        return 0
    rows = [[r.name, number(r.lower), "" if r.upper is None else number(r.upper), r.why] for r in found]
    emit_table(table(["source", ">R(h) at least", ">at most", "why no bound"], rows))
    emit(f"{best.name} is the best" if surely else "which is the best is not certain: their intervals overlap")
    return 0


def _plain(found: Samples) -> dict[str, Any]:
    return {"n": found.n, "bound": None if found.bound is None else found.bound.as_json()}


def _line(start: str, found: Samples) -> list[str]:
    if found.n is None or found.bound is None:
        return [start, "more than 10^6", "", ""]
    return [start, str(found.n), number(found.bound.value), found.bound.key]
