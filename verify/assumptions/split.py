"""Tasks partly transferred, and probes of frozen features, with one assumption dropped: the literal models, changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy.random import Generator

from numerics.frozen import Frozen, moment_is_finite
from numerics.linear.universality import LAWS, pseudo_inverse
from numerics.probe import Probe
from numerics.streams import stream
from theory.catalogue import result
from theory.frozen.best_split import AT_RANDOM
from theory.frozen.probe import FIXED_FEATURES
from theory.frozen.setting import APART, BOTH_GAUSSIAN, FROM_ZERO, RELATED, TRAINED_FROM_ZERO
from theory.frozen.similarity import SCALED
from theory.linear.setting import GAUSSIAN, SAME_COVARIANCE
from verify.assumptions.drops import NOISES, SMOOTH, Drop, Worlds, laws
from verify.assumptions.world import SIZE, Trials
from verify.frozen.checks import one_more_trained, same_task, trained
from verify.frozen.instances import FAR, MAPS, largest, split
from verify.frozen.probes import probed
from verify.frozen.splits import pool
from verify.plan import examples

PROBES = ("frozen.probe", "frozen.probe_quantile")
BY_SIMILARITY = ("frozen.task_similarity", "frozen.less_related_wins")
"""Results about source tasks that are multiples of the target's."""
TIE = 0.15
"""What all cost where they are trained lies so much below, or above, what they cost where they are frozen."""
Vectors = Float[np.ndarray, "trials k"]


def fitted(x: Float[np.ndarray, "trials n k"], y: Float[np.ndarray, "trials n"], start: Vectors) -> Vectors:
    """start + X+ (y - X start)."""
    if not x.shape[2]:
        return start
    missed = y - np.einsum("tnk,tk->tn", x, start)
    return np.asarray(start + np.einsum("tkn,tn->tk", pseudo_inverse(x)[0], missed))


@dataclass(frozen=True, eq=False)
class Split:
    """A task partly transferred.

    relation  independent: eta as assumed.  seen: eta is the first source row, and so in the row span of its sample.
    start     where the source is learned from, and trained where the free coordinates are: this much of the target
    shared    whether the target sample is the source's, its noise included
    chosen    whether those that are trained are the ones with the largest weights, rather than drawn
    """

    base: Frozen
    design: str = "gaussian"
    noise: str = "gaussian"
    eta: str = "gaussian"
    relation: str = "independent"
    start: float = 0.0
    trained: float = 0.0
    shared: bool = False
    chosen: bool = False
    balanced = True

    def but(self, **changes: Any) -> Split:
        """The same but for some things; fields of the instance are changed there."""
        own = {name: value for name, value in changes.items() if name in self.__dataclass_fields__}
        fields = self.base.fields() | {name: value for name, value in changes.items() if name not in own}
        return replace(self, base=Frozen.from_fields(fields), **own)

    def batches(self, seed: int) -> Iterator[Samples]:
        """Batch after batch."""
        return (self._drawn(stream(seed, number)) for number in count())

    def _drawn(self, rng: Generator) -> Samples:
        base, entries = self.base, LAWS[self.design]
        x_source, x = (entries(rng, (SIZE, n, base.d)) for n in (base.n_source, base.n))
        e_source, e = (LAWS[self.noise](rng, (SIZE, n)) for n in (base.n_source, base.n))
        if self.shared:
            x, e = x_source, e_source
        eta = x_source[:, 0] if self.relation == "seen" else LAWS[self.eta](rng, (SIZE, base.d))
        return Samples(self, x_source, e_source, x, e, eta)

    def __str__(self) -> str:
        told = [f"n={self.base.n}", f"n_source={self.base.n_source}", f"free {self.base.free.size}"]
        told += [f"learned {self.base.source_coordinates.size}"]
        laws = {"design": self.design, "noise": self.noise, "eta": self.eta}
        return ", ".join(told + [f"{name} {law}" for name, law in laws.items() if law != "gaussian"])


@dataclass(frozen=True, eq=False)
class Samples:
    """Both samples of a batch, and eta; what is learned from them."""

    world: Split
    x_source: Float[np.ndarray, "trials n_source d"]
    e_source: Float[np.ndarray, "trials n_source"]
    x: Float[np.ndarray, "trials n d"]
    e: Float[np.ndarray, "trials n"]
    eta: Vectors

    def squares(self, base: Frozen) -> Vectors:
        """(h - t)^2 at every coordinate, the samples those of this instance."""
        task = base.task_mean + base.task_noise * self.eta
        labels = np.einsum("tnj,tj->tn", self.x_source, task) + base.sigma_source * self.e_source
        learned, free = base.source_coordinates, base.free
        weights, h = np.zeros((SIZE, base.d)), np.zeros((SIZE, base.d))
        start = np.broadcast_to(self.world.start * base.target[learned], (SIZE, learned.size))
        weights[:, learned] = fitted(self.x_source[:, :, learned], labels, start)
        h[:, base.transferred] = weights[:, base.transferred]
        left = self.x @ base.target + base.sigma * self.e - np.einsum("tnj,tj->tn", self.x, h)
        start = np.broadcast_to(self.world.trained * base.target[free], (SIZE, free.size))
        h[:, free] = fitted(self.x[:, :, free], left, start)
        return np.asarray((h - base.target) ** 2)

    @property
    def risk(self) -> Trials:
        """|h - t|^2."""
        return np.asarray(self.squares(self.world.base).sum(axis=1))

    @property
    def source_error(self) -> Trials:
        """The same at the transferred coordinates alone."""
        base = self.world.base
        return np.asarray(self.squares(base)[:, base.transferred].sum(axis=1))

    @property
    def over_the_same_task(self) -> Trials:
        """The risk from the target's own task less that from the source's."""
        return np.asarray(self.squares(same_task(self.world.base)).sum(axis=1) - self.risk)

    @property
    def over_training(self) -> Trials:
        """The risk with a transferred coordinate trained less that with it frozen."""
        base = self.world.base
        return np.asarray(self.squares(one_more_trained(base, largest(base))).sum(axis=1) - self.risk)

    def along_the_target(self, free: int) -> Trials:
        """The risk with so many free coordinates."""
        base = self.world.base
        return np.asarray(self.squares(sized(base.n, base.n_source, free=free)).sum(axis=1))

    def along_the_source(self, learned: int) -> Trials:
        """The error of the transferred weights with so many learned, none trained."""
        base = self.world.base
        return np.asarray(self.squares(sized(base.n, base.n_source, 0, learned))[:, WIDEST:][:, :learned].sum(axis=1))

    def over_other_splits(self, kept: int) -> list[Trials]:
        """The risk at the other end, and that with half of them trained, each less the risk with so many kept frozen,
        all or none.  Half are those that are chosen, or, in the mean of two, either half."""
        base = self.world.base

        def risk(moved: Sequence[int]) -> Trials:
            return np.asarray(self.squares(trained(base, moved)).sum(axis=1))

        order = sorted(base.transferred.tolist(), key=lambda j: -abs(float(base.target[j])))
        first, second = order[: len(order) // 2], order[len(order) // 2 :]
        here, there = (order, [])[:: 1 if kept == 0 else -1]
        others = [risk(there)]
        if moment_is_finite(trained(base, first), "risk", 2):
            others.append(risk(first) if self.world.chosen else (risk(first) + risk(second)) / 2)
        return [other - risk(here) for other in others]


@dataclass(frozen=True, eq=False)
class ProbedSamples:
    """What a probe left in a batch."""

    risk: Trials


@dataclass(frozen=True, eq=False)
class Probed:
    """A probe; `snooped`: its first feature is the average of the sample's x y, not one that is frozen."""

    base: Probe
    design: str = "gaussian"
    noise: str = "gaussian"
    snooped: bool = False
    tested: float = 1.0
    balanced = True

    def but(self, **changes: Any) -> Probed:
        """The same but for some things."""
        return replace(self, **changes)

    def batches(self, seed: int) -> Iterator[ProbedSamples]:
        """Batch after batch."""
        return (self._drawn(stream(seed, number)) for number in count())

    def _drawn(self, rng: Generator) -> ProbedSamples:
        base = self.base
        x = LAWS[self.design](rng, (SIZE, base.n, base.d)) * base.scale
        target = base.wanted[:, 0]
        y = x @ target + base.sigma * LAWS[self.noise](rng, (SIZE, base.n))
        features = np.broadcast_to(base.basis, (SIZE, *base.basis.shape)).copy()
        if self.snooped:
            features[:, :, 0] = np.einsum("tnj,tn->tj", x, y) / base.n
        seen = np.einsum("tnj,tjk->tnk", x, features)
        h = np.einsum("tjk,tk->tj", features, fitted(seen, y, np.zeros((SIZE, seen.shape[2]))))
        test = base.scale**2 * np.where(np.arange(base.d) % 2, self.tested, 1 / self.tested)
        return ProbedSamples((h - target) ** 2 @ test)

    def __str__(self) -> str:
        return f"n={self.base.n}, d={self.base.d}, {self.base.count} features, design {self.design}, noise {self.noise}"


def bases(key: str, times: int = 1) -> tuple[Split, ...] | tuple[Probed, ...]:
    """Worlds in which nothing is wrong: fewer samples than parameters, and more; so many times as many."""
    if key in PROBES:
        return tuple(Probed(case.instance) for case in examples(probed((6, 9), features=(2, 3)), 2 * times))
    if key == "frozen.peaks":
        return tuple(Split(sized(n, n_source)) for n, n_source in ((8, 6), (6, 9))[: 2 * times])
    if key == "frozen.best_split":
        return tuple(Split(near_a_tie(base, share)) for base in pools(times) for share in (1 - TIE, 1 / (1 - TIE)))
    few, alike = (-1, (6, 7)), key in BY_SIMILARITY
    maps, long = (("opposite",), FAR) if alike else (MAPS, 1.0)
    sizes: dict[str, Any] = {
        "free": (10, 12),
        "zeroed": (1, 2),
        "kept": (6, 7) if alike else (2, 3),
        "only": (4, 5) if alike else (8, 9),
    }
    wide = examples(split(few, few, **sizes, maps=maps, length=long), 2 * times)
    tall = examples(split(zeroed=(1, 2), maps=maps, length=long), times)
    return tuple(Split(case.instance) for case in (*wide, *tall))


WIDEST = 15
"""Parameters of either stage at most, where their peaks are looked for."""


def sized(n: int, n_source: int, free: int = 4, learned: int = 4, **fields: Any) -> Frozen:
    """So many samples, and parameters: all that the source learns is transferred."""
    others = list(range(WIDEST, WIDEST + learned))
    lists = {"free": list(range(free)), "source_coordinates": others, "transferred": others}
    noises = {"sigma": 1.0, "sigma_source": 1.0, "task_noise": 0.5}
    given = {"n": n, "n_source": n_source, "d": 2 * WIDEST, "target": [0.3] * (2 * WIDEST), **noises}
    return Frozen.from_fields({**given, **fields, **lists})


def pools(times: int) -> Iterator[Frozen]:
    """Nothing is trained yet: fewer samples than transferred coordinates, in either sample, and more."""
    few, given = (-1, (6, 7)), {"zeroed": (1, 2), "maps": ("opposite",)}
    for case in examples(pool(few, (10, 10), source=(-1, (9, 10)), only=(4, 5), **given), times):
        yield case.instance
    for case in examples(pool((1, (6, 9)), (4, 4), source=(1, (6, 9)), **given), times):
        yield case.instance


def near_a_tie(base: Frozen, share: float) -> Frozen:
    """The noise at which training all costs this share of what freezing all does."""
    cost = result("frozen.risk").evaluate
    silent, noisy = (trained(_with(base, sigma), base.transferred.tolist()) for sigma in (0.0, 1.0))
    start, slope = cost(**silent.fields()), cost(**noisy.fields()) - cost(**silent.fields())
    wanted = float(base.target[base.zeroed] @ base.target[base.zeroed])
    wanted += share * (cost(**_with(base, 0.0).fields()) - wanted)
    return _with(base, float(np.sqrt((wanted - start) / slope)))


def _with(base: Frozen, sigma: float) -> Frozen:
    return Frozen.from_fields({**base.fields(), "sigma": sigma})


def told(key: str, world: Split | Probed) -> dict[str, Any]:
    """What a formula is told."""
    found = dict(world.base.fields())
    if key == "frozen.when_freezing_helps" and isinstance(world, Split):
        found["coordinate"] = largest(world.base)
    return found


def same_sample(world: Split) -> Iterator[Split]:
    """As many samples of the target as of the source: the same ones."""
    yield world.but(n_source=world.base.n, shared=True)


def changed(**changes: Any) -> Worlds:
    """One world with these things changed."""
    return lambda world: iter([world.but(**changes)])


DROPS = (
    Drop(BOTH_GAUSSIAN.text, "Gaussian designs", "symmetric entries with a density", laws("design", SMOOTH)),
    Drop(BOTH_GAUSSIAN.text, "symmetric designs", "exponential less their mean", laws("design", ("exponential",))),
    Drop(BOTH_GAUSSIAN.text, "Gaussian noises", "noises of other laws, the same variance", laws("noise", NOISES)),
    Drop(APART.text, "samples apart", "the target sample is the source's", same_sample),
    Drop(RELATED.text, "Gaussian eta", "eta of another law, the same variance", laws("eta", NOISES)),
    Drop(RELATED.text, "eta independent", "eta is the first row of the source sample", changed(relation="seen")),
    Drop(SCALED.text, "Gaussian eta", "eta of another law, the same variance", laws("eta", NOISES)),
    Drop(SCALED.text, "eta independent", "eta is the first row of the source sample", changed(relation="seen")),
    Drop(FROM_ZERO.text, "source from zero", "learned from the target itself", changed(start=1.0)),
    Drop(TRAINED_FROM_ZERO.text, "trained from zero", "trained from the target itself", changed(trained=1.0)),
    Drop(AT_RANDOM.text, "drawn at random", "those with the largest weights are trained", changed(chosen=True)),
    Drop(GAUSSIAN.text, "Gaussian design", "symmetric entries with a density", laws("design", SMOOTH)),
    Drop(GAUSSIAN.text, "symmetric design", "exponential less their mean", laws("design", ("exponential",))),
    Drop(GAUSSIAN.text, "Gaussian noise", "noise of other laws, the same variance", laws("noise", NOISES)),
    Drop(SAME_COVARIANCE.text, "same covariance at test", "times 4, over 4, in turn", changed(tested=4.0)),
    Drop(FIXED_FEATURES.text, "features frozen", "the first one made from the sample", changed(snooped=True)),
)
"""What can be dropped of the assumptions of these results."""
