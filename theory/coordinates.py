"""The coordinates of a target task: free, transferred or zeroed; and how the source task is related to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float

from theory.checks import FieldError, design, vector
from theory.shown import shown

TaskMap: TypeAlias = Float[np.ndarray, " d"] | Float[np.ndarray, "d d"] | None
COORDINATE_FIELDS = ("free", "transferred", "source_coordinates")


def coordinates(name: str, got: Any) -> tuple[int, ...]:
    """A list of different integers >= 0, which may be empty."""
    listed: list[Any] = list(got) if isinstance(got, list | tuple | np.ndarray) else [None]
    if any(isinstance(j, bool) or not isinstance(j, int | np.integer) or j < 0 for j in listed):
        raise FieldError(f"{name}={shown(got)}: needs a list of coordinates, integers from 0 on")
    if len(set(listed)) < len(listed):
        raise FieldError(f"{name}={shown(got)}: names a coordinate twice; name it once")
    return tuple(int(j) for j in listed)


def one_coordinate(name: str, got: Any) -> int:
    """A coordinate, as an integer from 0 on."""
    whole = got if isinstance(got, int | np.integer) and not isinstance(got, bool) else -1
    if isinstance(got, float) and got.is_integer():
        whole = int(got)
    if whole < 0:
        raise FieldError(f"{name}={shown(got)}: needs a coordinate, an integer from 0 on")
    return int(whole)


def task_map(name: str, got: Any) -> TaskMap:
    """d numbers, the diagonal of a diagonal matrix, or a matrix as a list of d rows."""
    nested = isinstance(got, list | tuple | np.ndarray) and len(got) > 0 and np.ndim(got[0]) == 1
    return design(name, got) if nested else vector(name, got)


def check_coordinates(read: Mapping[str, Any]) -> None:
    """Refuse coordinates that are not there, sets that overlap, and a task map of another size."""
    d = read.get("d")
    for name in (n for n in COORDINATE_FIELDS if n in read and d is not None):
        if read[name] and max(read[name]) >= d:
            raise FieldError(
                f"{name} names the coordinate {max(read[name])} but d={d}: coordinates run from 0 to d - 1"
            )
    free, kept, learned = (set(read.get(name, ())) for name in COORDINATE_FIELDS)
    if both := free & kept:
        raise FieldError(f"coordinate {min(both)} is both free and transferred: leave it in one list")
    if "source_coordinates" in read and (unknown := kept - learned):
        raise FieldError(
            f"coordinate {min(unknown)} is transferred but not in source_coordinates: the source does not learn it"
        )
    if "coordinate" in read and "transferred" in read and read["coordinate"] not in kept:
        raise FieldError(
            f"coordinate={read['coordinate']} is not transferred: name one that is, to ask whether to train it"
        )
    relation = read.get("task_map")
    if relation is not None and d is not None and any(side != d for side in relation.shape):
        raise FieldError(f"task_map has shape {relation.shape} but d={d}: give d numbers (a diagonal) or d rows of d")


def mapped(target: Sequence[Fraction], relation: TaskMap, rows: Sequence[int]) -> list[Fraction]:
    """(H t)_j at these coordinates, exactly; no relation is the identity."""
    if relation is None:
        return [target[j] for j in rows]
    if relation.ndim == 1:
        return [Fraction(repr(float(relation[j]))) * target[j] for j in rows]
    exact = ([Fraction(repr(float(h))) for h in relation[j]] for j in rows)
    return [sum((h * t for h, t in zip(row, target, strict=True)), Fraction(0)) for row in exact]
