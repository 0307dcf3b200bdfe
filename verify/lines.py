"""A file of finished work, a line a piece under a heading that says what it is of: a run goes on from there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from numerics.versions import processor, versions


class JournalError(RuntimeError):
    """A journal that cannot be used: one line that says why and what to do.  Nothing was overwritten."""


def opened(
    file: Path, kind: str, of: Callable[[int], Mapping[str, Any]], seed: int, *, resumed: bool
) -> tuple[int, list[dict[str, Any]]]:
    """The seed of the run that a file is of, and its lines; begun where there is no file.

    A line is written when its piece is done: a process killed at any moment leaves all of them, and perhaps a torn one,
    which is dropped.  `of` says what determines a run from a seed, beside the code and versions: a file of another run
    is refused.  `resumed`: the seed is that of the file.
    """
    with explained(file):
        text = file.read_bytes() if file.exists() else b""
        if not text:
            file.write_text(json.dumps(_heading(kind, of(seed))) + "\n", encoding="utf-8")
            return seed, []
        heading, *lines = _lines(file, kind, text)
        if resumed and isinstance(heading.get("seed"), int):
            seed = heading["seed"]
        _refuse_others(file, heading, _heading(kind, of(seed)))
        with file.open("r+b") as whole:
            whole.truncate(text.rindex(b"\n") + 1)
        return seed, lines


@contextmanager
def appending(file: Path) -> Generator[Callable[[Mapping[str, Any]], None], None, None]:
    """Write line after line, each at once."""
    with explained(file):
        writing = file.open("a", encoding="utf-8")

    def write(entry: Mapping[str, Any]) -> None:
        with explained(file):
            writing.write(json.dumps(entry) + "\n")
            writing.flush()

    with writing:
        yield write


def _heading(kind: str, of: Mapping[str, Any]) -> dict[str, Any]:
    """What determines every line."""
    return {"format": kind, **of, "code": code_digest(), "versions": versions(), "processor": processor()}


def _lines(file: Path, kind: str, text: bytes) -> list[dict[str, Any]]:
    """The lines that are whole; a file that does not begin like a journal is none."""
    try:
        lines = [json.loads(line) for line in text[: text.rindex(b"\n")].split(b"\n")]
    except ValueError:
        lines = []
    if not lines or not isinstance(lines[0], dict) or lines[0].get("format") != kind:
        raise JournalError(f"{file} is not a {kind.split(',')[0]}: name another file.")
    return lines


def _refuse_others(file: Path, there: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    other = [name for name in here if there.get(name) != here[name]]
    if other:
        raise JournalError(
            f"{file} is the journal of a run with other {' and '.join(other)}: repeat that run as it was, or name "
            "another file."
        )


@contextmanager
def explained(file: Path) -> Generator[None, None, None]:
    """An error of the file system as one line."""
    try:
        yield
    except OSError as error:
        raise JournalError(
            f"{file} cannot be read or written ({error.strerror}): see to it, or name another file."
        ) from error


@cache
def code_digest() -> str:
    """A fingerprint of the code that makes the verdicts: every module of theory, numerics and verify."""
    found = hashlib.sha256()
    for package in ("theory", "numerics", "verify"):
        root = Path(str(files(package)))
        for file in sorted(root.rglob("*.py")):
            found.update(str(file.relative_to(root.parent)).encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()[:16]
