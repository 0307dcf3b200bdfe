"""Shallow ReLU networks: an instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from numerics.by_fields import ByFields, read, told
from numerics.instance import InstanceError, nonnegative_number, positive_integer, shown, vector

SETTING = "relu"
LEARNED = ("n_source", "sigma_source", "source_teacher")
WIDEST = 20_000


@dataclass(frozen=True, eq=False, kw_only=True)
class ReLU(ByFields):
    """f(x) = m^(-1/2) sum_r a_r relu(w_r'x), a_r = +-1 fixed, fine-tuned from f_S on the squared loss, on |x| = 1.

    Law of the data: inputs independent and uniform on the unit sphere, y = x'target + e, e ~ N(0, sigma^2).

    n, d            target samples, at least 1, and features, at least 2
    sigma           standard deviation of the label noise, >= 0
    target          d numbers
    source          d numbers: f_S(x) = x'source; or instead of it
    source_teacher, n_source, sigma_source   f_S is itself trained from zero on such a sample
    width           m, even, up to 20,000; infinite if not given (kernel regression)

    Raises `InstanceError`, one line, on anything else.

    >>> fields = {"n": 3, "d": 2, "sigma": 0, "source": [1, 0], "target": [1, 1]}
    >>> ReLU.from_fields(fields).width is None
    True
    """

    n: int
    d: int
    sigma: float
    target: Float[np.ndarray, " d"]
    source: Float[np.ndarray, " d"] | None = None
    source_teacher: Float[np.ndarray, " d"] | None = None
    n_source: int | None = None
    sigma_source: float | None = None
    width: int | None = None

    def __post_init__(self) -> None:
        """Check every field and store it in its final form."""
        store = object.__setattr__
        store(self, "n", positive_integer("n", self.n))
        store(self, "d", positive_integer("d", self.d))
        if self.d < 2:
            raise InstanceError(f"d={self.d}: inputs of length one need two features at least; write d=2, say.")
        store(self, "sigma", nonnegative_number("sigma", self.sigma))
        store(self, "target", vector("target", self.target, self.d))
        self._check_source()
        if self.width is not None:
            store(self, "width", self._even_width())

    def _check_source(self) -> None:
        given = [name for name in LEARNED if getattr(self, name) is not None]
        if (self.source is None) == (not given):
            raise InstanceError("needs either source, or source_teacher with n_source and sigma_source; give one.")
        store = object.__setattr__
        if self.source is not None:
            store(self, "source", vector("source", self.source, self.d))
            return
        if missing := [name for name in LEARNED if name not in given]:
            raise InstanceError(f"{missing[0]} is missing: a learned source needs {', '.join(LEARNED)}; add it.")
        store(self, "source_teacher", vector("source_teacher", self.source_teacher, self.d))
        store(self, "n_source", positive_integer("n_source", self.n_source))
        store(self, "sigma_source", nonnegative_number("sigma_source", self.sigma_source))

    def _even_width(self) -> int:
        width = positive_integer("width", self.width)
        if width % 2 or width > WIDEST:
            raise InstanceError(
                f"width={shown(self.width)}: units come in pairs, up to {WIDEST} of them; write width=1024, say."
            )
        return width

    @classmethod
    def from_fields(cls, mapping: Mapping[str, object]) -> ReLU:
        """The instance with the fields of `mapping`; `InstanceError` on unknown or missing fields and bad values."""
        return cls(**read(cls, SETTING, ["n", "d", "sigma", "target"], mapping))

    def fields(self) -> dict[str, Any]:
        """The fields that are set, as plain Python values fit for JSON; `from_fields` reads them back."""
        return told(self, SETTING)
