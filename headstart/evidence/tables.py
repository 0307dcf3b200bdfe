"""Tables that a screen reader can read, and lists of facts."""

from __future__ import annotations

from collections.abc import Sequence

from headstart.evidence.markup import Markup, tag

LONG = 48
"""Characters beyond which a fact takes two columns."""


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str | Markup]], kind: str) -> Markup:
    """A table with a caption; `>` before a column's name aligns it to the right, the first column names its row."""
    right = [name.startswith(">") for name in columns]
    head = [
        tag("th", name.removeprefix(">"), scope="col", class_="number" if number else None)
        for name, number in zip(columns, right, strict=True)
    ]
    body = [tag("tr", *(_cell(k, cell, right[k]) for k, cell in enumerate(row))) for row in rows]
    made = tag("table", tag("caption", caption), tag("thead", tag("tr", *head)), tag("tbody", *body), class_=kind)
    return tag("div", made, class_="wide", tabindex="0", role="group", aria_label=caption)


def _cell(column: int, content: str | Markup, number: bool) -> Markup:
    kind = "number" if number else None
    return tag("td", content, class_=kind) if column else tag("th", content, scope="row", class_=kind)


def facts(pairs: Sequence[tuple[str, str]]) -> Markup:
    """Names and what they are; what is long takes two columns."""
    entries = (
        tag("div", tag("dt", name), tag("dd", said), class_="long" if len(said) > LONG else None)
        for name, said in pairs
    )
    return tag("dl", *entries, class_="facts")
