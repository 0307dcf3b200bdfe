"""Everything that the front door prints goes through here."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TextIO

from headstart.errors import InputError, OutputClosed

if TYPE_CHECKING:
    from rich.table import Table

WIDE = 1000  # columns where nobody looks at a screen: nothing is folded


def emit(text: str) -> None:
    """Text and a line break to standard output."""
    try:
        sys.stdout.write(_encodable(text, sys.stdout) + "\n")
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise OutputClosed from error
    except OSError as error:
        raise InputError(f"cannot write the output: {error.strerror}; free some space, or write elsewhere") from error


def note(text: str) -> None:
    """One line to standard error."""
    line = " ".join(text.split())
    sys.stderr.write(_encodable(f"headstart: {line}", sys.stderr) + "\n")


def emit_json(value: Any) -> None:
    """Strict JSON: infinite values are the strings "inf" and "-inf"."""
    emit(json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False))


def plain(value: Any) -> Any:
    """The same data in what JSON has: numbers that are not finite as text, tuples and arrays as lists."""
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, str | bool | int | None):
        return value if not isinstance(value, str) else str(value)
    if isinstance(value, Sequence):
        return [plain(part) for part in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if hasattr(value, "__float__"):
        number = float(value)
        return number if math.isfinite(number) else str(number)
    return str(value)


def number(value: Any, digits: int = 6) -> str:
    """A number for people."""
    if value is None:
        return ""
    if isinstance(value, bool | int | str):
        return str(value)
    if hasattr(value, "__float__"):
        return f"{float(value):.{digits}g}"
    return str(value)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, widths: Mapping[str, int] | None = None) -> Table:
    """A table without a frame; `>` before a column's name aligns it to the right, `widths` folds a column."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    made = Table(box=SIMPLE_HEAD if sys.stdout.isatty() else None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in columns:
        side: Literal["left", "right"] = "right" if name.startswith(">") else "left"
        heading = name.removeprefix(">")
        made.add_column(heading, justify=side, overflow="fold", max_width=(widths or {}).get(heading))
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    return made


def emit_table(made: Table) -> None:
    """A rich table to standard output: coloured and folded on a terminal, plain and unfolded elsewhere."""
    from rich.console import Console

    terminal = sys.stdout.isatty()
    console = Console(width=None if terminal else WIDE)
    with console.capture() as captured:
        console.print(made)
    lines = captured.get().strip("\n").split("\n")
    emit("\n".join(lines if terminal else [line.rstrip() for line in lines]))


def _encodable(text: str, stream: TextIO) -> str:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
