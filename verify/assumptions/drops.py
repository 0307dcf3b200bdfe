"""One assumption dropped at a time: the worlds in which it fails, for results about draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.linear import Linear
from theory.catalogue import result
from theory.deep_linear.equivalent import LARGE
from theory.deep_linear.frozen_layers import ONE_NUMBER
from theory.deep_linear.setting import ALL_TRAINED, BALANCED
from theory.linear.setting import (
    BOUNDED,
    FLAT,
    FLAT_IF_OVERPARAMETERIZED,
    FRESH,
    GAUSSIAN,
    GIVEN_SOURCE,
    NOISELESS,
    SAME_COVARIANCE,
)
from verify.assumptions.world import World

SMOOTH = ("student", "uniform")
NOISES = ("rademacher", "student")
Worlds = Callable[[Any], Iterator[Any]]


@dataclass(frozen=True)
class Drop:
    """What is dropped of an assumption, and how: worlds made from one that keeps it."""

    assumption: str
    what: str
    how: str
    worlds: Worlds


def laws(field: str, names: tuple[str, ...]) -> Worlds:
    """Entries of one kind by other laws."""
    return lambda world: (world.but(**{field: name}) for name in names)


def started(how: str) -> Worlds:
    """The source made otherwise."""
    return lambda world: iter([world.but(start=how)])


def learned(world: World) -> Iterator[World]:
    """The source, twice as long, learned from n samples of its own."""
    yield world.but(start="learned", source=(2 * world.source).tolist())


def other_test(world: World) -> Iterator[World]:
    """Half of the features vary four times as much at test time, the others a quarter."""
    yield world.but(test_spectrum=(world.base.covariance * _halves(world.base, 4.0, 0.25)).tolist())


def curved(world: World) -> Iterator[World]:
    """A condition number of 16 for n < d."""
    if world.base.n < world.base.d:
        yield world.but(spectrum=(world.base.covariance * _halves(world.base, 4.0, 0.25)).tolist())


def noisy(world: World) -> Iterator[World]:
    """Label noise as large as the labels, nearly."""
    yield world.but(sigma=1.0)


def _halves(base: Linear, first: float, second: float) -> np.ndarray:
    return np.where(np.arange(base.d) < base.d // 2, first, second)


def unbalanced_layers(world: World) -> Iterator[World]:
    """A first layer that sees two features; two layers at least."""
    if world.base.n < world.base.d or world.frozen:
        yield world.but(balanced=False, depth=max(2, int(min(world.depth, 3))))


def frozen_layer(world: World) -> Iterator[World]:
    """One layer frozen, and a source so long that training all layers would not forget it."""
    yield world.but(frozen=1, source=(3 * world.source).tolist())


def few_samples(world: World) -> Iterator[World]:
    """Sizes that are far from infinite."""
    base = world.base
    yield world.but(
        n=2, d=4, **{name: getattr(base, name)[:4].tolist() for name in ("target", "source")}, spectrum=[1.0] * 4
    )


def halving(world: World) -> Iterator[World]:
    """A spectrum that falls by 4 from one eigenvalue to the next, and no noise."""
    yield world.but(spectrum=(4.0 ** -np.arange(world.base.d)).tolist(), sigma=0.0)


def text_with(key: str, words: str) -> str:
    """The assumption of a result that holds these words."""
    (found,) = (a.text for a in result(key).given if words in a.text)
    return found


SOURCE_NOISE = text_with("linear.risk_learned_source", "source and target samples independent")
FROM_ZERO = text_with("linear.risk_learned_source", "learned from zero")


def sparse(world: World) -> Iterator[World]:
    """Rows may repeat or vanish.  Without noise: a row of one small entry leaves noise without a mean."""
    yield world.but(design="sparse", sigma=0.0)


DATA: tuple[Drop, ...] = (
    Drop(GAUSSIAN.text, "Gaussian design", "symmetric entries with a density", laws("design", SMOOTH)),
    Drop(
        GAUSSIAN.text,
        "Gaussian, symmetric design",
        "entries exponential less their mean",
        laws("design", ("exponential",)),
    ),
    Drop(GAUSSIAN.text, "design with a density", "entries +-1", laws("design", ("rademacher",))),
    Drop(GAUSSIAN.text, "design of full rank", "nine entries in ten are 0; no noise", sparse),
    Drop(GAUSSIAN.text, "Gaussian noise", "noise of other laws, the same variance", laws("noise", NOISES)),
    Drop(FRESH.text, "fresh target sample", "u = w + Q t knows what the sample does not show", started("seen")),
    Drop(GIVEN_SOURCE.text, "given source", "u learned from n other samples, the formula told E u", learned),
    Drop(SAME_COVARIANCE.text, "same covariance at test", "half of the features times 4, half over 4", other_test),
    Drop(FLAT_IF_OVERPARAMETERIZED.text, "flat spectrum", "condition number 16, the formula told the mean", curved),
    Drop(NOISELESS.text, "no noise", "sigma = 1", noisy),
)


BEHIND: tuple[Drop, ...] = (
    Drop(BALANCED.text, "balanced start", "first layer 3 u and a second feature", unbalanced_layers),
    Drop(ONE_NUMBER.text, "one number learned", "two features, not one, behind frozen layers", unbalanced_layers),
    Drop(ALL_TRAINED.text, "all layers trained", "the first layer frozen", frozen_layer),
    Drop(FLAT.text, "flat spectrum", "half of the features times 4, half over 4; the formula told the mean", curved),
    Drop(LARGE.text, "n large", "n = 2, d = 4", few_samples),
    Drop(BOUNDED.text, "bounded condition number", "eigenvalues 4^-i", halving),
)
LEARNED: tuple[Drop, ...] = (
    Drop(SOURCE_NOISE, "independent source sample", "u learned from the target sample itself", started("same")),
    Drop(FROM_ZERO, "source learned from zero", "u learned from w/2", started("warm")),
)
