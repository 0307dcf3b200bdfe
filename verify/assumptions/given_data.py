"""Assumptions of results that hold given the sample: one sample each, formula against what training does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from numerics.deep_linear import end_to_end, layer_flow
from numerics.deep_linear.descent import layer_gradients
from numerics.deep_linear.weights import balanced, product
from numerics.streams import stream
from theory.deep_linear.setting import ALL_TRAINED, BALANCED
from theory.linear.setting import FRESH, GIVEN_SOURCE, SAME_COVARIANCE
from theory.result import Result
from verify import means
from verify.assumptions.readings import Seen
from verify.assumptions.world import unbalanced
from verify.claim import Level
from verify.pathwise import equality

Vector = np.ndarray
DEPTH, TOLERANCE, STEPS = 3, 1e-12, 400
SPECTRUM = np.array([2.0, 1.0, 0.5, 1.5, 0.8, 0.3])
OTHER = SPECTRUM[::-1].copy()


@dataclass(frozen=True, eq=False)
class Given:
    """One sample: n x d design, noise, target, source."""

    x: Vector
    e: Vector
    t: Vector
    u: Vector
    sigma: float = 0.7

    @property
    def y(self) -> Vector:
        """Labels."""
        return np.asarray(self.x @ self.t + self.e)

    def fields(self, *names: str) -> dict[str, Any]:
        """What a formula is told."""
        known = {"X": self.x, "y": self.y, "e": self.e, "source": self.u, "target": self.t, "sigma": self.sigma}
        return {name: {**known, "spectrum": SPECTRUM[: len(self.t)], "depth": DEPTH}[name] for name in names}


def drawn(seed: int, n: int, d: int, rank: int | None = None) -> Given:
    """A sample from a seed; of less than full rank if that is asked for."""
    rng = stream(seed, 0)
    x = rng.standard_normal((n, d)) * np.sqrt(SPECTRUM[:d])
    if rank is not None:
        x = rng.standard_normal((n, rank)) @ rng.standard_normal((rank, d))
    return Given(x, 0.7 * rng.standard_normal(n), rng.standard_normal(d), rng.standard_normal(d))


def descent(given: Given, step: float, power: int = 2) -> Vector:
    """Gradient descent on sum |y - X h|^power / power from u, its step in units of 1/|X|^2."""
    h, rate = given.u.copy(), step / np.linalg.norm(given.x, 2) ** 2
    for _ in range(STEPS if power == 2 and step > 2 else 100 * STEPS):
        missed = given.y - given.x @ h
        h = h + rate * given.x.T @ (np.sign(missed) * np.abs(missed) ** (power - 1))
    return np.asarray(h)


def _estimator(step: float, n: int, d: int, rank: int | None = None, power: int = 2) -> Callable[..., Seen]:
    def read(result: Result, at: Level) -> Seen:
        given = drawn(at.seed, n, d, rank)
        formula = np.asarray(result.evaluate(**given.fields("X", "y", "source")))
        return Seen(equality(descent(given, step, power), formula, at))

    return read


def risk_of(given: Given, h: Vector, weights: Vector) -> float:
    """(h - t)' A (h - t)."""
    return float(weights @ (h - given.t) ** 2)


CHUNK, MOST = 512, 64
Change = Callable[[Given, np.random.Generator], Given]
"""From a sample with new noise to one where something else is new too."""


def _averaged(change: Change, n: int, d: int, weights: Vector, rank: int | None = None) -> Callable[..., Seen]:
    """The mean over noise, at one design, of the risk less what the formula says."""

    def read(result: Result, at: Level) -> Seen:
        base = drawn(at.seed, n, d, rank)
        inverse = np.linalg.pinv(base.x)
        kept = inverse @ base.x
        told = float(result.evaluate(**base.fields("X", "source", "target", "sigma", "spectrum")))

        def gaps(seed: int) -> Iterator[Vector]:
            for number in range(1, MOST):
                rng = stream(seed, number)
                worlds = (change(_fresh(base, rng), rng) for _ in range(CHUNK))
                yield np.array([risk_of(g, g.u + inverse @ g.y - kept @ g.u, weights) for g in worlds])

        pilot = means.pilot_variance(next(gaps(at.seed ^ 1)))
        levels = {"delta": at.delta, "alpha": at.alpha, "alpha_pass": at.alpha_pass}
        return Seen(means.test_mean(gaps(at.seed), told, pilot, "pilot x2", **levels))

    return read


def _fresh(base: Given, rng: np.random.Generator) -> Given:
    return replace(base, e=base.sigma * rng.standard_normal(base.e.size))


def _trained(layers: list[Vector], given: Given, frozen: int = 0) -> Vector:
    return end_to_end(layer_flow(given.x, given.y, layers, frozen=frozen, tolerance=TOLERANCE).weights)


Start = Callable[[Vector, int], list[Vector]]
"""From the product and the depth to the layers."""


def _network(start: Start, frozen: int = 0, rank: int | None = None) -> Callable[..., Seen]:
    """Where training ends, its length, its risk, or how the product moves: whatever the result is about."""

    def read(result: Result, at: Level) -> Seen:
        given = drawn(at.seed, 4 if rank else 3, 6, rank)
        layers = start(given.u, DEPTH)
        match result.key.split(".")[1]:
            case "flow":
                formula = result.evaluate(**given.fields("X", "y", "source", "depth"))
                return Seen(equality(velocity(given, layers, frozen), np.asarray(formula), at))
            case "mirror_potential":
                return Seen(equality(mirrored(result, given, layers, frozen), clocked(given), at))
        h = _trained(layers, given, frozen)
        match result.key.split(".")[1]:
            case "solution":
                formula = result.evaluate(**given.fields("X", "y", "source", "depth"))
                return Seen(equality(h, np.asarray(formula), at))
            case "norm":
                formula = result.evaluate(**given.fields("X", "y", "source", "depth"))
                return Seen(equality(float(np.linalg.norm(h)), float(formula), at))
        return Seen(equality(risk_of(given, h, SPECTRUM), _conditional(result, given), at))

    return read


def _conditional(result: Result, given: Given) -> float:
    return float(result.evaluate(**given.fields("X", "e", "source", "target", "spectrum", "depth")))


def velocity(given: Given, layers: list[Vector], frozen: int) -> Vector:
    """Of the product, frozen layers at rest."""
    moves = [-gradient for gradient in layer_gradients(given.x, given.y, layers)]
    d = len(given.u)
    parts = (product([*layers[:i], moves[i], *layers[i + 1 :]], d)[:, 0] for i in range(frozen, len(layers)))
    return np.asarray(sum(parts))


def mirrored(result: Result, given: Given, layers: list[Vector], frozen: int) -> Vector:
    """The velocity in mirror coordinates: psi'' along u and psi'/r across it, by differences."""
    r = float(np.linalg.norm(given.u))
    step = 1e-3 * r
    psi = [float(result.evaluate(norm=r + k * step, depth=DEPTH)) for k in (-2, -1, 0, 1, 2)]
    slope = float(np.dot([1, -8, 0, 8, -1], psi)) / (12 * step)
    bend = float(np.dot([-1, 16, -30, 16, -1], psi)) / (12 * step**2)
    axis, moved = given.u / r, velocity(given, layers, frozen)
    along = float(axis @ moved)
    return np.asarray(bend * along * axis + slope / r * (moved - along * axis))


def clocked(given: Given) -> Vector:
    """|b|^(1 - 1/L) f."""
    force = given.x.T @ (given.y - given.x @ given.u)
    return np.asarray(float(np.linalg.norm(given.u)) ** (1 - 1 / DEPTH) * force)


def _deep_risk(change: Callable[[Given], Given], weights: Vector) -> Callable[..., Seen]:
    def read(result: Result, at: Level) -> Seen:
        given = change(drawn(at.seed, 3, 6))
        h = _trained(balanced(given.u, DEPTH), given)
        return Seen(equality(risk_of(given, h, weights), _conditional(result, given), at))

    return read


def _correlated(given: Given, _: np.random.Generator) -> Given:
    return replace(given, e=np.full_like(given.e, given.e[0]))


def _signs(given: Given, _: np.random.Generator) -> Given:
    return replace(given, e=given.sigma * np.sign(given.e))


def _same(given: Given, _: np.random.Generator) -> Given:
    return given


def _knows_the_noise(given: Given, _: np.random.Generator) -> Given:
    return replace(given, u=given.u + np.resize(given.e, given.u.size))


def _random_source(given: Given, rng: np.random.Generator) -> Given:
    return replace(given, u=given.u + rng.standard_normal(given.u.size))


def _seen(given: Given) -> Given:
    return replace(given, u=given.u + np.linalg.pinv(given.x) @ given.y)


@dataclass(frozen=True)
class Check:
    """What is dropped of an assumption of one result, how, and the comparison."""

    key: str
    assumption: str
    what: str
    how: str
    read: Callable[[Result, Level], Seen]


def _identity(given: Given) -> Given:
    return given


Said = tuple[str, str, str, Callable[..., Seen]]
FIRST = ""
"""Stands for the first assumption of a result."""
ESTIMATOR: tuple[Said, ...] = (
    (FIRST, "step below 2/|X|^2", "a step of 2.1/|X|^2", _estimator(2.1, 3, 6)),
    (FIRST, "full rank, n < d", "rank 2 of 3, n < d", _estimator(1.0, 3, 6, 2)),
    (FIRST, "full rank, n >= d", "rank 2 of 3, n >= d", _estimator(1.0, 5, 3, 2)),
    (FIRST, "squared loss, n >= d", "fourth powers", _estimator(0.05, 5, 3, None, 4)),
)
CONDITIONAL: tuple[Said, ...] = (
    (FIRST, "Gaussian noise", "noise of random signs", _averaged(_signs, 3, 6, SPECTRUM)),
    (FIRST, "covariance sigma^2 I", "the same noise in every label", _averaged(_correlated, 3, 6, SPECTRUM)),
    (FIRST, "full rank, n < d", "rank 2 of 3, n < d", _averaged(_same, 3, 6, SPECTRUM, 2)),
    (FIRST, "full rank, n >= d", "rank 2 of 3, n >= d", _averaged(_same, 5, 3, SPECTRUM[:3], 2)),
    (FRESH.text, "fresh target sample", "the noise is added to u", _averaged(_knows_the_noise, 3, 6, SPECTRUM)),
    (GIVEN_SOURCE.text, "given source", "u random, formula told E u", _averaged(_random_source, 3, 6, SPECTRUM)),
    (SAME_COVARIANCE.text, "same covariance at test", "the spectrum reversed", _averaged(_same, 3, 6, OTHER)),
)
DEEP_CONDITIONAL: tuple[Said, ...] = (
    (FRESH.text, "fresh target sample", "u + X+ y for u", _deep_risk(_seen, SPECTRUM)),
    (GIVEN_SOURCE.text, "given source", "u drawn with the sample", _deep_risk(_identity, SPECTRUM)),
    (SAME_COVARIANCE.text, "same covariance at test", "the spectrum reversed", _deep_risk(_identity, OTHER)),
)
LAYERS: tuple[Said, ...] = (
    (BALANCED.text, "balanced start", "first layer 3 u and a second feature", _network(unbalanced)),
    (ALL_TRAINED.text, "all layers trained", "the first of three layers frozen", _network(balanced, frozen=1)),
)
SOLUTION: tuple[Said, ...] = ((BALANCED.text, "full rank, n < d", "rank 2 of 4", _network(balanced, rank=2)),)
CHECKS: dict[str, tuple[Said, ...]] = {
    "linear.estimator": ESTIMATOR,
    "linear.conditional_risk": CONDITIONAL,
    "deep_linear.flow": LAYERS,
    "deep_linear.mirror_potential": LAYERS,
    "deep_linear.solution": (*LAYERS, *SOLUTION),
    "deep_linear.norm": LAYERS,
    "deep_linear.conditional_risk": (*DEEP_CONDITIONAL, *LAYERS),
}


def of(result: Result) -> tuple[Check, ...]:
    """The checks of a result that holds given the sample."""
    said = CHECKS.get(result.key, ())
    first = result.given[0].text
    return tuple(Check(result.key, text or first, what, how, read) for text, what, how, read in said)
