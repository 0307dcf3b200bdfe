"""Evidence in a directory: the page, the data, and what tools that collect tests read."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from headstart import api, failing
from headstart.errors import InputError
from headstart.evidence.junit import junit
from headstart.evidence.markup import Markup, tag
from headstart.evidence.page import page
from headstart.files import target, write_whole
from headstart.output import plain

if TYPE_CHECKING:
    from headstart.failing import Reproduction
    from verify.report import Report

PAGE, DATA, JUNIT = "index.html", "report.json", "junit.xml"


def folder(name: str | Path) -> Path:
    """The directory, refused in one line before any work is done for it; made if its parent is there."""
    path = Path(name)
    if path.exists() and not path.is_dir():
        raise InputError(f"{path} is not a directory: name one for the report, new or to be filled")
    if not path.exists() and not path.parent.is_dir():
        raise InputError(f"{path}: there is no directory {path.parent}: make it first, or write elsewhere")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InputError(f"{path} cannot be written to: write elsewhere")
    for file in (PAGE, DATA, JUNIT):
        if path.exists():
            target(path / file)
    return path


def write(report: Report, reproductions: Sequence[Reproduction], path: Path) -> Path:
    """Write all three, and the failing instances beside them, and return where the page is."""
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"{path} cannot be made ({error.strerror}): write elsewhere") from error
    failing.write(reproductions, path)
    _write(report, reproductions, path)
    return path / PAGE


def _write(report: Report, reproductions: Sequence[Reproduction], path: Path) -> None:
    when = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    results = {row.key: api.result(row.key) for row in report.rows}
    shown = {found.key: _shown(found) for found in reproductions}
    data = {**report.as_json(), "failing": [found.as_json() for found in reproductions], "written": when}
    write_whole(path / DATA, json.dumps(plain(data), indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    write_whole(path / JUNIT, junit(report, {found.key: found.lines() for found in reproductions}))
    write_whole(path / PAGE, page(report, results, when, shown))


def _shown(found: Reproduction) -> Markup:
    """The simplest failing instance, as a part of its claim's section."""
    return tag(
        "div",
        tag("h4", "The simplest instance where it fails"),
        tag("p", f"{found.told}."),
        tag("pre", found.text, tabindex="0"),
        tag("p", "To see it again, beside ", tag("code", found.file), ", which holds this instance:"),
        tag("pre", "\n".join(found.commands()), tabindex="0"),
        class_="failure",
    )
