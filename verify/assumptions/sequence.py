"""Sequences of tasks with one assumption dropped: the literal model, changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from operator import attrgetter
from typing import Any

import numpy as np
from jaxtyping import Float

from numerics.linear.universality import LAWS, pseudo_inverse
from numerics.sequence import TaskSequence
from numerics.streams import stream
from theory.result import Result
from theory.sequence import EQUAL, GIVEN
from verify.assumptions.drops import NOISES, SMOOTH, Drop, laws
from verify.assumptions.readings import PILOT, Column, Reading, Seen, mean_is, mean_of, risk
from verify.assumptions.world import SIZE, Trials
from verify.claim import Level
from verify.drawing import first
from verify.plan import examples
from verify.sequence import FEW, ORDERS, Order, no_other, reordered, sequences


@dataclass(frozen=True, eq=False)
class Sequenced:
    """An instance, and how its data are made: laws of entries, one design for all, features that vary apart."""

    base: TaskSequence
    design: str = "gaussian"
    noise: str = "gaussian"
    repeated: bool = False
    spread: float = 1.0
    balanced: bool = True

    def but(self, **changes: Any) -> Sequenced:
        """The same but for some things."""
        return replace(self, **changes)

    def batches(self, seed: int) -> Iterator[Drawn]:
        """Batch after batch."""
        return (Drawn(self, self.weights(seed, number)) for number in count())

    def weights(self, seed: int, number: int) -> list[Float[np.ndarray, "trials d"]]:
        """After no task, and after each."""
        scale = np.where(np.arange(self.base.d) % 2, self.spread, 1 / self.spread)
        found = [np.broadcast_to(self.base.start, (SIZE, self.base.d))]
        for place, one in enumerate(self.base.tasks):
            designs, noises = (
                stream(seed, number, part) for part in (0 if self.repeated else 2 * place, 2 * place + 1)
            )
            x = LAWS[self.design](designs, (SIZE, one["n"], self.base.d)) * scale
            e = one["sigma"] * LAWS[self.noise](noises, (SIZE, one["n"]))
            residual = np.einsum("tnj,tj->tn", x, one["target"] - found[-1]) + e
            found.append(found[-1] + np.einsum("tjn,tn->tj", pseudo_inverse(x)[0], residual))
        return found

    def __str__(self) -> str:
        sizes = ", ".join(str(one["n"]) for one in self.base.tasks)
        return f"n = {sizes}, d={self.base.d}, design {self.design}, noise {self.noise}"


@dataclass(frozen=True, eq=False)
class Drawn:
    """A batch: the weights after no task, and after each."""

    world: Sequenced
    path: list[Float[np.ndarray, "trials d"]]

    def _risk(self, after: int) -> Trials:
        goal = self.world.base.tasks[self.world.base.task - 1]["target"]
        return np.asarray(np.square(self.path[after] - goal).sum(axis=1))

    @property
    def risk(self) -> Trials:
        """After all tasks."""
        return self._risk(-1)

    @property
    def forgetting(self) -> Trials:
        """The same less that when the task was learned."""
        return np.asarray(self._risk(-1) - self._risk(self.world.base.task))

    @property
    def last_gain(self) -> Trials:
        """The risk before the last task less that after it."""
        return np.asarray(self._risk(-2) - self._risk(-1))


def is_sequence(key: str) -> bool:
    """Whether a result is about a sequence."""
    return key.startswith("sequence.")


def bases(key: str, times: int) -> tuple[Sequenced, ...]:
    """Sequences of three tasks."""
    if key == "sequence.best_order":
        return tuple(Sequenced(case.instance) for stratum in ORDERS for case in examples(stratum.cases, times))
    cases = examples(sequences((FEW,) * 3, equal=key.endswith("equal")), 2 * times)
    return tuple(Sequenced(case.instance) for case in cases)


def fields(world: Sequenced) -> dict[str, Any]:
    """What a formula is told: everything."""
    return world.base.fields()


def one_design(world: Sequenced) -> Iterator[Sequenced]:
    """All tasks on the same samples, as many."""
    told = world.base.fields()
    tasks = [{**one, "n": told["tasks"][0]["n"]} for one in told["tasks"]]
    yield world.but(repeated=True, base=TaskSequence.from_fields({**told, "tasks": tasks}))


def one_larger(world: Sequenced) -> Iterator[Sequenced]:
    """One sample more in the last task."""
    told = world.base.fields()
    *others, last = told["tasks"]
    yield world.but(base=TaskSequence.from_fields({**told, "tasks": [*others, {**last, "n": last["n"] + 1}]}))


DROPS: tuple[Drop, ...] = (
    Drop(GIVEN.text, "Gaussian features", "symmetric entries with a density", laws("design", SMOOTH)),
    Drop(GIVEN.text, "Gaussian noise", "noise of other laws, the same variance", laws("noise", NOISES)),
    Drop(GIVEN.text, "independent samples", "one design for all tasks", one_design),
    Drop(GIVEN.text, "isotropic features", "variances 4 and 1/4 in turn", lambda world: iter([world.but(spread=2.0)])),
    Drop(EQUAL.text, "equal sample sizes", "one sample more in the last task", one_larger),
)


def gain_of(column: Column) -> Reading:
    """The mean of a difference, to a share of the risk."""

    def read(result: Result, world: Any, given: Mapping[str, Any], at: Level) -> Seen:
        size = float(np.mean(first(map(risk, world.batches(at.seed ^ 2)), PILOT)))
        return mean_is(column, float(result.evaluate(**given)), world, at, scale=size)

    return read


def best_order(result: Result, world: Any, given: Mapping[str, Any], at: Level) -> Seen:
    """No other order has less risk by more than what is resolved: on one design orders can be alike."""

    def drawn(order: Order, seed: int, size: int) -> Trials:
        return first(map(risk, world.but(base=reordered(world.base, order)).batches(seed)), size)

    return Seen(no_other(tuple(map(int, result.evaluate(**given))), drawn, at, at.delta))


READINGS: Mapping[str, Reading] = {
    "sequence.risk": mean_of(risk),
    "sequence.equal": mean_of(risk),
    "sequence.forgetting": gain_of(attrgetter("forgetting")),
    "sequence.last_task": gain_of(attrgetter("last_gain")),
    "sequence.best_order": best_order,
}
