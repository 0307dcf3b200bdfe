"""A target task partly trained, partly transferred from a source and frozen: instances, laws, simulation."""

from numerics.frozen.columns import COLUMNS, Batch
from numerics.frozen.existence import moment_is_finite
from numerics.frozen.model import Frozen
from numerics.frozen.sampling import LAWS, batch, batch_size, draws
from numerics.frozen.simulation import simulate
from numerics.instance import InstanceError

__all__ = [
    "COLUMNS",
    "LAWS",
    "Batch",
    "Frozen",
    "InstanceError",
    "batch",
    "batch_size",
    "draws",
    "moment_is_finite",
    "simulate",
]
