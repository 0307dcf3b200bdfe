"""Simulations from the command line that are kept, resumed, swept, watched and exported."""

from __future__ import annotations

import csv
import json
import math
import os
import pty
import signal
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headstart import progress
from headstart.cli import main
from numerics.moments import Moments
from numerics.stopping import Goal
from numerics.store import Store
from tests.test_cli import INSTANCE, Capsys, as_json, printed, refused

ROOT = Path(__file__).parents[1]
SIMULATE = ["simulate", "instance.json", "--seed", "5", "--law", "fast"]
SWEEP = ["sweep", "instance.json", "--seed", "5", "--law", "fast", "--trials", "9000", "--sweep", "n=2:6:2"]
GRID = [*SWEEP, "--sweep", "sigma=0,0.5"]


@pytest.fixture(name="here")
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a good instance file, and what is no store."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "instance.json").write_text(json.dumps(INSTANCE))
    (tmp_path / "notes.txt").write_text("not a store " * 100)
    return tmp_path


def no_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, whoever draws a batch fails."""
    monkeypatch.setattr("numerics.summary.Moments.of", lambda _: pytest.fail("a batch was drawn again"))


@pytest.mark.usefixtures("here")
def test_a_kept_simulation_is_that_of_one_not_kept_and_is_not_drawn_twice(
    capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [*SIMULATE, "--trials", "20000", "--quantile", "0.5"]
    plain = as_json(capsys, *many)
    as_json(capsys, *SIMULATE, "--trials", "9000", "--quantile", "0.5", "--store", "runs.db")
    assert as_json(capsys, *many, "--store", "runs.db") == plain
    no_draws(monkeypatch)
    assert as_json(capsys, *many, "--store", "runs.db") == plain
    assert set(plain["quantiles"]) == {"0.5"}
    assert plain["rank_error"] < 0.01
    assert plain["gain"] > 1


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("executor", ["threads:1", "processes:1"])
def test_every_executor_prints_the_same(capsys: Capsys, executor: str) -> None:
    arguments = [*SIMULATE, "--trials", "20000"]
    assert as_json(capsys, *arguments, "--executor", executor) == as_json(capsys, *arguments)


@pytest.mark.usefixtures("here")
def test_seconds_end_a_simulation(capsys: Capsys) -> None:
    found = as_json(capsys, *SIMULATE, "--seconds", "0.05")
    assert as_json(capsys, *SIMULATE, "--trials", str(found["trials"])) == found


@pytest.mark.usefixtures("here")
def test_a_sweep_tells_for_each_cell_what_simulate_tells(capsys: Capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    found = as_json(capsys, *GRID, "--store", "runs.db")
    assert found["columns"]["n"] == [2, 2, 4, 4, 6, 6]
    assert found["columns"]["sigma"] == [0, 0.5] * 3
    alone = as_json(capsys, *SIMULATE, "--trials", "9000", "--set", "n=4", "--set", "sigma=0.5")
    assert found["columns"]["estimate"][3] == alone["estimate"]
    assert found["columns"]["standard_error"][3] == alone["standard_error"]
    assert found["versions"] == alone["versions"]
    table = printed(capsys, *GRID).splitlines()
    assert len(table) == 7
    no_draws(monkeypatch)
    assert as_json(capsys, *GRID, "--store", "runs.db") == found


@pytest.mark.usefixtures("here")
def test_a_cell_that_cannot_be_simulated_is_empty_and_said_so(capsys: Capsys) -> None:
    arguments = ["sweep", "instance.json", "--seed", "5", "--precision", "0.1", "--sweep", "n=8,5,6", "--json"]
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert [value is None for value in found["columns"]["estimate"]] == [True, False, False]
    assert [cell["n"] for cell in found["without_value"]] == [8]
    assert err.startswith("headstart: no value in 1 of 3 cells: precision=0.1")


def test_runs_tells_every_run_of_a_store_and_writes_it_as_csv_and_parquet(capsys: Capsys, here: Path) -> None:
    parquet = pytest.importorskip(
        "pyarrow.parquet", reason="pyarrow is not installed: pip install 'headstart[parquet]'"
    )
    swept = as_json(capsys, *GRID, "--store", "runs.db", "--quantile", "0.9")
    as_json(capsys, *SIMULATE, "--trials", "100", "--store", "runs.db", "--seed", str(2**70))
    rows = as_json(capsys, "runs", "runs.db", "--quantile", "0.9")
    assert [row["estimate"] for row in rows[:6]] == swept["columns"]["estimate"]
    assert [row["n"] for row in rows[:6]] == swept["columns"]["n"]
    assert rows[0]["quantile_0.9"] > rows[0]["estimate"]
    assert rows[6]["quantile_0.9"] is None
    assert json.loads(rows[3]["fields"]) == json.loads(json.dumps(INSTANCE | {"n": 4}))
    assert printed(capsys, "runs", "runs.db", "--to", "runs.csv") == "wrote runs.csv\n"
    with (here / "runs.csv").open() as file:
        read = list(csv.DictReader(file))
    assert [float(row["estimate"]) for row in read] == [row["estimate"] for row in rows]
    printed(capsys, "runs", "runs.db", "--to", "runs.parquet")
    columns = parquet.read_table(here / "runs.parquet").to_pydict()
    assert columns["estimate"] == [row["estimate"] for row in rows]
    assert columns["seed"] == [str(row["seed"]) for row in rows]
    assert len(printed(capsys, "runs", "runs.db").splitlines()) == 8


@pytest.mark.usefixtures("here")
def test_an_infinite_error_and_depth_survive_the_export(capsys: Capsys) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed: pip install 'headstart[parquet]'")
    for depth in ("2", "inf"):
        deep = ["--set", f"depth={depth}", "--set", "n=9"]
        Path("deep.json").write_text(json.dumps(INSTANCE | {"setting": "deep_linear", "depth": 2}))
        as_json(capsys, "simulate", "deep.json", *deep, "--seed", "1", "--trials", "10", "--store", "runs.db")
    rows = as_json(capsys, "runs", "runs.db")
    assert [row["standard_error"] for row in rows] == ["inf", "inf"]
    assert [row["depth"] for row in rows] == [2, "inf"]
    printed(capsys, "runs", "runs.db", "--to", "runs.parquet")
    printed(capsys, "runs", "runs.db", "--to", "runs.csv")


BAD = {
    "no end": (SIMULATE, "--trials N"),
    "two ends": ([*SIMULATE, "--trials", "10", "--precision", "0.1"], "exclude each other"),
    "no time": ([*SIMULATE, "--seconds", "0"], "seconds"),
    "a level that is none": ([*SIMULATE, "--trials", "10", "--quantile", "95"], "quantiles"),
    "an unknown executor": ([*SIMULATE, "--trials", "10", "--executor", "gpu"], "threads"),
    "no workers": ([*SIMULATE, "--trials", "10", "--executor", "processes:0"], "processes:2"),
    "a store that is none": ([*SIMULATE, "--trials", "10", "--store", "notes.txt"], "not a store"),
    "a store in no directory": ([*SIMULATE, "--trials", "10", "--store", "no/runs.db"], "cannot be opened"),
    "a store that is a directory": ([*SIMULATE, "--trials", "10", "--store", "."], "not a regular file"),
    "a bad quantity and a store": ([*SIMULATE, "--trials", "10", "--quantity", "x", "--store", "new.db"], "quantity"),
    "a bad count and a store": ([*SIMULATE, "--trials", "0", "--store", "new.db"], "trials"),
    "a sweep of nothing": (SWEEP[:-2], "--sweep"),
    "a sweep of words": ([*SWEEP[:-1], "n=2,x"], "numbers"),
    "a sweep to infinity": ([*SWEEP[:-1], "n=2,Infinity"], "finite"),
    "a sweep into what is no store": ([*SWEEP, "--store", "notes.txt"], "not a store"),
    "a sweep without a cell": ([*SWEEP[:-1], "n=0,0"], "n=0"),
    "runs of nothing": (["runs", "none.db"], "none.db"),
    "runs of what is no store": (["runs", "notes.txt"], "not a store"),
    "runs into another format": (["runs", "notes.txt", "--to", "runs.xlsx"], ".parquet"),
    "runs into what cannot be": (["runs", "notes.txt", "--to", "no/runs.csv"], "no directory"),
}


@pytest.mark.parametrize(("command", "named"), BAD.values(), ids=BAD.keys())
def test_a_bad_command_is_refused_in_one_line_that_names_what_is_wrong(
    capsys: Capsys, here: Path, command: list[str], named: str
) -> None:
    assert named in refused(capsys, here, command)


@pytest.mark.parametrize(("module", "command"), [("pyarrow", "runs"), ("distributed", "simulate")])
def test_what_is_not_installed_is_named_in_one_line(
    capsys: Capsys, here: Path, monkeypatch: pytest.MonkeyPatch, module: str, command: str
) -> None:
    printed(capsys, *SIMULATE, "--trials", "10", "--store", "runs.db")
    monkeypatch.setitem(sys.modules, module, None)
    commands = {
        "runs": ["runs", "runs.db", "--to", "runs.parquet"],
        "simulate": [*SIMULATE, "--trials", "10", "--executor", "dask:tcp://127.0.0.1:1"],
    }
    assert "pip install 'headstart[" in refused(capsys, here, commands[command])


def headstart(here: Path, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """The command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "headstart", *arguments],
        cwd=here,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        **options,
    )


def held(path: Path) -> int:
    """How many trials a store holds."""
    if not path.exists() or not path.stat().st_size:
        return 0
    with Store(path, read_only=True) as store:
        return sum(total.moments.count for _, total in store.runs())


@pytest.mark.parametrize("executor", ["threads:1", "processes:1"])
def test_an_interrupt_prints_what_is_done_and_the_same_command_goes_on(
    capsys: Capsys, here: Path, executor: str
) -> None:
    endless = [*SIMULATE, "--trials", str(10**12), "--json", "--executor", executor, "--store", "runs.db"]
    running = headstart(here, *endless, stderr=subprocess.PIPE)
    while held(here / "runs.db") < 20_000:
        assert running.poll() is None
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    part = json.loads(out)
    assert part["trials"] >= 20_000
    assert part.pop("stopped").startswith("interrupted")
    assert err.decode().splitlines() == [
        "headstart: run the same command again to go on: runs.db keeps what is done",
        "headstart: interrupted",
    ]
    undisturbed = as_json(capsys, *SIMULATE, "--trials", str(part["trials"]))
    assert undisturbed.pop("stopped") == ""
    assert part == undisturbed
    more = [*SIMULATE, "--trials", str(part["trials"] + 50_000)]
    assert as_json(capsys, *more, "--store", "runs.db") == as_json(capsys, *more)


@pytest.mark.parametrize("quiet", [True, False])
def test_progress_is_shown_on_a_terminal_unless_quiet(here: Path, quiet: bool) -> None:
    ours, theirs = pty.openpty()
    running = headstart(here, *SIMULATE, "--seconds", "0.5", "--json", *(["--quiet"] if quiet else []), stderr=theirs)
    os.close(theirs)
    out, _ = running.communicate(timeout=60)
    assert json.loads(out)["trials"] > 0
    shown = read_all(ours)
    assert ("trials" in shown and "left" in shown) is not quiet
    assert bool(shown) is not quiet


def read_all(terminal: int) -> str:
    """What was written to a terminal whose other end is closed."""
    parts = []
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the way in which Linux says that nobody writes any more
            part = b""
        if not part:
            os.close(terminal)
            return b"".join(parts).decode(errors="replace")
        parts.append(part)


def test_progress_tells_trials_estimate_rate_and_time_left() -> None:
    moments = Moments.of(np.array([1.0, 2.0, 3.0, 4.0]))
    assert progress.standing(moments, 1234.0, 61.2) == "4 trials  2.5 +- 1.3 (95%)  1.23e+03/s  1:02 left"
    assert progress.standing(moments, math.nan, math.nan) == "4 trials  2.5 +- 1.3 (95%)"
    assert progress.standing(Moments.of(np.array([1.0])), 1.0, 7322.0) == "1 trials  1  1/s  2:02:02 left"


def test_the_rate_forgets_what_a_store_held() -> None:
    seen = deque([(0.0, 1000), (0.001, 10**9)], maxlen=2)
    seen.append((1.001, 10**9 + 50))
    assert progress.rate_of(seen) == pytest.approx(50.0)
    assert math.isnan(progress.rate_of(deque([(0.0, 1000)])))


def test_the_time_left_is_that_of_the_first_end() -> None:
    moments = Moments.of(np.array([1.0, 3.0] * 50))
    assert progress.remaining(Goal(trials=300), moments, 10.0, 1.0) == pytest.approx(20.0)
    assert progress.remaining(Goal(trials=300, seconds=5.0), moments, 10.0, 1.0) == pytest.approx(4.0)
    needed = 100 * (moments.standard_error / (0.01 * 2.0)) ** 2
    assert progress.remaining(Goal(precision=0.01), moments, 10.0, 1.0) == pytest.approx((needed - 100) / 10.0)
    assert math.isnan(progress.remaining(Goal(trials=300), moments, math.nan, 1.0))
