"""`headstart verify`: theory against simulation."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from headstart import api, evidence
from headstart.errors import InputError
from headstart.failing import Reproduction, reproductions
from headstart.failing import write as write_instances
from headstart.files import target, write_whole
from headstart.output import emit, emit_json, emit_table, note, table
from headstart.progress import counter

if TYPE_CHECKING:
    from verify.report import Report, Row

UNRECORDED = "leave --record out, or install headstart where you may write"


@dataclass(frozen=True)
class How:
    """How sharply, from which seed, on which workers, and where finished checks are kept.

    Unless said, results that are named are checked on threads, and all of them in processes: these take longer to
    begin, but half of the work is SymPy's, which threads do one after the other.
    """

    tier: str = "change"
    seed: int | None = None
    executor: str | None = None
    store: str | None = None
    quiet: bool = False


def run(keys: Sequence[str], how: How, *, as_json: bool, record: bool, to: str | None = None) -> int:
    """A table of verdicts; 1 unless everything is supported.  `record` keeps them, for `headstart list` to show; what
    they rest on goes `to` a directory, and so does the simplest instance of every claim that fails."""
    kept = _record_file() if record else None
    folder = evidence.folder(to) if to is not None else None
    report = checked(keys, how)
    if kept is not None:
        _keep(report, kept)
    failing = reproductions(report)
    if as_json:
        emit_json({**report.as_json(), **({"failing": [found.as_json() for found in failing]} if failing else {})})
    else:
        emit_verdicts(report)
        for line in (line for found in failing for line in found.lines(folder)):
            emit(line)
    _write(report, failing, folder)
    return 0 if report.passed else 1


def _write(report: Report, failing: Sequence[Reproduction], folder: Path | None) -> None:
    """The evidence where it was asked for; else the failing instances, here if they can be written here."""
    if folder is not None:
        note(f"wrote {evidence.write(report, failing, folder)}")
        return
    try:
        write_instances(failing, Path())
    except InputError as error:
        note(str(error))


def _record_file() -> Path:
    """Where the record goes, refused before the run if it cannot go there."""
    from verify.record import place

    return target(place(), instead=UNRECORDED)


def _keep(report: Report, file: Path) -> None:
    from verify.record import record_text, recorded

    try:
        text = record_text(report)
    except ValueError as wrong:
        raise InputError(f"--record: {wrong}") from None
    write_whole(file, text, instead=UNRECORDED)
    recorded.cache_clear()


def checked(keys: Sequence[str], how: How) -> Report:
    """The report, with a line of progress on a terminal while it is being made."""
    executor = how.executor or ("threads" if keys else "processes")
    verify = partial(api.verify, *keys, tier=how.tier, seed=how.seed, executor=executor, store=how.store)
    if how.quiet or not sys.stderr.isatty():
        return verify()
    with counter("verifying") as count:
        last: list[Row] = []
        return verify(progress=last.append, watch=lambda done, total: count(done, total, _standing(last)))


def _standing(rows: Sequence[Row]) -> str:
    return f"{len(rows)} done, last {rows[-1].key}: {rows[-1].verdict}" if rows else ""


def emit_verdicts(report: Report) -> None:
    """The table and a line that sums it up."""
    emit_table(
        table(
            ("key", "check", "verdict", ">observed", "resolution", ">draws", ">s"),
            list(map(_row, report.rows)),
        )
    )
    for row in report.rows:
        if row.note:
            emit(f"{row.key}: {row.note}")
    for found in report.exact:
        if found.verdict != "supported":
            emit(f"{found.relation.key}: not exactly so ({found.verdict}): {found.relation.name}")
    emit(summary(report))


def _row(row: Row) -> list[str]:
    return [
        row.key,
        row.check,
        str(row.verdict),
        row.observed,
        row.resolution,
        str(row.draws),
        f"{row.seconds:.1f}",
    ]


def summary(report: Report) -> str:
    """`31 checks of 11 results: 31 supported.`"""
    counts = Counter(str(row.verdict) for row in report.rows)
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items(), key=lambda c: -c[1]))
    results = len({row.key for row in report.rows})
    hold = sum(found.verdict == "supported" for found in report.exact)
    exactly = f"Exact relations, without a draw: {hold} of {len(report.exact)} hold.\n" if report.exact else ""
    spent = report.ledger
    return (
        f"{len(report.rows)} checks of {results} results: {verdicts or 'none made'}.  Tier {report.tier}, "
        f"seed {report.seed}.\n{exactly}"
        f"A true claim is refused in such a run with probability <= {spent.budget:g}; where the variance comes from "
        f"a pilot, <= {spent.pilot_budget:g} asymptotically."
    )
