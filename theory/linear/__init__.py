"""Fine-tuned linear regression: its results, one function each."""

from theory.linear.any_covariance import risk_any_covariance
from theory.linear.comparison import benefit, best_rescaling, samples_needed
from theory.linear.conditional_risk import conditional_risk
from theory.linear.covariate_shift import risk_covariate_shift
from theory.linear.equivalent import risk_equivalent
from theory.linear.estimator import estimator
from theory.linear.inverse_moments import inverse_moments
from theory.linear.law import noise_law, quantile, risk_law
from theory.linear.learned_source import risk_learned_source
from theory.linear.lower_bound import lower_bound
from theory.linear.moments import error_moments
from theory.linear.quantile_any_covariance import quantile_any_covariance
from theory.linear.quoted_bound import quoted_bound
from theory.linear.risk import bias, risk, variance
from theory.linear.split_bound import split_bound
from theory.linear.spread import noise_variance, risk_variance
from theory.linear.upper_bound import upper_bound
from theory.linear.worst_direction import worst_direction

__all__ = [
    "benefit",
    "best_rescaling",
    "bias",
    "conditional_risk",
    "error_moments",
    "estimator",
    "inverse_moments",
    "lower_bound",
    "noise_law",
    "noise_variance",
    "quantile",
    "quantile_any_covariance",
    "quoted_bound",
    "risk",
    "risk_any_covariance",
    "risk_covariate_shift",
    "risk_equivalent",
    "risk_law",
    "risk_learned_source",
    "risk_variance",
    "samples_needed",
    "split_bound",
    "upper_bound",
    "variance",
    "worst_direction",
]
