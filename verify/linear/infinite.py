"""Means without a variance: bounds from below and above, draw by draw, have a law that is derived and tested.

The mean is finite if and only if that law has one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from numerics import linear as mc
from numerics.linear import Linear
from theory.distribution import Distribution
from verify import means
from verify.claim import Level
from verify.linear.drawing import changed, sample
from verify.linear.laws import concluded, draws_for, law_of, law_outcome
from verify.verdict import Outcome

COMPARED = 4096
"""Draws that are compared one by one."""
CELLS = 400
"""Of the share, with every change: the error they leave, and half a step of the table, stay below DISTANCE / 5."""


@dataclass(frozen=True)
class Product:
    """The law of a ratio times an independent share of it."""

    ratio: Distribution
    share: Distribution
    cells: int

    @property
    def mean(self) -> float:
        """The expectation."""
        return self.ratio.mean * self.share.mean

    @property
    def error(self) -> float:
        """Of the distribution function: the midpoint rule for a monotone function from 0 to 1, in so many cells."""
        return 1 / (2 * self.cells)

    @cached_property
    def _shares(self) -> np.ndarray:
        return np.array([self.share.quantile((cell + 0.5) / self.cells) for cell in range(self.cells)])

    def cdf(self, x: np.ndarray) -> np.ndarray:
        """P(product <= x), averaged over cells of equal probability of the share."""
        return np.asarray(self.ratio.cdf(x[:, None] / self._shares).mean(axis=1))


def existence(claimed: float, instance: Linear, at: Level) -> Outcome:
    """Whether the mean risk is finite: told by the noise of the target task, or by that of the source task."""
    parts = [column for column in ("noise", "bias") if not mc.moment_is_finite(instance, column, 2)]
    telling = [column for column in parts if not mc.moment_is_finite(instance, column, 1)] or parts
    return (_by_the_target if telling[0] == "noise" else _by_the_source)(claimed, instance, at)


def _by_the_target(claimed: float, instance: Linear, at: Level) -> Outcome:
    """The noise part lies between the least and the largest eigenvalue of A S^-1 times what it would be at A = S, whose
    law is derived; the mean risk is the mean of bias and noise part, and the bias is at least 0."""
    zero = [0.0] * instance.d
    other = dict.fromkeys(("source_teacher", "n_source", "sigma_source", "test_spectrum"))
    plain = changed(instance, **other, source=zero, target=zero)
    ratios = instance.risk_weights / instance.covariance
    least, largest = float(np.min(ratios)), float(np.max(ratios))
    noise, bias, below = (_few(i, c, at) for i, c in ((instance, "noise"), (instance, "bias"), (plain, "noise")))
    holds = least > 0 and np.all(bias >= 0) and np.all(noise >= (1 - means.ROUNDING) * least * below)
    holds &= np.all(noise <= (1 + means.ROUNDING) * largest * below)
    law = law_of("linear.noise_law", plain)
    return _read_off(claimed, bool(holds), law, sample(plain, "noise", at.seed, draws_for(at)), at)


def _by_the_source(claimed: float, instance: Linear, at: Level) -> Outcome:
    """With u = X~+ (X~ w + e~), the bias level |Q (t - u)|^2 is at least level |Q X~+ e~|^2 / 2 - level (|t| + |w|)^2
    and at most 2 level |Q X~+ e~|^2 + 2 level (|t| + |w|)^2, as |b|^2 / 2 - |a|^2 <= |a - b|^2 <= 2 |a|^2 + 2 |b|^2.
    And level |Q X~+ e~|^2 is the bias where t = w = 0: X~+ e~ points anywhere with
    equal probability, so that it is the source task's noise part times an independent Beta share."""
    zero, level = [0.0] * instance.d, float(instance.covariance[0])
    still = changed(instance, target=zero, source_teacher=zero)
    known = sum(float(np.linalg.norm(v)) for v in (instance.target, instance.source_teacher) if v is not None)
    bias, below = (_few(i, "bias", at) for i in (instance, still))
    rest = (1 + means.ROUNDING) * level * known**2
    holds = bool(np.all(bias >= below / 2 - rest) and np.all(bias <= 2 * below + 2 * rest))
    given = changed(still, source_teacher=None, n_source=None, sigma_source=None, source=zero)
    unit = np.eye(instance.d)[0].tolist()
    noise = law_of("linear.noise_law", changed(given, n=instance.n_source, sigma=instance.sigma_source))
    share = law_of("linear.risk_law", changed(given, sigma=0.0, target=unit, spectrum=None))
    return _read_off(
        claimed,
        holds,
        Product(noise, share, round(CELLS * at.sharper)),
        sample(still, "bias", at.seed, draws_for(at)),
        at,
    )


def _few(instance: Linear, column: str, at: Level) -> np.ndarray:
    return sample(instance, column, at.seed, COMPARED)


def _read_off(claimed: float, holds: bool, law: Distribution | Product, draws: np.ndarray, at: Level) -> Outcome:
    error = law.error if isinstance(law, Product) else 0.0
    outcome = law_outcome(law.cdf, draws, at, error)
    if law.mean == np.inf:
        note = "in law: the mean is infinite, as that of a lower bound is"
        return concluded(outcome, holds and claimed == np.inf, note, f"{claimed:g} is claimed")
    note = "in law: the mean is finite, as that of an upper bound is; its value is tested where it has a variance"
    return concluded(outcome, holds and claimed < np.inf, note, f"{claimed:g} is claimed")
