"""What an instance of a spectral estimator is: linear fine-tuning that goes only so far in every singular direction."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from jaxtyping import Float

from numerics.by_fields import ByFields
from numerics.instance import InstanceError, known_keys, present_keys, shown
from numerics.linear.model import Linear

LINEAR = ("n", "d", "sigma", "source", "target", "spectrum", "test_spectrum")
NEEDED = ("n", "d", "sigma", "source", "target")
Designs = Float[np.ndarray, "trials n d"]
Labels = Float[np.ndarray, "trials n"]
Weights = Float[np.ndarray, "#trials d"]
Directions = tuple[Float[np.ndarray, "trials n"], Float[np.ndarray, "trials n n"]]


def directions(x: Designs) -> Directions:
    """Squared singular values S^2 of X, those of X X', and the left singular vectors U."""
    values, left = np.linalg.eigh(x @ np.swapaxes(x, -1, -2))
    return values, left


@dataclass(frozen=True, eq=False, kw_only=True)
class Spectral(ByFields):
    """Data and source of linear fine-tuning, and an estimator h = u + f(X'X/n) X'(y - X u)/n.

    A setting says what its own fields are, how h is computed as it is defined (`fitted`), and what f is (`response`).
    """

    linear: Linear
    setting: ClassVar[str]
    own: ClassVar[tuple[str, ...]]

    def __post_init__(self) -> None:
        """The source is given."""
        if self.linear.learned:
            raise InstanceError(f"source_teacher: training starts from a fixed source in {self.setting}; give source.")

    @abstractmethod
    def fitted(self, x: Designs, y: Labels, start: Weights) -> Float[np.ndarray, "trials d"]:
        """The weights in every trial, as they are defined."""

    @abstractmethod
    def response(self, x: Float[np.ndarray, "trials m"]) -> Float[np.ndarray, "trials m"]:
        """f at eigenvalues of X'X/n."""

    def turned(
        self, x: Designs, y: Labels, start: Weights, found: Directions | None = None
    ) -> Float[np.ndarray, "trials d"]:
        """The same weights by the singular directions: u + X'U f(S^2/n) U'(y - X u)/n."""
        values, left = directions(x) if found is None else found
        n = x.shape[-2]
        residual = (y - (x @ start[..., None])[..., 0])[..., None]
        moved = self.response(np.maximum(values, 0.0) / n)[..., None] * (np.swapaxes(left, -1, -2) @ residual) / n
        return np.asarray(start + (np.swapaxes(x, -1, -2) @ (left @ moved))[..., 0])

    def moved(self, x: Designs, n: int) -> Designs:
        """H of the weights u + H'(y - X u), f(X X'/n) X/n, for `n` samples, those of which X is zero left out."""
        values, left = directions(x)
        scale = self.response(np.maximum(values, 0.0) / n)[..., None] / n
        return np.asarray(left @ (scale * (np.swapaxes(left, -1, -2) @ x)))

    @property
    def bounded(self) -> bool:
        """Whether f is bounded, so that every moment of the risk is finite."""
        return True

    @classmethod
    def from_fields(cls, mapping: Mapping[str, object]) -> Self:
        """The instance with the fields of `mapping`; `InstanceError`, one line, for anything else."""
        known_keys(mapping, ["setting", *LINEAR, *cls.own])
        if mapping.get("setting", cls.setting) != cls.setting:
            raise InstanceError(f"setting={shown(mapping['setting'])}: needs '{cls.setting}'; write that.")
        present_keys(mapping, NEEDED)
        linear = Linear.from_fields({name: mapping[name] for name in LINEAR if name in mapping})
        own: dict[str, Any] = {name: mapping[name] for name in cls.own if name in mapping}
        return cls(linear=linear, **cls.completed(own))

    @classmethod
    def completed(cls, own: dict[str, Any]) -> dict[str, Any]:
        """The fields of its own, all of which are needed unless a setting says otherwise."""
        present_keys(own, cls.own)
        return own

    def fields(self) -> dict[str, Any]:
        """The fields that are set, as plain Python values fit for JSON; `from_fields` reads them back."""
        own = {name: value for name in self.own if (value := getattr(self, name)) is not None}
        return {**self.linear.fields(), **own, "setting": self.setting}
