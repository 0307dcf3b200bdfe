"""`headstart mutants`: does the verification refute wrong formulas?"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from headstart import api
from headstart.output import emit, emit_json, note
from headstart.progress import counter

if TYPE_CHECKING:
    from verify.mutants.tally import Tally

NAME, COLUMN = 30, 19


@dataclass(frozen=True)
class How:
    """How sharply, from which seed, one mutant in how many, on which workers, and where finished batches are kept."""

    tier: str = "nightly"
    seed: int | None = None
    every: int = 1
    executor: str = "processes"
    store: str | None = None
    quiet: bool = False


def run(keys: Sequence[str], how: How, *, as_json: bool) -> int:
    """A line a result, as soon as it is done; 1 if a mutant survived or is unknown."""
    shown: Callable[[Tally], None] | None = None if as_json else _emit
    choice = partial(api.mutants, *keys, tier=how.tier, seed=how.seed, every=how.every)
    attempt = partial(choice, executor=how.executor, store=how.store, progress=shown)
    if not as_json:
        emit(_heading())
    if how.quiet:
        tally = attempt()
    elif not sys.stderr.isatty():
        tally = attempt(watch=lambda done, total: note(f"{done} of {total} mutants tried"))
    else:
        with counter("mutants") as count:
            tally = attempt(watch=lambda done, total: count(done, total, ""))
    emit_json(tally.as_json()) if as_json else _emit_summary(tally)
    return 0 if tally.passed else 1


def _heading() -> str:
    from verify.mutants.trial import Fate

    return f"{'key':{NAME}}{''.join(f'{fate!s:>{COLUMN}}' for fate in Fate)}{'s':>8}"


def _emit(tally: Tally) -> None:
    """The line of one result, and its mutants that should have been caught."""
    from verify.mutants.trial import Fate

    for key, counts in tally.counts().items():
        fates = "".join(f"{counts[fate]:>{COLUMN}}" for fate in Fate)
        emit(f"{key:{NAME}}{fates}{tally.seconds.get(key, 0.0):>8.0f}  {_power(tally)}".rstrip())
    for one in tally.failures:
        emit(f"  {one.fate}: {one.mutant} (differs by {100 * (one.difference or 0.0):.3g}%)")


def _power(tally: Tally) -> str:
    """`killed 7 of 7 that differ by between 0.2% and 0.5%`, for each band that has any."""
    shares = ((band, *numbers) for band, numbers in tally.power().items())
    return "; ".join(f"{killed} of {count} {band}" for band, killed, count in shares if count)


def _emit_summary(tally: Tally) -> None:
    results, took = len(tally.counts()), sum(tally.seconds.values())
    emit(f"{len(tally.tried)} mutants of {results} results.  Tier {tally.tier}, seed {tally.seed}.  {took:.0f} s.")
    emit(f"Of those that are left to draws and differ: {_power(tally) or 'none'}.")
