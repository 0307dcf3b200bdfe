"""Does a deterministic equivalent approach its quantity at the stated rate?

The claim E_n = m_n (1 + O(n^-r)) is about n -> infinity; sizes that double make it finite.  Let
e_n = E_n/m_n - 1 be the relative error and g_n = n^r |e_n|.

Lemma (why 3).  If e_n = n^-r (a + b/n), and n_2 >= 2 n_1, then g_n <= 3 max(g_1, g_2) at all n >= n_2.
Proof: n^r e_n moves monotonically from its value at n_2 to a, and with q = n_2/n_1 >= 2,
|a| = |q h_2 - h_1|/(q - 1) <= (q + 1)/(q - 1) max(g_1, g_2) <= 3 max(g_1, g_2), where h = n^r e_n.

The error at the first two sizes is therefore the yardstick for all later ones, whatever its unknown constant:
a wrong limit makes g grow like n^r, a rate wrong by a half makes it grow like n^(1/2).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Decay
from verify.intervals import mean_interval
from verify.verdict import Outcome, Verdict, decide

OVERSHOOT = 3.0
"""The lemma's factor."""

HALF_STEP = 0.25
"""The nearest wrong order is n^-(r - 1/2), as expansions run in powers of n^-1/2: half-way to it decides."""


@dataclass(frozen=True)
class RatePoint:
    """One size: the value claimed for it, and independent draws whose mean is the exact quantity.

    `variance` bounds the variance of a draw.  Where the exact mean is known, it is one draw of variance 0.
    """

    size: int
    claimed: float
    draws: NDArray[np.float64]
    variance: float

    def error(self, level: float) -> tuple[float, float]:
        """A confidence interval, at 1 - level, for the absolute relative error |E/m - 1|."""
        low, high = sorted(end / self.claimed - 1 for end in mean_interval(self.draws, self.variance, level))
        return max(low, -high, 0.0), max(high, -low)


def test_rate(
    points: Sequence[RatePoint],
    certificate: str,
    *,
    rate: float = 1.0,  # noqa: PT028 (a test of rates, not of this package)
    delta: float,
    elsewhere: float | None = None,  # noqa: PT028
    alpha: float,
    alpha_pass: float,
) -> Outcome:
    """Three-verdict test of E_n = m_n (1 + O(n^-rate)), from four or more sizes that at least double.

    Catoni intervals for |e_n| at all sizes, together at level alpha (to refute) or alpha_pass (to support).
    The anchor is that one of the first two sizes whose g = n^rate |e_n| is larger.

     - refuted when at some later size g is certainly above 3 times the anchor's: for errors of two terms, as
       in the lemma, the probability of wrong refusal is <= alpha.  A finite sample can refute no more: the
       claim of a limit says nothing of any given n.
     - supported when |e| at the largest size is certainly at most delta, and certainly fell from the anchor
       at least as fast as n^-(rate - 1/4).  Where neither of the first two sizes shows an error, there is no
       rate to see: then supported when |e| is certainly at most delta at the largest size and at most `elsewhere`
       (delta unless given) at every other, and the note says so.
     - undecided otherwise: wide intervals never pass.

    Wrong support <= alpha_pass, for a limit wrong by more than delta at the largest size, and for any error
    c n^-s that exceeds these bounds at some size and has s < rate - 1/4: a wrong limit (s = 0), or the next order
    (s = rate - 1/2).  For with the intervals right, the exponent seen is at most s.

    The outcome compares relative errors at the largest size; its resolution is delta.
    Raises ValueError for sizes that do not double, a claim of 0, or levels out of range.
    """
    _check(points, rate, delta, alpha, alpha_pass)
    asked = _Asked(certificate, rate, delta, elsewhere or delta, alpha, alpha_pass)
    return asked.judged(points, [asked.intervals(point, len(points)) for point in points])


class _Intervals(NamedTuple):
    """Of one size's |e|: that which refutes and that which supports."""

    wide: tuple[float, float]
    narrow: tuple[float, float]


@dataclass(frozen=True)
class _Asked:
    """What a test of a rate is to decide, and at which levels."""

    certificate: str
    rate: float
    delta: float
    elsewhere: float
    alpha: float
    alpha_pass: float

    def intervals(self, point: RatePoint, share: int) -> _Intervals:
        """Each level has `share` equal parts."""
        return _Intervals(point.error(self.alpha / share), point.error(self.alpha_pass / share))

    def small(self, found: Sequence[_Intervals]) -> list[bool]:
        """The sizes at which |e| is certainly at most its bound."""
        *others, largest = (each.narrow[1] for each in found)
        return [*(high <= self.elsewhere for high in others), largest <= self.delta]

    def judged(self, points: Sequence[RatePoint], found: Sequence[_Intervals]) -> Outcome:
        """The verdict that follows from the intervals."""
        wide, narrow = (list(each) for each in zip(*found, strict=True))
        sizes, small, last = [float(p.size) for p in points], self.small(found), points[-1]
        visible = max(low for low, _ in narrow[:2]) > 0
        decays = visible and _decay(sizes, narrow, self.rate) >= self.rate - HALF_STEP
        return Outcome(
            verdict=decide(
                refuted=_overshoots(sizes, wide, self.rate),
                supported=(small[-1] and decays) if visible else all(small),
            ),
            test="rate over doubling sizes (Catoni intervals)",
            claimed=0.0,
            observed=abs(float(np.mean(last.draws)) / last.claimed - 1),
            resolution=self.delta,
            relative_resolution=self.delta,
            draws=sum(len(p.draws) for p in points),
            certificate=self.certificate,
            alpha=self.alpha,
            alpha_pass=self.alpha_pass,
            note="" if visible else "no error visible at the first two sizes: its rate is not tested",
            evidence=_drawn(points, narrow, self.rate),
        )

    def least_known(self, points: Sequence[RatePoint], found: Sequence[_Intervals]) -> list[int]:
        """The sizes at which more draws would tell most, that first of which it is the most for what they cost.

        What is compared is g at the first two sizes and the last; a draw costs about n^2.  While no error is visible
        there, it is the sizes at which it may still be large.
        """
        ends = (0, 1, len(points) - 1)
        vague = [k for k, small in enumerate(self.small(found)) if not small]
        among = ends if any(found[k].narrow[0] > 0 for k in ends) else vague

        def gain(k: int) -> float:
            low, high = found[k].narrow
            return float(points[k].size ** (self.rate - 2) * (high - low) / len(points[k].draws))

        return sorted(among, key=gain, reverse=True)


def _drawn(points: Sequence[RatePoint], errors: list[tuple[float, float]], rate: float) -> Decay:
    """What is seen at every size, for a figure."""
    low, high = zip(*errors, strict=True)
    seen = tuple(abs(float(np.mean(p.draws)) / p.claimed - 1) for p in points)
    return Decay(tuple(float(p.size) for p in points), seen, low, high, rate)


def test_rate_in_looks(
    sizes: Sequence[Callable[[int], RatePoint]],
    certificate: str,
    *,
    looks: int,
    rate: float = 1.0,  # noqa: PT028 (a test of rates, not of this package)
    delta: float,
    elsewhere: float | None = None,  # noqa: PT028
    alpha: float,
    alpha_pass: float,
) -> Outcome:
    """`test_rate` with more and more draws until it decides: sizes[k](m) has m times those of a first look.

    At one size after another they are doubled: where the interval of g is the widest for what the draws cost.  No size
    is looked at more than `looks` times, and each of these intervals has an equal share of alpha and alpha_pass: by
    the union bound all are right together, so that the chances of a wrong verdict are those of `test_rate`, whichever
    are asked for, and whatever the draws of one look share with another's.
    """
    asked = _Asked(certificate, rate, delta, elsewhere or delta, alpha, alpha_pass)
    times, points = [1] * len(sizes), [drawn(1) for drawn in sizes]
    _check(points, rate, delta, alpha, alpha_pass)
    share = looks * len(sizes)
    found = [asked.intervals(point, share) for point in points]
    while (outcome := asked.judged(points, found)).verdict is Verdict.UNDECIDED:
        k = next((k for k in asked.least_known(points, found) if times[k] < 2 ** (looks - 1)), None)
        if k is None:
            break
        times[k] *= 2
        points[k] = sizes[k](times[k])
        found[k] = asked.intervals(points[k], share)
    return outcome


def _overshoots(sizes: list[float], errors: list[tuple[float, float]], rate: float) -> bool:
    """Some later g certainly exceeds the lemma's bound."""
    lows: list[float] = [n**rate * low for n, (low, _) in zip(sizes, errors, strict=True)]
    highs: list[float] = [n**rate * high for n, (_, high) in zip(sizes, errors, strict=True)]
    return max(lows[2:]) > OVERSHOOT * max(highs[:2])


def _decay(sizes: list[float], errors: list[tuple[float, float]], rate: float) -> float:
    """A certain lower bound for the exponent s in |e| = c n^-s, from the anchor to the largest size."""
    anchor = max((0, 1), key=lambda k: sizes[k] ** rate * errors[k][0])
    if errors[-1][1] == 0:
        return math.inf
    return math.log(errors[anchor][0] / errors[-1][1]) / math.log(sizes[-1] / sizes[anchor])


def _check(points: Sequence[RatePoint], rate: float, delta: float, alpha: float, alpha_pass: float) -> None:
    sizes = [p.size for p in points]
    if len(sizes) < 4 or sizes[0] < 1 or any(b < 2 * a for a, b in pairwise(sizes)):
        raise ValueError(f"sizes={sizes}: a rate needs at least four sizes, each at least twice the one before")
    if any(not math.isfinite(p.claimed) or p.claimed == 0 for p in points):
        raise ValueError("a claimed value is 0 or infinite, and has no relative error; claim another quantity")
    if not (rate > HALF_STEP and delta > 0 and 0 < alpha < 1 and 0 < alpha_pass < 1):
        raise ValueError(
            f"rate={rate}, delta={delta}, alpha={alpha}, alpha_pass={alpha_pass}: "
            "needs rate > 1/4, delta > 0 and levels between 0 and 1"
        )
