"""Shallow ReLU networks with one assumption dropped."""

from verify.assumptions.relu.drops import DROPS, LIMITS, bases, fields
from verify.assumptions.relu.readings import READINGS

__all__ = ["DROPS", "LIMITS", "READINGS", "bases", "fields", "is_relu"]


def is_relu(key: str) -> bool:
    """Whether a result is about these networks."""
    return key.startswith("relu.")
