"""Deep linear networks fine-tuned from balanced pretrained weights: their results, one function each."""

from theory.deep_linear.depth import best_depth
from theory.deep_linear.equivalent import risk_equivalent, risk_limit
from theory.deep_linear.exact import risk_exact
from theory.deep_linear.frozen_layers import frozen, frozen_flow
from theory.deep_linear.given_design import conditional_risk
from theory.deep_linear.length import norm
from theory.deep_linear.limit import solution
from theory.deep_linear.mirror import mirror_potential
from theory.deep_linear.quantile import quantile
from theory.deep_linear.upper_bound import upper_bound
from theory.deep_linear.velocity import flow

__all__ = [
    "best_depth",
    "conditional_risk",
    "flow",
    "frozen",
    "frozen_flow",
    "mirror_potential",
    "norm",
    "quantile",
    "risk_equivalent",
    "risk_exact",
    "risk_limit",
    "solution",
    "upper_bound",
]
