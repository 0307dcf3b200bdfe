"""`headstart reproduce`: the papers' experiments."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from headstart.files import target
from headstart.output import emit, note
from headstart.progress import counter
from headstart.reproduction import checked, computed, experiments, trials_of


@dataclass(frozen=True)
class How:
    """How many trials, from which seed, on which workers, where finished batches are kept, and whether one looks."""

    scale: str
    seed: int
    executor: str
    store: str | None
    quiet: bool


def run(name: str, how: How, *, out: str) -> int:
    """List the experiments, or write one: figure, numbers and finding."""
    if name == "list":
        width = max(map(len, experiments())) + 2
        for known, what in experiments().items():
            emit(f"{known:<{width}}{what}")
        return 0
    trials = trials_of(how.scale)
    target(f"{out}/{checked(name)}.png")
    from headstart.reproduction.drawing import Drawing
    from numerics.store import opened
    from numerics.workers import workers

    with workers(how.executor) as pool, opened(how.store) as store, _watching(name, quiet=how.quiet) as watch:
        try:
            found = computed(name, Drawing(trials, how.seed, pool.executor, pool.count, store, watch))
        except KeyboardInterrupt:
            note(
                "with --store FILE the same command would go on from here"
                if how.store is None
                else f"run the same command again to go on: {how.store} keeps what is done"
            )
            raise
    for path in found.write(out):
        emit(f"wrote {path}")
    emit(found.finding)
    return 0


@contextmanager
def _watching(name: str, *, quiet: bool) -> Generator[Callable[[str], None] | None, None, None]:
    """What is told every point that is simulated, and shows it to people who look at a terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    with counter(f"reproducing {name}") as count:
        done = 0

        def watch(label: str) -> None:
            nonlocal done
            count(done, None, label)
            done += 1

        yield watch
