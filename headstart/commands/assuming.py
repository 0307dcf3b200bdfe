"""`headstart assumptions`: what a result takes for granted, dropped one thing at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from headstart.output import emit, emit_json, emit_table, number, table

if TYPE_CHECKING:
    from verify.assumptions import Row


def run(keys: Sequence[str], *, seed: int, as_json: bool) -> int:
    """A table of verdicts; 1 unless every assumption is settled."""
    from theory.catalogue import named
    from verify import assumptions

    rows = assumptions.run(named(*keys), seed=seed)
    if as_json:
        emit_json({"seed": seed, "rows": [row.as_json() for row in rows]})
    else:
        emit_rows(rows, seed)
    return 0 if all(row.passed for row in rows) else 1


def emit_rows(rows: Sequence[Row], seed: int) -> None:
    """One line an assumption, and a line that counts them."""
    names = ("key", "dropped", "how", "verdict", "instance", ">formula", ">simulated", "interval")
    emit_table(table(names, [_cells(row) for row in rows], widths={"dropped": 40, "how": 40}))
    for row in rows:
        if row.note:
            emit(f"{row.key}, {row.what}: {row.note}")
    counts = Counter(str(row.standing) for row in rows)
    told = ", ".join(f"{count} {standing}" for standing, count in sorted(counts.items(), key=lambda c: -c[1]))
    emit(f"{len(rows)} assumptions dropped: {told}.  Seed {seed}.")


def _cells(row: Row) -> list[str]:
    verdict = str(row.standing) if row.within is None else f"{row.standing} within {100 * row.within:g}%"
    interval = "" if row.interval is None else "[{}, {}]".format(*(number(end, 4) for end in row.interval))
    where = row.where or (f"{row.instances} instances" if row.instances else "")
    return [row.key, row.what, row.how, verdict, where, number(row.formula, 4), number(row.simulated, 4), interval]
