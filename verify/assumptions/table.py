"""Every assumption of every result, dropped: needed, with its counterexample, or not, within what was looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any

from theory.catalogue import keys as catalogue_keys
from theory.catalogue import result as catalogued
from theory.evaluation import EvaluationError
from theory.result import Result
from verify.assumptions import drops, given_data, relu, sequence, spectral
from verify.assumptions.cases import ASYMPTOTIC, LAWS, SPREADS, bases, depth_world, dropped, fields
from verify.assumptions.readings import READINGS as OF_ALL
from verify.assumptions.readings import Seen
from verify.assumptions.split import TIE
from verify.claim import Level
from verify.ledger import check_seed
from verify.plan import ALPHA_PASS
from verify.verdict import Verdict

ALPHA = 1e-9
"""Of one comparison: a thousand of them raise a false alarm, a counterexample that is none, with probability 1e-6."""
MORE = (1, 2, 4)
"""So many times the instances."""
READINGS = {**OF_ALL, **spectral.READINGS, **sequence.READINGS, **relu.READINGS}
EXACT, SPREAD, SHARE, LARGE = 0.1, 0.2, 0.05, 0.4
"""What is resolved: 10% of a mean, 20% of a variance, 5% of probability, 40% of a leading order at n = 16."""


class Standing(StrEnum):
    """What dropping an assumption showed."""

    NEEDED = "needed"
    """There is a counterexample, or the formula is refused."""
    NOT_NEEDED = "not needed"
    """Within the resolution, on the instances looked at."""
    UNDECIDED = "undecided"
    DEFINITION = "definition"
    """It says what a symbol means: there is nothing to drop."""
    UNTESTED = "untested"


@dataclass(frozen=True)
class Row:
    """One assumption of one result, dropped."""

    key: str
    assumption: str
    what: str
    how: str
    standing: Standing
    where: str = ""
    formula: float | None = None
    simulated: float | None = None
    interval: tuple[float, float] | None = None
    instances: int = 0
    within: float | None = None
    note: str = ""

    @property
    def passed(self) -> bool:
        """Whether the assumption was settled."""
        return self.standing not in (Standing.UNDECIDED, Standing.UNTESTED)

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**told, "standing": str(self.standing), "interval": list(self.interval) if self.interval else None}


DEFINITIONS = (
    "q_p is the number with",
    "a_p is a number with",
    "b_p is a number with",
    "C is a number with",
    "independent variables: p ~ Beta",
    "a = <u,t>/|u|^2 is the best stretch",
    "place is the first coordinate",
    "test covariance A >= 0, given by its diagonal",
    "the source weights are not all zero",
    "n < d and the source weights are not zero",
)
"""How assumptions begin that name a symbol, or without which the formula is no number."""

Comparison = tuple[str, Callable[[], Seen]]


def run(
    keys: Sequence[str] | None = None, *, seed: int = 0, progress: Callable[[Row], None] | None = None
) -> tuple[Row, ...]:
    """The table for `keys` (all by default), as (seed, result, what is dropped) decide it."""
    found = []
    for key in keys or catalogue_keys():
        for row in _rows(catalogued(key), seed):
            found.append(row)
            if progress:
                progress(row)
    return tuple(found)


def _rows(result: Result, seed: int) -> Iterator[Row]:
    seen = set()
    for check in given_data.of(result):
        seen.add(check.assumption)
        at = _level(result.key, check.what, seed)
        yield _settled(result, check, [("one sample", partial(check.read, result, at))], at)
    for drop in dropped(result) if result.key in READINGS else ():
        seen.add(drop.assumption)
        at = _level(result.key, drop.what, seed)
        yield _searched(result, drop, at)
    for assumption in result.given:
        if assumption.text not in seen:
            yield _left_over(result.key, assumption.text)


def _level(key: str, what: str, seed: int) -> Level:
    leading = (
        *ASYMPTOTIC,
        *relu.LIMITS,
        *(spectral_key for spectral_key in spectral.READINGS if spectral_key not in spectral.EXACT),
    )
    sizes = ((leading, LARGE), (LAWS, SHARE), (SPREADS, SPREAD), (("frozen.best_split",), TIE))
    delta = next((size for among, size in sizes if key in among), EXACT)
    return Level(ALPHA, ALPHA_PASS, delta, check_seed(seed, f"{key} without {what}", {}))


def _searched(result: Result, drop: drops.Drop, at: Level) -> Row:
    """What dropping it showed.  Where that is undecided, a counterexample is looked for at twice as many instances: an
    effect as large as what is resolved is larger elsewhere.  Instances that do not show it settle nothing then."""
    first, *others = (partial(_settled_at, result, drop, at, times) for times in MORE)
    row = first()
    if row.standing is Standing.UNDECIDED:
        return next((found for more in others if (found := more()).standing is Standing.NEEDED), row)
    return row


def _settled_at(result: Result, drop: drops.Drop, at: Level, times: int) -> Row:
    return _settled(result, drop, list(_comparisons(result, drop, at, times)), at)


def _comparisons(result: Result, drop: drops.Drop, at: Level, times: int = 1) -> Iterator[Comparison]:
    depth = result.key == "deep_linear.best_depth"
    for base in (depth_world(drop.what),) if depth else bases(result.key, times):
        for world in drop.worlds(base):
            told = fields(result.key, world, drop)
            yield str(world), partial(READINGS[result.key], result, world, told, at)


def _settled(result: Result, drop: drops.Drop | given_data.Check, comparisons: list[Comparison], at: Level) -> Row:
    """Needed at the first counterexample; not needed if every comparison is supported."""
    row = Row(result.key, drop.assumption, drop.what, drop.how, Standing.UNTESTED, instances=len(comparisons))
    verdicts = set()
    for where, compare in comparisons:
        try:
            seen = compare()
        except EvaluationError as refusal:
            return _with(row, Standing.NEEDED, where=where, note=f"refused: {refusal}")
        verdicts.add(seen.outcome.verdict)
        if seen.outcome.verdict is Verdict.REFUTED:
            numbers = {"formula": seen.outcome.claimed, "simulated": seen.outcome.observed, "interval": seen.interval}
            return _with(row, Standing.NEEDED, where=where, note=seen.outcome.note, **numbers)
    if verdicts == {Verdict.SUPPORTED}:
        return _with(row, Standing.NOT_NEEDED, within=at.delta)
    return row if not verdicts else _with(row, Standing.UNDECIDED)


def _with(row: Row, standing: Standing, **found: Any) -> Row:
    return replace(row, standing=standing, **found)


def _left_over(key: str, text: str) -> Row:
    defines = text.startswith(DEFINITIONS)
    standing = Standing.DEFINITION if defines else Standing.UNTESTED
    return Row(key, text, text, "says what a symbol means" if defines else "no test", standing)
