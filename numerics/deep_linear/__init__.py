"""Deep linear networks fine-tuned by gradient flow: instances, laws, simulation, and training on the actual weights."""

from numerics.deep_linear.columns import COLUMNS, FROZEN_COLUMNS, Batch
from numerics.deep_linear.descent import DeepDescent, gradient_descent
from numerics.deep_linear.existence import moment_is_finite
from numerics.deep_linear.flow import end_to_end_flow
from numerics.deep_linear.layerwise import layer_flow
from numerics.deep_linear.model import DeepLinear
from numerics.deep_linear.sampling import LAWS, batch, batch_size, draws
from numerics.deep_linear.simulation import simulate
from numerics.deep_linear.weights import balanced, end_to_end, imbalance
from numerics.instance import InstanceError

__all__ = [
    "COLUMNS",
    "FROZEN_COLUMNS",
    "LAWS",
    "Batch",
    "DeepDescent",
    "DeepLinear",
    "InstanceError",
    "balanced",
    "batch",
    "batch_size",
    "draws",
    "end_to_end",
    "end_to_end_flow",
    "gradient_descent",
    "imbalance",
    "layer_flow",
    "moment_is_finite",
    "simulate",
]
