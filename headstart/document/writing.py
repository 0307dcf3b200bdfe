"""One document, three formats; the file's ending chooses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from headstart.files import target, write_whole

if TYPE_CHECKING:
    from theory.result import Result

SUFFIXES = (".tex", ".pdf", ".md")


def write(results: Sequence[Result], to: str | Path) -> Path:
    """Write the results to a .tex, .pdf or .md file, whole or not at all; the path is returned."""
    path = target(to, SUFFIXES)
    write_whole(path, _content(results, path.suffix.lower()))
    return path


def _content(results: Sequence[Result], suffix: str) -> str | bytes:
    if suffix == ".md":
        from headstart.document.markdown import document_markdown

        return document_markdown(results)
    from headstart.document.article import document_tex

    source = document_tex(results)
    if suffix == ".tex":
        return source
    from headstart.document.pdf import compiled

    return compiled(source)
