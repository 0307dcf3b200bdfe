"""Writing a file whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from headstart.errors import InputError

ELSEWHERE = "write elsewhere"


def target(name: str | Path, suffixes: tuple[str, ...] = (), *, instead: str = ELSEWHERE) -> Path:
    """The path to write to, refused in one line before any work is done for it; `instead` is what to do then."""
    path = Path(name)
    if suffixes and path.suffix.lower() not in suffixes:
        got = f"'{path.suffix}'" if path.suffix else "none"
        raise InputError(f"{path}: the ending says the format, and it is {got}: use one of {', '.join(suffixes)}")
    if path.is_dir():
        raise InputError(f"{path} is a directory: name a file in it")
    if path.exists() and not path.is_file():
        raise InputError(f"{path} is not a regular file: name one that may be replaced")
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no directory {path.parent}: make it first, or write elsewhere")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"{path}: the directory {path.parent} cannot be written to: {instead}")
    return path


def write_whole(path: Path, content: str | bytes, *, instead: str = ELSEWHERE) -> None:
    """Write to a neighbour and rename it, so that a reader sees the old file or the new one, never a half."""
    final = path.resolve()
    partial = final.with_name(f".{final.name}.{os.getpid()}.part")
    try:
        with partial.open("xb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
        partial.replace(final)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}): {instead}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
