"""Instances for hypothesis: either side of both thresholds, and at them; any relation of the tasks."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from numerics.frozen import Frozen
from verify.claim import Case
from verify.linear.instances import directions, noises, norms

MAPS = ("identity", "diagonal", "matrix")
Gap = tuple[int, int]
APART: Gap = (9, 13)
"""From a threshold: four moments are finite there, so that a pilot tells how much a risk varies."""
FAR, FARTHER = 4.0, 16.0
"""Transferred weights that are so many times as long, and far off, make gains that a few draws show; the latter where
it is that of one coordinate alone."""


def relation(name: str, d: int, rng: np.random.Generator) -> list[Any] | None:
    """H: None for the identity."""
    if name == "multiple":
        return [float(rng.uniform(0.2, 0.8))] * d
    if name == "opposite":
        return [-float(rng.uniform(0.5, 1.0))] * d
    if name == "diagonal":
        return list(rng.uniform(0.3, 1.7, d))
    return (np.eye(d) + 0.4 * rng.standard_normal((d, d))).tolist() if name == "matrix" else None


@st.composite
def split(
    draw: st.DrawFn,
    source: tuple[int, Gap] = (1, APART),
    target: tuple[int, Gap] = (1, APART),
    *,
    free: Gap = (2, 6),
    kept: Gap = (1, 3),
    only: Gap = (0, 3),
    zeroed: Gap = (1, 3),
    noise: bool = True,
    source_noise: bool = True,
    task_noise: bool = True,
    maps: tuple[str, ...] = MAPS,
    length: float = 1.0,
    counted: str = "free",
) -> Case:
    """Coordinates are free, transferred or zeroed, so many each; the source is learned in the transferred ones, in
    `only` others that are not transferred, and no more.  Samples: parameters + sign x gap, each task its own; for the
    target the free ones are counted, or the "kept".  Transferred weights are so many times as long as they are drawn.
    """
    counts = [draw(st.integers(*size)) for size in (free, kept, zeroed)]
    d = sum(counts)
    rng = np.random.default_rng(draw(directions))
    order = rng.permutation(d).tolist()
    trained, transferred = order[: counts[0]], order[counts[0] : counts[0] + counts[1]]
    others = [j for j in order if j not in transferred]
    learned = [*transferred, *others[: min(draw(st.integers(*only)), len(others))]]
    (side_source, gap_source), (side, gap) = source, target
    parameters = len(transferred if counted == "kept" else trained)
    weights = np.where(np.isin(np.arange(d), transferred), length, 1.0)
    fields: dict[str, Any] = {
        "n": max(1, parameters + side * draw(st.integers(*gap))),
        "n_source": max(1, len(learned) + side_source * draw(st.integers(*gap_source))),
        "d": d,
        "sigma": draw(noises) if noise else 0.0,
        "sigma_source": draw(noises) if source_noise else 0.0,
        "task_noise": draw(st.floats(0.2, 0.8)) if task_noise else 0.0,
        "target": (weights * draw(norms) * unit(rng.standard_normal(d))).tolist(),
        "source_coordinates": learned,
        "transferred": transferred,
        "free": trained,
    }
    related = relation(draw(st.sampled_from(maps)), d, rng)
    return Case(Frozen.from_fields(fields if related is None else {**fields, "task_map": related}))


def largest(instance: Frozen) -> int:
    """The transferred coordinate with the largest target weight."""
    return int(max(instance.transferred.tolist(), key=lambda j: abs(float(instance.target[j]))))


def with_coordinate(case: Case) -> Case:
    """The same, asking whether the largest of the transferred weights is better trained."""
    return Case(case.instance, (("coordinate", largest(case.instance)),))


def unit(v: np.ndarray) -> np.ndarray:
    """The direction of a vector."""
    return np.asarray(v / np.linalg.norm(v))
