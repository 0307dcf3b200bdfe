"""`headstart evaluate`: the number of a formula, or a table of numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from headstart import api
from headstart.commands.gathering import Gathered
from headstart.errors import InputError, is_bad_input, one_line
from headstart.files import target, write_whole
from headstart.output import emit, emit_json, emit_table, note, number, plain, table
from headstart.sweeps import grid


@dataclass(frozen=True)
class Cell:
    """One row of a sweep: the fields that run, and the evaluation or the reason why there is none."""

    fields: dict[str, Any]
    found: dict[str, Any] | None
    reason: str = ""

    def row(self) -> list[Any]:
        """The fields, the value and the regime."""
        found = self.found or {"value": None, "regime": None}
        return [*self.fields.values(), found["value"], found["regime"]]


def run(key: str, gathered: Gathered, *, csv_file: str | None, as_json: bool) -> int:
    """One evaluation, or one per cell where a field runs."""
    if csv_file is not None and not gathered.sweeps:
        raise InputError("--csv writes the table of a sweep: add --sweep, such as --sweep n=10:200:10")
    to = target(csv_file) if csv_file is not None else None
    result = api.result(key)
    if not gathered.sweeps:
        _print_one(result.at(**gathered.at({})).as_json(), as_json)
        return 0
    cells = _cells(result, gathered)
    names = [*(sweep.name for sweep in gathered.sweeps), "value", "regime"]
    if to is not None:
        write_whole(to, _csv(names, cells))
    if as_json:
        emit_json(_columns(result, names, cells))
    elif to is None:
        emit_table(table([f">{name}" if name != "regime" else name for name in names], _texts(cells)))
    _note_missing(cells)
    return 0


def _cells(result: Any, gathered: Gathered) -> list[Cell]:
    """Every cell; where not one of them has a value, the first reason is the error."""
    cells, refusals = [], []
    for fields in grid(gathered.sweeps):
        try:
            cells.append(Cell(fields, result.at(**gathered.at(fields)).as_json()))
        except ValueError as error:
            if not is_bad_input(error):
                raise
            refusals.append(error)
            cells.append(Cell(fields, None, one_line(error)))
    if len(refusals) == len(cells):
        raise refusals[0]
    return cells


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
    return [[number(value) for value in cell.row()] for cell in cells]


def _csv(names: Sequence[str], cells: Sequence[Cell]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(["" if value is None else plain(value) for value in cell.row()] for cell in cells)
    return text.getvalue()


def _columns(result: Any, names: Sequence[str], cells: Sequence[Cell]) -> dict[str, Any]:
    given = next(cell.found["given"] for cell in cells if cell.found is not None)
    columns = dict(zip(names, zip(*(cell.row() for cell in cells), strict=True), strict=True))
    notes = [cell.fields | {"reason": cell.reason} for cell in cells if cell.found is None]
    return {
        "key": result.key,
        "kind": str(result.kind),
        "given": given,
        "columns": columns,
        "without_value": notes,
    }


def _note_missing(cells: Sequence[Cell]) -> None:
    """How many cells have no value, and the first reason; the JSON holds them all."""
    reasons = [cell.reason for cell in cells if cell.found is None]
    if reasons:
        note(f"no value in {len(reasons)} of {len(cells)} cells: {reasons[0]}")
