"""Contenders in processes of their own, timed in turn: none disturbs another, and each has its own peak of memory."""

from __future__ import annotations

import multiprocessing
import os
import resource
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

SECONDS, ROUNDS = 0.4, 5


@dataclass(frozen=True)
class Timing:
    """Trials a second (median over the rounds), the largest memory held in MiB, and mean and deviation of a risk."""

    rate: float
    peak: float
    mean: float
    deviation: float


def serve(make: Callable[[Any], Callable[[int], Any]], given: Any, pipe: Connection) -> None:
    """Answer numbers of trials with (trials done, seconds, their mean and standard deviation, peak memory)."""
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
        pipe.send((risks.size, seconds, float(risks.mean()), float(risks.std()), peak))


def timed(contenders: Mapping[str, Callable[[Any], Callable[[int], Any]]], given: Any) -> dict[str, Timing | str]:
    """Every contender on this problem: its timing, or the name of the package it lacks.

    Five rounds in which each in turn draws for about 0.4 seconds, after calls that compile and size the draws.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the threads draw stacks of their own
    context = multiprocessing.get_context("spawn")
    pipes, found, sizes, workers = {}, dict[str, Timing | str](), {}, []
    for name, make in contenders.items():
        pipes[name], theirs = context.Pipe()
        workers.append(context.Process(target=serve, args=(make, given, theirs), daemon=True))
        workers[-1].start()
        if lacking := pipes[name].recv():
            found[name] = lacking
            del pipes[name]
            continue
        for trials in (2, 2, 64):
            done, seconds = ask(pipes[name], trials)[:2]
        sizes[name] = max(2, int(done / seconds * SECONDS))
    rounds = [{name: ask(pipe, sizes[name]) for name, pipe in pipes.items()} for _ in range(ROUNDS)]
    for name, pipe in pipes.items():
        pipe.send(0)
        rate = statistics.median(one[name][0] / one[name][1] for one in rounds)
        last = rounds[-1][name]
        found[name] = Timing(rate, last[4], last[2], last[3])
    for worker in workers:
        worker.join()
    return found


def ask(pipe: Connection, trials: int) -> tuple[int, float, float, float, float]:
    """One call."""
    pipe.send(trials)
    answer: tuple[int, float, float, float, float] = pipe.recv()
    return answer
