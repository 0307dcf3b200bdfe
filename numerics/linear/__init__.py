"""Linear regression fine-tuned by gradient descent: instances, laws, simulation."""

from numerics.instance import InstanceError
from numerics.linear.columns import COLUMNS, Batch
from numerics.linear.descent import Descent, gradient_descent
from numerics.linear.existence import moment_is_finite
from numerics.linear.literal import excess_risk_given_design, target_sample
from numerics.linear.model import Linear
from numerics.linear.sampling import LAWS, batch, batch_size, draws
from numerics.linear.simulation import simulate

__all__ = [
    "COLUMNS",
    "LAWS",
    "Batch",
    "Descent",
    "InstanceError",
    "Linear",
    "batch",
    "batch_size",
    "draws",
    "excess_risk_given_design",
    "gradient_descent",
    "moment_is_finite",
    "simulate",
    "target_sample",
]
