"""Where the moments of the test error, and the bounds that they give, are compared with draws of the risk."""

from __future__ import annotations

from hypothesis import strategies as st

from verify.claim import Case, Stratum
from verify.linear import instances

POWERS, INVERSE_POWERS = st.floats(1.25, 2.0), st.floats(0.5, 1.0)
"""Twice as large they must still be below (n + 1)/2 and (d - n + 1)/2, or (d - n)/2: the variance is known."""


def _wide(noisy: bool, least: int, gap: tuple[int, int]) -> st.SearchStrategy[Case]:
    return instances.wide(gap, noisy, least=least, most=least + 3)


@st.composite
def with_power(draw: st.DrawFn, base: st.SearchStrategy[Case], powers: st.SearchStrategy[float]) -> Case:
    """The same with a power."""
    case: Case = draw(base)
    return Case(case.instance, (("power", draw(powers)),))


EXPECTED = (
    Stratum("n < d, any covariance", instances.curved(_wide(True, 4, (6, 12))), 2),
    Stratum("n < d, any covariance, sigma = 0", instances.curved(_wide(False, 4, (2, 12))), 1),
    Stratum("n < d, any covariance, large", instances.curved(_wide(True, 24, (20, 30))), 1),
)
SIZES = {
    "n < d, any covariance": instances.curved(_wide(True, 8, (9, 14))),
    "n < d, any covariance, sigma = 0": instances.curved(_wide(False, 8, (9, 14))),
    "n < d, isotropic": _wide(True, 8, (9, 14)),
    "n < d, any covariance, large": instances.curved(_wide(True, 24, (20, 30))),
}
MOMENTS = tuple(Stratum(name, with_power(cases, POWERS), 1) for name, cases in SIZES.items())
INVERSE = tuple(Stratum(name, with_power(cases, INVERSE_POWERS), 1) for name, cases in SIZES.items())
BOUNDS = tuple(
    Stratum(name, instances.with_confidence(cases), 1)
    for name, cases in {
        "n < d, any covariance": instances.curved(_wide(True, 12, (12, 14))),
        "n < d, any covariance, many": instances.curved(_wide(False, 60, (60, 70))),
    }.items()
)
"""With many samples the bound is within a fifth of what it bounds, so that four fifths of it are exceeded too often."""
QUANTILES = tuple(
    Stratum(name, instances.with_confidence(instances.curved(cases)), 1)
    for name, cases in {
        "n < d, any covariance": _wide(True, 12, (12, 14)),
        "n < d, any covariance, sigma = 0": _wide(False, 12, (12, 14)),
    }.items()
)
