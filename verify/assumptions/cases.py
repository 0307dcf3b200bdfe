"""Worlds in which nothing is wrong, for every result about draws, and what its formula is told of a world."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from numerics.linear import Linear
from theory.result import Result
from verify.assumptions import relu, sequence, spectral, split
from verify.assumptions.drops import BEHIND, DATA, LEARNED, Drop, sparse
from verify.assumptions.readings import POWER, told
from verify.assumptions.world import World
from verify.claim import Case
from verify.linear import instances
from verify.plan import examples

LAWS = ("linear.noise_law", "linear.risk_law", "linear.quantile", "frozen.probe_quantile")
SPREADS = ("linear.risk_variance", "linear.noise_variance")
NOISE_ALONE = ("linear.variance", "linear.noise_law", "linear.noise_variance")
QUIET = (
    "linear.risk_variance",
    "linear.samples_needed",
    "linear.worst_direction",
    "linear.split_bound",
    "linear.quoted_bound",
    "deep_linear.upper_bound",
)
EVERYWHERE = ("linear.worst_direction", "linear.split_bound", "linear.quoted_bound")
POWERS = tuple(f"{setting}.{name}" for setting in ("linear", "ridge") for name in ("error_moments", "inverse_moments"))
ANY_COVARIANCE = (
    *("linear.risk_any_covariance", "linear.quantile_any_covariance", "linear.upper_bound", "linear.lower_bound"),
    *POWERS[:2],
    *EVERYWHERE,
)
WIDE_ONLY = (
    *("linear.best_rescaling", "linear.samples_needed", "linear.risk_equivalent", "deep_linear.risk_exact"),
    *(*ANY_COVARIANCE, "deep_linear.upper_bound", "deep_linear.quantile"),
)
ASYMPTOTIC = (
    "linear.risk_equivalent",
    "deep_linear.risk_limit",
    "deep_linear.risk_equivalent",
    "deep_linear.best_depth",
)


@st.composite
def large(draw: st.DrawFn) -> Case:
    """n = 16, d = 32, flat."""
    target, source = instances.pair(32, draw(instances.norms), 0.7, 0.8, draw(instances.directions))
    fields = {"n": 16, "d": 32, "sigma": draw(st.floats(0.2, 0.5)), "source": source, "target": target}
    return Case(Linear.from_fields(fields))


def depth_world(what: str) -> World:
    """n = 16, d = 32, where one layer is the best, or infinitely many, and would not be without the assumption."""
    d = 32
    u, p = np.ones(d) / np.sqrt(d), np.resize([1.0, -1.0], d) / np.sqrt(d)
    first = np.arange(d) < d // 2
    found = {
        "same covariance at test": (np.where(first, 2.8, -1.2) * u, u, 0.1),
        "flat spectrum": (np.where(first, 1.35, 0.0) * u, u, 0.1),
        "fresh target sample": (2 * u, -0.98 * u + 0.3 * p, 0.1),
        "given source": (1.2 * u, 2 * (5 * u + np.sqrt(119.0) * p) / 12, 0.1),
        "balanced start": (0.1 * u + 0.49 * p, u, 0.05),
        "all layers trained": (0.5 * u, u, 0.8),
    }
    target, source, sigma = found.get(what, (0.5 * u + 1.94 * p, u, 0.1))
    base = {"n": 16, "d": d, "sigma": sigma, "target": target.tolist(), "source": source.tolist()}
    return World(Linear.from_fields(base), depth=8)


def dropped(result: Result) -> tuple[Drop, ...]:
    """What can be dropped of the assumptions of a result about draws."""
    held = {assumption.text for assumption in result.given}
    silent = result.key in (*NOISE_ALONE, *spectral.NOISY)
    every = split.DROPS if _is_split(result.key) else (*DATA, *BEHIND, *LEARNED, *sequence.DROPS, *relu.DROPS)
    return tuple(drop for drop in every if drop.assumption in held and not (silent and drop.worlds is sparse))


def _is_split(key: str) -> bool:
    return key.startswith("frozen.")


def bases(key: str, times: int = 1) -> tuple[Any, ...]:
    """Instances drawn by hypothesis: n < d twice and n > d once, or those sizes at which a result says something; so
    many times as many."""
    if _is_split(key):
        return split.bases(key, times)
    if sequence.is_sequence(key):
        return sequence.bases(key, times)
    if relu.is_relu(key):
        return relu.bases(key, times)
    if spectral.is_spectral(key):
        return spectral.bases(key, times)
    quiet = key in QUIET
    if key in ASYMPTOTIC:
        worlds = [World(case.instance) for case in examples(large(), 2 * times)]
        return tuple(world if key.startswith("linear") else world.but(depth=3) for world in worlds)
    if "frozen" in key:
        flow = key.endswith("flow")
        many = examples(instances.wide((3, 5), least=10, most=12), 2 * times)
        return tuple(World(case.instance, depth=3 if flow else 2, frozen=1) for case in many)
    gap = (20, 24) if key == "linear.noise_variance" else (6, 9)
    wide = examples(instances.wide(gap, noisy=not quiet, least=3, most=5), 2 * times)
    tall = () if key in WIDE_ONLY else examples(instances.tall(gap, noisy=not quiet, least=2, most=4), times)
    start = "learned" if key == "linear.risk_learned_source" else "given"
    depth = 3 if key.startswith("deep_linear") else 1
    return tuple(World(case.instance, start=start, depth=depth) for case in (*wide, *tall))


def fields(key: str, world: Any, drop: Drop) -> dict[str, Any]:
    """What the formula is told: of a world in which the assumption holds."""
    if _is_split(key):
        return split.told(key, world)
    if sequence.is_sequence(key):
        return sequence.fields(world)
    if relu.is_relu(key):
        return relu.fields(world)
    base, found = world.base, spectral.fields(key, world) if spectral.is_spectral(key) else told(world)
    if key in QUIET:
        del found["sigma"]
    if key.endswith("risk_equivalent") or key in ANY_COVARIANCE:
        found["spectrum"] = base.covariance
    if key in POWERS:
        found["power"] = POWER
    if key == "linear.quoted_bound":
        found["constant"] = 2.0
    if key == "linear.risk_covariate_shift":
        found["test_spectrum"] = base.risk_weights
    if key == "linear.risk_learned_source":
        del found["source"]
        found |= {"source_teacher": world.source, "n_source": base.n, "sigma_source": 0.0}
    if key.startswith("deep_linear"):
        found["depth"] = world.depth
        if "frozen" in key:
            found["frozen_layers"] = world.frozen
    if "spectrum" in drop.what and np.ptp(base.covariance) > 0:
        found["spectrum"] = [float(np.mean(base.covariance))] * base.d
    return found
