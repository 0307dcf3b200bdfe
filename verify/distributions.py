"""Is a law equal to a formula's?  The Dvoretzky-Kiefer-Wolfowitz inequality, with three verdicts.

For N independent draws of *any* law F on the line, continuous or not, and every eps > 0,

    P(sup |F_N - F| > eps) <= 2 exp(-2 N eps^2),

Massart 1990, "The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality", Ann. Probab. 18, corollary 1.
Non-asymptotic and distribution-free, so no certificate is needed; N is fixed in advance.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from verify.means import ROUNDING
from verify.verdict import Outcome, decide

Draws = NDArray[np.float64]
DistributionFunction = Callable[[Draws], Draws]


def test_law(
    draws: Draws,
    cdf: DistributionFunction,
    *,
    cdf_left: DistributionFunction | None = None,  # noqa: PT028 (a test of laws, not of this package)
    delta: float,
    alpha: float,
    alpha_pass: float,
) -> Outcome:
    """Three-verdict test that the N draws have the distribution function `cdf`.

    `cdf(x)` = P(X <= x) and `cdf_left(x)` = P(X < x), on sorted arrays; the second only where the law has
    atoms.  `delta` is a Kolmogorov distance.

     - refuted when the distance exceeds sqrt(ln(2/alpha) / 2N): wrong refusal <= alpha;
     - supported when the distance + sqrt(ln(2/alpha_pass) / 2N) <= delta: if the true law is delta away, its
       distance to the draws is then at least that root, which has probability <= alpha_pass;
     - undecided otherwise; never so at N >= `draws_needed`.

    Raises ValueError if `cdf` leaves [0, 1] or decreases, for no draws, or for levels out of range.
    """
    _check(delta, alpha, alpha_pass, len(draws))
    distance = kolmogorov_distance(draws, cdf, cdf_left)
    radii = radius(len(draws), alpha), radius(len(draws), alpha_pass)
    return _outcome("law (DKW)", distance, radii, len(draws), delta, alpha, alpha_pass)


def test_same_law(a: Draws, b: Draws, *, delta: float, alpha: float, alpha_pass: float) -> Outcome:
    """Three-verdict test that two independent samples, of N and M draws, have one law, with or without atoms.

    By the triangle inequality sup |F_N - G_M| differs from sup |F - G| by at most the two DKW radii; each is
    taken at half the level, so their sum fails with probability at most the level.  Otherwise as `test_law`.
    """
    size = min(len(a), len(b))
    _check(delta, alpha, alpha_pass, size)
    points = np.concatenate([a, b])
    gaps = np.abs(_empirical(a, points) - _empirical(b, points))
    distance = math.nan if np.isnan(points).any() else float(gaps.max())
    refute, support = (radius(len(a), p / 2) + radius(len(b), p / 2) for p in (alpha, alpha_pass))
    return _outcome("same law (DKW)", distance, (refute, support), size, delta, alpha, alpha_pass)


def draws_needed(delta: float, alpha: float, alpha_pass: float, *, samples: int = 1) -> int:
    """The draws of each sample (one, or two for `test_same_law`) at which the test always decides.

    The smallest N with radius(alpha) + radius(alpha_pass) <= delta: what is not refuted is then supported, so
    a true law is supported except with probability alpha.
    """
    _check(delta, alpha, alpha_pass, 1)
    roots = math.sqrt(math.log(2 * samples / alpha)) + math.sqrt(math.log(2 * samples / alpha_pass))
    return math.ceil((1 + 1e-12) * (samples * roots / delta) ** 2 / 2)


def kolmogorov_distance(draws: Draws, cdf: DistributionFunction, cdf_left: DistributionFunction | None) -> float:
    """sup |F_N - F| over the line.

    Between neighbouring draws F_N is constant and F increases, so the supremum is a value or a left limit at
    a draw: both are compared, with ties counted once.  nan if a draw is.
    """
    if np.isnan(draws).any():
        return math.nan
    points, counts = np.unique(draws, return_counts=True)
    reached = np.cumsum(counts) / len(draws)
    before = np.concatenate([[0.0], reached[:-1]])
    at = np.asarray(cdf(points), dtype=np.float64)
    left = at if cdf_left is None else np.asarray(cdf_left(points), dtype=np.float64)
    _check_distribution_function(at, left)
    return float(max(np.abs(reached - at).max(), np.abs(before - left).max()))


def radius(count: int, level: float) -> float:
    """How far the distribution function of so many draws is from the truth, but with probability `level`."""
    return math.sqrt(math.log(2 / level) / (2 * count))


def _empirical(draws: Draws, points: Draws) -> Draws:
    """The empirical distribution function of `draws` at `points`."""
    return np.searchsorted(np.sort(draws), points, side="right") / len(draws)


def _check(delta: float, alpha: float, alpha_pass: float, count: int) -> None:
    if not (0 < delta < 1 and 0 < alpha < 1 and 0 < alpha_pass < 1 and count > 0):
        raise ValueError(
            f"delta={delta}, alpha={alpha}, alpha_pass={alpha_pass}, draws={count}: "
            "the distance and the levels must lie between 0 and 1, and there must be draws"
        )


def _check_distribution_function(at: Draws, left: Draws) -> None:
    """Increasing within [0, 1] and left <= at, all to rounding."""
    rises = np.concatenate([left, 1 - at, at - left, np.diff(at), np.diff(left)])
    if not (rises >= -ROUNDING).all():
        raise ValueError(
            "cdf is no distribution function on the draws: it must increase from 0 to 1, above cdf_left; "
            "check its parameters, and that it accepts sorted arrays"
        )


def _outcome(
    test: str,
    distance: float,
    radii: tuple[float, float],
    draws: int,
    delta: float,
    alpha: float,
    alpha_pass: float,
) -> Outcome:
    """Compare the distance with both radii; a draw that is nan has no place in a law, and refutes."""
    refute, support = radii
    return Outcome(
        verdict=decide(refuted=not distance <= refute, supported=distance + support <= delta),
        test=test,
        claimed=0.0,
        observed=distance,
        resolution=delta,
        relative_resolution=None,
        draws=draws,
        certificate="none needed",
        alpha=alpha,
        alpha_pass=alpha_pass,
        note="a draw is nan" if math.isnan(distance) else "",
    )
