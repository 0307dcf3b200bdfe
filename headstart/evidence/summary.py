"""What a reader looks for first: did anything fail, what was it worth, and where is what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from headstart.evidence.formulas import prose
from headstart.evidence.markup import Markup, joined, tag
from headstart.evidence.numbers import counted, lasting, plural, shown
from headstart.evidence.sections import anchor, badge
from headstart.evidence.strip import strip
from headstart.evidence.tables import facts, table

if TYPE_CHECKING:
    from theory.result import Result
    from verify.ledger import LedgerReport
    from verify.report import Report, Row

READING = (
    "Each formula was derived by computer algebra and compared with simulation that knows nothing of it. There are "
    "four verdicts: supported (the claim stands, and an error as large as the detectable one is excluded), refuted, "
    "undecided (the draws ran out) and vacuous (nothing was tested). Only the first passes, and nothing is tried twice."
)
MEANING: Mapping[str, str] = {
    "cancels": "the difference from a second route cancels to zero",
    "enclosed": "in ball arithmetic, every rounding accounted for",
    "metamorphic": "exact, on a changed instance",
    "shared": "the equations are those of the other result",
    "agrees": "to the accuracy that numbers from integrals promise",
}
"""How a relation is settled, by kind."""
COLUMNS = (
    *("result", "what is claimed, and compared", "verdict", "detectable error"),
    *("differences, in detectable errors", ">draws", ">time"),
)


def verdict_line(report: Report) -> Markup:
    """`All 27 claims are supported`, or what is not."""
    counts = Counter(str(row.verdict) for row in report.rows)
    total, exact = len(report.rows), len(report.exact)
    if report.passed:
        also = f", all {plural(exact, 'exact relation')} hold" if exact else ""
        return tag("p", f"✓ All {plural(total, 'claim')} supported{also}", class_="verdict supported", role="status")
    others = [f"{count} {verdict}" for verdict, count in counts.items() if verdict != "supported"]
    broken = sum(found.verdict != "supported" for found in report.exact)
    others += [f"{broken} of {plural(exact, 'exact relation')} not so"] if broken else []
    why = ", ".join(others) or "nothing was checked"
    said = f"✕ {counts['supported']} of {plural(total, 'claim')} supported: {why}"
    return tag("p", said, class_="verdict refuted", role="status")


def run_facts(report: Report, when: str) -> Markup:
    """Seed, draws, time and versions."""
    return facts(
        [
            ("tier", report.tier),
            ("seed", str(report.seed)),
            ("comparisons", counted(sum(row.instances for row in report.rows))),
            ("draws", counted(sum(row.draws for row in report.rows))),
            ("time, all processors", lasting(sum(row.seconds for row in report.rows))),
            *report.versions.items(),
            ("written", when),
        ]
    )


def failing(report: Report, results: Mapping[str, Result]) -> Markup:
    """The claims that are not supported, before everything else."""
    rows = [row for row in report.rows if row.verdict != "supported"]
    broken = [found for found in report.exact if found.verdict != "supported"]
    if not rows and not broken:
        return tag("p", "Nothing was refuted, left undecided or left untested.", class_="nothing")
    items = [tag("li", badge(row.verdict), " ", _link(row), ": ", _words(row, results), _why(row)) for row in rows]
    items += [
        tag("li", badge(found.verdict), " ", tag("code", found.relation.key), f": {found.relation.name}")
        for found in broken
    ]
    return tag("ul", *items, class_="failing")


def _why(row: Row) -> Markup | None:
    bad = [name for name, verdict in row.regimes if verdict != "supported"]
    places = joined([joined((" in the regime ", prose(name))) for name in bad], ",") if len(row.regimes) > 1 else None
    return joined((places, f"; observed {row.observed}" if row.observed else None))


def budget(ledger: LedgerReport) -> Markup:
    """The alpha ledger: certified and pilot apart."""
    certified = ("certified variance, or none needed", ledger.budget, ledger.spent, ledger.checks, "proved")
    pilot = ("variance from a pilot", ledger.pilot_budget, ledger.pilot_spent, ledger.pilot_checks, "asymptotic")
    rows = [
        [name, shown(whole), shown(spent, 3), str(checks), standing]
        for name, whole, spent, checks, standing in (certified, pilot)
    ]
    columns = ("account", ">budget", ">spent", ">checks", "standing")
    return table("Probability that a true claim is refused in this run", columns, rows, "budget")


def overview(report: Report, results: Mapping[str, Result]) -> Markup:
    """One line a claim; those that are not supported first."""
    ordered = sorted(report.rows, key=lambda row: row.verdict == "supported")
    rows = [
        [
            _link(row),
            joined((_words(row, results), tag("small", row.check))),
            badge(row.verdict),
            row.resolution,
            strip(row),
            counted(row.draws),
            lasting(row.seconds),
        ]
        for row in ordered
    ]
    return table("Every claim", COLUMNS, rows, "overview")


def relations(report: Report) -> Markup:
    """The exact relations, one line each, result by result; those that are not so first."""
    order = {row.key: number for number, row in enumerate(report.rows)}
    columns = ("result", "relation", "settled how", "verdict", ">time")
    rows = [
        [
            tag("code", found.relation.key),
            found.relation.name,
            MEANING[found.relation.kind],
            badge(found.verdict),
            lasting(found.seconds),
        ]
        for found in sorted(report.exact, key=lambda one: (one.verdict == "supported", order.get(one.relation.key, 0)))
    ]
    return table("Every exact relation", columns, rows, "relations")


def _words(row: Row, results: Mapping[str, Result]) -> Markup:
    return prose(results[row.key].statement.words.rstrip("."))


def _link(row: Row) -> Markup:
    return tag("a", tag("code", row.key), href=f"#{anchor(row.key)}")
