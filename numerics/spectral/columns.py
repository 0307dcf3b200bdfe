"""The quantities of a trial: those of linear fine-tuning, and one that is averaged further."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from numerics.instance import InstanceError, shown

COLUMNS = MappingProxyType(
    {
        "bias": "the risk without noise",
        "noise_mean": "the noise part averaged over the noise given X",
        "noise": "the noise part as drawn",
        "risk": "(h - t)' A (h - t), as drawn",
        "conditional_risk": "bias + noise_mean, the risk averaged over the noise given X",
        "even_risk": "the same averaged over the signs of t - u too, or over its direction where the spectra are flat",
    }
)


def known_column(name: object) -> str:
    """`name` if it is a column, else `InstanceError`."""
    if not isinstance(name, str) or name not in COLUMNS:
        raise InstanceError(f"quantity={shown(name)}: no such column; use {', '.join(COLUMNS)}.")
    return name


def known_quantity(name: object) -> str:
    """The column whose mean is that of a quantity: a column, or the risk as it is drawn."""
    return "risk" if name == "realised_risk" else known_column(name)


@dataclass(frozen=True, eq=False)
class Batch(Mapping[str, Float[np.ndarray, " trials"]]):
    """One batch of trials: a read-only mapping from the name of a quantity to its value in every trial."""

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


def as_drawn(table: Float[np.ndarray, "3 trials"]) -> Batch:
    """The batch of bias, noise and risk."""
    return Batch(MappingProxyType(dict(zip(("bias", "noise", "risk"), table, strict=True))))


def with_even_risk(table: Float[np.ndarray, "5 trials"]) -> Batch:
    """The batch of bias, mean noise, noise, risk and even risk; the conditional risk follows."""
    columns = dict(zip(("bias", "noise_mean", "noise", "risk", "even_risk"), table, strict=True))
    return Batch(MappingProxyType({**columns, "conditional_risk": columns["bias"] + columns["noise_mean"]}))
