"""An instance of a linear probe on frozen features: the numbers that define it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float

from numerics.by_fields import ByFields, read, told
from numerics.instance import InstanceError, eigenvalues, nonnegative_number, positive_integer, vector

SETTING = "probe"
INDEPENDENT, ROUNDING = 1e-10, 1e-24
"""Features are independent where they are so by more than the first, relative to the largest; a square as small as the
second, beside what it was subtracted from, is zero."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Probe(ByFields):
    """Least squares of the labels on features F'x that are frozen.

    Law of the data: rows of X (n x d) independent N(0, S), S = diag(spectrum); y = X target + e, e ~ N(0, sigma^2 I_n).
    h = F (X F)+ y; its excess risk is (h - target)' S (h - target).

    n, d      samples and features of x, integers >= 1
    sigma     standard deviation of the label noise, >= 0
    target    vector of d numbers
    features  F: d rows of m >= 1 numbers
    spectrum  eigenvalues of S, d numbers >= 0, not all zero; all one if not given

    Kept as read-only arrays.  Raises `InstanceError`, one line, on anything else.

    >>> Probe(n=9, d=3, sigma=1, target=[1, 2, 3], features=[[1, 1], [0, 0], [0, 1]]).count
    2
    """

    n: int
    d: int
    sigma: float
    target: Float[np.ndarray, " d"]
    features: Float[np.ndarray, "d m"]
    spectrum: Float[np.ndarray, " d"] | None = None

    def __post_init__(self) -> None:
        """Check every field and store it in its final form."""
        store = object.__setattr__
        for name in ("n", "d"):
            store(self, name, positive_integer(name, getattr(self, name)))
        store(self, "sigma", nonnegative_number("sigma", self.sigma))
        store(self, "target", vector("target", self.target, self.d))
        store(self, "features", _rows(self.features, self.d))
        if self.spectrum is not None:
            store(self, "spectrum", eigenvalues("spectrum", self.spectrum, self.d))
        if not self.count:
            raise InstanceError("features: none of them varies under this covariance; give one that does.")

    @cached_property
    def scale(self) -> Float[np.ndarray, " d"]:
        """The diagonal of S^(1/2)."""
        return np.sqrt(np.ones(self.d) if self.spectrum is None else self.spectrum)

    @cached_property
    def count(self) -> int:
        """How many independent features there are: the rank of S^(1/2) F."""
        sizes = np.linalg.svd(self.scale[:, None] * self.features, compute_uv=False)
        return int(np.count_nonzero(sizes > INDEPENDENT * sizes[0]))

    @cached_property
    def unexplained(self) -> float:
        """The least (t - F b)' S (t - F b) over all b."""
        seen, wanted = self.scale[:, None] * self.features, self.scale * self.target
        axes = np.linalg.svd(seen, full_matrices=False)[0][:, : self.count]
        rest = wanted - axes @ (axes.T @ wanted)
        missed = float(rest @ rest)
        return missed if missed > ROUNDING * float(wanted @ wanted) else 0.0

    @classmethod
    def from_fields(cls, mapping: Mapping[str, object]) -> Probe:
        """The instance with the fields of `mapping`: plain data (numbers, lists, arrays), no text evaluated.

        `setting`, if there, must be "probe".  Raises `InstanceError` on unknown or missing fields (naming the closest
        known one) and on every bad value.
        """
        return cls(**read(cls, SETTING, ["n", "d", "sigma", "target", "features"], mapping))

    def fields(self) -> dict[str, Any]:
        """The fields that are set, as plain Python values fit for JSON; `from_fields` reads them back."""
        return told(self, SETTING)


def _rows(value: object, d: int) -> Float[np.ndarray, "d m"]:
    """d rows of as many numbers each."""
    rows = list(value) if isinstance(value, list | tuple | np.ndarray) else []
    if len(rows) != d or any(not isinstance(row, list | tuple | np.ndarray) for row in rows):
        raise InstanceError(f"features: needs d={d} rows, one per feature of x, each a list of numbers.")
    width = len(rows[0])
    if not width or any(len(row) != width for row in rows):
        raise InstanceError("features: rows of different lengths, or none; give every row m >= 1 numbers.")
    array = np.stack([vector(f"features[{j}]", row, width) for j, row in enumerate(rows)])
    array.setflags(write=False)
    return array
