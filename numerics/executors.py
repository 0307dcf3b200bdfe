"""Numbered tasks on any executor, their results in order and only a few in flight."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import closing
from itertools import islice
from typing import Protocol, TypeVar

Value = TypeVar("Value")
Task = Callable[[int, int], Value]


class Shelf(Protocol[Value]):
    """Where results are kept: found there they are not computed again."""

    def get(self, number: int, size: int) -> Value | None:
        """The result of task (number, size), if it is kept."""

    def put(self, number: int, size: int, value: Value) -> None:
        """Keep a result."""


def in_order(
    task: Task[Value],
    sizes: Iterable[int],
    executor: Executor | None = None,
    *,
    workers: int | None = None,
    shelf: Shelf[Value] | None = None,
) -> Generator[Value, None, None]:
    """Yield task(0, size_0), task(1, size_1), ... in this order.

    At most twice as many tasks as `workers` (processors, unless given) wait or run at once, whatever the length of
    `sizes`.  Without an executor they run on a thread for each worker (the kernels release the interpreter
    lock).  Each result is put on the shelf as soon as it is there, in whatever order; what is found on it is
    not computed.  Closing the iterator cancels what has not started.
    """
    count = workers or os.cpu_count() or 1
    if executor is not None:
        yield from _on(executor, task, sizes, 2 * count, shelf)
        return
    with ThreadPoolExecutor(count) as threads, closing(_on(threads, task, sizes, 2 * count, shelf)) as results:
        yield from results


def _on(
    executor: Executor, task: Task[Value], sizes: Iterable[int], window: int, shelf: Shelf[Value] | None
) -> Generator[Value, None, None]:
    """`in_order` on a given executor."""
    todo = enumerate(sizes)
    turns: deque[Future[Value]] = deque()
    running: dict[Future[Value], tuple[int, int]] = {}
    try:
        while True:
            for number, size in islice(todo, window - len(turns)):
                kept = None if shelf is None else shelf.get(number, size)
                turns.append(executor.submit(task, number, size) if kept is None else _done(kept))
                if kept is None:
                    running[turns[-1]] = number, size
            if not turns:
                return
            if turns[0] in running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    number, size = running.pop(future)
                    if shelf is not None and future.exception() is None:
                        shelf.put(number, size, future.result())
            while turns and turns[0] not in running:
                yield turns.popleft().result()
    finally:
        for future in running:
            future.cancel()


def _done(value: Value) -> Future[Value]:
    """A future that holds its value."""
    future: Future[Value] = Future()
    future.set_result(value)
    return future
