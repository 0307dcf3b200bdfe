"""Formulas as MathML, from the only LaTeX printer: browsers show it without fonts or programs from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from headstart.evidence.markup import Markup, joined, tag

if TYPE_CHECKING:
    from theory.cases import Case
    from theory.result import Result

NAMESPACE = "http://www.w3.org/1998/Math/MathML"
UPRIGHT = set("ΓΔΘΛΞΠΣΦΨΩ")
"""Capital Greek letters stand upright, as in LaTeX; browsers would slant a single letter."""

PIECE = re.compile(r"(?<!\\)\$((?:[^$\\]|\\.)+)\$|`([^`]+)`|\\(.)")
"""Of Markdown: mathematics between dollars, code between back quotes, an escaped character."""

BRACE = Markup(
    '<svg class="brace" viewBox="0 0 10 100" preserveAspectRatio="none" aria-hidden="true">'
    '<path d="M9 1C4 1 5 6 5 14V38C5 46 5 50 1 50C5 50 5 54 5 62V86C5 94 4 99 9 99"/></svg>'
)

STARRED = re.compile(r"\\operatorname\*\{([^}]*)\}")
"""Operators with a space in their name, which the converter does not know."""


@cache
def maths(latex: str, *, display: bool = False) -> Markup:
    """LaTeX mathematics as one <math> element, with its source as the alternative text."""
    from latex2mathml.converter import convert

    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.fromstring(convert(STARRED.sub(_named, latex), display="block" if display else "inline"))
    for letter in root.iter(f"{{{NAMESPACE}}}mi"):
        if letter.text in UPRIGHT:
            letter.set("mathvariant", "normal")
    root.set("alttext", latex)
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def formula(result: Result) -> Markup:
    """statement = formula; short cases side by side with where they hold, long ones one after the other."""
    from headstart.document.contents import displays
    from theory.cases import cases
    from theory.latex import case_condition_latex, equation_latex

    found = cases(result)
    if len(found) > 1 and len(displays(result)) == 1:
        return _braced(result, found)
    conditions = [None if _is_everywhere(case) else maths(case_condition_latex(case)) for case in found]
    equations = [maths(equation_latex(result, case), display=True) for case in found]
    if len(found) == 1:
        return _scrolling(*equations, tag("span", conditions[0], class_="where") if conditions[0] else None)
    rows = zip(conditions, equations, strict=True)
    return joined(
        part for condition, equation in rows for part in (tag("p", condition, class_="condition"), _scrolling(equation))
    )


def _braced(result: Result, found: Sequence[Case]) -> Markup:
    from theory.latex import RELATIONS, case_condition_latex, latex_of

    left = maths(f"{result.statement.latex} {RELATIONS.get(result.kind, '=')}", display=True)
    rows = [
        (maths(latex_of(case.value), display=True), tag("span", maths(case_condition_latex(case)), class_="where"))
        for case in found
    ]
    return _scrolling(tag("div", left), BRACE, tag("div", *(part for row in rows for part in row), class_="cases"))


def _is_everywhere(case: Case) -> bool:
    return bool(case.within) and all(part == True for part in case.within)  # noqa: E712 (SymPy's true)


def definitions(result: Result) -> list[Markup]:
    """Numbers that the formula uses and an equation defines, and what is zero without noise."""
    from headstart.document.contents import definitions as defined
    from theory.text import silence_text

    found = [
        joined(("where ", *((maths(symbol), " solves ") if symbol else ()), maths(equation)))
        for symbol, equation in defined(result)
    ]
    if silence := silence_text(result):
        found.append(joined(("Here ", prose(silence), ".")))
    return found


def prose(text: str) -> Markup:
    """Prose with plain mathematics in it, the mathematics and keys of results set as such."""
    from headstart.document.prose import markdown_prose

    parts, end, source = [], 0, markdown_prose(text)
    for found in PIECE.finditer(source):
        parts.append(source[end : found.start()])
        parts.append(maths(found[1]) if found[1] else tag("code", found[2]) if found[2] else found[3])
        end = found.end()
    return joined((*parts, source[end:]))


def _named(operator: re.Match[str]) -> str:
    return rf"\text{{{operator[1].replace(chr(92) + ',', ' ')}}}"


def _scrolling(*parts: Markup | None) -> Markup:
    return tag("div", *parts, class_="formula", tabindex="0", role="group", aria_label="formula")
