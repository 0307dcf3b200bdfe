"""`headstart evaluate`: the number of a formula, or a table of numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from headstart import api
from headstart.cells import Cell, cell, columns, note_missing, reasons, refuse_empty
from headstart.commands.gathering import Gathered
from headstart.errors import InputError
from headstart.files import target, write_whole
from headstart.output import emit, emit_json, emit_table, number, plain, table
from headstart.sweeps import grid

NAMES = ("value", "regime")


def run(key: str, gathered: Gathered, *, csv_file: str | None, as_json: bool) -> int:
    """One evaluation, or one per cell where a field runs."""
    if csv_file is not None and not gathered.sweeps:
        raise InputError("--csv writes the table of a sweep: add --sweep, such as --sweep n=10:200:10")
    to = target(csv_file) if csv_file is not None else None
    result = api.result(key)
    if not gathered.sweeps:
        _print_one(result.at(**gathered.at({})).as_json(), as_json)
        return 0
    cells = [cell(fields, lambda at: result.at(**gathered.at(at)).as_json()) for fields in grid(gathered.sweeps)]
    refuse_empty(cells)
    names = [*(sweep.name for sweep in gathered.sweeps), *NAMES]
    if to is not None:
        write_whole(to, _csv(names, cells))
    if as_json:
        emit_json(_columns(result, cells))
    elif to is None:
        emit_table(table([f">{name}" if name != "regime" else name for name in names], _texts(cells)))
    note_missing(cells)
    return 0


def _print_one(found: dict[str, Any], as_json: bool) -> None:
    """JSON as it is; for people key and value, then everything else, a line each."""
    if as_json:
        emit_json(found)
        return
    width = max(len(found["key"]), 10)
    emit(f"{found['key']:<{width}}  {number(found['value'], 10)}")
    for name, value in found.items():
        if name not in ("key", "value"):
            for i, line in enumerate(_lines(value)):
                emit(f"{'' if i else name:<{width}}  {line}")


def _lines(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{name:<6}{number(part, 10)}" for name, part in value.items()]
    return [number(part, 10) for part in value] if isinstance(value, list) else [number(value, 10)]


def _texts(cells: Sequence[Cell]) -> list[list[str]]:
    return [[number(value) for value in cell.row(NAMES)] for cell in cells]


def _csv(names: Sequence[str], cells: Sequence[Cell]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(["" if value is None else plain(value) for value in cell.row(NAMES)] for cell in cells)
    return text.getvalue()


def _columns(result: Any, cells: Sequence[Cell]) -> dict[str, Any]:
    given = next(cell.found["given"] for cell in cells if cell.found is not None)
    return {
        "key": result.key,
        "kind": str(result.kind),
        "given": given,
        "columns": columns(cells, NAMES),
        "without_value": reasons(cells),
    }
