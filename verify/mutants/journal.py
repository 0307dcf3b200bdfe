"""The journal of mutants that are tried: a line a batch."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verify.lines import appending
from verify.mutants.trial import Fate, Tried

FORMAT = "journal of headstart mutants, 1"
Batch = tuple[tuple[Tried, ...], float]
"""The fates of some mutants, and the seconds of a processor that they took."""


def batches(lines: list[dict[str, Any]]) -> dict[int, Batch]:
    """Those that a journal has, by number."""
    return {line["batch"]: (tuple(map(_tried, line["tried"])), line["seconds"]) for line in lines}


def _tried(plain: Mapping[str, Any]) -> Tried:
    return Tried(**{**plain, "fate": Fate(plain["fate"])})


@dataclass
class Shelf:
    """Finished batches by number, for `numerics.executors.in_order`."""

    finished: Mapping[int, Batch]
    write: Callable[[Mapping[str, Any]], None]

    def get(self, number: int, _: int) -> Batch | None:
        """A batch that the journal has."""
        return self.finished.get(number)

    def put(self, number: int, _: int, batch: Batch) -> None:
        """Write down a batch that is done."""
        fates, seconds = batch
        self.write({"batch": number, "tried": [one.as_json() for one in fates], "seconds": seconds})


@contextmanager
def shelf(path: Path, lines: list[dict[str, Any]]) -> Generator[Shelf, None, None]:
    """The shelf of a file."""
    with appending(path) as write:
        yield Shelf(batches(lines), write)
