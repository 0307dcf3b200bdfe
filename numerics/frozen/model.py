"""An instance of a target task partly trained and partly transferred: the numbers that define it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from numerics.by_fields import ByFields, read, told
from numerics.frozen.fields import coordinates, relation
from numerics.instance import (
    InstanceError,
    nonnegative_number,
    positive_integer,
    vector,
)

SETTING = "frozen"
COUNTS, NOISES = ("n", "n_source", "d"), ("sigma", "sigma_source", "task_noise")
LISTS = ("source_coordinates", "transferred", "free")


@dataclass(frozen=True, eq=False, kw_only=True)
class Frozen(ByFields):
    """Linear regression with some coordinates trained, some transferred from a source and frozen.

    Law of the data: rows of X (n x d) and of the source's X~ (n_source x d) independent N(0, I).  Source task
    w = H target + eta, eta ~ N(0, task_noise^2 I_d), labels X~ w + e~, e~ ~ N(0, sigma_source^2 I); w is learned by
    minimum-norm least squares at `source_coordinates`.  Target labels y = X target + e, e ~ N(0, sigma^2 I_n).  h is
    the source's weight at `transferred` coordinates, minimum-norm least squares on y less what those predict at `free`
    ones, and 0 elsewhere.  Its excess risk is |h - target|^2.

    n, n_source, d       samples of target and source, features: integers >= 1
    sigma, sigma_source  standard deviations of the label noises, >= 0; the source's is 0 if not given
    target               vector of d numbers
    task_map             H: d numbers (a diagonal) or d rows of d; the identity if not given
    task_noise           standard deviation of eta in every coordinate, >= 0; 0 if not given
    source_coordinates, transferred, free
                         lists of different coordinates from 0 to d - 1: transferred are among the source's, and none is
                         free; a list may be empty

    Kept as read-only arrays.  Raises `InstanceError`, one line, on anything else.

    >>> lists = {"source_coordinates": [0, 1], "transferred": [1], "free": [2]}
    >>> given = Frozen(n=5, n_source=9, d=3, sigma=1, target=[1, 2, 3], **lists)
    >>> given.zeroed.tolist()
    [0]
    """

    n: int
    n_source: int
    d: int
    sigma: float
    sigma_source: float = 0.0
    target: Float[np.ndarray, " d"]
    task_map: Float[np.ndarray, " d"] | Float[np.ndarray, "d d"] | None = None
    task_noise: float = 0.0
    source_coordinates: Int[np.ndarray, " learned"]
    transferred: Int[np.ndarray, " kept"]
    free: Int[np.ndarray, " free"]

    def __post_init__(self) -> None:
        """Check every field and store it in its final form."""
        store = object.__setattr__
        for name in COUNTS:
            store(self, name, positive_integer(name, getattr(self, name)))
        for name in NOISES:
            store(self, name, nonnegative_number(name, getattr(self, name)))
        store(self, "target", vector("target", self.target, self.d))
        if self.task_map is not None:
            store(self, "task_map", relation(self.task_map, self.d))
        for name in LISTS:
            store(self, name, coordinates(name, getattr(self, name), self.d))
        self._check_sets()

    def _check_sets(self) -> None:
        """Nothing is both free and transferred, and nothing is transferred that the source does not learn."""
        both = np.intersect1d(self.free, self.transferred)
        if both.size:
            raise InstanceError(f"coordinate {both[0]} is both free and transferred: leave it in one list.")
        unknown = np.setdiff1d(self.transferred, self.source_coordinates)
        if unknown.size:
            raise InstanceError(
                f"coordinate {unknown[0]} is transferred but not in source_coordinates: the source does not learn it; "
                "add it there."
            )

    @property
    def zeroed(self) -> Int[np.ndarray, " zeroed"]:
        """Coordinates that are neither free nor transferred."""
        return np.setdiff1d(np.arange(self.d), np.concatenate([self.free, self.transferred]))

    @property
    def hidden(self) -> Int[np.ndarray, " hidden"]:
        """Coordinates that the source is not learned in."""
        return np.setdiff1d(np.arange(self.d), self.source_coordinates)

    @property
    def task_mean(self) -> Float[np.ndarray, " d"]:
        """H target."""
        if self.task_map is None:
            return self.target
        return np.asarray(self.task_map * self.target if self.task_map.ndim == 1 else self.task_map @ self.target)

    @classmethod
    def from_fields(cls, mapping: Mapping[str, object]) -> Frozen:
        """The instance with the fields of `mapping`: plain data (numbers, lists, arrays), no text evaluated.

        `setting`, if there, must be "frozen".  Raises `InstanceError` on unknown or missing fields (naming the closest
        known one) and on every bad value.
        """
        return cls(**read(cls, SETTING, ["n", "n_source", "d", "sigma", "target", *LISTS], mapping))

    def fields(self) -> dict[str, Any]:
        """The fields that are set, as plain Python values fit for JSON; `from_fields` reads them back."""
        return told(self, SETTING)
