"""`headstart sweep`: an estimate for every instance of a grid, all kept in one store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headstart.cells import Cell, cell, columns, note_missing, reasons, refuse_empty
from headstart.commands.gathering import Gathered
from headstart.commands.simulating import INTERRUPTED, How
from headstart.errors import InputError
from headstart.output import emit_json, emit_table, number, table
from headstart.progress import meter
from headstart.sweeps import grid

NAMES = ("estimate", "standard_error", "trials", "law")
TOLD = ("quantity", "seed", "versions")


def run(gathered: Gathered, how: How, *, as_json: bool) -> int:
    """A table of estimates, or JSON; each is that of `headstart simulate` with these fields set."""
    if not gathered.sweeps:
        raise InputError("give --sweep, such as --sweep n=10:60:10; for one instance there is headstart simulate")
    cells, stopped = _cells(gathered, how)
    refuse_empty(cells)
    if as_json:
        emit_json(_as_json(cells))
    else:
        heads = [*(f">{sweep.name}" for sweep in gathered.sweeps), *(f">{name}" for name in NAMES[:-1]), NAMES[-1]]
        emit_table(table(heads, [[_shown(value) for value in cell.row(NAMES)] for cell in cells]))
    note_missing(cells)
    if not stopped:
        return 0
    how.note_interrupt()
    return INTERRUPTED


def _cells(gathered: Gathered, how: How) -> tuple[list[Cell], bool]:
    """The cells, and whether an interrupt ended the sweep in the last of them."""
    from numerics.workers import workers

    done: list[Cell] = []
    every = list(grid(gathered.sweeps))
    with workers(how.executor) as found, meter(how.goal(), quiet=how.quiet) as watch:

        def find(fields: dict[str, Any]) -> dict[str, Any]:
            label = ", ".join(f"{name}={value}" for name, value in fields.items())
            shown = watch(f"{len(done) + 1} of {len(every)}: {label}")
            return how.estimate(gathered.fixed | fields, gathered.where, found, shown).as_json()

        try:
            for fields in every:
                done.append(cell(fields, find))
                if (done[-1].found or {}).get("stopped"):
                    return done, True
        except KeyboardInterrupt:
            if not done:
                raise
            return done, True
    return done, False


def _shown(value: Any) -> str:
    """A number; of the words on a law those before the colon."""
    return value.partition(":")[0] if isinstance(value, str) else number(value)


def _as_json(cells: Sequence[Cell]) -> dict[str, Any]:
    first = next(cell.found for cell in cells if cell.found is not None)
    told = {name: first[name] for name in TOLD}
    return told | {"columns": columns(cells, (*NAMES, "note")), "without_value": reasons(cells)}
