"""A target task partly trained, partly transferred from a source and frozen: its results, one function each."""

from theory.frozen.best_split import best_split
from theory.frozen.freezing import when_freezing_helps
from theory.frozen.peaks import peaks
from theory.frozen.probe import probe
from theory.frozen.probe_law import probe_quantile
from theory.frozen.risk import risk
from theory.frozen.similarity import less_related_wins, task_similarity
from theory.frozen.source_error import source_error

__all__ = [
    "best_split",
    "less_related_wins",
    "peaks",
    "probe",
    "probe_quantile",
    "risk",
    "source_error",
    "task_similarity",
    "when_freezing_helps",
]
