"""Fine-tuning on one task after the other: an instance, and its simulation by designs or by their exact law."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float

from numerics import simulation
from numerics.by_fields import ByFields, read, told
from numerics.estimate import Estimate
from numerics.frozen.exact import regression
from numerics.frozen.literal import fitted, square
from numerics.instance import InstanceError, nonnegative_number, positive_integer, shown, vector
from numerics.linear.samples import normals
from numerics.moments import Moments
from numerics.simulation import Law, Setting
from numerics.store import Store
from numerics.streams import lanes

SETTING = "sequence"
TASK_FIELDS = ("n", "sigma", "target")
TOGETHER = 2**18
"""Numbers of one kind that are drawn at once."""
COLUMNS = MappingProxyType(
    {
        "risk": "|w_K - t_i|^2, on task i after all tasks",
        "forgetting": "the same less |w_i - t_i|^2",
        "last_gain": "|w_{K-1} - t_i|^2 less |w_K - t_i|^2",
    }
)
Columns = Mapping[str, Float[np.ndarray, " trials"]]


@dataclass(frozen=True, eq=False, kw_only=True)
class TaskSequence(ByFields):
    """Linear regression fine-tuned on tasks in turn: w_k = w_{k-1} + X_k+ (y_k - X_k w_{k-1}), w_0 = start.

    Law of the data: rows of X_k (n x d) independent N(0, I), y_k = X_k target + e,
    e ~ N(0, sigma^2 I), tasks independent.

    tasks   a list of {n, sigma, target}: n >= 1, sigma >= 0, d numbers
    d       features
    start   w_0, d numbers
    task    the task i whose risk is asked for, from 1; 1 if not given

    Raises `InstanceError`, one line, on anything else.

    >>> tasks = [{"n": 2, "sigma": 0.5, "target": [1, 0, 0, 0]}] * 3
    >>> TaskSequence.from_fields({"tasks": tasks, "d": 4, "start": [0, 0, 0, 0]}).task
    1
    """

    tasks: tuple[dict[str, Any], ...]
    d: int
    start: Float[np.ndarray, " d"]
    task: int = 1

    def __post_init__(self) -> None:
        """Check every field and store it in its final form."""
        store = object.__setattr__
        store(self, "d", positive_integer("d", self.d))
        store(self, "start", vector("start", self.start, self.d))
        if not isinstance(self.tasks, list | tuple) or not self.tasks:
            raise InstanceError(f"tasks={shown(self.tasks)}: needs a list of tasks, each {{n, sigma, target}}.")
        store(self, "tasks", tuple(self._checked(place, one) for place, one in enumerate(self.tasks, 1)))
        store(self, "task", positive_integer("task", self.task))
        if self.task > len(self.tasks):
            raise InstanceError(f"task={self.task}: there are {len(self.tasks)} tasks; ask for one of them.")

    def _checked(self, place: int, one: object) -> dict[str, Any]:
        if not isinstance(one, Mapping) or set(one) != set(TASK_FIELDS):
            raise InstanceError(f"task {place} is {shown(one)}: needs n, sigma and target, and nothing else.")
        return {
            "n": positive_integer(f"n of task {place}", one["n"]),
            "sigma": nonnegative_number(f"sigma of task {place}", one["sigma"]),
            "target": vector(f"target of task {place}", one["target"], self.d),
        }

    @classmethod
    def from_fields(cls, mapping: Mapping[str, object]) -> TaskSequence:
        """The instance with the fields of `mapping`; `InstanceError` on unknown or missing fields and bad values."""
        return cls(**read(cls, SETTING, ["tasks", "d", "start"], mapping))

    def fields(self) -> dict[str, Any]:
        """The fields, as plain Python values fit for JSON; `from_fields` reads them back."""
        return told(self, SETTING) | {"tasks": [{**one, "target": one["target"].tolist()} for one in self.tasks]}


Step = Callable[[Float[np.ndarray, "trials d"], dict[str, Any], int], Float[np.ndarray, "trials d"]]
"""Weights, a task, the number of its stream -> the weights after it."""


def streams(tasks: Sequence[dict[str, Any]]) -> list[int]:
    """A number for every task, the same in whatever order they come: orders are compared on the same samples."""
    by_content = sorted(range(len(tasks)), key=lambda k: (tasks[k]["n"], tasks[k]["sigma"], *tasks[k]["target"]))
    return [by_content.index(k) for k in range(len(tasks))]


def columns(instance: TaskSequence, step: Step, size: int) -> Float[np.ndarray, "3 trials"]:
    """Every column, from the weights after each task."""
    goal = instance.tasks[instance.task - 1]["target"]
    w = np.broadcast_to(instance.start, (size, instance.d))
    found = [square(w - goal)]
    for one, number in zip(instance.tasks, streams(instance.tasks), strict=True):
        w = step(w, one, number)
        found.append(square(w - goal))
    return np.stack([found[-1], found[-1] - found[instance.task], found[-2] - found[-1]])


def _parts(size: int, entries: int) -> Iterator[tuple[int, int]]:
    """So many trials at a time that their entries stay few, by number.

    Every task of a part has a stream of its own, in whatever order they come.
    """
    step = max(8, TOGETHER // entries // 8 * 8)
    return enumerate([step] * -(-size // step))


def literal_batch(instance: TaskSequence, seed: int, number: int, size: int) -> Columns:
    """The first `size` trials of batch `number`: every sample drawn in full, every regression solved."""
    most, count = max(one["n"] for one in instance.tasks), len(instance.tasks)

    def table(part: int, trials: int) -> Float[np.ndarray, "3 trials"]:
        def step(w: Float[np.ndarray, "trials d"], one: dict[str, Any], own: int) -> Float[np.ndarray, "trials d"]:
            drawn = normals(lanes(seed, number, part * count + own), trials, one["n"], instance.d + 1)
            x, e = drawn[..., :-1], one["sigma"] * drawn[..., -1]
            return np.asarray(w + fitted(x, (x @ (one["target"] - w)[..., None])[..., 0] + e))

        return columns(instance, step, trials)

    found = np.concatenate([table(*part) for part in _parts(size, most * instance.d)], axis=1)
    return dict(zip(COLUMNS, found[:, :size], strict=True))


def exact_batch(instance: TaskSequence, seed: int, number: int, size: int) -> Columns:
    """The same from the law of what each regression finds, no design drawn (see `numerics.frozen.exact`)."""
    count = len(instance.tasks)

    def table(part: int, trials: int) -> Float[np.ndarray, "3 trials"]:
        def step(w: Float[np.ndarray, "trials d"], one: dict[str, Any], own: int) -> Float[np.ndarray, "trials d"]:
            state = lanes(seed, number, part * count + own)
            learned = regression(state, one["n"], one["target"] - w, np.full(trials, one["sigma"] ** 2))
            return np.asarray(w + learned.signal + learned.noise)

        return columns(instance, step, trials)

    found = np.concatenate([table(*part) for part in _parts(size, instance.d)], axis=1)
    return dict(zip(COLUMNS, found[:, :size], strict=True))


def moment_is_finite(instance: TaskSequence, quantity: str, order: int) -> bool:
    """Whether E|quantity|^order < infinity: every noisy task has chi2_b in a denominator, b = |n - d| + 1."""
    known_column(quantity)
    degrees = (abs(one["n"] - instance.d) + 1 for one in instance.tasks if one["sigma"] > 0)
    return all(b > 2 * order for b in degrees)


def existence_note(instance: TaskSequence, quantity: str, name: str) -> str:
    """One line where mean or variance may be infinite, or none."""
    for order, moment in ((1, "mean"), (2, "variance")):
        if not moment_is_finite(instance, quantity, order):
            return f"d={instance.d}: {name} may have infinite {moment}, as a task has n near d; use its median instead."
    return ""


def known_column(name: object) -> str:
    """`name` if it is a column, else `InstanceError`."""
    if not isinstance(name, str) or name not in COLUMNS:
        raise InstanceError(f"quantity={shown(name)}: no such column; use {', '.join(COLUMNS)}.")
    return name


LAWS = {
    "literal": Law(literal_batch, "literal: every task's sample drawn and its regression solved as defined"),
    "exact": Law(exact_batch, "exact: the law of what each regression finds, no design drawn"),
}
SIMULATED = Setting(
    laws=LAWS,
    automatic=lambda _, __: "exact",
    column=lambda _, name: known_column(name),
    quantity=lambda _, name: known_column(name),
    cost=lambda instance: len(instance.tasks) * (80.0 * instance.d + 400.0),
    is_finite=moment_is_finite,
    note=existence_note,
)


def batch_size(instance: TaskSequence, law: str = "exact") -> int:
    """Trials in a batch: a power of two fixed by the instance."""
    return SIMULATED.batch_size(instance, SIMULATED.resolve(instance, law, "risk"))


def batch(instance: TaskSequence, seed: int, number: int, law: str = "exact", size: int | None = None) -> Columns:
    """Batch `number` under `seed`: every column of `size` trials, by the "literal" or the "exact" law."""
    return SIMULATED.batch(instance, seed, number, SIMULATED.resolve(instance, law, "risk"), size)


def draws(
    instance: TaskSequence,
    quantity: str,
    *,
    trials: int,
    seed: int,
    law: str = "exact",
    executor: Executor | None = None,
) -> Float[np.ndarray, " trials"]:
    """The first `trials` draws of a column, in the order of the batches; the same for every executor."""
    return simulation.draws(SIMULATED, instance, quantity, trials=trials, seed=seed, law=law, executor=executor)


def simulate(
    instance: TaskSequence,
    *,
    trials: int | None = None,
    precision: float | None = None,
    seconds: float | None = None,
    seed: int,
    quantity: str = "risk",
    law: str = "auto",
    quantiles: Sequence[float] = (),
    executor: Executor | None = None,
    workers: int | None = None,
    store: Store | str | Path | None = None,
    watch: Callable[[Moments], None] | None = None,
) -> Estimate:
    """The mean of a column over fresh samples of every task; arguments as in `numerics.linear.simulate`."""
    return simulation.simulate(
        SIMULATED,
        instance,
        trials=trials,
        precision=precision,
        seconds=seconds,
        seed=seed,
        quantity=quantity,
        law=law,
        quantiles=quantiles,
        executor=executor,
        workers=workers,
        store=store,
        watch=watch,
    )
