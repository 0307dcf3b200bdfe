"""`headstart show`: a statement, what it assumes, how it is derived, where it comes from."""

from __future__ import annotations

from headstart import api
from headstart.document.describe import described
from headstart.output import emit, emit_json


def run(key: str, *, steps: bool, cite: bool, form: str) -> int:
    """As text, as LaTeX, or as data."""
    result = api.result(key)
    if form == "json":
        from verify.record import standing

        emit_json({**described(result), "standing": standing(key)})
        return 0
    if form == "latex":
        from headstart.document.tex import derivation_tex, statement_tex

        emit("\n\n".join([statement_tex(result), *(map(derivation_tex, result.derivations) if steps else ())]))
    else:
        from headstart.document.plain import derivations_plain, statement_plain
        from verify.record import standing

        stands = f"Verification: {standing(key)}"
        emit("\n\n".join([statement_plain(result), stands, *([derivations_plain(result)] if steps else [])]))
    if cite:
        emit("\n" + result.cite())
    return 0
