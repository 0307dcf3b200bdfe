"""Executors by name, and the same bits on every one of them: threads, processes, Dask workers, killed ones too."""

import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from numerics import linear, workers
from numerics.instance import InstanceError
from numerics.workers import WorkersError

GIVEN = linear.Linear(n=10, d=40, sigma=0.5, source=[0.0] * 40, target=[1.0] * 40)
TRIALS = 12 * linear.batch_size(GIVEN) + 7


def simulated(name, **more):
    """An estimate on the executor of that name."""
    with workers.workers(name) as found:
        return linear.simulate(
            GIVEN, trials=TRIALS, seed=2, law="fast", executor=found.executor, workers=found.count, **more
        )


@pytest.fixture(scope="module")
def here():
    """The estimate on one thread."""
    return simulated("threads:1")


@pytest.mark.parametrize("name", ["threads", "threads:2", "threads:5", "processes:2"])
def test_every_executor_gives_the_same_bits(name, here):
    assert simulated(name) == here


@pytest.mark.parametrize(
    "name",
    ["", "thread", "threads:", "threads:0", "threads:-1", "threads:two", "threads:1.5", "processes:9999", "dask",
     "dask:", "cluster:2", "threads:²"],
)  # fmt: skip
def test_a_name_that_is_no_executor_is_refused_in_one_line(name):
    with (
        pytest.raises(InstanceError, match=r"^executor='[^\n]*(use threads|processes:2)[^\n]*$"),
        workers.workers(name),
    ):
        pass


def test_a_process_that_dies_is_told_in_one_line():
    def run():
        with workers.workers("processes:1") as found:
            found.executor.submit(os._exit, 1).result()

    with pytest.raises(WorkersError, match=r"^a worker process died[^\n]*a store keeps what is done\.$"):
        run()


PARENT = """
import os
from numerics.workers import workers

if __name__ == "__main__":
    with workers("processes:1") as found:
        print(found.executor.submit(os.getpid).result(), flush=True)
        os.kill(os.getpid(), 9)
"""


def test_worker_processes_do_not_outlive_a_parent_that_is_killed(tmp_path):
    (tmp_path / "parent.py").write_text(PARENT)
    command = [sys.executable, tmp_path / "parent.py"]
    root = Path(__file__).parents[1]
    # The worker holds the pipe too: `run` ends when both are gone.
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": str(root)}, stdout=subprocess.PIPE, timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL


@pytest.fixture(scope="module")
def cluster():
    """A Dask scheduler with two worker processes."""
    distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install 'headstart[dask]'")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of Dask are not ours
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as found:
            yield found


def test_two_dask_workers_give_the_same_bits(cluster, here):
    assert simulated(f"dask:{cluster.scheduler_address}") == here


def test_a_dask_worker_killed_in_mid_run_changes_no_bit(cluster, here, tmp_path):
    with workers.workers(f"dask:{cluster.scheduler_address}") as found:
        pids = found.executor._client.run(os.getpid)
        victim = next(iter(pids.values()))

        def watch(moments):
            if moments.count == 3 * linear.batch_size(GIVEN):
                os.kill(victim, signal.SIGKILL)

        given = {"trials": TRIALS, "seed": 2, "law": "fast", "store": tmp_path / "runs.db", "watch": watch}
        assert linear.simulate(GIVEN, executor=found.executor, workers=found.count, **given) == here
        assert victim not in found.executor._client.run(os.getpid).values()
    assert simulated("threads", store=tmp_path / "runs.db") == here


def test_a_dask_worker_of_other_versions_is_refused_in_one_line(cluster, monkeypatch):
    monkeypatch.setattr("numerics.versions._version", lambda _: "of tomorrow")
    with pytest.raises(WorkersError, match=r"^executor=dask: the worker tcp:[^\n]*of tomorrow[^\n]*$"):
        simulated(f"dask:{cluster.scheduler_address}")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "no address at all", "tcp://"])
def test_a_scheduler_that_does_not_answer_is_told_in_one_line(address, monkeypatch):
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'headstart[dask]'")
    monkeypatch.setattr(workers, "DASK_PATIENCE", 1)
    with pytest.raises(WorkersError, match=r"^executor=dask: no scheduler answers at [^\n]*$"):
        simulated(f"dask:{address}")
