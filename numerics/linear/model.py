"""An instance of linear regression fine-tuned from a source: the numbers that define it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from numerics.by_fields import ByFields, read, told
from numerics.instance import (
    InstanceError,
    eigenvalues,
    nonnegative_number,
    positive_integer,
    shown,
    vector,
)

SETTING = "linear"


@dataclass(frozen=True, eq=False, kw_only=True)
class Linear(ByFields):
    """Linear regression fine-tuned from `source` by gradient descent (theory: section 1).

    Law of the data, in the eigenbasis of the covariance S = diag(spectrum): rows of X (n x d)
    independent N(0, S); y = X target + e, e ~ N(0, sigma^2 I_n).  The estimator is
    h = source + X+ (y - X source), its excess risk (h - target)' A (h - target) with
    A = diag(test_spectrum).

    n, d              number of samples and of features, integers >= 1; any order
    sigma             standard deviation of the label noise, >= 0
    source, target    u and t, vectors of d numbers
    spectrum          eigenvalues of S, d numbers >= 0, not all zero; all one if not given.
                      Where S is singular, X+ leaves the null space of S at the source.
    test_spectrum     diagonal of A, d numbers >= 0, not all zero; the spectrum if not given

    Instead of `source`, a source learned afresh in every trial: `source_teacher` w, `n_source` and
    `sigma_source` (0 if not given) make source = X~+ y~ with y~ = X~ w + e~, X~ (n_source x d) of the
    same law as X.

    Vectors may be given as lists, tuples or arrays; they are kept as read-only float64 arrays.
    Raises `InstanceError`, one line, on anything else.

    >>> Linear(n=10, d=40, sigma=0.5, source=[0.0] * 40, target=[1.0] * 40).n
    10
    """

    n: int
    d: int
    sigma: float
    source: Float[np.ndarray, " d"] | None = None
    target: Float[np.ndarray, " d"]
    spectrum: Float[np.ndarray, " d"] | None = None
    test_spectrum: Float[np.ndarray, " d"] | None = None
    n_source: int | None = None
    sigma_source: float | None = None
    source_teacher: Float[np.ndarray, " d"] | None = None

    def __post_init__(self) -> None:
        """Check every field and store it in its final form."""
        store = object.__setattr__
        for name in ("n", "d"):
            store(self, name, positive_integer(name, getattr(self, name)))
        store(self, "sigma", nonnegative_number("sigma", self.sigma))
        store(self, "target", vector("target", self.target, self.d))
        for name in ("source", "source_teacher"):
            if getattr(self, name) is not None:
                store(self, name, vector(name, getattr(self, name), self.d))
        for name in ("spectrum", "test_spectrum"):
            if getattr(self, name) is not None:
                store(self, name, eigenvalues(name, getattr(self, name), self.d))
        self._check_source()

    def _check_source(self) -> None:
        """Exactly one of a fixed source and a learned one, the learned one complete."""
        if self.source is not None and self.source_teacher is not None:
            raise InstanceError("source and source_teacher are both given: keep one.")
        if self.source_teacher is None:
            for name in ("n_source", "sigma_source"):
                if getattr(self, name) is not None:
                    value = shown(getattr(self, name))
                    raise InstanceError(f"{name}={value} without source_teacher: add source_teacher.")
            if self.source is None:
                raise InstanceError("source is missing: give source (zeros to train from scratch) or a teacher.")
            return
        if self.n_source is None:
            raise InstanceError("source_teacher without n_source: add n_source, the sample size.")
        sigma_source = 0.0 if self.sigma_source is None else self.sigma_source
        object.__setattr__(self, "n_source", positive_integer("n_source", self.n_source))
        object.__setattr__(self, "sigma_source", nonnegative_number("sigma_source", sigma_source))

    @property
    def learned(self) -> bool:
        """Whether the source is learned afresh in every trial."""
        return self.source_teacher is not None

    @property
    def covariance(self) -> Float[np.ndarray, " d"]:
        """The eigenvalues of S: `spectrum`, or ones."""
        return np.ones(self.d) if self.spectrum is None else self.spectrum

    @property
    def risk_weights(self) -> Float[np.ndarray, " d"]:
        """The diagonal of A: `test_spectrum`, or the eigenvalues of S."""
        return self.covariance if self.test_spectrum is None else self.test_spectrum

    @classmethod
    def from_fields(cls, mapping: Mapping[str, object]) -> Linear:
        """The instance with the fields of `mapping`: plain data (numbers, lists, arrays), no text evaluated.

        `setting`, if there, must be "linear".  Raises `InstanceError` on unknown or missing fields (naming
        the closest known one) and on every bad value.
        """
        return cls(**read(cls, SETTING, ["n", "d", "sigma", "target"], mapping))

    def fields(self) -> dict[str, Any]:
        """The fields that are set, as plain Python values fit for JSON; `from_fields` reads them back."""
        return told(self, SETTING)
