"""Sequences of tasks: the recursion by a loop, one task alone, and what differences are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from theory.catalogue import result as catalogued
from theory.result import Result
from verify.sequence import rising
from verify.stage_zero.relation import Kind, Relation, Residual

FEATURES = 12
CLOSE = 1e-12


def _tasks(sizes: Sequence[int], features: int = FEATURES) -> dict[str, Any]:
    """Tasks with so many samples, of weights that differ."""
    places = np.arange(features)
    tasks = [
        {"n": n, "sigma": 0.3 + 0.1 * (k % 3), "target": np.cos((k + 1) * places).round(3).tolist()}
        for k, n in enumerate(sizes)
    ]
    return {"tasks": tasks, "d": features, "start": [0.5] * features}


FEW = ((3, 5, 4), (3, 20, 4, 6), (16, 3), (14, 3, 15), (4, 7))
CASES = (*map(_tasks, FEW), *(_tasks(sizes, 500) for sizes in ((3, 498, 5), (3, 502, 5))))
"""Sizes on both sides of the features, and as near to many as has a finite risk."""


def _looped(given: dict[str, Any], task: int, last: int) -> float:
    """The squared distance of the weights from those of a task, one task after the other."""
    d, goal = given["d"], np.asarray(given["tasks"][task - 1]["target"])
    found = float(np.sum((np.asarray(given["start"]) - goal) ** 2))
    for one in given["tasks"][:last]:
        n, few = one["n"], one["n"] < d
        seen, degrees = (n / d, d - n - 1) if few else (1.0, n - d - 1)
        apart = float(np.sum((np.asarray(one["target"]) - goal) ** 2))
        found = (1 - seen) * found + seen * apart + one["sigma"] ** 2 * min(n, d) / degrees
    return found


def _near(found: float, wanted: float) -> bool:
    return abs(found - wanted) <= CLOSE * (1 + abs(wanted))


def _recursion(result: Result) -> Iterator[Residual]:
    """A loop over the tasks."""
    for given in CASES:
        for task in range(1, len(given["tasks"]) + 1):
            yield _near(result.evaluate(**given, task=task), _looped(given, task, len(given["tasks"])))


def _alone(result: Result) -> Iterator[Residual]:
    """One task: linear.risk from the weights it starts from."""
    for given in CASES:
        (one, *_), d = given["tasks"], given["d"]
        fields = {"d": d, "source": given["start"], "spectrum": [1.0] * d}
        linear = catalogued("linear.risk").evaluate(**fields, **one)
        yield _near(result.evaluate(**{**given, "tasks": [one]}), linear)


def _since_learned(result: Result) -> Iterator[Residual]:
    """The loop to the end, less the loop to the task."""
    for given in CASES:
        for task in range(1, len(given["tasks"]) + 1):
            forgot = _looped(given, task, len(given["tasks"])) - _looped(given, task, task)
            yield _near(result.evaluate(**given, task=task), forgot)


def _last(result: Result) -> Iterator[Residual]:
    """The loop without the last task, less the loop with it."""
    for given in CASES:
        count = len(given["tasks"])
        for task in range(1, count):
            yield _near(
                result.evaluate(**given, task=task), _looped(given, task, count - 1) - _looped(given, task, count)
            )


def _all_alike(result: Result) -> Iterator[Residual]:
    """sequence.risk of tasks of one size."""
    for n, count in ((3, 1), (4, 2), (8, 5), (FEATURES - 2, 3)):
        given = _tasks([n] * count)
        tasks = [{**one, "sigma": 0.4} for one in given["tasks"]]
        fields = {**given, "tasks": tasks, "task": count}
        yield _near(result.evaluate(**fields), catalogued("sequence.risk").evaluate(**fields))


def _least_of_all(result: Result) -> Iterator[Residual]:
    """The loops over all orders: none leaves less."""
    for given in CASES:
        places = range(1, len(given["tasks"]) + 1)

        def left(order: Sequence[int], task: int, given: dict[str, Any] = given) -> float:
            tasks = [given["tasks"][place - 1] for place in order]
            return _looped({**given, "tasks": tasks}, list(order).index(task) + 1, len(tasks))

        for task in places:
            found = left(result.evaluate(**given, task=task), task)
            yield _near(found, min(left(order, task) for order in permutations(places)))


RELATIONS = (
    Relation("sequence.risk", "a loop over the tasks", Kind.AGREES, _recursion),
    Relation("sequence.risk", "one task: linear.risk", Kind.AGREES, _alone),
    Relation("sequence.forgetting", "two loops", Kind.AGREES, _since_learned),
    Relation("sequence.last_task", "two loops", Kind.AGREES, _last),
    Relation("sequence.equal", "sequence.risk", Kind.AGREES, _all_alike),
    Relation("sequence.best_order", "loops over all orders", Kind.AGREES, _least_of_all, rising),
)
