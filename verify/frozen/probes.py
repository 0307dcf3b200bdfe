"""Linear probes: their instances and the comparison of their mean risk."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import Any

import numpy as np
from hypothesis import strategies as st

from numerics import probe as mc
from numerics.probe import Probe
from theory.result import Result
from verify import means
from verify.claim import Case, Level
from verify.drawing import first, kept
from verify.frozen.checks import COMPARED, PILOT, Heavy, infinite, mean_is, ratio_law, through
from verify.frozen.instances import APART, Gap, unit
from verify.linear.instances import directions, noises, norms
from verify.verdict import Outcome


def columns(instance: Probe, names: tuple[str, ...], seed: int) -> Iterator[tuple[np.ndarray, ...]]:
    """Draws of some columns, batch after batch."""
    what = repr(instance.fields()), names, seed

    def drawn(number: int) -> np.ndarray:
        trials = mc.batch(instance, seed, number)
        return np.stack([trials[name] for name in names])

    return (tuple(kept((*what, number), partial(drawn, number))) for number in count())


def chunks(instance: Probe, column: str, seed: int) -> Iterator[np.ndarray]:
    """Draws of one column."""
    return (found for (found,) in columns(instance, (column,), seed))


def sample(instance: Probe, column: str, seed: int, size: int) -> np.ndarray:
    """So many draws of one column."""
    return first(chunks(instance, column, seed), size)


def probe_check(result: Result, case: Case, at: Level) -> Outcome:
    """E of the excess risk; near n = m through the law of the ratio of chi-squares, that of the first output."""
    instance: Probe = case.instance
    claimed = float(result.evaluate(**case.fields))
    size = float(np.sum(instance.scale**2 @ instance.wanted**2)) + instance.sigma**2
    if mc.moment_is_finite(instance, "risk", 2):
        variance = means.pilot_variance(sample(instance, "risk", at.seed ^ 1, PILOT))
        return mean_is(claimed, chunks(instance, "risk", at.seed), variance, size, at)
    spread = float(instance.missed[0]) + instance.sigma**2
    heavy = Heavy(partial(sample, instance, "ratio"), ratio_law(instance.n, instance.count), spread)
    if heavy.law.mean == np.inf:
        risk, ratio = (sample(instance, name, at.seed, COMPARED) for name in ("risk", "ratio"))
        above = spread > 0 and bool(np.all(risk >= (1 - means.ROUNDING) * spread * ratio))
        return infinite(claimed, above, heavy, at)
    return through(claimed, heavy, _averaged(instance, heavy, at.seed), size, at)


def risk_sample(instance: Probe, seed: int, size: int) -> np.ndarray:
    """So many draws of the risk."""
    return sample(instance, "risk", seed, size)


def _averaged(instance: Probe, heavy: Heavy, seed: int) -> Iterator[np.ndarray]:
    """The risk with v E F instead of v F."""
    for risk, ratio in columns(instance, ("risk", "ratio"), seed):
        yield risk - heavy.least * ratio + heavy.least * heavy.law.mean


@st.composite
def probed(
    draw: st.DrawFn,
    gap: Gap = APART,
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


@st.composite
def network(draw: st.DrawFn, gap: Gap = APART, *, kept: Gap = (1, 2), outputs: Gap = (2, 3)) -> Case:
    """Three random layers with a bottleneck, d - 3 - q - q: the first ones are kept, the others retrained."""
    q, d, k = draw(st.integers(*outputs)), draw(st.integers(5, 6)), draw(st.integers(*kept))
    rng = np.random.default_rng(draw(directions))
    widths = [d, 3, q, q]
    found = [rng.standard_normal(shape) / np.sqrt(shape[1]) for shape in zip(widths[1:], widths[:-1], strict=True)]
    m = min(widths[: k + 1])
    fields: dict[str, Any] = {
        "n": m + draw(st.integers(*gap)),
        "d": d,
        "sigma": draw(noises),
        "targets": (draw(norms) * rng.standard_normal((d, q)) / np.sqrt(d)).tolist(),
        "layers": [layer.tolist() for layer in found],
        "frozen_layers": k,
        "spectrum": rng.uniform(0.2, 2.0, d).tolist(),
    }
    return Case(Probe.from_fields(fields))
