"""`headstart simulate`: an estimate with its standard error."""

from __future__ import annotations

from typing import Any

from headstart import api
from headstart.commands.gathering import Gathered
from headstart.errors import InputError
from headstart.instances import build
from headstart.output import emit, emit_json, number


def run(
    gathered: Gathered,
    *,
    trials: int | None,
    precision: float | None,
    seed: int,
    quantity: str,
    law: str,
    as_json: bool,
) -> int:
    """So many trials, or as many as the precision takes."""
    if (trials is None) == (precision is None):
        raise InputError("give --trials N or --precision REL, one of the two")
    instance = build(gathered.fixed, gathered.where)
    estimate = api.simulate(
        instance, trials=trials, precision=precision, seed=seed, quantity=quantity, law=law
    ).as_json()
    if as_json:
        emit_json(estimate)
    else:
        emit("\n".join(f"{name:<16}{_shown(value)}" for name, value in estimate.items() if value != ""))
    return 0


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    return number(value, 8)
