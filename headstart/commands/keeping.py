"""`headstart runs`: what a store holds."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from headstart.errors import InputError
from headstart.files import target, write_whole
from headstart.output import emit, emit_json, emit_table, number, plain, table

if TYPE_CHECKING:
    from numerics.estimate import Recipe
    from numerics.summary import Summary

Row = dict[str, Any]
SUFFIXES = (".csv", ".parquet")
TOLD = ("quantity", "law", "seed", "trials", "estimate", "standard_error")


def run(store: str, *, to: str | None, levels: Sequence[float], as_json: bool) -> int:
    """A table for people, with one row a run in the order in which they began; all of it as JSON or in a file."""
    from numerics.estimate import checked_levels
    from numerics.store import Store

    path = None if to is None else target(to, SUFFIXES)
    write: Callable[[Sequence[Row]], str | bytes]
    write = _parquet_writer() if path is not None and path.suffix.lower() == ".parquet" else _csv
    checked = checked_levels(list(levels))
    with Store(store, read_only=True) as opened:
        rows = [_row(recipe, total, checked) for recipe, total in opened.runs() if total.moments.count]
    if path is not None:
        write_whole(path, write(rows))
        emit(f"wrote {path}")
    elif as_json:
        emit_json(rows)
    else:
        _print(rows)
    return 0


def _row(recipe: Recipe, total: Summary, levels: Sequence[float]) -> Row:
    """The numbers of the instance, the estimate, its quantiles and versions, and the whole instance as JSON."""
    from dataclasses import asdict

    from numerics.estimate import estimate

    found = asdict(estimate(recipe, total, levels=levels if recipe.sketched else ()))
    quantiles, versions = found.pop("quantiles"), found.pop("versions")
    del found["stopped"]
    scalars = {name: value for name, value in recipe.instance.items() if not isinstance(value, list)}
    named = {f"quantile_{level:g}": quantiles.get(f"{level:g}") for level in levels}
    return (
        scalars
        | found
        | named
        | dict(versions)
        | {"processor": recipe.processor, "fields": json.dumps(recipe.instance)}
    )


def _names(rows: Sequence[Row]) -> list[str]:
    """Every column of any row, in the order of their first appearance."""
    return list(dict.fromkeys(name for row in rows for name in row))


def _csv(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, _names(rows), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: plain(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _parquet_writer() -> Callable[[Sequence[Row]], bytes]:
    """From rows to a Parquet file; refused before any work where pyarrow is missing."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise InputError("Parquet needs pyarrow: pip install 'headstart[parquet]', or write a .csv") from error

    def written(rows: Sequence[Row]) -> bytes:
        columns = {name: pyarrow.array(_alike([row.get(name) for row in rows])) for name in _names(rows)}
        file = io.BytesIO()
        parquet.write_table(pyarrow.table(columns), file)
        return file.getvalue()

    return written


def _alike(values: list[Any]) -> list[Any]:
    """A column of one type: seeds beyond 64 bits, or depths of which one is the word inf, are all text."""
    large = any(isinstance(value, int) and abs(value) >= 2**63 for value in values)
    mixed = any(isinstance(value, str) for value in values) and not all(isinstance(v, str | None) for v in values)
    return [None if value is None else str(value) for value in values] if large or mixed else values


def _print(rows: Sequence[Row]) -> None:
    names = [name for name in _names(rows) if name in _scalars(rows) or name in TOLD or name.startswith("quantile_")]
    heads = [name if name in ("setting", "quantity", "law") else f">{name}" for name in names]
    emit_table(table(heads, [[_shown(row.get(name)) for name in names] for row in rows]))


def _scalars(rows: Sequence[Row]) -> set[str]:
    return {name for row in rows for name, value in json.loads(row["fields"]).items() if not isinstance(value, list)}


def _shown(value: Any) -> str:
    """A number; of the words on a law those before the colon."""
    return value.partition(":")[0] if isinstance(value, str) else number(value)
