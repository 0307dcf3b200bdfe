"""The cells of a grid: the fields that run, and what was found there or why there is nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from headstart.errors import is_bad_input, one_line
from headstart.output import note


@dataclass(frozen=True)
class Cell:
    """One row of a sweep: the fields that run, and what was found, or the refusal that is the reason for nothing."""

    fields: dict[str, Any]
    found: dict[str, Any] | None
    refusal: ValueError | None = None

    def row(self, names: Sequence[str]) -> list[Any]:
        """The fields, and the parts of what was found that are named."""
        found = self.found or dict.fromkeys(names)
        return [*self.fields.values(), *(found[name] for name in names)]


def cell(fields: dict[str, Any], find: Callable[[dict[str, Any]], dict[str, Any]]) -> Cell:
    """What `find` gives at `fields`; fields outside the domain leave the cell empty."""
    try:
        return Cell(fields, find(fields))
    except ValueError as error:
        if not is_bad_input(error):
            raise
        return Cell(fields, None, error)


def refuse_empty(cells: Sequence[Cell]) -> None:
    """Where not one of the cells has a value, the first reason is the error."""
    refusals = [cell.refusal for cell in cells if cell.refusal is not None]
    if refusals and len(refusals) == len(cells):
        raise refusals[0]


def columns(cells: Sequence[Cell], names: Sequence[str]) -> dict[str, list[Any]]:
    """The rows as columns: the fields that run, then those named."""
    heads = [*cells[0].fields, *names]
    return {
        head: list(column) for head, column in zip(heads, zip(*(c.row(names) for c in cells), strict=True), strict=True)
    }


def reasons(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """The cells without a value, each with its reason."""
    return [cell.fields | {"reason": one_line(cell.refusal)} for cell in cells if cell.refusal is not None]


def note_missing(cells: Sequence[Cell]) -> None:
    """How many cells have no value, and the first reason; the JSON holds them all."""
    missing = reasons(cells)
    if missing:
        note(f"no value in {len(missing)} of {len(cells)} cells: {missing[0]['reason']}")
