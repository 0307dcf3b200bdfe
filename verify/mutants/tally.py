"""The mutants of many results, in parallel: the fate of each, and whether the suite has the power it claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from numerics.executors import in_order
from numerics.workers import workers
from theory.catalogue import keys as catalogue_keys
from theory.catalogue import result
from verify.mutants.mutant import mutants_of
from verify.mutants.trial import Fate, Tried, tried
from verify.tiers import TIERS, tier_named

BATCH = 60
"""Mutants of one result that are tried together: they share draws."""
FAILURES = (Fate.SURVIVED, Fate.UNKNOWN)


@dataclass(frozen=True)
class Trials:
    """Mutants in batches, by number, so that any executor tries them: (key, first mutant, one after the last)."""

    batches: tuple[tuple[str, int, int], ...]
    seed: int
    tier: str

    def __call__(self, number: int, _: int) -> tuple[Tried, ...]:
        """Try the batch of this number."""
        key, first, end = self.batches[number]
        return tried(key, seed=self.seed, tier=TIERS[self.tier], part=slice(first, end))


@dataclass(frozen=True)
class Tally:
    """The fate of every mutant, under the checks of a tier from a seed."""

    tried: tuple[Tried, ...]
    tier: str
    seed: int

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

    def as_json(self) -> dict[str, Any]:
        """Plain data, every mutant included."""
        counts = {k: {str(fate): count[fate] for fate in Fate} for k, count in self.counts().items()}
        return {
            "passed": self.passed,
            "tier": self.tier,
            "seed": self.seed,
            "counts": counts,
            "mutants": [t.as_json() for t in self.tried],
        }


def try_all(
    keys: Sequence[str] | None = None,
    *,
    seed: int | None = None,
    tier: str = "nightly",
    executor: str = "threads",
    watch: Callable[[int, int], None] | None = None,
) -> Tally:
    """Try every mutant of `keys` (all results by default); `watch` is told how many of how many are tried.

    They are refuted by draws of the tier's checks, at its resolution, from a seed that is its own unless given.
    """
    chosen = tier_named(tier).seed(seed)
    batches = tuple(_batches(keys or catalogue_keys()))
    work, total = Trials(batches, chosen, tier), sum(end - first for _, first, end in batches)
    done: list[Tried] = []
    with workers(executor) as pool, closing(in_order(work, [1] * len(batches), pool.executor)) as found:
        for part in found:
            done += part
            if watch:
                watch(len(done), total)
    return Tally(tuple(done), tier, chosen)


def _batches(keys: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    for key in keys:
        count = sum(1 for _ in mutants_of(result(key)))
        yield from ((key, first, min(first + BATCH, count)) for first in range(0, count, BATCH))
