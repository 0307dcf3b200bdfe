"""The claims of fine-tuning on one task after the other."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import Any

import numpy as np
from hypothesis import strategies as st

from numerics import sequence as mc
from numerics.sequence import TaskSequence
from theory.result import Result, Value
from theory.tasks import FIRST
from verify import means
from verify.claim import Case, Check, Claim, Level, Stratum
from verify.drawing import first, kept
from verify.linear.instances import directions, noises
from verify.verdict import Outcome

PILOT = 4096
FEATURES = 14
FEW, MANY = st.integers(2, 8), st.integers(20, 26)
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


def more(value: Value) -> Value:
    """A fifth of the first distance more: differences may be small beside a risk."""
    return value + FIRST / 5


STRATA = (
    Stratum("few samples", sequences((FEW, FEW, FEW)), 1),
    Stratum("many, then few", sequences((MANY, FEW, FEW), task=2), 1),
    Stratum("many in between", sequences((FEW, MANY, FEW)), 1),
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
)
