"""A run as JUnit XML, for tools that collect tests: one case a claim and one an exact relation.

Whatever is not supported has failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from verify.report import Report, Row
    from verify.stage_zero.suite import Finding


def junit(report: Report, failures: Mapping[str, Sequence[str]]) -> str:
    """The document; `failures` are lines that say how to reproduce what is not supported."""
    verdicts = [*(row.verdict for row in report.rows), *(found.verdict for found in report.exact)]
    seconds = [*(row.seconds for row in report.rows), *(found.seconds for found in report.exact)]
    failed = sum(verdict != "supported" for verdict in verdicts)
    total = {
        "tests": str(len(verdicts)),
        "failures": str(failed),
        "errors": "0",
        "skipped": "0",
        "time": f"{sum(seconds):.3f}",
    }
    root = ElementTree.Element("testsuites", {"name": "headstart verify", **total})
    suite = ElementTree.SubElement(root, "testsuite", {"name": "headstart verify", **total})
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in {"seed": report.seed, **report.versions, **report.ledger.as_json()}.items():
        ElementTree.SubElement(properties, "property", {"name": name, "value": str(value)})
    for row in report.rows:
        _case(suite, row, failures.get(row.key, ()))
    for found in report.exact:
        _relation(suite, found)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _case(suite: ElementTree.Element, row: Row, reproduce: Sequence[str]) -> None:
    named = {"classname": row.key.split(".")[0], "name": row.key, "time": f"{row.seconds:.3f}"}
    case = ElementTree.SubElement(suite, "testcase", named)
    if row.verdict != "supported":
        said = {
            "type": str(row.verdict),
            "message": f"{row.check}: {row.verdict}, observed {row.observed or 'nothing'}",
        }
        ElementTree.SubElement(case, "failure", said).text = "\n".join([row.note, *reproduce])
    told = (
        f"{row.check}; resolution {row.resolution}; {row.draws} draws at {row.instances} instances; {row.certificate}"
    )
    ElementTree.SubElement(case, "system-out").text = told


def _relation(suite: ElementTree.Element, found: Finding) -> None:
    relation = found.relation
    name = f"{relation.key}, exactly: {relation.name}"
    named = {"classname": relation.key.split(".")[0], "name": name, "time": f"{found.seconds:.3f}"}
    case = ElementTree.SubElement(suite, "testcase", named)
    if found.verdict != "supported":
        said = {"type": str(found.verdict), "message": f"{relation.name}: {found.verdict}"}
        ElementTree.SubElement(case, "failure", said)
    ElementTree.SubElement(case, "system-out").text = f"{relation.kind}; nothing is drawn"
