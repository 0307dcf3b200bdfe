"""The journal of a run: one line a finished check, so that a run that was interrupted goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from verify.claim import Level
from verify.evidence import Place, evidence_of
from verify.lines import JournalError, appending, opened
from verify.verdict import Outcome, Verdict
from verify.work import Made, Settled, Work, planned

__all__ = ["Journal", "JournalError", "Shelf", "watched"]

FORMAT = "journal of a headstart verification, 2"


@dataclass(frozen=True)
class Journal:
    """The checks that a run has finished, by name, as a file keeps them: what determines the run, and they.

    Another seed, tier, choice of results, code or version makes other checks: refused.
    """

    path: Path
    work: Work
    finished: Mapping[str, Made | Settled]

    @classmethod
    def at(cls, path: str | Path, work: Work, *, resumed: bool) -> Journal:
        """The journal in a file, begun where there is none; `resumed`: the seed is that of the run it is of."""
        file = Path(path)

        def of(seed: int) -> dict[str, Any]:
            return replace(work, seed=seed).as_json()

        seed, lines = opened(file, FORMAT, of, work.seed, resumed=resumed)
        return cls(file, replace(work, seed=seed), {line["check"]: _made(line) for line in lines})


def _made(line: Mapping[str, Any]) -> Made | Settled:
    outcome = line["outcome"]
    if isinstance(outcome, str):
        return Verdict(outcome), line["seconds"]
    place, seen = outcome["place"], outcome["evidence"]
    rebuilt = {
        "verdict": Verdict(outcome["verdict"]),
        "place": None if place is None else Place(**{**place, "level": Level(**place["level"])}),
        "evidence": None if seen is None else evidence_of(seen),
    }
    return Made(Outcome(**{**outcome, **rebuilt}), line["seconds"], tuple(line["regimes"]))


def _of_relation(made: Settled) -> dict[str, Any]:
    verdict, seconds = made
    return {"outcome": str(verdict), "seconds": seconds}


@dataclass
class Shelf:
    """Finished checks by number, for `numerics.executors.in_order`: those of a journal, and those made now."""

    names: list[str]
    journal: Journal | None
    write: Callable[[Mapping[str, Any]], None] | None
    watch: Callable[[int, int], None] | None
    done: int = 0

    def get(self, number: int, _: int) -> Made | Settled | None:
        """A check that the journal has."""
        found = None if self.journal is None else self.journal.finished.get(self.names[number])
        if found is not None:
            self._advance()
        return found

    def put(self, number: int, _: int, made: Made | Settled) -> None:
        """Write down a check that is done."""
        if self.write is not None:
            kept = made._asdict() | {"outcome": asdict(made.outcome)} if isinstance(made, Made) else _of_relation(made)
            entry = {"check": self.names[number], **kept}
            self.write(entry)
        self._advance()

    def _advance(self) -> None:
        self.done += 1
        if self.watch is not None:
            self.watch(self.done, len(self.names))


@contextmanager
def watched(
    work: Work, journal: Journal | None, watch: Callable[[int, int], None] | None
) -> Generator[Shelf, None, None]:
    """The shelf of a run's checks."""
    names = planned(work).names
    if journal is None:
        yield Shelf(names, None, None, watch)
        return
    with appending(journal.path) as write:
        yield Shelf(names, journal, write, watch)
