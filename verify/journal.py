"""The journal of a run: one line a finished check, so that a run that was interrupted goes on from there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import IO, Any

from numerics.versions import processor, versions
from verify.claim import Level
from verify.evidence import Place, evidence_of
from verify.verdict import Outcome, Verdict
from verify.work import Made, Settled, Work, planned

FORMAT = "journal of a headstart verification, 2"


class JournalError(RuntimeError):
    """A journal that cannot be used: one line that says why and what to do.  Nothing was overwritten."""


@dataclass(frozen=True)
class Journal:
    """The checks that a run has finished, by name, as a file keeps them: what determines the run, and they.

    A line is written when its check is done: a process killed at any moment leaves all of them, and perhaps a torn one,
    which is dropped.  Another seed, tier, choice of results, code or version makes other checks: refused.
    """

    path: Path
    work: Work
    finished: Mapping[str, Made | Settled]

    @classmethod
    def at(cls, path: str | Path, work: Work, *, resumed: bool) -> Journal:
        """The journal in a file, begun where there is none; `resumed`: the seed is that of the run it is of."""
        file = Path(path)
        with explained(file):
            text = file.read_bytes() if file.exists() else b""
            if not text:
                file.write_text(json.dumps(_heading(work)) + "\n", encoding="utf-8")
                return cls(file, work, {})
            heading, *lines = _lines(file, text)
            if resumed and isinstance(heading.get("seed"), int):
                work = replace(work, seed=heading["seed"])
            _refuse_others(file, heading, _heading(work))
            with file.open("r+b") as whole:
                whole.truncate(text.rindex(b"\n") + 1)
            return cls(file, work, {line["check"]: _made(line) for line in lines})


def _heading(work: Work) -> dict[str, Any]:
    """What determines every verdict of a run."""
    return {
        "format": FORMAT,
        **work.as_json(),
        "code": code_digest(),
        "versions": versions(),
        "processor": processor(),
    }


def _lines(file: Path, text: bytes) -> list[dict[str, Any]]:
    """The lines that are whole; a file that does not begin like a journal is none."""
    try:
        lines = [json.loads(line) for line in text[: text.rindex(b"\n")].split(b"\n")]
    except ValueError:
        lines = []
    if not lines or not isinstance(lines[0], dict) or lines[0].get("format") != FORMAT:
        raise JournalError(f"{file} is not a {FORMAT.split(',')[0]}: name another file.")
    return lines


def _refuse_others(file: Path, there: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    other = [name for name in here if there.get(name) != here[name]]
    if other:
        raise JournalError(
            f"{file} is the journal of a run with other {' and '.join(other)}: repeat that run as it was, or name "
            "another file."
        )


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
    writing: IO[str] | None
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
        if self.writing is not None and self.journal is not None:
            kept = made._asdict() | {"outcome": asdict(made.outcome)} if isinstance(made, Made) else _of_relation(made)
            entry = {"check": self.names[number], **kept}
            with explained(self.journal.path):
                self.writing.write(json.dumps(entry) + "\n")
                self.writing.flush()
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
    with explained(journal.path):
        writing = journal.path.open("a", encoding="utf-8")
    with writing:
        yield Shelf(names, journal, writing, watch)


@contextmanager
def explained(file: Path) -> Generator[None, None, None]:
    """An error of the file system as one line."""
    try:
        yield
    except OSError as error:
        raise JournalError(
            f"{file} cannot be read or written ({error.strerror}): see to it, or name another file."
        ) from error


@cache
def code_digest() -> str:
    """A fingerprint of the code that makes the verdicts: every module of theory, numerics and verify."""
    found = hashlib.sha256()
    for package in ("theory", "numerics", "verify"):
        root = Path(str(files(package)))
        for file in sorted(root.rglob("*.py")):
            found.update(str(file.relative_to(root.parent)).encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()[:16]
