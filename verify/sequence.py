"""The claims of fine-tuning on one task after the other."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count, permutations
from typing import Any, TypeAlias

import numpy as np
from hypothesis import strategies as st

from numerics import sequence as mc
from numerics.sequence import TaskSequence
from theory.result import Result, Value
from theory.tasks import FIRST, ByFalling
from verify import means
from verify.claim import Case, Check, Claim, Level, Stratum
from verify.drawing import first, kept
from verify.intervals import PAIRED, by_intervals
from verify.linear.instances import directions, noises
from verify.paired import DRAWS, PILOT, Draw, over_others
from verify.verdict import Outcome, Verdict, decide

Order: TypeAlias = tuple[int, ...]
FEATURES = 14
FEW, SOME, MANY = st.integers(2, 8), st.integers(5, 8), st.integers(20, 26)
"""Samples away from as many as features, so that four moments are finite."""


def chunks(instance: TaskSequence, column: str, seed: int) -> Iterator[np.ndarray]:
    """Draws of one column, batch after batch."""
    what = repr(instance.fields()), column, seed
    return (kept((*what, k), partial(lambda k: np.asarray(mc.batch(instance, seed, k)[column]), k)) for k in count())


def mean_of(column: str) -> Check:
    """The mean of a column, to a share of the risk."""

    def check(result: Result, case: Case, at: Level) -> Outcome:
        instance = case.instance
        size = float(np.mean(first(chunks(instance, "risk", at.seed ^ 1), PILOT)))
        return means.test_mean(
            chunks(instance, column, at.seed),
            float(result.evaluate(**case.fields)),
            means.pilot_variance(first(chunks(instance, column, at.seed ^ 1), PILOT)),
            "pilot x2",
            delta=at.delta,
            scale=size,
            alpha=at.alpha,
            alpha_pass=at.alpha_pass,
        )

    return check


def reordered(instance: TaskSequence, order: Order) -> TaskSequence:
    """The same tasks in another order, the risk still on the weights of the same one."""
    tasks = [instance.fields()["tasks"][place - 1] for place in order]
    return TaskSequence.from_fields({**instance.fields(), "tasks": tasks, "task": order.index(instance.task) + 1})


def no_other(claimed: Order, risk: Draw[Order], at: Level, share: float = 0.0) -> Outcome:
    """Whether every other order has more risk, or less by no more than a share of it: paired differences of draws."""
    others = [order for order in permutations(sorted(claimed)) if order != claimed]
    low, high, least = over_others(claimed, others, risk, at)
    verdict = decide(refuted=high < 0, supported=low > -share * float(risk(claimed, at.seed ^ 1, PILOT).mean()))
    return by_intervals(verdict, _digits(claimed), _digits(least), DRAWS, at, test=PAIRED)


def _digits(order: Order) -> float:
    return float("".join(map(str, order)))


def order_check(result: Result, case: Case, at: Level) -> Outcome:
    """It is an order of all tasks, and every other has more risk."""
    claimed = tuple(map(int, result.evaluate(**case.fields)))
    if sorted(claimed) != list(range(1, len(case.instance.tasks) + 1)):
        return by_intervals(Verdict.REFUTED, _digits(claimed), _digits(claimed), 0, at, test=PAIRED)

    def risk(order: Order, seed: int, size: int) -> np.ndarray:
        return first(chunks(reordered(case.instance, order), "risk", seed), size)

    return no_other(claimed, risk, at)


@st.composite
def sequences(draw: st.DrawFn, sizes: tuple[st.SearchStrategy[int], ...], equal: bool = False, task: int = 1) -> Case:
    """Tasks with so many samples, of related weights; all of one size and noise where `equal`."""
    rng = np.random.default_rng(draw(directions))
    shared = rng.standard_normal(FEATURES) / np.sqrt(FEATURES)
    alike = {"n": draw(sizes[0]), "sigma": draw(noises)}
    tasks: list[dict[str, Any]] = []
    for size in sizes:
        own = alike if equal else {"n": draw(size), "sigma": draw(noises)}
        tasks.append({**own, "target": (shared + rng.standard_normal(FEATURES) / np.sqrt(FEATURES)).tolist()})
    start = (0.5 * rng.standard_normal(FEATURES)).tolist()
    return Case(TaskSequence.from_fields({"tasks": tasks, "d": FEATURES, "start": start, "task": task}))


@st.composite
def apart(
    draw: st.DrawFn,
    distances: tuple[float, ...],
    sigmas: tuple[float, ...],
    sizes: tuple[st.SearchStrategy[int], ...] = (SOME,) * 3,
) -> Case:
    """So far from the weights of the first task, with so much noise, in any order; neither so many samples that what
    came before is gone nor so few that the order is of no weight."""
    rng = np.random.default_rng(draw(directions))
    goal = rng.standard_normal(FEATURES) / np.sqrt(FEATURES)
    tasks: list[dict[str, Any]] = []
    for distance, sigma, size in zip(distances, sigmas, sizes, strict=True):
        away = rng.standard_normal(FEATURES)
        target = goal + distance * away / np.linalg.norm(away)
        tasks.append({"n": draw(size), "sigma": sigma, "target": target.tolist()})
    order = draw(st.permutations(range(1, len(tasks) + 1)))
    start = (0.5 * rng.standard_normal(FEATURES)).tolist()
    given = TaskSequence.from_fields({"tasks": tasks, "d": FEATURES, "start": start, "task": 1})
    return Case(reordered(given, tuple(order)))


def rising(value: Value) -> Value:
    """The worst order."""
    assert isinstance(value, ByFalling)
    formula, place, last = value.args
    return ByFalling(-formula, place, last)


def more(value: Value) -> Value:
    """A fifth of the first distance more: differences may be small beside a risk."""
    return value + FIRST / 5


STRATA = (
    Stratum("few samples", sequences((FEW, FEW, FEW)), 1),
    Stratum("many, then few", sequences((MANY, FEW, FEW), task=2), 1),
    Stratum("many in between", sequences((FEW, MANY, FEW)), 1),
)
ORDERS = (
    Stratum("distances decide", apart((0.0, 1.5, 3.0), (0.3, 0.2, 0.1)), 1),
    Stratum("noise decides", apart((0.0, 1.0, 1.0), (2.5, 0.1, 1.0)), 1),
    Stratum("sizes do not decide", apart((0.0, 1.6, 1.9), (0.1, 0.1, 0.1), (SOME, st.just(8), st.just(5))), 1),
)
CLAIMS: tuple[Claim, ...] = (
    Claim("sequence.risk", "mean of the risk in the end", mean_of("risk"), STRATA, more, 0.02, "pilot"),
    Claim("sequence.forgetting", "mean of the difference", mean_of("forgetting"), STRATA, more, 0.02, "pilot"),
    Claim("sequence.last_task", "mean of the difference", mean_of("last_gain"), STRATA, more, 0.02, "pilot"),
    Claim(
        "sequence.equal",
        "mean of the risk in the end",
        mean_of("risk"),
        (Stratum("few samples", sequences((FEW,) * 4, equal=True, task=3), 2),),
        more,
        0.02,
        "pilot",
    ),
    Claim("sequence.best_order", "risks of other orders", order_check, ORDERS, rising, 0.02, "pilot"),
)
