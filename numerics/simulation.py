"""One engine for every setting: which law draws, what is drawn for a quantity, and its mean.

A setting says only what is its own, in a `Setting`; everything else is here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

from numerics import montecarlo
from numerics.instance import InstanceError, nonnegative_integer, positive_integer, shown
from numerics.montecarlo import Estimate

Columns = Mapping[str, Float[np.ndarray, " trials"]]
DrawBatch = Callable[[Any, int, int, int], Columns]

LARGEST_BATCH, LARGEST_EXACT_BATCH = 8192, 65536
BATCH_NANOSECONDS = 3e7


@dataclass(frozen=True)
class Law:
    """A way to draw the trials of a setting.

    draw        (instance, seed, number, size) -> the first `size` trials of batch `number`, column by column;
                a function of a module, so that it can be sent to another process
    words       what it does, in a line
    columns     the only columns it draws; none: all
    cheap       whether a trial costs O(1), so that batches are as large as they get
    """

    draw: DrawBatch
    words: str
    columns: tuple[str, ...] = ()
    cheap: bool = False


@dataclass(frozen=True)
class Setting:
    """What a setting's simulator has of its own.

    laws        every law by its name
    general     the name of the fast law that draws every column of every instance
    automatic   (instance, column) -> the law that "auto" stands for
    column      (instance, name) -> the name, if it is a column of the instance, else `InstanceError`
    quantity    the same for what may be averaged; it may know more names, and gives the column each stands for
    cost        (instance) -> nanoseconds of a trial of the general law, roughly
    note        (instance, column, quantity) -> one line if mean or variance is infinite, or none
    better      quantity -> a column with its mean and less variance, drawn in its place where a law has it
    averaged    such a column -> the column of the same mean as drawn
    averaging   what is averaged there, in words
    """

    laws: Mapping[str, Law]
    general: str
    automatic: Callable[[Any, str], str]
    column: Callable[[Any, object], str]
    quantity: Callable[[Any, object], str]
    cost: Callable[[Any], float]
    note: Callable[[Any, str, str], str]
    better: Mapping[str, str] = field(default_factory=dict)
    averaged: Mapping[str, str] = field(default_factory=dict)
    averaging: str = ""

    def resolve(self, instance: Any, law: object, column: str) -> str:
        """The name of the law to draw `column` from; `InstanceError` for one that is not known."""
        if law == "auto":
            return self.automatic(instance, column)
        if not isinstance(law, str) or law not in self.laws:
            raise InstanceError(f"law={shown(law)}: no such law; use auto, {', '.join(self.laws)}.")
        return law

    def batch_size(self, instance: Any, law: str) -> int:
        """Trials in a batch: a power of two, about 30 ms of the general law, the same on every machine."""
        if self.laws[law].cheap:
            return LARGEST_EXACT_BATCH
        affordable = int(np.log2(max(1.0, BATCH_NANOSECONDS / self.cost(instance))))
        return int(min(LARGEST_BATCH, 2**affordable))

    def batch(self, instance: Any, seed: int, number: int, law: str, size: int | None) -> Columns:
        """The first `size` trials of batch `number`, or the whole batch."""
        trials = self.batch_size(instance, law) if size is None else positive_integer("size", size)
        return self.laws[law].draw(instance, seed, number, trials)

    def drawn(self, quantity: object, column: str, law: str) -> str:
        """The column whose mean is taken for `quantity`: one that is averaged exactly, where the law has it."""
        has = self.laws[law].columns
        if has and column not in has:
            raise InstanceError(
                f"quantity={column}: the {law} law draws {', '.join(has)} only; use law='{self.general}'."
            )
        averaged = self.better.get(str(quantity), column)
        return averaged if not has or averaged in has else column


@dataclass(frozen=True)
class Sampler:
    """`sampler(number, size)`: the first `size` draws of `column` in batch `number`.  Can be pickled."""

    draw: DrawBatch
    instance: Any
    column: str
    seed: int

    def __call__(self, number: int, size: int) -> Float[np.ndarray, " size"]:
        """Draw."""
        return self.draw(self.instance, self.seed, number, size)[self.column]


def draws(
    setting: Setting, instance: Any, quantity: object, *, trials: int, seed: int, law: object, executor: Executor | None
) -> Float[np.ndarray, " trials"]:
    """The first `trials` draws of a column, in the order of the batches."""
    column = setting.column(instance, quantity)
    name = setting.resolve(instance, law, column)
    sampler = Sampler(setting.laws[name].draw, instance, column, seed)
    return montecarlo.collect(sampler, batch_size=setting.batch_size(instance, name), trials=trials, executor=executor)


def simulate(
    setting: Setting,
    instance: Any,
    *,
    trials: int | None,
    precision: float | None,
    seed: int,
    quantity: object,
    law: object,
    executor: Executor | None,
) -> Estimate:
    """The mean of a quantity; see `numerics.linear.simulate`."""
    seed = nonnegative_integer("seed", seed)
    column = setting.quantity(instance, quantity)
    name = setting.resolve(instance, law, column)
    drawn = setting.drawn(quantity, column, name)
    note = setting.note(instance, drawn, str(quantity))
    if precision is not None and note:
        raise InstanceError(f"precision={shown(precision)}: {note} A precision is never reached; give trials.")
    moments = montecarlo.run(
        Sampler(setting.laws[name].draw, instance, drawn, seed),
        batch_size=setting.batch_size(instance, name),
        trials=trials,
        precision=precision,
        executor=executor,
    )
    words = setting.laws[name].words + (f"; {setting.averaging}" if drawn in setting.averaged else "")
    return montecarlo.estimate(
        moments, seed=seed, law=words, quantity=str(quantity), instance=instance.digest(), note=note
    )
