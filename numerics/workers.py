"""Executors by name: threads, processes, or the workers of a Dask scheduler."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass

from numerics.instance import InstanceError, shown
from numerics.versions import processor, versions

DASK_PATIENCE = 10
"""Seconds to wait for the answer of a scheduler."""


class WorkersError(RuntimeError):
    """Workers that cannot be had, or are lost: one line that says why and what to do."""


@dataclass(frozen=True)
class Workers:
    """An executor, and how many tasks it runs at once."""

    executor: Executor
    count: int

    def prepare(self, task: Callable[[], object]) -> None:
        """Let new processes do what every task of theirs begins with, while their parent does it itself."""
        if isinstance(self.executor, ProcessPoolExecutor):
            for _ in range(self.count):
                self.executor.submit(task)


@contextmanager
def workers(name: str = "threads") -> Generator[Workers, None, None]:
    """The executor that `name` says, shut down at the end.

    threads, threads:N        a thread for each processor, or N: the kernels release the interpreter lock
    processes, processes:N    new processes, which also take the Python around the kernels off one interpreter
    dask:ADDRESS              the workers of the Dask scheduler at ADDRESS, such as dask:tcp://10.0.0.1:8786;
                              tasks of a worker that dies go to another.  Needs the extra headstart[dask]

    Raises `InstanceError` for another name, `WorkersError` where workers die or cannot be had.
    """
    kind, _, detail = name.partition(":")
    if kind == "dask" and detail:
        with _dask(detail) as found:
            yield found
        return
    count = _count(name, detail) if detail or name == kind else 0
    if kind == "threads" and count:
        with ThreadPoolExecutor(count) as threads:
            yield Workers(threads, count)
    elif kind == "processes" and count:
        with _processes(count) as found:
            yield found
    else:
        raise InstanceError(f"executor={shown(name)}: use threads, threads:N, processes:N or dask:ADDRESS.")


def _count(name: str, detail: str) -> int:
    """How many workers are asked for: as many as processors unless said."""
    if not detail:
        return os.cpu_count() or 1
    if not (detail.isascii() and detail.isdigit() and 1 <= int(detail[:9]) <= 1024):
        raise InstanceError(f"executor={shown(name)}: needs a number of workers from 1 to 1024, such as processes:2.")
    return int(detail)


@contextmanager
def _processes(count: int) -> Generator[Workers, None, None]:
    """New processes that leave interrupts to the one that started them, and end with it however it ends."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, spawn, _depend_on_parent) as pool:
        try:
            yield Workers(pool, count)
        except BrokenProcessPool as error:
            raise WorkersError(
                "a worker process died (was it out of memory?): take fewer, as in --executor processes:1, and run "
                "the same again; a store keeps what is done."
            ) from error


def _depend_on_parent() -> None:
    """Ignore interrupts, and do not outlive a parent that is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "runs in a worker"
    parent.join()
    os._exit(1)


@contextmanager
def _dask(address: str) -> Generator[Workers, None, None]:
    """The workers of a scheduler, which must have our versions and processor: others may draw other bits."""
    try:
        from distributed import Client, KilledWorker
        from distributed.comm.addressing import get_address_host_port
    except ImportError as error:
        raise WorkersError("executor=dask: Dask is not installed; pip install 'headstart[dask]'.") from error
    try:
        # A client that fails to connect may deadlock the next one where it is collected: look before there is one.
        socket.create_connection(get_address_host_port(address), timeout=DASK_PATIENCE).close()
        client = Client(address, timeout=DASK_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise WorkersError(f"executor=dask: no scheduler answers at {address}; check the address.") from error
    with client:
        _refuse_other_versions(client.run(_origin, on_error="return"))
        try:
            yield Workers(client.get_executor(), max(1, sum(client.nthreads().values())))
        except KilledWorker as error:
            raise WorkersError(
                "executor=dask: worker after worker died of one batch (out of memory?); give them more and run the "
                "same again; a store keeps what is done."
            ) from error


def _origin() -> dict[str, str]:
    """What the bits of a batch depend on beside its recipe."""
    return versions() | {"processor": processor()}


def _refuse_other_versions(found: dict[str, object]) -> None:
    here = _origin()
    for address, there in found.items():
        if there != here:
            raise WorkersError(
                f"executor=dask: the worker {address} has {shown(there, 200)} and not {shown(here, 200)}; "
                "make them the same, as others may draw other bits (NUMBA_CPU_NAME=generic, for processors)."
            )
