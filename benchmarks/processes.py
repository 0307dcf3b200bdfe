"""Contenders in processes of their own, timed in turn: none disturbs another, and each has its own peak of memory."""

from __future__ import annotations

import multiprocessing
import os
import resource
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

SECONDS, ROUNDS = 0.4, 5


@dataclass(frozen=True)
class Call:
    """Trials done, the seconds they took, sums of risks and of their squares, and the largest memory held in MiB."""

    trials: int
    seconds: float
    total: float
    squares: float
    peak: float


@dataclass(frozen=True)
class Timing:
    """The calls of a contender that were timed."""

    calls: tuple[Call, ...]

    @property
    def rate(self) -> float:
        """Trials a second, the median over the calls."""
        return statistics.median(call.trials / call.seconds for call in self.calls)

    @property
    def peak(self) -> float:
        """MiB."""
        return self.calls[-1].peak


def relative_variance(timings: Iterable[Timing]) -> float:
    """The variance of a risk over its squared mean, from all trials together."""
    calls = [call for timing in timings for call in timing.calls]
    trials = sum(call.trials for call in calls)
    return trials * sum(call.squares for call in calls) / sum(call.total for call in calls) ** 2 - 1


def serve(make: Callable[[Any], Callable[[int], Any]], given: Any, pipe: Connection) -> None:
    """Say which package is missing, or nothing; then answer every number of trials with a `Call`, until 0."""
    try:
        draw = make(given)
    except ImportError as missing:
        pipe.send(str(missing.name))
        return
    pipe.send("")
    while trials := pipe.recv():
        begun = time.perf_counter()
        risks = draw(trials)
        seconds = time.perf_counter() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        pipe.send(Call(risks.size, seconds, float(risks.sum()), float(risks @ risks), peak))


def ask(pipe: Connection, trials: int) -> Call:
    """One call."""
    pipe.send(trials)
    answer: Call = pipe.recv()
    return answer


def enough(pipe: Connection) -> int:
    """How many trials take about `SECONDS`: after two calls that compile, more and more until a quarter is reached."""
    ask(pipe, 2)
    ask(pipe, 2)
    trials = 2
    while (call := ask(pipe, trials)).seconds < SECONDS / 4:
        trials = 4 * max(trials, call.trials)
    return max(2, int(call.trials / call.seconds * SECONDS))


def timed(contenders: Mapping[str, Callable[[Any], Callable[[int], Any]]], given: Any) -> dict[str, Timing | str]:
    """Every contender on this problem: its timing, or the name of the package it lacks.

    Five rounds in which each in turn draws for about 0.4 seconds.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the threads draw stacks of their own
    context = multiprocessing.get_context("spawn")
    pipes, lacking, workers = {}, dict[str, Timing | str](), []
    for name, make in contenders.items():
        pipe, theirs = context.Pipe()
        workers.append(context.Process(target=serve, args=(make, given, theirs), daemon=True))
        workers[-1].start()
        if missing := pipe.recv():
            lacking[name] = missing
        else:
            pipes[name] = pipe
    sizes = {name: enough(pipe) for name, pipe in pipes.items()}
    rounds = [{name: ask(pipe, sizes[name]) for name, pipe in pipes.items()} for _ in range(ROUNDS)]
    for pipe in pipes.values():
        pipe.send(0)
    for worker in workers:
        worker.join()
    return lacking | {name: Timing(tuple(one[name] for one in rounds)) for name in pipes}
