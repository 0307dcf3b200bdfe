"""Numbered tasks on any executor, their results in order and only a few in flight."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing
from typing import TypeVar

Value = TypeVar("Value")
Task = Callable[[int, int], Value]


def in_order(task: Task[Value], sizes: Iterable[int], executor: Executor | None = None) -> Generator[Value, None, None]:
    """Yield task(0, size_0), task(1, size_1), ... in this order.

    At most twice as many tasks as there are processors wait or run at once, whatever the length of
    `sizes`.  Without an executor they run on a thread for each processor (the kernels release the
    interpreter lock).  Closing the iterator cancels what has not started.
    """
    if executor is not None:
        yield from _on(executor, task, sizes)
        return
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads, closing(_on(threads, task, sizes)) as results:
        yield from results


def _on(executor: Executor, task: Task[Value], sizes: Iterable[int]) -> Generator[Value, None, None]:
    """`in_order` on a given executor."""
    window = 2 * (os.cpu_count() or 1)
    pending: deque[Future[Value]] = deque()
    try:
        for number, size in enumerate(sizes):
            pending.append(executor.submit(task, number, size))
            if len(pending) == window:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()
