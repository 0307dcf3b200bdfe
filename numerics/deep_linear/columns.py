"""The quantities of a trial of a deep linear network, and a batch of them by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from numerics.instance import InstanceError, shown

COLUMNS = MappingProxyType(
    {
        "risk": "(h - t)' A (h - t), as drawn",
        "norm": "|h|",
        "coefficient": "c, the factor of the part of the source that the data do not see",
        "fitted": "|X+ y|^2, the squared size of the part that the data fix",
        "kept": "|Q u|^2, the squared size of the part of the source that the data do not see",
    }
)
FROZEN_COLUMNS = ("risk", "norm", "coefficient")
"""With frozen layers h = c u: neither X+ nor Q enters."""


def known_column(name: object) -> str:
    """`name` if it is a column, else `InstanceError`."""
    if not isinstance(name, str) or name not in COLUMNS:
        raise InstanceError(f"quantity={shown(name)}: no such column; use {', '.join(COLUMNS)}.")
    return name


@dataclass(frozen=True, eq=False)
class Batch(Mapping[str, Float[np.ndarray, " trials"]]):
    """One batch of trials: a read-only mapping from the name of a quantity to its value in every trial.

    The names are those of `COLUMNS`; with frozen layers, of `FROZEN_COLUMNS`.
    """

    columns: Mapping[str, Float[np.ndarray, " trials"]]

    def __getitem__(self, name: str) -> Float[np.ndarray, " trials"]:
        """The column `name`; `InstanceError` where there is none, or frozen layers leave it undefined."""
        if known_column(name) not in self.columns:
            raise InstanceError(f"quantity={name}: with frozen layers h = c u; use {', '.join(self.columns)}.")
        return self.columns[name]

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)


def as_batch(table: Float[np.ndarray, "trials k"]) -> Batch:
    """The batch whose columns are those of `table`: all five, or the three that frozen layers leave."""
    return Batch(MappingProxyType(dict(zip(COLUMNS, table.T.copy(), strict=False))))
