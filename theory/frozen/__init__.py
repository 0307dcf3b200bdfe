"""A target task partly trained, partly transferred from a source and frozen: its results, one function each."""

from theory.frozen.probe import probe
from theory.frozen.risk import risk
from theory.frozen.source_error import source_error

__all__ = ["probe", "risk", "source_error"]
