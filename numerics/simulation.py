"""One engine for every setting: which law draws, what is drawn for a quantity, and its mean.

A setting says only what is its own, in a `Setting`; everything else is here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from numerics import montecarlo
from numerics.estimate import Estimate, Recipe, checked_levels, estimate
from numerics.instance import InstanceError, nonnegative_integer, positive_integer, shown
from numerics.moments import Moments
from numerics.stopping import Goal
from numerics.store import Store, opened
from numerics.summary import SummaryOf, Trials

Columns = Mapping[str, Float[np.ndarray, " trials"]]
DrawBatch = Callable[[Any, int, int, int], Columns]

LARGEST_BATCH, LARGEST_EXACT_BATCH = 32768, 65536
BATCH_NANOSECONDS = 2e8
EDITION = 9
"""Of the draws and their batches: to be counted up with every change of either."""


@dataclass(frozen=True)
class Law:
    """A way to draw the trials of a setting.

    draw        (instance, seed, number, size) -> the first `size` trials of batch `number`, column by column;
                a function of a module, so that it can be sent to another process
    words       what it does, in a line
    columns     the only columns it draws; none: all
    cheap       whether a trial costs O(1), so that batches are as large as they get
    brief       `draw` without the columns that are averaged exactly, where those cost more
    """

    draw: DrawBatch
    words: str
    columns: tuple[str, ...] = ()
    cheap: bool = False
    brief: DrawBatch | None = None


@dataclass(frozen=True)
class Setting:
    """What a setting's simulator has of its own.

    laws        every law by its name
    automatic   (instance, column) -> the law that "auto" stands for
    column      (instance, name) -> the name, if it is a column of the instance, else `InstanceError`
    quantity    the same for what may be averaged; it may know more names, and gives the column each stands for
    cost        (instance) -> nanoseconds of a trial of its usual law, roughly
    is_finite   (instance, column, order) -> whether that moment is finite
    note        (instance, column, quantity) -> one line if mean or variance is infinite, or none
    better      quantity -> a column with its mean and less variance, drawn in its place where a law has it
    averaged    such a column -> the column of the same mean as drawn
    averaging   what is averaged there, in words
    """

    laws: Mapping[str, Law]
    automatic: Callable[[Any, str], str]
    column: Callable[[Any, object], str]
    quantity: Callable[[Any, object], str]
    cost: Callable[[Any], float]
    is_finite: Callable[[Any, str, int], bool]
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
        """Trials in a batch: a power of two, about 0.2 s of its usual law, the same on every machine."""
        if self.laws[law].cheap:
            return LARGEST_EXACT_BATCH
        affordable = int(np.log2(max(1.0, BATCH_NANOSECONDS / self.cost(instance))))
        return int(min(LARGEST_BATCH, 2**affordable))

    def batch(self, instance: Any, seed: int, number: int, law: str, size: int | None) -> Columns:
        """The first `size` trials of batch `number`, or the whole batch."""
        trials = self.batch_size(instance, law) if size is None else positive_integer("size", size)
        return self.laws[law].draw(instance, seed, number, trials)

    def drawing(self, law: str, column: str) -> DrawBatch:
        """What draws a column: no more than is needed for it."""
        chosen = self.laws[law]
        return chosen.draw if chosen.brief is None or column in self.averaged else chosen.brief

    def drawn(self, quantity: object, column: str, law: str) -> str:
        """The column whose mean is taken for `quantity`: one that is averaged exactly, where the law has it."""
        has, averaged = self.laws[law].columns, self.better.get(str(quantity), column)
        if not has or averaged in has:
            return averaged
        if column not in has:
            other = next(name for name, each in self.laws.items() if column in (each.columns or (column,)))
            raise InstanceError(f"quantity={column}: the {law} law draws {', '.join(has)} only; use law='{other}'.")
        return column


@dataclass(frozen=True)
class Sampler:
    """`sampler(number, size)`: the first `size` draws of batch `number`.  Can be pickled.

    column    what is drawn
    plain     the column of the same mean from before anything was averaged exactly, or none
    """

    draw: DrawBatch
    instance: Any
    seed: int
    column: str
    plain: str | None = None

    def __call__(self, number: int, size: int) -> Trials:
        """Draw."""
        columns = self.draw(self.instance, self.seed, number, size)
        return Trials(columns[self.column], None if self.plain is None else columns[self.plain])

    def values(self, number: int, size: int) -> Float[np.ndarray, " size"]:
        """The column alone."""
        return self(number, size).values


@dataclass(frozen=True)
class Plan:
    """A simulation that has passed every check: how a batch is drawn, and what decides its bits."""

    task: SummaryOf
    recipe: Recipe


def draws(
    setting: Setting, instance: Any, quantity: object, *, trials: int, seed: int, law: object, executor: Executor | None
) -> Float[np.ndarray, " trials"]:
    """The first `trials` draws of a column, in the order of the batches."""
    column = setting.column(instance, quantity)
    name = setting.resolve(instance, law, column)
    sampler = Sampler(setting.drawing(name, column), instance, seed, column)
    return montecarlo.collect(
        sampler.values, batch_size=setting.batch_size(instance, name), trials=trials, executor=executor
    )


def plan(setting: Setting, instance: Any, *, seed: int, quantity: object, law: object, sketched: bool) -> Plan:
    """What to draw for a quantity, and from which law."""
    seed = nonnegative_integer("seed", seed)
    column = setting.quantity(instance, quantity)
    name = setting.resolve(instance, law, column)
    drawn = setting.drawn(quantity, column, name)
    chosen, plain = setting.laws[name], setting.averaged.get(drawn)
    plain = plain if plain in (chosen.columns or (plain,)) else None
    recipe = Recipe(
        instance=instance.fields(),
        digest=instance.digest(),
        quantity=str(quantity),
        column=drawn,
        law=chosen.words if plain is None else f"{chosen.words}; {setting.averaging}",
        seed=seed,
        batch_size=setting.batch_size(instance, name),
        sketched=sketched,
        note=setting.note(instance, drawn, str(quantity)),
        finite=sum(setting.is_finite(instance, drawn, order) for order in range(1, 5)),
        draws=EDITION,
    )
    return Plan(SummaryOf(Sampler(setting.drawing(name, drawn), instance, seed, drawn, plain), sketched), recipe)


def simulate(
    setting: Setting,
    instance: Any,
    *,
    trials: int | None,
    precision: float | None,
    seconds: float | None,
    seed: int,
    quantity: object,
    law: object,
    quantiles: Sequence[float],
    executor: Executor | None,
    workers: int | None,
    store: Store | str | Path | None,
    watch: Callable[[Moments], None] | None,
) -> Estimate:
    """The mean of a quantity; see `numerics.linear.simulate`."""
    levels = checked_levels(quantiles)
    made = plan(setting, instance, seed=seed, quantity=quantity, law=law, sketched=bool(levels))
    goal, note = Goal(trials, precision, seconds), made.recipe.note
    if precision is not None and note:
        raise InstanceError(f"precision={shown(precision)}: {note} A precision is never reached; give trials.")
    with opened(store) as kept:
        outcome = montecarlo.run(
            made.task,
            goal,
            batch_size=made.recipe.batch_size,
            executor=executor,
            workers=workers,
            shelf=None if kept is None else kept.shelf(made.recipe),
            watch=watch,
        )
    return estimate(made.recipe, outcome.total, levels=levels, interrupted=outcome.interrupted)
