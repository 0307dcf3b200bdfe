"""`headstart coverage`: whether bounds hold as often as they say, far and wide."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from headstart.errors import InputError
from headstart.output import emit, emit_json, emit_table, number, table
from headstart.progress import counter

if TYPE_CHECKING:
    from verify.grid import Cell, Grid, Row
    from verify.verdict import Outcome


def run(*, instances: int, largest: int, seed: int, executor: str, as_json: bool) -> int:
    """A table, one line a bound; 1 unless every bound is kept wherever there is one."""
    from verify.grid import SIZES, Grid, cells, rows

    grid = Grid(tuple(d for d in SIZES if d <= largest), instances, seed)
    if not cells(grid):
        raise InputError(f"instances={instances}, largest={largest}: nothing would be tested; take more of either")
    found = _settled(grid, executor)
    told = rows(found)
    if as_json:
        emit_json({"seed": seed, "budget": grid.budget, "rows": [asdict(row) for row in told]})
    else:
        names = ("key", ">instances", "verdicts", ">without a bound", ">least coverage above the confidence")
        emit_table(table(names, list(map(_cells, told))))
        emit(f"{len(found)} tests, seed {seed}: a bound that holds is refused with probability <= {grid.budget:g}.")
    return 0 if all(row.passed for row in told) else 1


def _settled(grid: Grid, executor: str) -> tuple[tuple[Cell, Outcome | str], ...]:
    from verify.grid import settled

    if not sys.stderr.isatty():
        return settled(grid, executor)
    with counter("bounds") as count:
        return settled(grid, executor, lambda done, total: count(done, total, ""))


def _cells(row: Row) -> list[str]:
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(row.verdicts.items()))
    return [row.key, str(row.instances), verdicts, str(row.refused), number(row.margin, 3)]
