"""An instance of a deep linear network fine-tuned from a source: the numbers that define it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from numerics.by_fields import ByFields, read
from numerics.instance import InstanceError, nonnegative_integer, positive_integer, shown
from numerics.linear.model import Linear

SETTING = "deep_linear"
DEEPEST = 1_000_000
LINEAR_FIELDS = ("n", "d", "sigma", "source", "target", "spectrum", "test_spectrum")
LEARNED_FIELDS = ("source_teacher", "n_source", "sigma_source")


@dataclass(frozen=True, eq=False, kw_only=True)
class DeepLinear(ByFields):
    """A linear network x' W_1 ... W_L fine-tuned from `source` by gradient flow.

    Law of the data, as in `numerics.linear.Linear`: rows of X (n x d) independent N(0, S), S =
    diag(spectrum); y = X target + e, e ~ N(0, sigma^2 I_n).  The network starts balanced (W_i' W_i =
    W_{i+1} W_{i+1}') with W_1 ... W_L = source and follows the gradient flow of |y - X W_1 ... W_L|^2 / 2 to
    its limit h; the excess risk is (h - target)' A (h - target), A = diag(test_spectrum).

    With P = X+ X, Q = I - P and r = |h|, the limit is

        P h = X+ y,    Q h = c Q u,    c = (r/|u|)^(1 - 1/L),    r^2 = |X+ y|^2 + c^2 |Q u|^2:

    the flow of the end-to-end weights moves log c at (1 - 1/L) times the rate of log |h| (Arora, Cohen &
    Hazan 2018, Theorem 1).  Depth "inf" is the limit L -> infinity, c = |X+ y| / |P u|.  At depth 1, c = 1.
    Where the features span one line and u lies in it, h cannot change sign: it is 0 if u'X+ y <= 0, L >= 2.

    n, d, sigma, source, target, spectrum, test_spectrum    as in `Linear`, the source fixed and, for
                      depth >= 2, not zero
    depth             number L of layers, an integer >= 1, or "inf" (math.inf)
    frozen_layers     the first k <= L layers stay as they are (finite depth only).  k = L: h = u.
                      k = L - 1: h = c u with c = <X u, y> / |X u|^2.  1 <= k <= L - 2: the trained layers
                      are balanced and cannot change sign, so that c = max(<X u, y> / |X u|^2, 0).
    widths            the L - 1 hidden widths, integers >= 1; the limit does not depend on them

    Raises `InstanceError`, one line, on anything else.

    >>> DeepLinear(n=10, d=40, sigma=0.5, source=[1.0] * 40, target=[2.0] * 40, depth="inf").depth
    inf
    """

    n: int
    d: int
    sigma: float
    source: Float[np.ndarray, " d"]
    target: Float[np.ndarray, " d"]
    spectrum: Float[np.ndarray, " d"] | None = None
    test_spectrum: Float[np.ndarray, " d"] | None = None
    depth: int | float
    frozen_layers: int = 0
    widths: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        """Check every field and store it in its final form."""
        if self.source is None:
            raise InstanceError("source is missing: give the weights the network starts from, d numbers.")
        checked = self.linear
        for name in LINEAR_FIELDS:
            object.__setattr__(self, name, getattr(checked, name))
        object.__setattr__(self, "depth", layers(self.depth))
        object.__setattr__(self, "frozen_layers", nonnegative_integer("frozen_layers", self.frozen_layers))
        self._check_start()
        self._check_frozen()
        if self.widths is not None:
            object.__setattr__(self, "widths", hidden_widths(self.widths, self.depth))

    def _check_start(self) -> None:
        """A balanced start has all layers of one size, so a deep network at zero has no gradient."""
        if self.depth == 1:
            return
        if not self.source.any():
            raise InstanceError(
                f"source is zero at depth={named(self.depth)}: a balanced network at zero never moves; "
                "give another source, or depth=1."
            )
        if self.depth == math.inf and not self.source[self.covariance > 0].any():
            raise InstanceError(
                "depth=inf: the source is zero wherever the spectrum is not, so c has no limit; give a finite depth."
            )

    def _check_frozen(self) -> None:
        """At most all of finitely many layers."""
        if self.frozen_layers and self.depth == math.inf:
            raise InstanceError(f"frozen_layers={self.frozen_layers} at depth=inf: needs a finite depth; give one.")
        if self.frozen_layers > self.depth:
            raise InstanceError(f"frozen_layers={self.frozen_layers}: needs at most depth={self.depth}; freeze fewer.")

    @property
    def linear(self) -> Linear:
        """The same data and start at depth 1, without frozen layers."""
        return Linear(**{name: getattr(self, name) for name in LINEAR_FIELDS})

    @property
    def covariance(self) -> Float[np.ndarray, " d"]:
        """The eigenvalues of S: `spectrum`, or ones."""
        return np.ones(self.d) if self.spectrum is None else self.spectrum

    @property
    def risk_weights(self) -> Float[np.ndarray, " d"]:
        """The diagonal of A: `test_spectrum`, or the eigenvalues of S."""
        return self.covariance if self.test_spectrum is None else self.test_spectrum

    @classmethod
    def from_fields(cls, mapping: Mapping[str, object]) -> DeepLinear:
        """The instance with the fields of `mapping`: plain data (numbers, lists, arrays, "inf" as a depth).

        `setting`, if there, must be "deep_linear".  Raises `InstanceError` on unknown or missing fields
        (naming the closest known one) and on every bad value.
        """
        for name in LEARNED_FIELDS:
            if name in mapping:
                raise InstanceError(f"{name}: a deep network starts from a fixed source here; give source instead.")
        return cls(**read(cls, SETTING, ["n", "d", "sigma", "source", "target", "depth"], mapping))

    def fields(self) -> dict[str, Any]:
        """The fields that are set, as plain Python values fit for JSON; `from_fields` reads them back."""
        own: dict[str, Any] = {"depth": named(self.depth), "frozen_layers": self.frozen_layers}
        widths = {} if self.widths is None else {"widths": list(self.widths)}
        return self.linear.fields() | own | widths | {"setting": SETTING}


def layers(depth: object) -> int | float:
    """`depth` as an int >= 1 or as math.inf, which the word inf stands for."""
    if isinstance(depth, str | float) and depth in ("inf", math.inf):
        return math.inf
    if isinstance(depth, bool) or not isinstance(depth, int | np.integer) or depth < 1:
        raise InstanceError(f"depth={shown(depth)}: needs a positive integer or inf; write depth=3, say.")
    if depth > DEEPEST:
        raise InstanceError(f"depth={shown(depth)}: needs at most {DEEPEST:,} layers; write depth=inf.")
    return int(depth)


def named(depth: int | float) -> int | str:
    """A depth as it is written: an integer, or the word inf."""
    return "inf" if depth == math.inf else int(depth)


def hidden_widths(widths: object, depth: int | float) -> tuple[int, ...]:
    """`widths` as the L - 1 positive integers that depth L needs."""
    if depth == math.inf:
        raise InstanceError("widths at depth=inf: only a finite network has widths; leave them out.")
    if not isinstance(widths, list | tuple) or len(widths) != depth - 1:
        raise InstanceError(f"widths={shown(widths)}: needs a list of depth - 1 = {depth - 1} integers; give that.")
    return tuple(positive_integer(f"widths[{layer}]", width) for layer, width in enumerate(widths))
