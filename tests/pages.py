"""Reading a page as XML."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

XHTML, SVG, MATHML = (f"{{http://www.w3.org/{name}}}" for name in ("1999/xhtml", "2000/svg", "1998/Math/MathML"))


def section(page: ElementTree.Element, key: str) -> ElementTree.Element:
    (found,) = page.iterfind(f".//{XHTML}section[@id='{key.replace('.', '-')}']")
    return found


def text(element: ElementTree.Element) -> str:
    return " ".join(" ".join(element.itertext()).split())


def classes(element: ElementTree.Element, kind: str) -> Iterator[ElementTree.Element]:
    return (e for e in element.iter() if kind in e.get("class", "").split())
