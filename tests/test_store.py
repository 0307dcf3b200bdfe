"""The store: what is put is there, whoever was killed; what is not a store is left alone."""

import json
import multiprocessing
import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from numerics import deep_linear, linear, store
from numerics.estimate import Recipe
from numerics.moments import Moments
from numerics.quantiles import Sketch
from numerics.store import APPLICATION, VERSION, Store, StoreError
from numerics.summary import Summary

GIVEN = linear.Linear(n=10, d=40, sigma=0.5, source=[0.0] * 40, target=[1.0] * 40)
SPAWN = multiprocessing.get_context("spawn")


def recipe(seed=1):
    """What a run of nothing would say of itself."""
    return Recipe({"setting": "linear"}, "abc", "risk", "risk", "fast", seed, 3, True, "", 4)


def summary(k):
    """A summary like no other."""
    values = np.array([1.0, 2.0, 4.0]) * k
    return Summary(Moments.of(values), Moments.of(values + 1), Sketch.of(values))


def simulated(**changes):
    """An estimate from eight batches and a part."""
    trials = 8 * linear.batch_size(GIVEN) + 100
    return linear.simulate(GIVEN, **{"trials": trials, "seed": 3, "law": "fast", "quantiles": [0.5]} | changes)


@pytest.fixture
def path(tmp_path):
    """Where a store may be."""
    return tmp_path / "runs.db"


def test_what_is_put_is_there_bit_for_bit_when_the_file_is_opened_again(path):
    with Store(path) as made:
        shelf = made.shelf(recipe())
        for number in range(5):
            shelf.put(number, 3, summary(number + 1))
    with Store(path) as made:
        shelf = made.shelf(recipe())
        assert [shelf.get(number, 3) for number in range(5)] == [summary(number + 1) for number in range(5)]
        assert shelf.get(5, 3) is None
        assert shelf.get(0, 2) is None


def test_runs_do_not_see_the_batches_of_others(path):
    with Store(path) as made:
        made.shelf(recipe(1)).put(0, 3, summary(1))
        assert made.shelf(recipe(2)).get(0, 3) is None
        assert made.shelf(recipe(1)).get(0, 3) == summary(1)


def test_the_file_says_what_it_is(path):
    Store(path).close()
    head = path.read_bytes()[:100]
    assert head.startswith(b"SQLite format 3\0")
    assert int.from_bytes(head[68:72]) == APPLICATION
    assert int.from_bytes(head[60:64]) == VERSION
    assert sqlite3.connect(path).execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_run_is_summed_up_to_its_first_gap(path):
    with Store(path) as made:
        shelf = made.shelf(recipe())
        for number in (0, 1, 2, 4):
            shelf.put(number, 3, summary(number + 1))
        ((found, total),) = made.runs()
        assert found == recipe()
        assert total.moments.count == 9
        shelf.put(1, 2, summary(9))
        shelf.put(3, 2, summary(9))
        ((_, total),) = made.runs()
        assert total == summary(1).merge(summary(2)).merge(summary(3).merge(summary(9)))


def test_a_batch_with_other_bits_is_refused_and_the_one_that_is_there_stays(path):
    with Store(path) as made:
        shelf = made.shelf(recipe())
        shelf.put(0, 3, summary(1))
        shelf.put(0, 3, summary(1))
        with pytest.raises(
            StoreError, match=r"^[^\n]*batch 0 of run 1 is there with other bits[^\n]*use another file\.$"
        ):
            shelf.put(0, 3, summary(2))
        assert shelf.get(0, 3) == summary(1)


@pytest.mark.parametrize("setting", ["linear", "deep_linear"])
def test_a_simulation_with_a_store_has_the_bits_of_one_without(path, setting, monkeypatch):
    mc = {"linear": linear, "deep_linear": deep_linear}[setting]
    given = GIVEN if setting == "linear" else deep_linear.DeepLinear(
        n=10, d=40, sigma=0.5, source=[1.0] * 40, target=[1.0] * 40, depth=3
    )  # fmt: skip
    law = "fast" if setting == "linear" else "closed"
    size = mc.batch_size(given)
    plain = mc.simulate(given, trials=3 * size, seed=1, law=law)
    assert mc.simulate(given, trials=2 * size + 5, seed=1, law=law, store=path).trials == 2 * size + 5
    assert mc.simulate(given, trials=3 * size, seed=1, law=law, store=path) == plain
    monkeypatch.setattr("numerics.summary.Moments.of", lambda _: pytest.fail("a batch was drawn again"))
    assert mc.simulate(given, trials=3 * size, seed=1, law=law, store=path) == plain


def test_a_store_tells_the_estimate_of_each_run_without_drawing(path):
    from numerics.estimate import estimate

    plain = simulated(store=path)
    with Store(path, read_only=True) as made:
        ((made_from, total),) = made.runs()
    assert estimate(made_from, total, levels=[0.5]) == plain


@pytest.mark.parametrize("change", [{"seed": 4}, {"law": "literal"}, {"quantity": "bias"}, {"quantiles": []}])
def test_another_simulation_starts_another_run(path, change):
    simulated(store=path, trials=100)
    simulated(store=path, trials=100, **change)
    with Store(path) as made:
        assert len(list(made.runs())) == 2


def test_batches_of_other_versions_are_left_aside(path, monkeypatch):
    first = simulated(store=path, trials=100)
    monkeypatch.setattr("numerics.versions._version", lambda package: f"{package} of tomorrow")
    second = simulated(store=path, trials=100)
    assert second.versions != first.versions
    with Store(path) as made:
        assert [found.versions["numpy"] for found, _ in made.runs()] == [
            first.versions["numpy"],
            "numpy of tomorrow",
        ]


def write(path, numbers):
    """Put batches from a process of its own."""
    with Store(path) as made:
        shelf = made.shelf(recipe())
        for number in numbers:
            shelf.put(number, 3, summary(number + 1))


def test_two_processes_that_create_and_write_one_file_at_once_lose_nothing(path):
    with ProcessPoolExecutor(2, SPAWN) as pool:
        done = [pool.submit(write, path, numbers) for numbers in (range(300), range(299, -1, -1))]
        assert [future.result() for future in done] == [None, None]
    with Store(path) as made:
        assert [made.shelf(recipe()).get(number, 3) for number in range(300)] == [summary(k) for k in range(1, 301)]
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone() == ("ok",)


KILLED = """
import os, sys
sys.path.insert(0, os.getcwd())
from tests.test_store import recipe, summary
from numerics.store import Store

made = Store(sys.argv[1])
shelf = made.shelf(recipe())
for number in range(7):
    shelf.put(number, 3, summary(number + 1))
made._connection.execute("BEGIN IMMEDIATE")
made._connection.execute("INSERT INTO batch VALUES (1, 7, 3, x'00')")
os.kill(os.getpid(), 9)
"""


def test_a_process_killed_while_it_writes_leaves_every_batch_it_had_put(path):
    done = subprocess.run([sys.executable, "-c", KILLED, path], cwd=Path(__file__).parents[1], check=False)
    assert done.returncode == -9
    with Store(path) as made:
        shelf = made.shelf(recipe())
        assert [shelf.get(number, 3) for number in range(8)] == [*(summary(k) for k in range(1, 8)), None]


def test_a_full_disk_costs_one_line_and_no_batch(path):
    with Store(path) as made:
        shelf = made.shelf(recipe())
        shelf.put(0, 3, summary(1))
        made._connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(StoreError, match=r"^[^\n]*runs\.db: the disk is full; [^\n]*run the same again\.$"):
            fill(shelf)
        assert shelf.get(0, 3) == summary(1)
        made._connection.execute("PRAGMA max_page_count = 100000")
        fill(shelf)
    with Store(path) as made:
        ((_, total),) = made.runs()
        assert total.moments.count == 300


def fill(shelf):
    """Put batches 1 to 99."""
    for number in range(1, 100):
        shelf.put(number, 3, summary(number + 1))


def test_a_read_only_file_is_told_in_one_line(path):
    with Store(path) as made:
        made.shelf(recipe()).put(0, 3, summary(1))
    with (
        Store(path, read_only=True) as made,
        pytest.raises(StoreError, match=r"^[^\n]*runs\.db is read-only: [^\n]*$"),
    ):
        made.shelf(recipe()).put(1, 3, summary(2))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to any file")
def test_a_file_without_the_right_to_write_is_told_in_one_line(path):
    Store(path).close()
    path.chmod(0o444)
    with pytest.raises(StoreError, match=r"^[^\n]*runs\.db is read-only: [^\n]*$"):
        Store(path).shelf(recipe())


def other_database(path):
    """A SQLite file of somebody else."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE run (id INTEGER)")


def next_version(path):
    """A store of a version to come."""
    Store(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")


def cut(path):
    """A store of which only the beginning is left."""
    write(path, range(50))
    path.write_bytes(path.read_bytes()[:5000])


STRANGERS = {
    "text": (lambda path: path.write_text("n,d\n1,2\n" * 50), "is not a store of headstart"),
    "a short text": (lambda path: path.write_text("n,d\n"), "is not a store of headstart"),
    "a database of somebody else": (other_database, "is not a store of headstart"),
    "a version to come": (next_version, f"is a store of version {VERSION + 1}"),
    "a directory": (lambda path: path.mkdir(), "is not a regular file"),
    "a file cut off": (cut, "is damaged"),
}


@pytest.mark.parametrize(("make", "reason"), STRANGERS.values(), ids=STRANGERS.keys())
@pytest.mark.parametrize("read_only", [True, False])
def test_what_is_not_a_store_is_refused_in_one_line_and_not_touched(path, make, reason, read_only):
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreError, match=rf"^[^\n]*runs\.db {reason}[^\n]*$"):
        use(path, read_only)
    assert (path.read_bytes() if path.is_file() else None) == before


def use(path, read_only):
    """Read everything and write."""
    with Store(path, read_only=read_only) as made:
        list(made.runs())
        made.shelf(recipe()).put(99, 3, summary(1))


def test_a_store_that_is_not_there_is_made_for_writing_and_refused_for_reading(path):
    with pytest.raises(StoreError, match="cannot be read"):
        Store(path, read_only=True)
    assert not path.exists()
    path.touch()
    Store(path).close()
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(path.parent / "nowhere" / "runs.db")


def test_a_recipe_that_was_tampered_with_is_refused(path):
    with Store(path) as made:
        made.shelf(recipe())
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE run SET recipe = ?", (json.dumps(json.loads(recipe(2).to_json())),))
    with Store(path) as made, pytest.raises(StoreError, match="not what its checksum says"):
        list(made.runs())


def test_a_locked_file_is_waited_for_and_then_told_in_one_line(path, monkeypatch):
    monkeypatch.setattr(store, "PATIENCE", 0.05)
    with Store(path) as first, Store(path) as second:
        first._connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"^[^\n]*runs\.db was locked by another process[^\n]*$"):
            second.shelf(recipe())
        first._connection.execute("ROLLBACK")
        second.shelf(recipe())
