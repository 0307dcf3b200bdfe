"""`headstart verify`: theory against simulation."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from headstart import api
from headstart.errors import InputError
from headstart.files import target, write_whole
from headstart.output import emit, emit_json, emit_table, table

if TYPE_CHECKING:
    from pathlib import Path

    from verify.report import Report, Row

UNRECORDED = "leave --record out, or install headstart where you may write"


def run(keys: Sequence[str], *, seed: int | None, as_json: bool, record: bool) -> int:
    """A table of verdicts; 1 unless everything is supported.  `record` keeps them, for `headstart list` to show."""
    if record and keys:
        raise InputError("--record keeps the verdicts on every result: leave the keys out")
    kept = _record_file() if record else None
    report = checked(keys, seed)
    if kept is not None:
        _keep(report, kept)
    if as_json:
        emit_json(report.as_json())
    else:
        emit_verdicts(report)
    return 0 if report.passed else 1


def _record_file() -> Path:
    """Where the record goes, refused before the run if it cannot go there."""
    from verify.record import place

    return target(place(), instead=UNRECORDED)


def _keep(report: Report, file: Path) -> None:
    from verify.record import record_text, recorded

    write_whole(file, record_text(report), instead=UNRECORDED)
    recorded.cache_clear()


def checked(keys: Sequence[str], seed: int | None) -> Report:
    """The report, with a line of progress on a terminal while it is being made."""
    if not sys.stderr.isatty():
        return api.verify(*keys, seed=seed)
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("verifying")
        done: list[Row] = []

        def advance(row: Row) -> None:
            done.append(row)
            progress.update(task, description=f"{len(done)} checks, last {row.key}: {row.verdict}")

        return api.verify(*keys, seed=seed, progress=advance)


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
    spent = report.ledger
    return (
        f"{len(report.rows)} checks of {results} results: {verdicts or 'none made'}.  Seed {report.seed}.\n"
        f"A true claim is refused in such a run with probability <= {spent.budget:g}; where the variance comes from "
        f"a pilot, <= {spent.pilot_budget:g} asymptotically."
    )
