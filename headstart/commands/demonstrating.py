"""`headstart demo`: derive, simulate, compare, and say how it went."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from headstart import api
from headstart.commands.verifying import How, checked, emit_verdicts
from headstart.output import emit, emit_table, table

if TYPE_CHECKING:
    from theory.result import Result


def run() -> int:
    """Every result on linear regression derived and checked; 1 unless everything is supported."""
    from theory.catalogue import keys as catalogue_keys

    started = time.perf_counter()
    keys = tuple(key for key in catalogue_keys() if key.startswith("linear."))
    results = [api.result(key) for key in keys]
    steps = sum(len(result.steps) for result in results)
    emit(f"Derived from the definitions: {len(results)} results in {steps} steps.\n")
    emit_table(table(("key", "formula", "where"), [_row(r) for r in results], widths={"formula": 70}))
    emit("Every case, assumption and step: headstart show KEY --steps")
    emit("\nTheory against simulation:\n")
    sys.stdout.flush()
    report = checked(keys, How())
    emit_verdicts(report)
    emit(f"Derived, simulated and compared in {time.perf_counter() - started:.0f} s.")
    emit(f"All {len(catalogue_keys())} results, deep linear networks among them: headstart verify")
    return 0 if report.passed else 1


def _row(result: Result) -> tuple[str, str, str]:
    """Key, formula of the first case, and where it holds."""
    from theory.cases import cases
    from theory.text import case_condition_text, text_of

    first, *others = cases(result)
    more = f" ({len(others)} more {'case' if len(others) == 1 else 'cases'})" if others else ""
    return result.key, text_of(first.value), f"{case_condition_text(first)}{more}"
