"""Shallow ReLU networks fine-tuned in the kernel regime: instances, and their simulation at any width."""

from numerics.instance import InstanceError
from numerics.relu.model import ReLU
from numerics.relu.sampling import COLUMNS, LAWS, batch, batch_size, draws, moment_is_finite
from numerics.relu.simulation import simulate

__all__ = [
    "COLUMNS",
    "LAWS",
    "InstanceError",
    "ReLU",
    "batch",
    "batch_size",
    "draws",
    "moment_is_finite",
    "simulate",
]
