"""`headstart simulate`: an estimate with its standard error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headstart import api
from headstart.commands.gathering import Gathered
from headstart.errors import InputError
from headstart.instances import build
from headstart.output import emit, emit_json, note, number
from headstart.progress import meter

if TYPE_CHECKING:
    from numerics.estimate import Estimate
    from numerics.moments import Moments
    from numerics.stopping import Goal
    from numerics.workers import Workers

INTERRUPTED = 130


@dataclass(frozen=True)
class How:
    """How to simulate: what ends it, what is drawn, where it is kept, who draws, and whether progress is shown."""

    trials: int | None
    precision: float | None
    seconds: float | None
    seed: int
    quantity: str
    law: str
    quantiles: tuple[float, ...]
    store: str | None
    executor: str
    quiet: bool

    def goal(self) -> Goal:
        """What ends a run; one that nothing ends, or two ends that exclude each other, are refused."""
        if self.trials is not None and self.precision is not None:
            raise InputError("--trials and --precision exclude each other: give one")
        if self.trials is None and self.precision is None and self.seconds is None:
            raise InputError("give --trials N, --precision REL or --seconds S")
        from numerics.stopping import Goal

        return Goal(self.trials, self.precision, self.seconds)

    def estimate(
        self, fields: dict[str, Any], where: str, workers: Workers, watch: Callable[[Moments], None] | None
    ) -> Estimate:
        """The estimate at `fields`."""
        return api.simulate(
            build(fields, where),
            trials=self.trials,
            precision=self.precision,
            seconds=self.seconds,
            seed=self.seed,
            quantity=self.quantity,
            law=self.law,
            quantiles=self.quantiles,
            executor=workers.executor,
            workers=workers.count,
            store=self.store,
            watch=watch,
        )

    def note_interrupt(self) -> None:
        """How to go on."""
        if self.store is None:
            note("with --store FILE the same command would go on from here when run again")
        else:
            note(f"run the same command again to go on: {self.store} keeps what is done")


def run(gathered: Gathered, how: How, *, as_json: bool) -> int:
    """So many trials, as many as the precision takes, or as many as there is time for."""
    goal = how.goal()
    build(gathered.fixed, gathered.where)
    from numerics.workers import workers

    with workers(how.executor) as found, meter(goal, quiet=how.quiet) as watch:
        estimate = how.estimate(gathered.fixed, gathered.where, found, watch("simulating"))
    if as_json:
        emit_json(estimate.as_json())
    else:
        told = {name: value for name, value in estimate.as_json().items() if value not in ("", None, {})}
        emit("\n".join(f"{name:<16}{_shown(value)}" for name, value in told.items()))
    if not estimate.stopped:
        return 0
    how.note_interrupt()
    return INTERRUPTED


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number(part, 8)}" for name, part in value.items())
    return number(value, 8)
