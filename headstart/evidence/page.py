"""The page: one file that needs nothing else, neither a network nor a program in it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING

from headstart.evidence.markup import Markup, tag
from headstart.evidence.sections import section
from headstart.evidence.summary import READING, budget, failing, overview, relations, run_facts, verdict_line

if TYPE_CHECKING:
    from theory.result import Result
    from verify.report import Report

TITLE = "Fine-tuning: theory against simulation"
EXACTLY = (
    "Nothing is drawn here: each formula is held against a second route to it, against itself on a changed instance, "
    "or against the result that it shares equations with."
)


def page(report: Report, results: Mapping[str, Result], when: str, failures: Mapping[str, Markup]) -> str:
    """The whole document, well-formed as HTML and as XML; `failures` are shown with their claims."""
    sections = [section(row, results[row.key], report.seed, failures.get(row.key)) for row in report.rows]
    body = tag(
        "body",
        tag("header", tag("h1", TITLE), verdict_line(report), run_facts(report, when)),
        tag(
            "main",
            tag("h2", "Not supported"),
            failing(report, results),
            tag("h2", "How sure this is"),
            tag("p", READING),
            budget(report.ledger),
            tag("h2", "Overview"),
            overview(report, results),
            *((tag("h2", "Exact relations"), tag("p", EXACTLY), relations(report)) if report.exact else ()),
            tag("h2", "Claims"),
            *sections,
        ),
    )
    return "<!DOCTYPE html>\n" + tag("html", _head(), body, xmlns="http://www.w3.org/1999/xhtml", lang="en") + "\n"


def _head() -> Markup:
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", TITLE),
        tag("style", _style()),
    )


def _style() -> Markup:
    """The style sheet, which has no character that means something else in XML."""
    return Markup(files("headstart.evidence").joinpath("style.css").read_text(encoding="utf-8"))
