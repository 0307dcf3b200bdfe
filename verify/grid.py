"""Every bound on a wide grid of covariances and sizes, and on random instances: does it hold as often as it says?

Each is an exact binomial test; all of them together raise a false alarm with probability <= `budget`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from numerics.deep_linear import DeepLinear
from numerics.executors import in_order
from numerics.linear import Linear
from numerics.probe import Probe
from numerics.ridge import Ridge
from numerics.streams import stream
from numerics.workers import workers
from theory.catalogue import result
from theory.evaluation import EvaluationError
from verify import ridge
from verify.claim import Case, Check, Level
from verify.deep_linear import bounds as deep
from verify.frozen import probes
from verify.ledger import check_seed
from verify.levels import keeps, reaches, up_to
from verify.linear.drawing import risk_sample
from verify.linear.worst import worst_risks
from verify.plan import ALPHA_PASS
from verify.verdict import Outcome

RATIOS, SIZES = (0.05, 0.2, 0.5, 0.9, 2.0), (20, 100, 1000)
"""n/d, and d."""
LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)
RESOLUTION, LOOKS = 0.05, (500, 1000, 2000, 4000, 8000, 16000, 32000, 64000)
"""Probabilities are right to 5% at least, and what one looks at before all draws that may be needed."""
NOISE, PENALTY = 0.1, 0.2
"""Label noise in standard deviations of the labels, and the penalty in those of the mean eigenvalue."""
ROUND = ("quantile", "quantile", "quantile", "worst", "worst", "moments", "ridge", "deep", "probe", "probe")
"""The kinds of random instances, again and again."""
CHECKS: Mapping[str, Check] = {
    "linear.quantile": reaches(risk_sample, LOOKS),
    "linear.quantile_any_covariance": reaches(risk_sample, LOOKS),
    "linear.upper_bound": keeps(risk_sample, looks=LOOKS),
    "linear.lower_bound": keeps(risk_sample, np.greater, LOOKS),
    "linear.worst_direction": keeps(worst_risks, up_to, LOOKS),
    "linear.split_bound": keeps(risk_sample, up_to, LOOKS),
    "deep_linear.quantile": reaches(deep.risk_sample, LOOKS),
    "deep_linear.upper_bound": keeps(deep.risk_sample, looks=LOOKS),
    "frozen.probe_quantile": reaches(probes.risk_sample, LOOKS),
    "ridge.quantile": reaches(ridge.sample, LOOKS),
    "ridge.upper_bound": keeps(ridge.sample, looks=LOOKS),
    "ridge.lower_bound": keeps(ridge.sample, np.greater, LOOKS),
}


def spectra(d: int) -> Mapping[str, np.ndarray]:
    """Eigenvalues by name."""
    i = np.arange(1.0, d + 1)
    return {
        "i^-1/2": i**-0.5,
        "i^-1": 1 / i,
        "i^-2": i**-2.0,
        "exponential": np.exp(-10 * i / d),
        "spiked": np.where(i <= 5, 25.0, 1.0),
        "flat": np.ones(d),
    }


@dataclass(frozen=True)
class Cell:
    """One bound at one instance."""

    key: str
    case: Case


@dataclass(frozen=True)
class Grid:
    """What determines every cell and all draws: sizes of the grid, how many random instances, and the seed."""

    sizes: tuple[int, ...] = SIZES
    instances: int = 1000
    seed: int = 0
    budget: float = 1e-6

    def __call__(self, number: int, _: int) -> Outcome | str:
        """Settle the cell of this number; where it has no bound, the reason."""
        cell, every = cells(self)[number], len(cells(self))
        seed = check_seed(self.seed, f"{cell.key} {number}", cell.case.fields)
        level = Level(self.budget / every, ALPHA_PASS, resolution(cell), seed)
        try:
            return CHECKS[cell.key](result(cell.key), cell.case, level)
        except EvaluationError as wrong:
            return str(wrong)


def resolution(cell: Cell) -> float:
    """What a probability is right to: what may fail, or half of that where it must be exact, and 5% at most."""
    confidence = dict(cell.case.arguments)["confidence"]
    fails = min(confidence, 1 - confidence)
    return min(RESOLUTION, fails / 2 if "quantile" in cell.key else fails)


@cache
def cells(grid: Grid) -> tuple[Cell, ...]:
    """The whole grid, and the random instances; the same in every process."""
    return (*_regular(grid), *_random(grid))


def _regular(grid: Grid) -> Iterator[Cell]:
    for d in grid.sizes:
        rng = stream(grid.seed, d)
        target = rng.standard_normal(d)
        for spectrum in spectra(d).values():
            for ratio in RATIOS:
                yield from _everywhere(_fields(d, max(2, round(ratio * d)), spectrum, target), 0.95)


def _fields(d: int, n: int, spectrum: np.ndarray, target: np.ndarray) -> dict[str, Any]:
    sigma = NOISE * float(np.sqrt(spectrum @ target**2))
    vectors = {"spectrum": spectrum.tolist(), "source": [0.0] * d, "target": target.tolist()}
    return {"n": n, "d": d, "sigma": sigma, **vectors}


def _everywhere(fields: dict[str, Any], confidence: float) -> Iterator[Cell]:
    """All bounds that are for these sizes, but for those that take minutes."""
    n, d, flat = fields["n"], fields["d"], np.ptp(fields["spectrum"]) == 0
    if flat or (n >= d and d <= SIZES[1]):  # for n >= d the law is that of a flat spectrum
        yield _cell("linear.quantile", Linear, fields, confidence)
    if n < d:
        yield from _noiseless(fields, confidence)
        yield from _by_moments(fields, confidence)
    if flat and n < d <= SIZES[1]:
        yield from _deep(fields, confidence, 3)
    if d == SIZES[1]:
        yield from _penalised(fields, confidence)


def _noiseless(fields: dict[str, Any], confidence: float) -> Iterator[Cell]:
    for key in ("linear.worst_direction", "linear.split_bound"):
        if key != "linear.worst_direction" or fields["d"] <= SIZES[1]:  # its draws take an eigenvalue problem each
            yield _cell(key, Linear, {**fields, "sigma": 0.0}, confidence)


def _by_moments(fields: dict[str, Any], confidence: float) -> Iterator[Cell]:
    if fields["n"] <= 2 * SIZES[1]:
        yield _cell("linear.upper_bound", Linear, fields, confidence)
    if fields["d"] <= SIZES[1]:
        yield _cell("linear.lower_bound", Linear, fields, confidence)
    if fields["d"] <= SIZES[1] and fields["n"] >= 10:
        yield _cell("linear.quantile_any_covariance", Linear, fields, confidence)


def _penalised(fields: dict[str, Any], confidence: float) -> Iterator[Cell]:
    penalised = {**fields, "penalty": PENALTY * float(np.mean(fields["spectrum"]))}
    for name in ("quantile", "upper_bound", "lower_bound"):
        yield _cell(f"ridge.{name}", Ridge, penalised, confidence)


def _deep(fields: dict[str, Any], confidence: float, depth: int | str) -> Iterator[Cell]:
    source = [0.5 * entry for entry in fields["target"][::-1]]
    layered = {**fields, "source": source, "depth": depth}
    if fields["d"] >= fields["n"] + 2:
        yield _cell("deep_linear.quantile", DeepLinear, layered, confidence)
    yield _cell("deep_linear.upper_bound", DeepLinear, {**layered, "sigma": 0.0}, confidence)


def _cell(key: str, kind: Any, fields: dict[str, Any], confidence: float) -> Cell:
    return Cell(key, Case(kind.from_fields(fields), (("confidence", confidence),)))


def _random(grid: Grid) -> Iterator[Cell]:
    for number in range(grid.instances):
        rng = np.random.default_rng([grid.seed, number])
        yield from KINDS[ROUND[number % len(ROUND)]](rng, float(rng.choice(LEVELS)))


def _any(rng: np.random.Generator, most: float, ratio: float) -> dict[str, Any]:
    """A spectrum of a random kind, steepness and scale, and a random source and target."""
    d = int(np.exp(rng.uniform(np.log(6), np.log(most))))
    i = np.arange(1.0, d + 1)
    kinds = (i ** -rng.uniform(0.2, 2.0), np.exp(-rng.uniform(1, 10) * i / d), np.where(i <= d / 4, 25.0, 1.0))
    fields = _fields(d, max(2, round(ratio * d)), rng.uniform(0.3, 3.0) * kinds[rng.integers(3)], rng.normal(size=d))
    return {**fields, "source": rng.normal(size=d).tolist(), "sigma": fields["sigma"] * rng.uniform(0, 5)}


def _quantile(rng: np.random.Generator, confidence: float) -> Iterator[Cell]:
    fields = _any(rng, 200, rng.uniform(0.05, 2.0))
    if fields["n"] < fields["d"]:
        fields["spectrum"] = [float(rng.uniform(0.3, 3.0))] * fields["d"]
    yield _cell("linear.quantile", Linear, fields, confidence)


def _worst(rng: np.random.Generator, confidence: float) -> Iterator[Cell]:
    yield from _noiseless(_any(rng, SIZES[1], rng.uniform(0.05, 0.95)), confidence)


def _moments(rng: np.random.Generator, confidence: float) -> Iterator[Cell]:
    yield from _by_moments(_any(rng, SIZES[1], rng.uniform(0.1, 0.8)), confidence)


def _ridge(rng: np.random.Generator, confidence: float) -> Iterator[Cell]:
    yield from _penalised(_any(rng, SIZES[1] / 2, rng.uniform(0.2, 2.0)), confidence)


def _layers(rng: np.random.Generator, confidence: float) -> Iterator[Cell]:
    fields = _any(rng, SIZES[1], rng.uniform(0.1, 0.9))
    flat = {**fields, "spectrum": [1.0] * fields["d"]}
    yield from _deep(flat, confidence, (2, 3, 10, "inf")[rng.integers(4)])


def _probe(rng: np.random.Generator, confidence: float) -> Iterator[Cell]:
    m = int(rng.integers(1, 12))
    d = m + int(rng.integers(1, 12))
    fields = {
        "n": m + int(rng.integers(0, 30)),
        "d": d,
        "sigma": float(rng.uniform(0, 2)),
        "target": rng.normal(size=d).tolist(),
        "features": rng.normal(size=(d, m)).tolist(),
        "spectrum": rng.uniform(0.2, 2.0, d).tolist(),
    }
    yield _cell("frozen.probe_quantile", Probe, fields, confidence)


KINDS: Mapping[str, Callable[[np.random.Generator, float], Iterator[Cell]]] = {
    "quantile": _quantile,
    "worst": _worst,
    "moments": _moments,
    "deep": _layers,
    "ridge": _ridge,
    "probe": _probe,
}


def settled(
    grid: Grid, executor: str = "threads", watch: Callable[[int, int], None] | None = None
) -> tuple[tuple[Cell, Outcome | str], ...]:
    """Every cell with its outcome, or with the reason why it has no bound."""
    every, found = cells(grid), list[Outcome | str]()
    with (
        workers(executor) as pool,
        closing(in_order(grid, [1] * len(every), pool.executor, workers=len(every))) as made,
    ):
        for outcome in made:
            found.append(outcome)
            if watch:
                watch(len(found), len(every))
    return tuple(zip(every, found, strict=True))


@dataclass(frozen=True)
class Row:
    """What was found of one bound: verdicts, where it has none, and the least coverage above its confidence."""

    key: str
    instances: int
    verdicts: Mapping[str, int]
    refused: int
    margin: float | None

    @property
    def passed(self) -> bool:
        """Whether there are bounds, and all are supported."""
        return set(self.verdicts) == {"supported"}


def rows(found: Sequence[tuple[Cell, Outcome | str]]) -> tuple[Row, ...]:
    """One row a result, in the order of `CHECKS`."""
    return tuple(filter(lambda row: row.instances, map(partial(_row, found), CHECKS)))


def _row(found: Sequence[tuple[Cell, Outcome | str]], key: str) -> Row:
    own = [outcome for cell, outcome in found if cell.key == key]
    made = [outcome for outcome in own if not isinstance(outcome, str)]
    verdicts: dict[str, int] = {}
    for outcome in made:
        verdicts[str(outcome.verdict)] = verdicts.get(str(outcome.verdict), 0) + 1
    margin = min((outcome.observed - outcome.claimed for outcome in made), default=None)
    return Row(key, len(own), verdicts, len(own) - len(made), margin)
