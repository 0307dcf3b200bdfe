"""Shallow ReLU networks, and data, that need not be as a formula assumes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from typing import Any

import numpy as np

from numerics.relu import ReLU
from numerics.relu.data import Data, Sample, data
from numerics.relu.kernel import predictions
from numerics.relu.sampling import trained
from verify.relu import features
from verify.relu.features import Weights

BATCH = 256


@dataclass(frozen=True)
class Wide:
    """An instance, what its formula is asked at, and how data and network are made.

    quiet    the formula is told that there is no noise
    moved    training starts at the source that the formula is told
    spread   features vary so many times as much, or as little, in turn, before inputs are scaled to length one
    apart    inputs of the sample are across t - u, those of the test along it
    shared   the source is learned on the inputs of the target sample
    """

    base: ReLU
    arguments: tuple[tuple[str, float], ...] = ()
    weights: Weights = features.normal
    quiet: bool = False
    moved: bool = True
    spread: float = 1.0
    apart: bool = False
    shared: bool = False

    def but(self, **changes: Any) -> Wide:
        """The same but for some things."""
        return replace(self, **changes)

    def batches(self, seed: int) -> Iterator[Drawn]:
        """Batch after batch."""
        return (Drawn(self, seed, number) for number in count())

    @property
    def balanced(self) -> bool:
        """Whether draws are cheap: no network is trained."""
        return self.base.width is None

    def __str__(self) -> str:
        asked_at = "".join(f", {name}={value:.3g}" for name, value in self.arguments)
        return f"n={self.base.n}, d={self.base.d}{asked_at}"


@dataclass(frozen=True)
class Drawn:
    """A batch of samples, and what training makes of them."""

    world: Wide
    seed: int
    number: int

    @cached_property
    def data(self) -> Data:
        """Of the model, changed."""
        world, base = self.world, self.world.base
        given = data(base, self.seed, self.number, BATCH)
        target, source = self._changed(given.target, base.target), given.source
        if source is not None and base.source_teacher is not None:
            source = self._changed(source, base.source_teacher)
            if world.shared:
                shown = np.resize(target.x, source.x.shape)
                source = Sample(shown, shown @ base.source_teacher)
        return Data(target, source, self._gap()[None, None] if world.apart else given.test)

    def _gap(self) -> np.ndarray:
        base = self.world.base
        assert base.source is not None
        apart = base.target - base.source
        return np.asarray(apart / np.linalg.norm(apart))

    def _changed(self, sample: Sample, teacher: np.ndarray) -> Sample:
        noise, x = sample.y - sample.x @ teacher, sample.x
        scale = np.where(np.arange(x.shape[-1]) % 2, self.world.spread, 1 / self.world.spread)
        x = x * scale
        if self.world.apart:
            x = x - (x @ self._gap())[..., None] * self._gap()
        x = x / np.linalg.norm(x, axis=-1, keepdims=True)
        return Sample(x, x @ teacher + noise)

    @cached_property
    def missed(self) -> np.ndarray:
        """f(x) - t'x on the test points."""
        base, given = self.world.base, self.data
        if not self.world.moved:
            base = ReLU.from_fields({**base.fields(), "source": [0.0] * base.d})
        found = predictions(base, given)[0] if base.width is None else trained(base, given, self.seed, self.number)
        return np.asarray(found - given.test @ base.target)

    @property
    def risk(self) -> np.ndarray:
        """Mean squares."""
        return np.asarray(np.mean(self.missed**2, axis=1))

    @property
    def absolute(self) -> np.ndarray:
        """Mean sizes."""
        return np.asarray(np.mean(np.abs(self.missed), axis=1))

    @property
    def cost(self) -> np.ndarray:
        """The risk, less that from the source teacher itself."""
        told = self.world.base.fields()
        kept = {name: z for name, z in told.items() if name not in ("n_source", "sigma_source", "source_teacher")}
        other = self.world.but(base=ReLU.from_fields({**kept, "source": told["source_teacher"]}))
        return np.asarray(self.risk - Drawn(other, self.seed, self.number).risk)
