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
        "bias": "D'Q A Q D, the risk without noise",
        "noise_mean": "sigma^2 tr(X+' A X+), the noise part averaged over the noise given X",
        "noise": "e'X+' A X+ e, the noise part as drawn",
        "risk": "(h - t)' A (h - t), as drawn",
        "conditional_risk": "bias + noise_mean, the risk averaged over the noise given X",
    }
)


def known_column(name: object) -> str:
    """`name` if it is a column, else `InstanceError`."""
    if not isinstance(name, str) or name not in COLUMNS:
        raise InstanceError(f"quantity={shown(name)}: no such column; use {', '.join(COLUMNS)}.")
    return name


@dataclass(frozen=True, eq=False)
class Batch(Mapping[str, Float[np.ndarray, " trials"]]):
    """One batch of trials: a read-only mapping from the name of a quantity to its value in every trial.

    The names are those of `COLUMNS`; a law that does not draw a quantity lacks its name.
    """

    columns: Mapping[str, Float[np.ndarray, " trials"]]

    def __getitem__(self, name: str) -> Float[np.ndarray, " trials"]:
        """The column `name`; `InstanceError` where there is none, or the law does not draw it."""
        if known_column(name) not in self.columns:
            raise InstanceError(f"quantity={name}: this law draws {', '.join(self.columns)} only; use law='fast'.")
        return self.columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)


def as_batch(
    bias: Float[np.ndarray, " trials"],
    noise_mean: Float[np.ndarray, " trials"] | None,
    noise: Float[np.ndarray, " trials"],
    risk: Float[np.ndarray, " trials"],
) -> Batch:
    """The batch with these columns; with the mean noise there is the conditional risk too, its sum with the bias."""
    columns = {"bias": bias, "noise": noise, "risk": risk}
    if noise_mean is not None:
        columns |= {"noise_mean": noise_mean, "conditional_risk": bias + noise_mean}
    return Batch(MappingProxyType(columns))
