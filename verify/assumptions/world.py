"""Data made otherwise than a result assumes: the literal model, with one thing changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from typing import Any

import numpy as np
from jaxtyping import Float

from numerics.deep_linear import end_to_end, layer_flow
from numerics.deep_linear.reference import dot, factors
from numerics.linear import Linear
from numerics.linear.universality import pseudo_inverse, sample
from numerics.spectral import Spectral, directions
from numerics.streams import stream

Trials = Float[np.ndarray, "trials"]
SIZE, TRAINED = 1024, 128
"""Trials in a batch, and where every one is trained layer by layer."""
SOURCES = 1
"""The part of a batch's stream that source samples are drawn from."""
STRETCH = 3.0
"""Of the first layer of an unbalanced start; the second is as much smaller."""


@dataclass(frozen=True, eq=False)
class World:
    """An instance, and how its data are made.

    design, noise   laws of the entries of X and of the label noise (see `numerics.linear.universality`)
    start           given: the source weights w.  learned: u = X~+ X~ w from n fresh samples.  seen: u = w + Q t, which
                    knows what the target sample does not show.  same: u = X+ (X w), learned from the target sample.
                    warm: u = w/2 + X~+ X~ w/2, learned from a start that is not zero.
    depth, frozen   layers, and how many of them stay as they are
    balanced        whether they start balanced
    spectral        an estimator that goes only so far in every singular direction, and its own fields
    """

    base: Linear
    design: str = "gaussian"
    noise: str = "gaussian"
    start: str = "given"
    depth: float = 1
    frozen: int = 0
    balanced: bool = True
    spectral: tuple[type[Spectral], tuple[tuple[str, Any], ...]] | None = None

    def but(self, **changes: Any) -> World:
        """The same but for some things; fields of the instance are changed there."""
        own = {name: value for name, value in changes.items() if name in self.__dataclass_fields__}
        fields = self.base.fields() | {name: value for name, value in changes.items() if name not in own}
        return replace(self, base=Linear.from_fields(fields), **own)

    def batches(self, seed: int) -> Iterator[Drawn]:
        """Batch after batch."""
        return (draw(self, seed, number) for number in count())

    @property
    def estimator(self) -> Spectral | None:
        """The instance whose weights are taken, where they are not those of training to the end."""
        if self.spectral is None:
            return None
        kind, own = self.spectral
        return kind.from_fields({**self.base.fields(), "setting": kind.setting, **dict(own)})

    @property
    def source(self) -> Float[np.ndarray, " d"]:
        """w."""
        assert self.base.source is not None
        return self.base.source

    @property
    def mean_source(self) -> Float[np.ndarray, " d"]:
        """E u, for an isotropic Gaussian design."""
        share = min(1.0, self.base.n / self.base.d)
        shift = {"learned": (share - 1) * self.source, "warm": (share - 1) / 2 * self.source}
        shift |= {"seen": (1 - share) * self.base.target, "same": (share - 1) * self.source}
        return self.source + shift.get(self.start, 0.0 * self.source)

    def __str__(self) -> str:
        told = [f"n={self.base.n}", f"d={self.base.d}", f"sigma={self.base.sigma:.3g}"]
        told += [] if self.depth == 1 else [f"L={self.depth:g}"]
        told += [f"{self.frozen} frozen"] if self.frozen else []
        for name, value in (("design", self.design), ("noise", self.noise), ("source", self.start)):
            told += [] if value in ("gaussian", "given") else [f"{name} {value}"]
        return ", ".join(told + ([] if self.balanced else ["unbalanced"]))


@dataclass(frozen=True, eq=False)
class Designs:
    """A batch of designs, and what is found once for all that is trained on them."""

    x: Float[np.ndarray, "trials n d"]

    @cached_property
    def inverse(self) -> Float[np.ndarray, "trials d n"]:
        """X+."""
        return pseudo_inverse(self.x)[0]

    @cached_property
    def directions(self) -> tuple[Float[np.ndarray, "trials n"], Float[np.ndarray, "trials n n"]]:
        """Squared singular values, and the left singular vectors."""
        return directions(self.x)


@dataclass(frozen=True, eq=False)
class Drawn:
    """A batch: designs, noise, sources, and where training ended."""

    world: World
    designs: Designs
    e: Float[np.ndarray, "trials n"]
    u: Float[np.ndarray, "trials d"]

    @property
    def x(self) -> Float[np.ndarray, "trials n d"]:
        """X."""
        return self.designs.x

    @property
    def inverse(self) -> Float[np.ndarray, "trials d n"]:
        """X+."""
        return self.designs.inverse

    def _weighted(self, error: Float[np.ndarray, "trials d"]) -> Trials:
        return np.asarray(error**2 @ self.world.base.risk_weights)

    def _fitted(self, labels: Float[np.ndarray, "trials n"]) -> Float[np.ndarray, "trials d"]:
        return np.asarray(np.einsum("tjn,tn->tj", self.inverse, labels))

    @property
    def bias(self) -> Trials:
        """D'QAQD."""
        gap = self.world.base.target - self.u
        return self._weighted(gap - self._fitted(np.einsum("tnj,tj->tn", self.x, gap)))

    @property
    def noise(self) -> Trials:
        """e'X+' A X+ e."""
        return self._weighted(self._fitted(self.e))

    @property
    def labels(self) -> Float[np.ndarray, "trials n"]:
        """y = X t + e."""
        return np.asarray(self.x @ self.world.base.target + self.e)

    @property
    def risk(self) -> Trials:
        """(h - t)' A (h - t)."""
        return self._weighted(self.weights - self.world.base.target)

    @property
    def weights(self) -> Float[np.ndarray, "trials d"]:
        """h: by formula where the layers start balanced, else by training them."""
        world = self.world
        if world.estimator is not None:
            return world.estimator.turned(self.x, self.labels, self.u, self.designs.directions)
        if not world.balanced:
            return np.stack([_trained(world, *one) for one in zip(self.x, self.labels, self.u, strict=True)])
        if world.frozen:
            along = np.einsum("tnj,tj->tn", self.x, self.u)
            c = dot(along, self.labels) / dot(along, along)
            kept = c if world.depth - world.frozen == 1 else np.maximum(c, 0.0)
            return np.asarray(kept[:, None] * self.u)
        fitted = self._fitted(self.labels)
        seen = self._fitted(np.einsum("tnj,tj->tn", self.x, self.u))
        missed = self.u - seen if world.base.n < world.base.d else 0.0 * seen
        c = factors(dot(fitted, fitted), dot(seen, seen), dot(missed, missed), world.depth)
        return np.asarray(fitted + c[:, None] * missed)


def unbalanced(u: Float[np.ndarray, " d"], depth: int) -> list[Float[np.ndarray, "_ _"]]:
    """W_1 = (s u, v), W_2 = (1/s, 0)' and ones: the product is u, and W_1 sees a second feature, v'x with |v| = |u|."""
    first, second = np.stack([STRETCH * u, np.roll(u, 1)], axis=1), np.array([[1 / STRETCH], [0.0]])
    return [first, second, *(np.ones((1, 1)) for _ in range(depth - 2))]


def _trained(
    world: World, x: Float[np.ndarray, "n d"], y: Float[np.ndarray, " n"], u: Float[np.ndarray, " d"]
) -> Float[np.ndarray, " d"]:
    run = layer_flow(x, y, unbalanced(u, int(world.depth)), frozen=world.frozen, tolerance=1e-7)
    return end_to_end(run.weights)


def draw(world: World, seed: int, number: int) -> Drawn:
    """Batch `number` under `seed`, which alone decide it."""
    size = SIZE if world.balanced else TRAINED
    x, e = sample(world.base, world.design, seed, number, size, world.noise)
    designs = Designs(x)
    return Drawn(world, designs, e, _sources(world, designs, seed, number))


def _sources(world: World, designs: Designs, seed: int, number: int) -> Float[np.ndarray, "trials d"]:
    w, t = world.source, world.base.target
    if world.start in ("learned", "warm"):
        drawn = stream(seed, number, SOURCES).standard_normal(designs.x.shape) * np.sqrt(world.base.covariance)
        designs = Designs(drawn)

    def projected(vector: Float[np.ndarray, " d"]) -> Float[np.ndarray, "trials d"]:
        return np.asarray(np.einsum("tjn,tn->tj", designs.inverse, designs.x @ vector))

    match world.start:
        case "learned" | "same":
            return projected(w)
        case "warm":
            return np.asarray(w / 2 + projected(w / 2))
        case "seen":
            return np.asarray(w + t - projected(t))
    return np.broadcast_to(w, (len(designs.x), w.size))
