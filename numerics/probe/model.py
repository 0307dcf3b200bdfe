"""An instance of a linear probe on frozen features, or on the first layers of a network: the numbers that define it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float

from numerics.by_fields import ByFields, read, told
from numerics.instance import InstanceError, eigenvalues, nonnegative_number, positive_integer, shown, vector
from numerics.probe.features import off_span, product, span

SETTING = "probe"


@dataclass(frozen=True, eq=False, kw_only=True)
class Probe(ByFields):
    """Least squares of the labels on features F'x that are frozen: given, or the first layers of a linear network.

    Law of the data: rows of X (n x d) independent N(0, S), S = diag(spectrum); y = X target + e, e ~ N(0, sigma^2 I_n).
    h = F (X F)+ y; its excess risk is (h - target)' S (h - target).  Of several targets each has labels of its own, at
    the same X; the risks are summed.

    n, d           samples and features of x, integers >= 1
    sigma          standard deviation of the label noise, >= 0
    target         vector of d numbers; or
    targets        d rows of a number for each output
    features       F: d rows of m >= 1 numbers; or
    layers         the weights of a network, matrices as lists of rows, the first layer first, one row a unit; and
    frozen_layers  how many of them are kept, the first ones: F = (W_k ... W_1)'; 0 if not given; the others are
                   retrained, one at least
    spectrum       eigenvalues of S, d numbers >= 0, not all zero; all one if not given

    Kept as read-only arrays.  Raises `InstanceError`, one line, on anything else; retrained layers must be wide enough
    for least squares.

    >>> Probe(n=9, d=3, sigma=1, target=[1, 2, 3], features=[[1, 1], [0, 0], [0, 1]]).count
    2
    """

    n: int
    d: int
    sigma: float
    target: Float[np.ndarray, " d"] | None = None
    targets: Float[np.ndarray, "d outputs"] | None = None
    features: Float[np.ndarray, "d m"] | None = None
    layers: tuple[Float[np.ndarray, "_ _"], ...] | None = None
    frozen_layers: int | None = None
    spectrum: Float[np.ndarray, " d"] | None = None

    def __post_init__(self) -> None:
        """Check every field and store it in its final form."""
        store = object.__setattr__
        for name in ("n", "d"):
            store(self, name, positive_integer(name, getattr(self, name)))
        store(self, "sigma", nonnegative_number("sigma", self.sigma))
        _one_of(self, "target", "targets")
        _one_of(self, "features", "layers")
        if self.target is not None:
            store(self, "target", vector("target", self.target, self.d))
        else:
            store(self, "targets", _rows("targets", self.targets, self.d, "one per feature of x"))
        if self.features is not None:
            store(self, "features", _rows("features", self.features, self.d, "one per feature of x"))
        if self.spectrum is not None:
            store(self, "spectrum", eigenvalues("spectrum", self.spectrum, self.d))
        self._check_layers()
        if not self.count:
            raise InstanceError("features: none of them varies under this covariance; give one that does.")

    def _check_layers(self) -> None:
        if self.layers is None:
            if self.frozen_layers is not None:
                raise InstanceError("frozen_layers: there are no layers to keep; give layers, or leave it out.")
            return
        network, kept = _network(self.layers, self.d), _kept(self.frozen_layers)
        object.__setattr__(self, "layers", network)
        object.__setattr__(self, "frozen_layers", kept)
        widths = [len(layer) for layer in network]
        if kept >= len(network):
            raise InstanceError(f"frozen_layers={kept}: there are {len(network)} layers; leave one to retrain.")
        if widths[-1] != self.outputs:
            raise InstanceError(f"layers: they end in {widths[-1]} outputs, but the targets are {self.outputs}.")
        needed = min(self.outputs, self.count)
        if (narrow := min(widths[kept:-1], default=needed)) < needed:
            raise InstanceError(
                f"layers: one of width {narrow} is retrained and cannot fit {self.outputs} outputs by least squares; "
                "keep it frozen."
            )

    @cached_property
    def scale(self) -> Float[np.ndarray, " d"]:
        """The diagonal of S^(1/2)."""
        return np.sqrt(np.ones(self.d) if self.spectrum is None else self.spectrum)

    @cached_property
    def wanted(self) -> Float[np.ndarray, "d outputs"]:
        """The target, or the targets, as columns."""
        return np.asarray(self.target)[:, None] if self.targets is None else self.targets

    @property
    def outputs(self) -> int:
        """How many targets there are."""
        return int(self.wanted.shape[1])

    @cached_property
    def basis(self) -> Float[np.ndarray, "d m"]:
        """F."""
        if self.features is not None:
            return self.features
        assert self.layers is not None
        return product(self.layers[: self.frozen_layers], self.d)

    @cached_property
    def _span(self) -> tuple[Float[np.ndarray, "d r"], float]:
        """Axes of S^(1/2) F, and how well they are known."""
        return span(self.scale[:, None] * self.basis)

    @cached_property
    def lengths(self) -> Float[np.ndarray, " m"]:
        """Of the columns of S^(1/2) F; 1 where there is nothing."""
        found = np.linalg.norm(self.scale[:, None] * self.basis, axis=0)
        return np.where(found > 0, found, 1.0)

    @property
    def count(self) -> int:
        """How many independent features there are: the rank of S^(1/2) F."""
        return int(self._span[0].shape[1])

    @cached_property
    def left(self) -> Float[np.ndarray, "d outputs"]:
        """S^(1/2) (t - F b) with the best b, for each target."""
        return off_span(self.scale[:, None] * self.wanted, *self._span)

    @cached_property
    def missed(self) -> Float[np.ndarray, " outputs"]:
        """For each target the least (t - F b)' S (t - F b) over all b."""
        return np.asarray(np.sum(self.left**2, axis=0))

    @cached_property
    def unexplained(self) -> float:
        """The same, summed over the targets."""
        return float(np.sum(self.missed))

    @classmethod
    def from_fields(cls, mapping: Mapping[str, object]) -> Probe:
        """The instance with the fields of `mapping`: plain data (numbers, lists, arrays), no text evaluated.

        `setting`, if there, must be "probe".  Raises `InstanceError` on unknown or missing fields (naming the closest
        known one) and on every bad value.
        """
        return cls(**read(cls, SETTING, ["n", "d", "sigma"], mapping))

    def fields(self) -> dict[str, Any]:
        """The fields that are set, as plain Python values fit for JSON; `from_fields` reads them back."""
        found = told(self, SETTING)
        return found if self.layers is None else found | {"layers": [layer.tolist() for layer in self.layers]}


def _one_of(instance: Probe, *names: str) -> None:
    given = [name for name in names if getattr(instance, name) is not None]
    if len(given) != 1:
        got = " and ".join(given) or "neither"
        raise InstanceError(f"{' or '.join(names)}: needs one of them, got {got}; give exactly one.")


def _kept(value: object) -> int:
    return (
        0 if value is None or (value == 0 and not isinstance(value, bool)) else positive_integer("frozen_layers", value)
    )


def _network(value: object, d: int) -> tuple[Float[np.ndarray, "_ _"], ...]:
    """Matrices that follow one another: each takes as many numbers as the one before gives."""
    given = list(value) if isinstance(value, list | tuple) else []
    if not given:
        raise InstanceError(f"layers={shown(value)}: needs a list of matrices, one per layer, the first one first.")
    found, width = [], d
    for k, layer in enumerate(given):
        rows = layer if isinstance(layer, list | tuple | np.ndarray) and len(layer) else None
        if rows is None:
            raise InstanceError(f"layers[{k}]={shown(layer)}: needs a matrix, as a list of equal rows of numbers.")
        found.append(_rows(f"layers[{k}]", rows, len(rows), "one per unit"))
        if found[-1].shape[1] != width:
            raise InstanceError(
                f"layers[{k}]: rows of {found[-1].shape[1]} numbers, but it takes {width}; give so many."
            )
        width = len(rows)
    return tuple(found)


def _rows(name: str, value: object, size: int, what: str) -> Float[np.ndarray, "_ _"]:
    """So many rows of as many numbers each."""
    rows = list(value) if isinstance(value, list | tuple | np.ndarray) else []
    if len(rows) != size or any(not isinstance(row, list | tuple | np.ndarray) for row in rows):
        raise InstanceError(f"{name}: needs {size} rows, {what}, each a list of numbers.")
    width = len(rows[0])
    if not width or any(len(row) != width for row in rows):
        raise InstanceError(f"{name}: rows of different lengths, or none; give every row as many numbers.")
    array = np.stack([vector(f"{name}[{j}]", row, width) for j, row in enumerate(rows)])
    array.setflags(write=False)
    return array
