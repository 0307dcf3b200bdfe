"""Linear probes on frozen features: instances, laws, simulation."""

from numerics.instance import InstanceError
from numerics.probe.laws import COLUMNS, Batch
from numerics.probe.model import Probe
from numerics.probe.sampling import LAWS, batch, batch_size, draws, moment_is_finite, simulate

__all__ = [
    "COLUMNS",
    "LAWS",
    "Batch",
    "InstanceError",
    "Probe",
    "batch",
    "batch_size",
    "draws",
    "moment_is_finite",
    "simulate",
]
