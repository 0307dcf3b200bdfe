"""Linear probes: their instances and the comparison of their mean risk."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count, repeat
from typing import Any

import numpy as np
from hypothesis import strategies as st

from numerics import probe as mc
from numerics.probe import Probe
from theory.result import Result
from verify import means
from verify.claim import Case, Level
from verify.drawing import first, kept
from verify.frozen.checks import PILOT, Heavy, infinite, mean_is, ratio_law, through
from verify.frozen.instances import Gap, unit
from verify.linear.instances import directions, noises, norms
from verify.verdict import Outcome

EXACTLY = 2
"""Draws of what does not vary."""


def chunks(instance: Probe, column: str, seed: int) -> Iterator[np.ndarray]:
    """Draws of one column."""
    what = repr(instance.fields()), column, seed

    def drawn(number: int) -> np.ndarray:
        return mc.batch(instance, seed, number)[column]

    return (kept((*what, number), partial(drawn, number)) for number in count())


def sample(instance: Probe, column: str, seed: int, size: int) -> np.ndarray:
    """So many draws of one column."""
    return first(chunks(instance, column, seed), size)


def probe_check(result: Result, case: Case, at: Level) -> Outcome:
    """E of the excess risk; near n = m through the law of the ratio of chi-squares."""
    instance: Probe = case.instance
    claimed = float(result.evaluate(**case.fields))
    size = float(instance.scale**2 @ instance.target**2) + instance.sigma**2
    if mc.moment_is_finite(instance, "risk", 2):
        variance = means.pilot_variance(sample(instance, "risk", at.seed ^ 1, PILOT))
        return mean_is(claimed, chunks(instance, "risk", at.seed), variance, size, at)
    spread = instance.unexplained + instance.sigma**2
    heavy = Heavy(partial(sample, instance, "ratio"), ratio_law(instance.n, instance.count), spread)
    if heavy.law.mean == np.inf:
        return infinite(claimed, spread > 0, heavy, at)
    mean = np.full(EXACTLY, instance.unexplained + spread * heavy.law.mean)
    return through(claimed, heavy, repeat(mean), size, at)


@st.composite
def probed(
    draw: st.DrawFn,
    gap: Gap = (5, 9),
    *,
    features: Gap = (1, 4),
    unseen: Gap = (1, 3),
    noise: bool = True,
    spanned: bool = False,
    repeated: bool = False,
) -> Case:
    """m random features of d = m + unseen; n = m + gap; any covariance.

    spanned   whether they predict the target
    repeated  whether one more is there, the sum of the others
    """
    m, beyond = draw(st.integers(*features)), draw(st.integers(*unseen))
    d = m + beyond
    rng = np.random.default_rng(draw(directions))
    given = rng.standard_normal((d, m))
    target = draw(norms) * unit(given @ rng.standard_normal(m) if spanned else rng.standard_normal(d))
    shown = np.column_stack([given, given.sum(axis=1)]) if repeated else given
    fields: dict[str, Any] = {
        "n": m + draw(st.integers(*gap)),
        "d": d,
        "sigma": draw(noises) if noise else 0.0,
        "target": target.tolist(),
        "features": shown.tolist(),
        "spectrum": rng.uniform(0.2, 2.0, d).tolist(),
    }
    return Case(Probe.from_fields(fields))
