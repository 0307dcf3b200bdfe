"""A prediction, and the uncertainty that it carries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from headstart.errors import InputError
from headstart.prediction.ways import Ways
from numerics.estimation import Interval

if TYPE_CHECKING:
    from numerics.estimation import Fit

REDRAWN, FEWEST = 200, 20
"""Samples that the uncertainty comes from."""
LEAST = 1e-12
BELOW, STEP, MOST = 16, 1.1, 10**6
"""Sample sizes among which the least is looked for: so many below d, above it by this factor, up to the last."""


@dataclass(frozen=True)
class Source:
    """A source as it is: its squared error, noise included, with an exact interval; and the exact p-value of t = u."""

    name: str
    error: Interval
    same: float


@dataclass(frozen=True)
class Option:
    """A way to the target task.

    risk      its expected excess risk with so many samples
    needed    the least of the sizes looked at with the wanted risk: by the prediction, by the lower and by the upper
              end of its interval; None where none has it, or no risk is wanted
    best      the share of redrawn samples in which no other way has less risk
    """

    name: str
    risk: Interval
    needed: tuple[int | None, int | None, int | None]
    best: float


@dataclass(frozen=True)
class Prediction:
    """What a target sample says before fine-tuning on `samples` rows like it; options from the least risk on.

    noise     sigma^2, with an exact interval
    scale     the variance of the labels: the error of the best constant
    """

    rows: int
    columns: int
    samples: int
    wanted: float | None
    confidence: float
    seed: int
    noise: Interval
    scale: float
    sources: tuple[Source, ...]
    options: tuple[Option, ...]


def predict(
    x: Float[np.ndarray, "rows d"],
    y: Float[np.ndarray, " rows"],
    sources: Mapping[str, Float[np.ndarray, " d"]],
    *,
    samples: int | None = None,
    risk: float | None = None,
    confidence: float = 0.95,
    seed: int = 0,
    redrawn: int = REDRAWN,
    watch: Callable[[int, int], None] | None = None,
) -> Prediction:
    """The prediction for fine-tuning on `samples` rows like these (as many as there are, unless given).

    x, y        a target sample of N >= d + 3 rows, in the units that the weights of the sources are for
    sources     the weights of each, by name: d numbers
    risk        an excess risk that is wanted
    confidence  of every interval on its own
    redrawn     samples that the uncertainty comes from; `watch` is told how many of how many are done

    Rows and noise are taken to be Gaussian, rows independent.  Features and labels are taken from their means: a
    fine-tuning that learns an intercept takes one sample more.  Intervals of the noise and of sources as they are are
    exact.  Those of risks are a parametric bootstrap (Efron & Tibshirani 1993): samples are drawn from the fitted law
    and predicted from, and the logarithm of the prediction is moved by how theirs are off the risks under that law.
    For n < d risks are exact for the law that is fitted; how they change with what is fitted is a leading order.

    Raises `InputError`; `numerics.instance.InstanceError` where there are too few rows, or columns depend on others.

    >>> rng = np.random.default_rng(1)
    >>> x = rng.standard_normal((60, 4))
    >>> y = x @ [1.0, 1.0, 0.0, 0.0] + 0.1 * rng.standard_normal(60)
    >>> predict(x, y, {"near": np.array([1.0, 0.9, 0.0, 0.0])}, samples=2, redrawn=50).options[0].name
    'near as it is'
    """
    from numerics.estimation import error_of, fit, noise, same_task

    _check(x, sources, samples, risk, confidence, redrawn)
    found, ways = fit(x, y), Ways(sources)
    if found.noise <= LEAST * float(np.var(y)):
        raise InputError(
            "the labels are a linear function of the features, without noise: any d + 1 rows tell it exactly"
        )
    n = len(x) if samples is None else samples
    sizes = [n, *(sizes_looked_at(found.columns) if risk is not None else ())]
    drawn = np.array(list(_redrawn(found, ways, sizes, seed, redrawn, watch)))
    risks = banded(found, ways, sizes, drawn, confidence)
    told = tuple(Source(name, error_of(found, u, confidence), same_task(found, u)) for name, u in sources.items())
    best = np.mean(drawn[:, 0] == drawn[:, 0].min(axis=1, keepdims=True), axis=0)
    options = [
        Option(name, Interval(*map(float, risks[:, 0, k])), needed(sizes[1:], risks[:, 1:, k], risk), float(best[k]))
        for k, name in enumerate(ways.names)
    ]
    ranked = tuple(sorted(options, key=lambda option: (option.risk.value, -option.best)))
    scale = float(np.var(y, ddof=1))
    return Prediction(len(x), found.columns, n, risk, confidence, seed, noise(found, confidence), scale, told, ranked)


def _check(
    x: Float[np.ndarray, "rows d"],
    sources: Mapping[str, Float[np.ndarray, " d"]],
    samples: int | None,
    risk: float | None,
    confidence: float,
    redrawn: int,
) -> None:
    for name, source in sources.items():
        if source.shape != x.shape[1:]:
            raise InputError(f"{name}: {source.size} weights for {x.shape[1]} features: give one for each")
        if not source.any():
            raise InputError(
                f"{name}: all its weights are zero: leave it out, as training from zero is compared anyway"
            )
    if not sources:
        raise InputError("no source: give the weights of one at least")
    if samples is not None and samples < 1:
        raise InputError(f"samples={samples}: give how many target samples there will be, 1 or more")
    if risk is not None and not 0 < risk < np.inf:
        raise InputError(f"risk={risk}: give the excess risk that is wanted, a positive number")
    if not 0 < confidence < 1 or redrawn < FEWEST:
        raise InputError(
            f"confidence={confidence}, redrawn={redrawn}: needs 0 < confidence < 1, {FEWEST} samples or more"
        )


def _redrawn(
    found: Fit, ways: Ways, sizes: Sequence[int], seed: int, count: int, watch: Callable[[int, int], None] | None
) -> Iterator[Float[np.ndarray, "sizes ways"]]:
    """The risks that samples of the fitted law predict, one after the other."""
    from numerics.estimation import redrawn
    from numerics.streams import stream

    for number in range(count):
        yield ways.risks(redrawn(found, stream(seed, number)), sizes)
        if watch is not None:
            watch(number + 1, count)


def sizes_looked_at(columns: int) -> list[int]:
    """The sample sizes among which the least is looked for."""
    below = sorted({int(k) for k in np.linspace(1, max(1, columns - 1), BELOW)})
    above = [columns + 2]
    while above[-1] < MOST:
        above.append(min(MOST, max(above[-1] + 1, int(above[-1] * STEP))))
    return [*below, *above]


def risks_of(
    found: Fit, ways: Ways, sizes: Sequence[int], *, confidence: float, seed: int, redrawn: int = REDRAWN
) -> Float[np.ndarray, "3 sizes ways"]:
    """The risk of every way at every size, and the ends of its interval, as `predict` tells them."""
    return banded(found, ways, sizes, np.array(list(_redrawn(found, ways, sizes, seed, redrawn, None))), confidence)


def banded(
    found: Fit,
    ways: Ways,
    sizes: Sequence[int],
    drawn: Float[np.ndarray, "redrawn sizes ways"],
    confidence: float,
) -> Float[np.ndarray, "3 sizes ways"]:
    """Risks and the ends of their intervals; those of a source as it is hold the exact ones given the noise too."""
    from numerics.estimation import distance_of

    risks = pivotal(ways.risks(found, sizes), ways.risks(found, sizes, truth=True), drawn, confidence)
    risks *= ways.exact(found, sizes)
    for way, source in ways.untrained.items():
        exact = distance_of(found, source, confidence)
        risks[0, :, way] = exact.value
        risks[1, :, way] = np.minimum(risks[1, :, way], exact.low)
        risks[2, :, way] = np.maximum(risks[2, :, way], exact.high)
    return risks


def pivotal(
    here: Float[np.ndarray, "sizes ways"],
    truth: Float[np.ndarray, "sizes ways"],
    drawn: Float[np.ndarray, "redrawn sizes ways"],
    confidence: float,
) -> Float[np.ndarray, "3 sizes ways"]:
    """Risks and the ends of their intervals: pivotal, on the logarithmic scale; infinite where the risk is.

    The risk is moved by the median, which mends the bias that the spread of sample eigenvalues makes.  One that is
    predicted to be zero is taken for `LEAST` of the largest.
    """
    finite = np.isfinite(here)  # a matter of the sizes alone
    least = LEAST * float(np.max(here, where=finite, initial=0.0))
    value, law, others = (np.log(np.maximum(np.where(finite, risks, 1.0), least)) for risks in (here, truth, drawn))
    ends = np.quantile(others, [0.5, (1 + confidence) / 2, (1 - confidence) / 2], axis=0)
    return np.where(finite, np.exp(value + law - ends), np.inf)


def needed(
    sizes: Sequence[int], risks: Float[np.ndarray, "3 sizes"], wanted: float | None
) -> tuple[int | None, int | None, int | None]:
    """The least size at which the prediction, and either end of its interval, are at most what is wanted."""
    if wanted is None:
        return None, None, None
    value, low, high = (next((n for n, r in zip(sizes, curve, strict=True) if r <= wanted), None) for curve in risks)
    return value, low, high
