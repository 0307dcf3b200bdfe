"""Which moments of the simulated quantities are finite."""

from __future__ import annotations

from numerics.linear import existence as linear
from numerics.spectral.columns import known_column
from numerics.spectral.model import Spectral

AS_LINEAR = {"even_risk": "conditional_risk"}


def moment_is_finite(instance: Spectral, quantity: str, order: int) -> bool:
    """Whether E|quantity|^order < infinity: always where f is bounded, else as in linear fine-tuning.  Exact."""
    column = AS_LINEAR.get(known_column(quantity), quantity)
    return instance.bounded or linear.moment_is_finite(instance.linear, column, order)


def existence_note(instance: Spectral, quantity: str, name: str) -> str:
    """One line on the first of mean and variance of `quantity` (called `name`) to be infinite, or none."""
    return "" if instance.bounded else linear.existence_note(instance.linear, AS_LINEAR.get(quantity, quantity), name)
