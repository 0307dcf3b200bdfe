"""The mutants of many results, in parallel: the fate of each, and whether the suite has the power it claims."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numerics.executors import in_order
from numerics.workers import workers
from theory.catalogue import keys as catalogue_keys
from theory.catalogue import result
from verify.lines import opened
from verify.mutants import journal
from verify.mutants.journal import Batch
from verify.mutants.mutant import mutants_of
from verify.mutants.trial import BELOW, CLEAR, Fate, Tried, tried
from verify.tiers import TIERS, tier_named

BATCH = 100
"""Mutants of one result that are tried together: they share draws, and are lost together where a run is interrupted."""
FAILURES = (Fate.SURVIVED, Fate.UNKNOWN)
BANDS = {"between 0.2% and 0.5%": (BELOW, CLEAR), "from 0.5%": (CLEAR, float("inf"))}
"""By their largest difference, mutants that must be killed nearly always, and always."""


@dataclass(frozen=True)
class Trials:
    """Mutants in batches, by number, so that any executor tries them: of which result, and which."""

    batches: tuple[tuple[str, slice], ...]
    seed: int
    tier: str

    def __call__(self, number: int, _: int) -> Batch:
        """Try the batch of this number."""
        key, part = self.batches[number]
        start = time.thread_time()
        found = tried(key, seed=self.seed, tier=TIERS[self.tier], part=part)
        return found, time.thread_time() - start


@dataclass(frozen=True)
class Tally:
    """The fate of every mutant under the checks of a tier from a seed, and the seconds that each result took."""

    tried: tuple[Tried, ...]
    tier: str
    seed: int
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether there were mutants, and none survived or is unknown."""
        return bool(self.tried) and not self.failures

    @property
    def failures(self) -> tuple[Tried, ...]:
        """Those that should have been caught."""
        return tuple(t for t in self.tried if t.fate in FAILURES)

    def counts(self) -> dict[str, Counter[Fate]]:
        """How many of a result's mutants met each fate, by key."""
        found: dict[str, Counter[Fate]] = {}
        for one in self.tried:
            found.setdefault(one.key, Counter())[one.fate] += 1
        return found

    def power(self) -> dict[str, tuple[int, int]]:
        """How many of the mutants in each band were killed by draws, of those that nothing exact killed."""
        found = {}
        apart = [(t, t.difference) for t in self.tried if t.difference is not None and t.fate is not Fate.EQUIVALENT]
        for band, (least, most) in BANDS.items():
            there = [t for t, difference in apart if least <= difference < most]
            found[band] = sum(t.fate is Fate.KILLED for t in there), len(there)
        return found

    def as_json(self) -> dict[str, Any]:
        """Plain data, every mutant included."""
        counts = {k: {str(fate): count[fate] for fate in Fate} for k, count in self.counts().items()}
        return {
            "passed": self.passed,
            "tier": self.tier,
            "seed": self.seed,
            "counts": counts,
            "power": {band: {"killed": killed, "of": count} for band, (killed, count) in self.power().items()},
            "seconds": dict(self.seconds),
            "mutants": [t.as_json() for t in self.tried],
        }


def try_all(
    keys: Sequence[str] | None = None,
    *,
    seed: int | None = None,
    tier: str = "nightly",
    every: int = 1,
    executor: str = "threads",
    store: str | Path | None = None,
    progress: Callable[[Tally], None] | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> Tally:
    """Try every mutant of `keys` (all results by default), or one in so many: which, the seed says.

    They are refuted by exact relations, or by draws of the tier's checks at its resolution, from a seed that is its own
    unless given.
    A `store` is a file that keeps finished batches: an interrupted run of the same goes on from them, with its seed.
    `progress` is told the tally of each result as soon as it is done; `watch` how many mutants of how many are tried.
    Raises `verify.tiers.UnknownTier` and `verify.lines.JournalError`.
    """
    named = tuple(keys or catalogue_keys())
    chosen, shelf = _stored(named, tier, every, tier_named(tier).seed(seed), store, resumed=seed is None)
    sizes, batches = zip(*_batches(named, every, chosen % every), strict=True)
    work, total = Trials(batches, chosen, tier), sum(sizes)
    done: list[Tally] = []
    with (
        workers(executor) as pool,
        shelf as kept,
        closing(in_order(work, [1] * len(batches), pool.executor, workers=len(batches), shelf=kept)) as found,
    ):
        parts: list[Batch] = []
        for (key, _), (following, _), batch in zip(batches, (*batches[1:], ("", slice(0))), found, strict=True):
            parts.append(batch)
            if watch:
                watch(sum(len(t.tried) for t in done) + sum(len(fates) for fates, _ in parts), total)
            if following != key:
                fates = tuple(fate for some, _ in parts for fate in some)
                done.append(Tally(fates, tier, chosen, {key: sum(seconds for _, seconds in parts)}))
                parts = []
                if progress:
                    progress(done[-1])
    seconds = {key: took for tally in done for key, took in tally.seconds.items()}
    return Tally(tuple(fate for tally in done for fate in tally.tried), tier, chosen, seconds)


def _stored(
    keys: Sequence[str], tier: str, every: int, seed: int, store: str | Path | None, *, resumed: bool
) -> tuple[int, AbstractContextManager[journal.Shelf | None]]:
    """The seed, and where finished batches are kept, if anywhere."""
    if store is None:
        return seed, nullcontext()
    file = Path(store)

    def of(seed: int) -> dict[str, Any]:
        return {"keys": list(keys), "tier": tier, "every": every, "seed": seed}

    seed, lines = opened(file, journal.FORMAT, of, seed, resumed=resumed)
    return seed, journal.shelf(file, lines)


def _batches(keys: Sequence[str], every: int, start: int) -> Iterator[tuple[int, tuple[str, slice]]]:
    """How many mutants, of which result, and which of them."""
    for key in keys:
        count = len(range(start, sum(1 for _ in mutants_of(result(key))), every))
        for first in range(0, max(count, 1), BATCH):
            size = min(BATCH, count - first)
            yield size, (key, slice(start + every * first, start + every * (first + size), every))
