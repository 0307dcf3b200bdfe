"""Ridge regression towards the source: its results, one function each."""

from theory.ridge.bounds import lower_bound, quantile, upper_bound
from theory.ridge.leading_order import best_penalty, best_risk, gain, risk, risk_equivalent
from theory.ridge.moments import error_moments, inverse_moments, risk_exact

__all__ = [
    "best_penalty",
    "best_risk",
    "error_moments",
    "gain",
    "inverse_moments",
    "lower_bound",
    "quantile",
    "risk",
    "risk_equivalent",
    "risk_exact",
    "upper_bound",
]
