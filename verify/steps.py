"""Every step of a derivation, checked alone by numbers, in the sense of equality that it claims.

pathwise       both sides agree to rounding on random draws of the letters;
in expectation the difference of the two sides has mean zero (sequential test, pilot variance);
in law         the two sides have one law (Dvoretzky-Kiefer-Wolfowitz test);
at most        no path on which the left side is larger;
on average     the left side, an event, happens as often as the right side says, at most (exact binomial test);
asymptotic     the relative error falls like 1/n over doubling sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import count

import numpy as np
import sympy as sp

from theory.calculus.averages import Drawn
from theory.calculus.expressions import Expression
from theory.calculus.laws import Beta, BetaPrime
from theory.distribution import distribution_of
from theory.result import Derivation, Equality, Implicit, Step, Value
from verify import coverage, distributions, means, rates
from verify.claim import Level
from verify.draws import RISKS, Draws, dimensions, growing, is_formula
from verify.verdict import Outcome

CHUNK = 2048
PATHS = 16
FIRST, ASPECT = 4, 2
"""First size and aspect ratio d/n of an asymptotic step: d - n >= 4 keeps variances finite."""
LOOKS = 6
"""How often the draws of an asymptotic step may double: from one chunk at the largest size, and in proportion more at
smaller ones, on."""
LIMIT = {sp.oo: sp.Integer(10) ** 6, sp.Integer(0): sp.Integer(10) ** -30}
"""Where a limit is looked at by numbers: exponentials have died, and polynomial corrections are below rounding."""


def check_step(step: Step, derivation: Derivation, at: Level) -> Outcome:
    """The verdict on one step, at small dimensions inside the derivation's domain."""
    match step.equality:
        case Equality.PATHWISE:
            return _pathwise(step, derivation, at)
        case Equality.IN_EXPECTATION:
            return _in_expectation(step, derivation, at)
        case Equality.IN_LAW:
            return _in_law(step, derivation, at)
        case Equality.AT_MOST:
            return _at_most(step, derivation, at)
        case Equality.AT_MOST_ON_AVERAGE:
            return _at_most_on_average(step, derivation, at)
    return _asymptotic(step, at)


def _pathwise(step: Step, derivation: Derivation, at: Level) -> Outcome:
    draws = Draws(dimensions(derivation.domain), at.seed)
    sides = [_at_limit(side) for side in (step.before, step.after)]
    before, after = (draws.evaluate(side, PATHS, step.where) for side in sides)
    scale = max(draws.magnitude(side, PATHS, step.where) for side in sides) or 1.0
    return means.test_mean(
        iter([np.ravel(before - after)]),
        0.0,
        0.0,
        "none needed",
        delta=at.delta,
        scale=scale,
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )


def _at_most(step: Step, derivation: Derivation, at: Level) -> Outcome:
    """No path on which the left side is larger."""
    draws = Draws(dimensions(derivation.domain), at.seed)
    before, after = (draws.evaluate(side, CHUNK, step.where) for side in (step.before, step.after))
    return means.test_mean(
        iter([np.maximum(before - after, 0.0)]),
        0.0,
        0.0,
        "none needed",
        delta=at.delta,
        scale=float(np.max(np.abs(after))),
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )


def _at_most_on_average(step: Step, derivation: Derivation, at: Level) -> Outcome:
    """An event happens as often as a number says, at most, or as another event does, so many times.

    Of two events each is counted, and limits of both decide, at half of the level each.
    """
    sizes, needed = dimensions(derivation.domain), coverage.trials_needed(at.delta / 2, at.alpha / 2, at.alpha_pass / 2)
    happened = _count(step.before, sizes, at.seed, needed, step.where)
    if is_formula(step.after):
        often = float(Draws(sizes, at.seed).evaluate(step.after, 1, step.where))
        levels = {"delta": at.delta, "alpha": at.alpha, "alpha_pass": at.alpha_pass}
        return coverage.test_at_least(needed - happened, needed, 1 - often, **levels)
    times = float(Draws(sizes, at.seed).evaluate(step.after, CHUNK, step.where).max())
    other = _count(step.after, sizes, at.seed, needed, step.where)
    return coverage.test_no_more_often(
        happened, other, needed, times, delta=at.delta, alpha=at.alpha, alpha_pass=at.alpha_pass
    )


def _count(side: Value, sizes: dict[str, int], seed: int, size: int, where: tuple[Implicit, ...]) -> int:
    return int(np.count_nonzero(_sample(side, sizes, seed, size, where)))


def _at_limit(side: Expression | sp.Basic) -> Expression | sp.Basic:
    """A limit, close to its point; derivatives and substitutions carried out."""
    if isinstance(side, Expression):
        return side
    near = side.replace(lambda e: isinstance(e, sp.Limit), lambda e: e.args[0].subs(e.args[1], LIMIT[e.args[2]]))
    return near.doit(sums=False) if near.has(sp.Derivative, sp.Subs) else near


def _in_expectation(step: Step, derivation: Derivation, at: Level) -> Outcome:
    sizes = dimensions(derivation.domain)

    fixed = {
        side: Draws(sizes, at.seed).evaluate(side, 1, step.where)
        for side in (step.before, step.after)
        if is_formula(side) and not side.has(Drawn, *RISKS)
    }

    def differences(seed: int) -> Iterator[np.ndarray]:
        for number in count():
            draws = Draws(sizes, seed, number)
            sides = (
                fixed[side] if side in fixed else draws.evaluate(side, CHUNK, step.where)
                for side in (step.before, step.after)
            )
            yield np.broadcast_to(np.subtract(*sides), CHUNK)

    pilot = next(differences(at.seed ^ 1))
    typical = Draws(sizes, at.seed ^ 1, 0).evaluate(step.before, CHUNK, step.where)
    return means.test_mean(
        differences(at.seed),
        0.0,
        means.pilot_variance(pilot),
        "pilot x2",
        delta=at.delta,
        scale=float(np.mean(np.abs(typical))),
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )


def _in_law(step: Step, derivation: Derivation, at: Level) -> Outcome:
    sizes = dimensions(derivation.domain)
    if is_formula(step.after) and step.after.has(Beta, BetaPrime) and not step.after.has(Drawn):
        fixed, random = step.after.subs(Draws(sizes, at.seed).numbers).as_independent(Beta, BetaPrime, as_Add=True)
        law = distribution_of(random)
        needed = distributions.draws_needed(at.delta, at.alpha, at.alpha_pass)
        before = _sample(step.before, sizes, at.seed, needed, step.where) - float(fixed)
        return distributions.test_law(before, law.cdf, delta=at.delta, alpha=at.alpha, alpha_pass=at.alpha_pass)
    needed = distributions.draws_needed(at.delta, at.alpha, at.alpha_pass, samples=2)
    sides = enumerate((step.before, step.after))
    before, after = (_sample(side, sizes, at.seed + k, needed, step.where) for k, side in sides)
    return distributions.test_same_law(before, after, delta=at.delta, alpha=at.alpha, alpha_pass=at.alpha_pass)


def _sample(side: Value, sizes: dict[str, int], seed: int, size: int, where: tuple[Implicit, ...]) -> np.ndarray:
    return _kept_sample(side, tuple(sizes.items()), seed, size, where)


@lru_cache(maxsize=2)
def _kept_sample(
    side: Value, sizes: tuple[tuple[str, int], ...], seed: int, size: int, where: tuple[Implicit, ...]
) -> np.ndarray:
    """Draws of one side of a step in law; kept, as a wrong twin of the step shares a side."""
    chunks = range(-(-size // CHUNK))
    parts = (Draws(dict(sizes), seed, number).evaluate(side, CHUNK, where) for number in chunks)
    return np.concatenate(list(parts))[:size]


@lru_cache(maxsize=4096)
def _chunk(side: Expression, size: tuple[tuple[str, int], ...], seed: int, number: int) -> np.ndarray:
    """One chunk of an asymptotic step's draws; kept, as the next look and a wrong twin of the step share it."""
    return Draws(dict(size), seed, number, signs=True).evaluate(side, CHUNK)


def _asymptotic(step: Step, at: Level) -> Outcome:
    sizes = growing(FIRST, ASPECT)
    largest = sizes[-1]["n"]

    def drawn(size: dict[str, int]) -> Callable[[int], rates.RatePoint]:
        key, claimed = tuple(size.items()), float(Draws(size, at.seed).evaluate(step.after, 1, step.where))
        variance = means.pilot_variance(_chunk(step.before, key, at.seed ^ 1, 0))

        def point(times: int) -> rates.RatePoint:
            chunks = range(times * largest // size["n"])
            draws = np.concatenate([_chunk(step.before, key, at.seed, number) for number in chunks])
            return rates.RatePoint(size["n"], claimed, draws, variance)

        return point

    return rates.test_rate_in_looks(
        [drawn(size) for size in sizes],
        "pilot x2",
        looks=LOOKS,
        delta=at.delta,
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )
