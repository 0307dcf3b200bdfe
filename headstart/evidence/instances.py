"""How an instance is named in a figure and in a table: by its sizes, and by what else differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headstart.evidence.numbers import shown

if TYPE_CHECKING:
    from verify.verdict import Outcome

SIZES = {"n": "n", "d": "d", "n_source": "ñ", "depth": "L", "frozen_layers": "frozen", "sigma": "σ"}
"""Fields that name an instance, and their signs."""


def differing(outcomes: Sequence[Outcome]) -> list[tuple[str, list[str]]]:
    """A row for each field that names these instances: sign and values; those beyond n and d only where they differ."""
    rows = []
    for name, sign in SIZES.items():
        values = [field(outcome, name) for outcome in outcomes]
        if any(values) and (name in ("n", "d") or len(set(values)) > 1):
            rows.append((sign, values))
    for name in sorted({a for o in outcomes if o.place is not None for a in o.place.arguments}):
        rows.append((name, [_argument(outcome, name) for outcome in outcomes]))
    return rows


def named(outcome: Outcome) -> str:
    """n = 3, d = 12."""
    given = ((sign, field(outcome, name)) for name, sign in SIZES.items())
    parts = [f"{sign} = {value}" for sign, value in given if value and (sign, value) != ("frozen", "0")]
    if outcome.place is not None:
        parts += [f"{name} = {shown(value, 3)}" for name, value in outcome.place.arguments.items()]
    return ", ".join(parts)


def field(outcome: Outcome, name: str) -> str:
    """A field of the instance, or nothing where it has none."""
    value = None if outcome.place is None else outcome.place.fields.get(name)
    if value is None or isinstance(value, list):
        return ""
    return {"inf": "∞"}.get(value, value) if isinstance(value, str) else shown(value, 2)


def _argument(outcome: Outcome, name: str) -> str:
    value = None if outcome.place is None else outcome.place.arguments.get(name)
    return shown(value, 3)
