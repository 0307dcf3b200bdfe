"""Elements of a page that is both HTML and XML: what is not markup already is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

VOID = {"meta", "br", "hr", "col", "link"}


class Markup(str):
    """Text that is markup: made by `tag` and by nothing that holds text from elsewhere."""

    __slots__ = ()


def tag(name: str, /, *children: str | None, **attributes: str | float | None) -> Markup:
    """<name attributes>children</name>; an attribute that is None is left out, `class_` and `a_b` are class and a-b."""
    named = ((key.strip("_").replace("_", "-"), value) for key, value in attributes.items() if value is not None)
    opening = " ".join([name, *(f'{key}="{escape(_shown(value))}"' for key, value in named)])
    inner = joined(children)
    return Markup(f"<{opening}/>" if name in VOID else f"<{opening}>{inner}</{name}>")


def joined(children: Iterable[str | None], between: str = "") -> Markup:
    """The children one after the other, escaped where they are text."""
    parts = (part if isinstance(part, Markup) else escape(part, quote=False) for part in children if part is not None)
    return Markup(between.join(parts))


def _shown(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
