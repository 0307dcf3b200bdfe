"""A user's table and source weights: numbers in files, read as data, and refused in one line where they are not."""

from __future__ import annotations

import csv
import difflib
import json
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from headstart.errors import InputError

MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "."}
"""What stands for a missing value, in small letters."""
COPIES = 4
"""Arrays of the size of the table, and of d by d numbers, that are held at once."""


@dataclass(frozen=True, eq=False)
class Table:
    """Features with their names, and labels."""

    columns: tuple[str, ...]
    x: Float[np.ndarray, "rows d"]
    y: Float[np.ndarray, " rows"]


def read_table(name: str | Path, target: str) -> Table:
    """The table in a CSV file whose first line names the columns; `target` is the label, all others are features.

    Raises `InputError`, one line, for a file that cannot be read, too large a table for the memory, a wrong name, rows
    of another length, values that are missing, text or infinite, and columns that are constant.
    """
    path = Path(name)
    header, count = _shape(path)
    if target not in header:
        near = difflib.get_close_matches(target, header, n=1, cutoff=0.4)
        raise InputError(f"{path}: no column {target}; " + (f"did you mean {near[0]}?" if near else _shown(header)))
    _refuse_large(path, count, len(header))
    numbers = np.array(list(_rows(path, header)), dtype=float).reshape(-1, len(header))
    if not len(numbers):
        raise InputError(f"{path} has no rows below its header: add some")
    constant = np.flatnonzero(np.ptp(numbers, axis=0) == 0)
    if constant.size:
        raise InputError(f"{path}: column {header[constant[0]]} is constant and tells nothing: leave it out")
    label = header.index(target)
    rest = [k for k in range(len(header)) if k != label]
    if not rest:
        raise InputError(f"{path}: {target} is the only column: add features")
    return Table(tuple(header[k] for k in rest), np.ascontiguousarray(numbers[:, rest]), numbers[:, label].copy())


def read_weights(name: str | Path, columns: Sequence[str]) -> Float[np.ndarray, " d"]:
    """Source weights: a JSON list in the order of the columns, a JSON object by their names, or numbers in a text file.

    Raises `InputError`, one line, for anything else, a wrong number of weights, and names that are no columns.
    """
    path = Path(name)
    text = _text(path)
    try:
        found: Any = json.loads(text) if path.suffix.lower() == ".json" else text.replace(",", " ").split()
        if isinstance(found, dict):
            found = _by_name(path, found, columns)
        weights = [_number(value) for value in found]
    except (ValueError, TypeError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{path} holds no list of numbers: give {len(columns)}, or in a .json file an object by column"
        ) from error
    if len(weights) != len(columns):
        raise InputError(f"{path}: {len(weights)} weights for {len(columns)} features: give one for each column")
    if not all(map(math.isfinite, weights)):
        raise InputError(f"{path}: a weight is not finite: every weight must be a number")
    return np.array(weights)


def _number(value: object) -> float:
    """A number, or its text; True is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError
    return float(value)


def _by_name(path: Path, found: dict[str, Any], columns: Sequence[str]) -> list[Any]:
    for name in found:
        if name not in columns:
            raise InputError(f"{path}: {name} is no feature of the table; {_shown(columns)}")
    for name in columns:
        if name not in found:
            raise InputError(f"{path}: no weight for {name}: add it, 0 if the source has none")
    return [found[name] for name in columns]


def _shape(path: Path) -> tuple[list[str], int]:
    """The names in the first line, and how many lines follow, roughly."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = [name.strip() for name in next(csv.reader(file), [])]
            count = sum(1 for _ in file)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check the name") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is no CSV file in UTF-8 ({error}): save it as one") from error
    if not header:
        raise InputError(f"{path} is empty: give a table whose first line names its columns")
    if all(map(_is_number, header)):
        raise InputError(f"{path}: the first line holds numbers: let it name the columns")
    twice = next((name for name in header if header.count(name) > 1), None) if len(set(header)) < len(header) else None
    if twice is not None:
        raise InputError(f"{path}: column {twice or '(without a name)'} is there twice: rename one")
    return header, count


def _rows(path: Path, header: Sequence[str]) -> Iterator[list[float]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            reader = csv.reader(file)
            next(reader)
            for row in reader:
                if row:
                    yield _numbers(path, reader.line_num, header, row)
        except (UnicodeDecodeError, csv.Error) as error:
            raise InputError(f"{path} is no CSV file in UTF-8 ({error}): save it as one") from error


def _numbers(path: Path, line: int, header: Sequence[str], row: Sequence[str]) -> list[float]:
    if len(row) != len(header):
        raise InputError(f"{path}, line {line}: {len(row)} values for {len(header)} columns: correct it there")
    found = []
    for name, text in zip(header, row, strict=True):
        if text.strip().lower() in MISSING:
            raise InputError(f"{path}, line {line}: {name} is missing: fill it in, or leave the row or the column out")
        if not _is_number(text):
            shown = text if len(text) <= 20 else f"{text[:20]}..."
            raise InputError(f"{path}, line {line}: {name} is text ('{shown}'): encode it in numbers, or leave it out")
        found.append(float(text))
        if not math.isfinite(found[-1]):
            raise InputError(f"{path}, line {line}: {name} is not finite: correct it there")
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check the name") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no text in UTF-8: save it as that") from error


def _refuse_large(path: Path, rows: int, columns: int) -> None:
    needed, there = 8 * COPIES * columns * (rows + columns), free_memory()
    if needed > there:
        raise InputError(
            f"{path}: {rows} rows of {columns} columns take {needed / 2**30:.3g} GiB and {there / 2**30:.3g} are free: "
            "take fewer columns or rows"
        )


def free_memory() -> float:
    """Bytes that are free, as far as the system tells; else no limit."""
    try:
        return float(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (ValueError, OSError, AttributeError):
        return math.inf


def _shown(names: Sequence[str]) -> str:
    shown = ", ".join(names[:6])
    return f"its columns are {shown}" + (", ..." if len(names) > 6 else "")
