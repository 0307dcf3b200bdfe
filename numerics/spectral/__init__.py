"""Estimators that act on the singular values of the design: what their settings share."""

from numerics.spectral.columns import COLUMNS, Batch
from numerics.spectral.existence import moment_is_finite
from numerics.spectral.model import Spectral, directions
from numerics.spectral.sampling import LAWS, batch, batch_size, draws
from numerics.spectral.simulation import simulate

__all__ = [
    "COLUMNS",
    "LAWS",
    "Batch",
    "Spectral",
    "batch",
    "batch_size",
    "directions",
    "draws",
    "moment_is_finite",
    "simulate",
]
