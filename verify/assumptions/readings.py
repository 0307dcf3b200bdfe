"""How a result is read off draws: a mean, a law, a level that is reached, a spread, or the sign of a difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from operator import attrgetter
from typing import Any

import numpy as np
from scipy.linalg import hadamard

from theory.distribution import Distribution
from theory.result import Result
from verify import coverage, distributions, means
from verify.assumptions.world import SIZE, Drawn, Trials, World
from verify.claim import Level
from verify.drawing import first
from verify.evidence import Interval
from verify.intervals import by_intervals, mean_interval
from verify.verdict import Outcome, Verdict, decide

PILOT, SHOWN = 2048, 2048
"""Draws of a pilot, and those behind an interval that is shown."""
TRAINED = 256
"""The same where layers are trained one trial at a time."""
LONG = 1 << 15
"""Those that show the sign of a difference."""
ASIDE = 3
"""Parameters away from a peak."""
LARGER = (1, 4, 16, 64)
"""So many times the variance of the pilot."""
POWER, BOUNDED = 1.5, 0.8
"""A power of the test error that is averaged, and the confidence of a bound."""
MOST = 96
"""Batches after which a mean is left undecided."""
Column = Callable[[Any], Trials]


@dataclass(frozen=True)
class Seen:
    """What a result said of a world and what was found there, with an interval where there is a mean."""

    outcome: Outcome
    interval: tuple[float, float] | None = None


Reading = Callable[[Result, Any, Mapping[str, Any], Level], Seen]


def told(world: World) -> dict[str, Any]:
    """What a result is told of a world in which nothing is wrong: E u for u, and the mean eigenvalue for all."""
    base = world.base
    flat = [float(np.mean(base.covariance))] * base.d if base.n < base.d else base.covariance.tolist()
    fields: dict[str, Any] = {"n": base.n, "d": base.d, "sigma": base.sigma, "spectrum": flat}
    return fields | {"source": world.mean_source, "target": base.target}


def mean_of(column: Column) -> Reading:
    """The mean of a column is the formula's number."""

    def read(result: Result, world: Any, fields: Mapping[str, Any], at: Level) -> Seen:
        return mean_is(column, float(result.evaluate(**fields)), world, at)

    return read


def mean_is(column: Column, claimed: float, world: Any, at: Level, scale: float | None = None) -> Seen:
    """The sequential test of a mean, its variance from an independent pilot.

    Draws that vary more than that say nothing of the mean: the test is made again with a larger variance, and each of
    the tests spends its share.
    """
    variance = means.pilot_variance(_few(column, world, at.seed ^ 1, PILOT))
    for times in LARGER:
        outcome = means.test_mean(
            map(column, islice(world.batches(at.seed), MOST)),
            claimed,
            times * variance,
            f"pilot x{2 * times}",
            delta=at.delta,
            scale=scale or abs(claimed) or 1.0,
            alpha=at.alpha / len(LARGER),
            alpha_pass=at.alpha_pass / len(LARGER),
        )
        if not outcome.note.startswith(means.VARIES_MORE):
            found = outcome.evidence
            return Seen(outcome, (found.low, found.high) if isinstance(found, Interval) else None)
    return Seen(replace(outcome, verdict=Verdict.UNDECIDED))


def gain_of(column: Column) -> Reading:
    """The mean of a difference of risks is the formula's number, to a share of the risk."""

    def read(result: Result, world: Any, fields: Mapping[str, Any], at: Level) -> Seen:
        size = float(np.mean(_few(risk, world, at.seed ^ 2, PILOT)))
        return mean_is(column, float(result.evaluate(**fields)), world, at, scale=size)

    return read


def _few(column: Column, world: Any, seed: int, size: int) -> Trials:
    return first(map(column, world.batches(seed)), size if world.balanced else min(size, TRAINED))


def law_of(column: Column) -> Reading:
    """The law of a column is the formula's."""

    def read(result: Result, world: World, fields: Mapping[str, Any], at: Level) -> Seen:
        law = result.evaluate(**fields)
        assert isinstance(law, Distribution)
        levels = {"delta": at.delta, "alpha": at.alpha, "alpha_pass": at.alpha_pass}
        draws = _few(column, world, at.seed, distributions.draws_needed(0.9 * at.delta, at.alpha, at.alpha_pass))
        grid = np.quantile(draws, np.linspace(0.0, 1.0, TABLE))
        below, above = law.cdf(grid[:-1]), law.cdf(grid[1:])
        cells = np.clip(np.searchsorted(grid, draws, side="right") - 1, 0, TABLE - 2)
        return Seen(_judged(draws, below[cells], above[cells], levels))

    return read


def _judged(draws: Trials, below: Trials, above: Trials, levels: Mapping[str, float]) -> Outcome:
    """The law test where the distribution function at every draw is known to lie between two others.

    The largest and the least distance that it can have to the draws' own decide: the first to support, the second to
    refuse."""
    order = np.argsort(draws)
    reached = np.arange(len(draws) + 1) / len(draws)
    below, above = below[order], above[order]
    most = max(np.max(reached[1:] - below), np.max(above - reached[:-1]))
    least = max(np.max(reached[1:] - above), np.max(below - reached[:-1]), 0.0)
    refute, support = (np.sqrt(np.log(2 / levels[k]) / (2 * len(draws))) for k in ("alpha", "alpha_pass"))
    verdict = decide(refuted=bool(least > refute), supported=bool(most + support <= levels["delta"]))
    resolution = levels["delta"]
    return Outcome(
        verdict=verdict,
        test="law (DKW)",
        claimed=0.0,
        observed=float(least),
        resolution=resolution,
        relative_resolution=None,
        draws=len(draws),
        certificate="none needed",
        alpha=levels["alpha"],
        alpha_pass=levels["alpha_pass"],
    )


CONFIDENCE, TABLE = 0.9, 401
"""The level of quantiles, and the points at which a distribution function is computed."""


def level_reached(result: Result, world: World, fields: Mapping[str, Any], at: Level) -> Seen:
    """The quantile is not exceeded with its probability."""
    bound = float(result.evaluate(confidence=CONFIDENCE, **fields))
    needed = coverage.trials_needed(at.delta, at.alpha, at.alpha_pass)
    hits = int(np.count_nonzero(_few(lambda drawn: drawn.risk, world, at.seed, needed) <= bound))
    levels = {"delta": at.delta, "alpha": at.alpha, "alpha_pass": at.alpha_pass}
    return Seen(coverage.test_coverage(hits, needed, CONFIDENCE, **levels))


def spread_of(column: Column) -> Reading:
    """The variance of a column is the formula's number: half the mean square of differences of pairs."""

    def pairs(drawn: Drawn) -> Trials:
        even, odd = column(drawn)[::2], column(drawn)[1::2]
        return np.asarray((even - odd) ** 2 / 2)

    return mean_of(pairs)


def averaged_noise(drawn: Drawn) -> Trials:
    """The noise part given the design, averaged over labels off by +-sigma: the rows of a Hadamard matrix, signs that
    are independent in pairs and no further."""
    n, rows = drawn.world.base.n, 1
    while rows <= n:
        rows *= 2
    signs = drawn.world.base.sigma * hadamard(rows)[:, 1 : n + 1]
    moved = np.einsum("tjn,rn->trj", drawn.inverse, signs)
    return np.asarray((moved**2 @ drawn.world.base.risk_weights).mean(axis=1))


def gain(drawn: Drawn) -> Trials:
    """The risk from zero less that from the source."""
    return np.asarray(_from(drawn, 0.0).risk - drawn.risk)


def _from(drawn: Drawn, scale: float) -> Drawn:
    return replace(drawn, u=scale * drawn.u)


def symmetric(result: Result, world: World, fields: Mapping[str, Any], at: Level) -> Seen:
    """The risk is as large at half the best multiple as at one and a half times it."""
    best = float(result.evaluate(**fields))

    def difference(drawn: Drawn) -> Trials:
        return np.asarray(_from(drawn, 1.5 * best).risk - _from(drawn, 0.5 * best).risk)

    size = float(np.mean(np.abs(_few(gain, world, at.seed ^ 2, PILOT))))
    return mean_is(difference, 0.0, world, at, scale=size)


def enough_samples(result: Result, world: World, fields: Mapping[str, Any], at: Level) -> Seen:
    """The tolerated risk half-way between what n samples and one less leave: n are enough, n - 1 are not."""
    base, gap = world.base, world.base.target - world.mean_source
    step = float(fields["spectrum"][0] * (gap @ gap)) / base.d
    tolerated = step * (base.d - base.n + 0.5)
    claimed = int(result.evaluate(risk=tolerated, **fields))
    (low, high), (below, above) = (_risk_with(claimed - less, world, at) for less in (0, 1))
    found = claimed + int(low > tolerated) - int(above <= tolerated)
    verdict = decide(refuted=low > tolerated or above <= tolerated, supported=high <= tolerated < below)
    return Seen(by_intervals(verdict, claimed, found, SHOWN, at))


def _risk_with(samples: int, world: World, at: Level) -> tuple[float, float]:
    sized, size = world.but(n=samples), 16 * SHOWN
    variance = means.pilot_variance(_few(lambda drawn: drawn.risk, sized, at.seed ^ 1, PILOT))
    draws = _few(lambda drawn: drawn.risk, sized, at.seed, size)
    return mean_interval(draws, variance, min(at.alpha, at.alpha_pass) / 2)


def less_risk(result: Result, world: World, fields: Mapping[str, Any], at: Level) -> Seen:
    """One layer is claimed the best, or infinitely many: the world's own depth must have more, or less, risk."""
    claimed = float(result.evaluate(**fields))
    if claimed not in (1.0, np.inf):
        raise ValueError(f"best depth {claimed:g}: choose a world where it is 1 or infinite")
    column = _less_than_one_layer(1 if claimed == 1 else -1)
    variance = means.pilot_variance(_few(column, world, at.seed ^ 1, PILOT))
    low, high = mean_interval(_few(column, world, at.seed, SHOWN), variance, min(at.alpha, at.alpha_pass))
    verdict = decide(refuted=high < 0, supported=low > 0)
    return Seen(by_intervals(verdict, claimed, float(world.depth) if high < 0 else claimed, SHOWN, at), (low, high))


def better_end(result: Result, world: Any, fields: Mapping[str, Any], at: Level) -> Seen:
    """All are claimed to be best frozen, or none: the other end must have more risk, and half of them too."""
    kept = result.evaluate(**fields)
    pilots, draws = (_side_by_side(world, kept, seed, size) for seed, size in ((at.seed ^ 1, PILOT), (at.seed, LONG)))
    least = min(at.alpha, at.alpha_pass) / len(draws)
    found = [mean_interval(one, means.pilot_variance(pilot), least) for pilot, one in zip(pilots, draws, strict=True)]
    low, high = min(low for low, _ in found), min(high for _, high in found)
    verdict = decide(refuted=high < 0, supported=low > 0)
    observed = world.base.transferred.size - kept if high < 0 else kept
    return Seen(by_intervals(verdict, kept, observed, LONG, at))


def peaked(result: Result, world: Any, fields: Mapping[str, Any], at: Level) -> Seen:
    """The median is larger at the parameters claimed than with a few fewer or more, in either stage."""
    claimed = [int(peak) for peak in result.evaluate(**fields)]
    batches = list(islice(world.batches(at.seed), -(-LONG // SIZE)))
    alpha = min(at.alpha, at.alpha_pass) / 6

    def medians(along: str, peak: int) -> dict[int, tuple[float, float]]:
        places = (peak, peak - ASIDE, peak + ASIDE)
        return {place: _median([getattr(drawn, along)(place) for drawn in batches], alpha) for place in places}

    found = [medians(*stage) for stage in zip(("along_the_target", "along_the_source"), claimed, strict=True)]
    above, below = True, False
    for peak, at_places in zip(claimed, found, strict=True):
        low, high = at_places[peak]
        others = [interval for place, interval in at_places.items() if place != peak]
        above &= all(low > other for _, other in others)
        below |= any(high < other for other, _ in others)
    observed = max(found[0], key=lambda place: found[0][place])
    verdict = decide(refuted=below, supported=above)
    return Seen(by_intervals(verdict, claimed[0], observed, LONG, at, test="order statistics about medians"))


def _median(batches: list[Trials], alpha: float) -> tuple[float, float]:
    """Order statistics that hold it between them (Hoeffding)."""
    drawn = np.sort(np.concatenate(batches))
    off = int(np.ceil(np.sqrt(len(drawn) * np.log(2 / alpha) / 2)))
    return float(drawn[len(drawn) // 2 - off]), float(drawn[len(drawn) // 2 + off])


def _side_by_side(world: Any, kept: int, seed: int, size: int) -> list[Trials]:
    batches = islice(world.batches(seed), -(-size // SIZE))
    return [np.concatenate(parts) for parts in zip(*(drawn.over_other_splits(kept) for drawn in batches), strict=True)]


def _less_than_one_layer(sign: int) -> Column:
    def column(drawn: Drawn) -> Trials:
        single = World(drawn.world.base)
        one = replace(drawn, world=single)
        return np.asarray(sign * (drawn.risk - one.risk))

    return column


def bias(drawn: Drawn) -> Trials:
    """The risk without noise."""
    return drawn.bias


def noise(drawn: Drawn) -> Trials:
    """The noise part."""
    return drawn.noise


def risk(drawn: Drawn) -> Trials:
    """The risk as drawn."""
    return drawn.risk


def mean_power(result: Result, world: Any, fields: Mapping[str, Any], at: Level) -> Seen:
    """The mean of a power of the test error, or of its inverse, is the formula's number."""
    power = -POWER if result.key.endswith("inverse_moments") else POWER
    return mean_is(
        lambda drawn: (risk(drawn) + world.base.sigma**2) ** power, float(result.evaluate(**fields)), world, at
    )


def bound_kept(result: Result, world: Any, fields: Mapping[str, Any], at: Level) -> Seen:
    """The bound is kept with its confidence, at least."""
    bound = float(result.evaluate(**fields, confidence=BOUNDED))
    draws = _few(risk, world, at.seed, coverage.trials_needed(at.delta, at.alpha, at.alpha_pass))
    kept = int(np.count_nonzero(draws < bound))
    return Seen(
        coverage.test_at_least(kept, len(draws), BOUNDED, delta=at.delta, alpha=at.alpha, alpha_pass=at.alpha_pass)
    )


def exceeded(result: Result, world: Any, fields: Mapping[str, Any], at: Level) -> Seen:
    """The bound from below is exceeded with its confidence, at least."""
    bound = float(result.evaluate(**fields, confidence=BOUNDED))
    draws = _few(risk, world, at.seed, coverage.trials_needed(at.delta, at.alpha, at.alpha_pass))
    above = int(np.count_nonzero(draws > bound))
    return Seen(
        coverage.test_at_least(above, len(draws), BOUNDED, delta=at.delta, alpha=at.alpha, alpha_pass=at.alpha_pass)
    )


def kept_everywhere(result: Result, world: Any, fields: Mapping[str, Any], at: Level) -> Seen:
    """The bound is kept in the direction of t - u that is worst for the sample."""
    bound = float(result.evaluate(**fields, confidence=BOUNDED))
    draws = _few(worst_risk, world, at.seed, coverage.trials_needed(at.delta, at.alpha, at.alpha_pass))
    kept = int(np.count_nonzero(draws < bound))
    return Seen(
        coverage.test_at_least(kept, len(draws), BOUNDED, delta=at.delta, alpha=at.alpha, alpha_pass=at.alpha_pass)
    )


def worst_risk(drawn: Drawn) -> Trials:
    """The risk in the worst direction of t - u, or, with noise, that and what the noise adds on average over signs."""
    base = drawn.world.base
    unseen = np.eye(base.d) - drawn.inverse @ drawn.x
    slope = np.linalg.eigvalsh(unseen @ (base.risk_weights[:, None] * unseen))[:, -1]
    gap = base.target - drawn.world.source
    return np.asarray(slope * float(gap @ gap) + drawn.noise)


READINGS: Mapping[str, Reading] = {
    "linear.bias": mean_of(bias),
    "linear.variance": mean_of(noise),
    "linear.risk": mean_of(risk),
    "linear.risk_covariate_shift": mean_of(risk),
    "linear.noise_law": law_of(noise),
    "linear.risk_law": law_of(risk),
    "linear.quantile": level_reached,
    "linear.risk_variance": spread_of(risk),
    "linear.noise_variance": spread_of(averaged_noise),
    "linear.benefit": mean_of(gain),
    "linear.best_rescaling": symmetric,
    "linear.samples_needed": enough_samples,
    "linear.risk_learned_source": mean_of(risk),
    "linear.risk_equivalent": mean_of(risk),
    "linear.risk_any_covariance": mean_of(risk),
    "linear.error_moments": mean_power,
    "linear.inverse_moments": mean_power,
    "linear.quantile_any_covariance": level_reached,
    "linear.upper_bound": bound_kept,
    "linear.lower_bound": exceeded,
    "linear.worst_direction": kept_everywhere,
    "linear.split_bound": bound_kept,
    "linear.quoted_bound": bound_kept,
    "deep_linear.risk_exact": mean_of(risk),
    "deep_linear.quantile": level_reached,
    "deep_linear.upper_bound": bound_kept,
    "deep_linear.risk_limit": mean_of(risk),
    "deep_linear.risk_equivalent": mean_of(risk),
    "deep_linear.best_depth": less_risk,
    "deep_linear.frozen": mean_of(risk),
    "deep_linear.frozen_flow": mean_of(risk),
    "frozen.source_error": mean_of(attrgetter("source_error")),
    "frozen.risk": mean_of(risk),
    "frozen.peaks": peaked,
    "frozen.when_freezing_helps": gain_of(attrgetter("over_training")),
    "frozen.best_split": better_end,
    "frozen.task_similarity": mean_of(attrgetter("source_error")),
    "frozen.less_related_wins": gain_of(attrgetter("over_the_same_task")),
    "frozen.probe": mean_of(risk),
    "frozen.probe_quantile": level_reached,
}
