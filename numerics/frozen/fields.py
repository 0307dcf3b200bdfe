"""Checks of the fields that only this setting has: lists of coordinates, and the relation of the tasks."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from numerics.instance import InstanceError, shown, vector


def coordinates(name: str, value: object, d: int) -> Int[np.ndarray, " count"]:
    """`value` (a list, tuple or array) as a read-only array of different integers from 0 to d - 1."""
    refusal = InstanceError(
        f"{name}={shown(value)}: needs a list of coordinates from 0 to d - 1 = {d - 1}; write {name}=[0], say."
    )
    if not isinstance(value, list | tuple | np.ndarray):
        raise refusal
    listed = list(value)
    if any(isinstance(j, bool) or not isinstance(j, int | np.integer) or not 0 <= j < d for j in listed):
        raise refusal
    if len(set(listed)) < len(listed):
        raise InstanceError(f"{name}={shown(value)}: names a coordinate twice; name it once.")
    array = np.array(listed, dtype=np.int64)
    array.setflags(write=False)
    return array


def relation(value: object, d: int) -> Float[np.ndarray, " d"] | Float[np.ndarray, "d d"]:
    """H: d numbers, its diagonal, or a matrix as d rows of d numbers."""
    rows = list(value) if isinstance(value, list | tuple | np.ndarray) else []
    if not rows or not isinstance(rows[0], list | tuple | np.ndarray):
        return vector("task_map", value, d)
    if len(rows) != d:
        raise InstanceError(f"task_map has {len(rows)} rows: needs d={d} rows of d numbers, or d numbers (a diagonal).")
    array = np.stack([vector(f"task_map[{j}]", row, d) for j, row in enumerate(rows)])
    array.setflags(write=False)
    return array
