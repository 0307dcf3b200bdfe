"""The quantities of a trial, and a batch of them by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from numerics.instance import InstanceError, shown

COLUMNS = MappingProxyType(
    {
        "risk": "|h - t|^2",
        "source_error": "|t - w|^2 at the transferred coordinates, w as learned",
        "noise": "|X+ r|^2 at the free coordinates, r what the labels are without these",
        "ratio": "the same over the variance of an entry of r, given w; 0 where that is 0",
        "source_noise": "|X~+ r~|^2 at the transferred coordinates, r~ what the source labels are without these",
        "source_ratio": "the same over the variance of an entry of r~, given the source task; 0 where that is 0",
        "source_bias": "|t - w|^2 at the transferred coordinates, w learned from labels without r~",
    }
)


def known_column(name: object) -> str:
    """`name` if it is a column, else `InstanceError`."""
    if not isinstance(name, str) or name not in COLUMNS:
        raise InstanceError(f"quantity={shown(name)}: no such column; use {', '.join(COLUMNS)}.")
    return name


@dataclass(frozen=True, eq=False)
class Batch(Mapping[str, Float[np.ndarray, " trials"]]):
    """One batch of trials: a read-only mapping from the name of a quantity to its value in every trial."""

    columns: Mapping[str, Float[np.ndarray, " trials"]]

    def __getitem__(self, name: str) -> Float[np.ndarray, " trials"]:
        """The column `name`; `InstanceError` where there is none."""
        return self.columns[known_column(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)


def as_batch(table: Float[np.ndarray, "columns trials"]) -> Batch:
    """The batch whose columns are the rows of `table`, in the order of `COLUMNS`."""
    return Batch(MappingProxyType(dict(zip(COLUMNS, table, strict=True))))
