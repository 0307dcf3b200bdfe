"""kill -9 at random moments over a sweep: nothing may be lost, and every resume must end with the same bits.

    python benchmarks/killed.py --kills 200                  one writer at a time
    python benchmarks/killed.py --kills 200 --writers 2      two writers on one file, one of them killed each time
    python benchmarks/killed.py --kills 200 --dask           on two Dask workers, the client killed

After every kill the file is opened: its pages must be whole, every batch that was there before must be there with
the same bytes.  Whenever a sweep comes to its end its output is compared with that of an undisturbed run without a
store, and a new file is begun.  Ends with status 1, and says where, if any of this fails.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
INSTANCE = {"setting": "linear", "n": 10, "d": 40, "sigma": 0.5, "source": [0.0] * 40, "target": [1.0] * 40}
Batches = dict[tuple[str, int, int], bytes]


def command(trials: int, executor: str, *more: str) -> list[str]:
    """The sweep, as one types it."""
    grid = ["--sweep", "n=10:20:5", "--sweep", "sigma=0,0.5", "--trials", str(trials), "--seed", "7"]
    how = ["--law", "fast", "--quantile", "0.9", "--executor", executor, "--quiet", "--json"]
    return [sys.executable, "-m", "headstart", "sweep", "instance.json", *grid, *how, *more]


def start(here: Path, line: list[str]) -> subprocess.Popen[bytes]:
    """A process with a session of its own, so that its workers can be killed with it."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(line, cwd=here, env=environment, stdout=subprocess.PIPE, start_new_session=True)


def output(here: Path, line: list[str]) -> tuple[str, float]:
    """What a command that nobody disturbs prints, and how long it takes."""
    began = time.monotonic()
    running = start(here, line)
    out, _ = running.communicate()
    if running.returncode:
        raise SystemExit(f"{' '.join(line)} ended with {running.returncode}")
    return out.decode(), time.monotonic() - began


def batches(store: Path) -> Batches:
    """Every batch that is in the file, whose pages must be whole."""
    if not store.exists() or not store.stat().st_size:
        return {}
    with contextlib.closing(sqlite3.connect(store, timeout=60)) as file:
        (state,) = file.execute("PRAGMA integrity_check").fetchone()
        if state != "ok":
            raise SystemExit(f"the file is damaged: {state}")
        if not file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return {}
        rows = file.execute("SELECT checksum, number, size, summary FROM batch JOIN run ON run.id = batch.run")
        return {(checksum, number, size): summary for checksum, number, size, summary in rows}


@contextlib.contextmanager
def executor_of(dask: bool) -> Iterator[str]:
    """The name of the executor."""
    if not dask:
        yield "threads"
        return
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        yield f"dask:{cluster.scheduler_address}"


def main() -> None:
    """Kill so many times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--writers", type=int, default=1)
    parser.add_argument("--trials", type=int, default=200_000, help="of each of the six cells")
    parser.add_argument("--seed", type=int, default=0, help="of the moments of the kills")
    parser.add_argument("--dask", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, executor_of(asked.dask) as executor:
        kill(Path(folder), asked, executor)


def kill(here: Path, asked: argparse.Namespace, executor: str) -> None:
    """The experiment, and what came of it."""
    (here / "instance.json").write_text(json.dumps(INSTANCE))
    store, chance = here / "runs.db", random.Random(asked.seed)
    output(here, command(2, executor))  # compiles what is not cached, which would count as idle
    _, idle = output(here, command(2, executor))
    expected, whole = output(here, command(asked.trials, executor))
    line = command(asked.trials, executor, "--store", store.name)
    kills, ends, kept = 0, 0, 0
    while kills < asked.kills:
        there: Batches = {}
        writers = [start(here, line) for _ in range(asked.writers)]
        while writers:
            with contextlib.suppress(subprocess.TimeoutExpired):
                writers[0].wait(chance.uniform(0.8 * idle, whole) if kills < asked.kills else None)
            if writers[0].poll() is None:
                os.killpg(writers[0].pid, 9)
                kills += 1
                writers.append(start(here, line))
            out = writers[0].communicate()[0].decode()
            if writers.pop(0).returncode not in (0, -9):
                raise SystemExit(f"a writer failed after {kills} kills")
            now = batches(store)
            if any(now.get(key) != summary for key, summary in there.items()):
                raise SystemExit(f"lost or changed after {kills} kills")
            if out and out != expected:
                raise SystemExit(f"other bits after {kills} kills")
            there, ends = now, ends + bool(out)
        kept += len(there)
        store.unlink()
    print(  # noqa: T201 (a script)
        f"{kills} kills at random moments between {0.8 * idle:.2f} and {whole:.2f} s, {asked.writers} "
        f"writer{'s' * (asked.writers > 1)}, executor {executor.partition(':')[0]}: {ends} sweeps came to their end, "
        f"each with the bits of the undisturbed run; of {kept} batches none was lost or changed."
    )


if __name__ == "__main__":
    main()
