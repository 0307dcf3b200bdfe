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
from dataclasses import dataclass, replace
from itertools import pairwise

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
       rate to see: then supported when |e| is certainly at most delta at *every* size, and the note says so.
     - undecided otherwise: wide intervals never pass.

    Wrong support <= alpha_pass, for a limit wrong by more than delta at the largest size, and for any error
    c n^-s that exceeds delta at some size and has s < rate - 1/4: a wrong limit (s = 0), or the next order
    (s = rate - 1/2).  For with the intervals right, the exponent seen is at most s.

    The outcome compares relative errors at the largest size; its resolution is delta.
    Raises ValueError for sizes that do not double, a claim of 0, or levels out of range.
    """
    _check(points, rate, delta, alpha, alpha_pass)
    wide, narrow = ([p.error(level / len(points)) for p in points] for level in (alpha, alpha_pass))
    sizes = [float(p.size) for p in points]
    visible = max(low for low, _ in narrow[:2]) > 0
    small = [high <= delta for _, high in narrow]
    decays = visible and _decay(sizes, narrow, rate) >= rate - HALF_STEP
    last = points[-1]
    return Outcome(
        verdict=decide(
            refuted=_overshoots(sizes, wide, rate),
            supported=(small[-1] and decays) if visible else all(small),
        ),
        test="rate over doubling sizes (Catoni intervals)",
        claimed=0.0,
        observed=abs(float(np.mean(last.draws)) / last.claimed - 1),
        resolution=delta,
        relative_resolution=delta,
        draws=sum(len(p.draws) for p in points),
        certificate=certificate,
        alpha=alpha,
        alpha_pass=alpha_pass,
        note="" if visible else "no error visible at the first two sizes: its rate is not tested",
        evidence=_drawn(points, narrow, rate),
    )


def _drawn(points: Sequence[RatePoint], errors: list[tuple[float, float]], rate: float) -> Decay:
    """What is seen at every size, for a figure."""
    low, high = zip(*errors, strict=True)
    seen = tuple(abs(float(np.mean(p.draws)) / p.claimed - 1) for p in points)
    return Decay(tuple(float(p.size) for p in points), seen, low, high, rate)


def test_rate_in_looks(
    points: Callable[[int], Sequence[RatePoint]],
    certificate: str,
    *,
    looks: int,
    rate: float = 1.0,  # noqa: PT028 (a test of rates, not of this package)
    delta: float,
    alpha: float,
    alpha_pass: float,
) -> Outcome:
    """`test_rate` of points(1), points(2), points(4), ... until it decides: so many times the draws of the first look.

    There are at most `looks` of them, and each spends an equal share of alpha and alpha_pass, so that by the union
    bound the chances of a wrong verdict are those of `test_rate`, whatever the draws of one look share with another's.
    """
    for look in range(looks):
        shares = {"alpha": alpha / looks, "alpha_pass": alpha_pass / looks}
        outcome = test_rate(points(2**look), certificate, rate=rate, delta=delta, **shares)
        if outcome.verdict is not Verdict.UNDECIDED:
            break
    return replace(outcome, alpha=alpha, alpha_pass=alpha_pass)


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
