"""`headstart list`: every result, one line each."""

from __future__ import annotations

from headstart import api
from headstart.output import emit_json, emit_table, table


def run(*, as_json: bool) -> int:
    """Key, statement, kind, and how it stands by the verification record that came with this version."""
    from verify.record import standing

    rows = [(r.key, r.statement.words, str(r.kind), standing(r.key)) for r in api.results()]
    names = ("key", "statement", "kind", "standing")
    if as_json:
        emit_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        emit_table(table(names, rows))
    return 0
