"""`headstart mutants`: does the verification refute wrong formulas?"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from headstart import api
from headstart.output import emit, emit_json, emit_table, table
from headstart.progress import counter

if TYPE_CHECKING:
    from verify.mutants.tally import Tally


def run(keys: Sequence[str], *, tier: str, seed: int | None, executor: str, quiet: bool, as_json: bool) -> int:
    """A line a result; 1 if a mutant survived or is unknown."""
    attempt = partial(api.mutants, *keys, tier=tier, seed=seed, executor=executor)
    if quiet or not sys.stderr.isatty():
        tally = attempt()
    else:
        with counter("mutants") as count:
            tally = attempt(watch=lambda done, total: count(done, total, ""))
    if as_json:
        emit_json(tally.as_json())
    else:
        _emit(tally)
    return 0 if tally.passed else 1


def _emit(tally: Tally) -> None:
    from verify.mutants.trial import Fate

    rows = [(key, *(str(counts[fate]) for fate in Fate)) for key, counts in tally.counts().items()]
    emit_table(table(("key", *(f">{fate}" for fate in Fate)), rows))
    for one in tally.failures:
        emit(f"{one.key}: {one.fate}, {one.mutant} (differs by {100 * one.difference:.3g}%)")
    emit(f"{len(tally.tried)} mutants of {len(rows)} results.  Tier {tally.tier}, seed {tally.seed}.")
