"""Durable results: the summaries of finished batches in one SQLite file, so that a killed run goes on."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from numerics.estimate import Recipe
from numerics.summary import Summary, Tally

MAGIC, APPLICATION, VERSION = b"SQLite format 3\0", int.from_bytes(b"hdst"), 1
PATIENCE = 60.0
"""Seconds to wait for another process that is writing a batch."""

SCHEMA = f"""
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    checksum TEXT NOT NULL UNIQUE,
    recipe TEXT NOT NULL
) STRICT;
CREATE TABLE batch (
    run INTEGER NOT NULL REFERENCES run,
    number INTEGER NOT NULL,
    size INTEGER NOT NULL,
    summary BLOB NOT NULL,
    PRIMARY KEY (run, number, size)
) STRICT, WITHOUT ROWID;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
"""


class StoreError(RuntimeError):
    """A store that cannot be used: one line that says why and what to do.  Nothing was overwritten."""


class Store:
    """One file for the batches of any number of runs; a context manager.

    Every batch is a transaction of its own (write-ahead log): a process killed at any moment leaves a file that
    opens, with every batch that it had put.  Several processes may write to it at once; on one machine, as the
    log needs shared memory.  After a power failure the last batches may be missing, never half there.

    path        created where there is none; what is not a store is refused untouched
    read_only   for looking only

    Raises `StoreError`.
    """

    def __init__(self, path: str | Path, *, read_only: bool = False) -> None:
        self.path = Path(path)
        _refuse_others(self.path, needed=read_only)
        with self._explained():
            self._connection = sqlite3.connect(
                _address(self.path, read_only), uri=True, timeout=PATIENCE, isolation_level=None
            )
            self._refuse_other_versions()
            if not read_only:
                self._prepare()

    def _refuse_other_versions(self) -> None:
        (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()  # set where the tables are made
        if tables and version != VERSION:
            raise StoreError(
                f"{self.path} is a store of version {version}, and this headstart knows version {VERSION}: "
                "use the headstart that wrote it, or another file."
            )

    def _prepare(self) -> None:
        """Make the tables, all or none of them, then write ahead (which the file remembers)."""
        execute = self._connection.execute
        execute("PRAGMA synchronous = NORMAL")
        execute("BEGIN IMMEDIATE")
        if not execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            for statement in SCHEMA.split(";")[:-1]:
                execute(statement)
        execute("COMMIT")
        try:
            execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise  # a lock is that of a process that does the same now, and for which SQLite does not wait

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        with self._explained():
            self._connection.close()

    def shelf(self, recipe: Recipe) -> BatchShelf:
        """Where the batches of `recipe` are kept."""
        with self._explained():
            entry = (recipe.checksum, recipe.to_json())
            self._connection.execute("INSERT OR IGNORE INTO run (checksum, recipe) VALUES (?, ?)", entry)
            found = self._connection.execute("SELECT id FROM run WHERE checksum = ?", entry[:1])
            return BatchShelf(self, found.fetchone()[0])

    def runs(self) -> Iterator[tuple[Recipe, Summary]]:
        """Every run, in the order in which they began, with the summary of its batches 0, 1, ... without a gap.

        It is that of a run of so many trials, bit for bit.
        """
        with self._explained():
            runs = self._connection.execute("SELECT id, checksum, recipe FROM run ORDER BY id").fetchall()
        for run, checksum, text in runs:
            recipe = Recipe.from_json(text)
            if recipe.checksum != checksum:
                raise StoreError(f"{self.path}: run {run} is not what its checksum says; keep the file, use another.")
            yield recipe, self._total(run, recipe.batch_size)

    def _total(self, run: int, batch_size: int) -> Summary:
        query = "SELECT number, size, summary FROM batch WHERE run = ? ORDER BY number, size DESC"
        tally, turn = Tally(), 0
        with self._explained():
            for number, size, data in self._connection.execute(query, (run,)):
                if number == turn:
                    tally.add(Summary.from_bytes(data))
                    turn = turn + 1 if size == batch_size else -1
        return tally.total

    def get(self, run: int, number: int, size: int) -> Summary | None:
        """A batch that is there."""
        query = "SELECT summary FROM batch WHERE run = ? AND number = ? AND size = ?"
        with self._explained():
            row = self._connection.execute(query, (run, number, size)).fetchone()
        return None if row is None else Summary.from_bytes(row[0])

    def put(self, run: int, number: int, size: int, summary: Summary) -> None:
        """Keep a batch; one that another process has put meanwhile must be the same, bit for bit."""
        data = summary.to_bytes()
        with self._explained():
            insert = "INSERT OR IGNORE INTO batch VALUES (?, ?, ?, ?)"
            is_new = self._connection.execute(insert, (run, number, size, data)).rowcount
        there = None if is_new else self.get(run, number, size)
        if there is not None and there != summary:
            raise StoreError(
                f"{self.path}: batch {number} of run {run} is there with other bits, drawn by another machine or "
                "other code; use another file."
            )

    @contextmanager
    def _explained(self) -> Generator[None, None, None]:
        """An error of SQLite as one line."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            raise StoreError(f"{self.path}{REASONS.get(code, f': {error}; use another file.')}") from error


REASONS = {
    sqlite3.SQLITE_FULL: ": the disk is full; finished batches are kept: free some space and run the same again.",
    sqlite3.SQLITE_IOERR: ": the disk cannot be read or written; finished batches are kept: see if it is full.",
    sqlite3.SQLITE_READONLY: " is read-only: make it writable, or use another file.",
    sqlite3.SQLITE_CANTOPEN: " cannot be opened: check the name, the directory and the rights to it.",
    sqlite3.SQLITE_BUSY: f" was locked by another process for {PATIENCE:g} s: wait for it, or use another file.",
    sqlite3.SQLITE_NOTADB: " is damaged: keep it, and use another file.",
    sqlite3.SQLITE_CORRUPT: " is damaged: keep it, and use another file.",
}


@dataclass(frozen=True)
class BatchShelf:
    """The batches of one run in a store."""

    store: Store
    run: int

    def get(self, number: int, size: int) -> Summary | None:
        """The summary of the first `size` trials of batch `number`, if it is there."""
        return self.store.get(self.run, number, size)

    def put(self, number: int, size: int, value: Summary) -> None:
        """Keep it."""
        self.store.put(self.run, number, size, value)


def opened(store: Store | str | Path | None) -> AbstractContextManager[Store | None]:
    """The store itself, left open at the end, or the one at a path, closed at the end."""
    return Store(store) if isinstance(store, str | Path) else nullcontext(store)


def _address(path: Path, read_only: bool) -> str:
    """The URI of a file; one that nobody writes to and that lies where nothing can be written needs no log."""
    still = read_only and not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists()
    return f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}{'&immutable=1' if still else ''}"


def _refuse_others(path: Path, *, needed: bool) -> None:
    """Read the first bytes of a file, as SQLite's file format places them, and refuse what is not our store."""
    if not path.exists() and not needed:
        return
    if path.exists() and not path.is_file():
        raise StoreError(f"{path} is not a regular file: name a file for the store.")
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError as error:
        raise StoreError(f"{path} cannot be read ({error.strerror}): check the name and the rights to it.") from error
    if not head and not needed:
        return
    if len(head) < 100 or not head.startswith(MAGIC) or int.from_bytes(head[68:72]) != APPLICATION:
        raise StoreError(f"{path} is not a store of headstart: name another file.")
