"""Which moments of the simulated quantities are finite."""

from __future__ import annotations

import numpy as np

from numerics.frozen.columns import known_column
from numerics.frozen.model import Frozen

OF_THE_SOURCE = ("source_noise", "source_ratio")


def moment_is_finite(instance: Frozen, quantity: str, order: int) -> bool:
    """Whether E|quantity|^order < infinity.  Exact.

    Least squares of k columns on n samples has the tail of 1/chi2_b, b = |n - k| + 1, where its labels vary given these
    columns, and E chi2_b^-m is finite iff b > 2m.  Source: Muirhead, Aspects of Multivariate Statistical
    Theory, 3.2.12.

    >>> lists = {"source_coordinates": [5], "transferred": [5], "free": [0, 1, 2, 3]}
    >>> given = Frozen(n=5, n_source=9, d=6, sigma=1, target=[1] * 6, **lists)
    >>> moment_is_finite(given, "risk", 1), moment_is_finite(given, "source_error", 1)
    (False, True)
    """
    return all(degrees > 2 * order for degrees in tail_degrees(instance, known_column(quantity)))


def tail_degrees(instance: Frozen, quantity: str) -> list[int]:
    """Degrees of freedom of every chi-square in a denominator of `quantity`."""
    found = []
    if quantity in ("risk", "noise", "ratio") and instance.free.size and target_varies(instance):
        found.append(abs(instance.n - instance.free.size) + 1)
    through_target = quantity in ("risk", "source_error") or (quantity == "noise" and instance.free.size > 0)
    if (quantity in OF_THE_SOURCE or through_target) and instance.transferred.size and source_varies(instance):
        found.append(abs(instance.n_source - instance.source_coordinates.size) + 1)
    return found


def source_varies(instance: Frozen) -> bool:
    """Whether a source label varies given the coordinates that are learned in."""
    hidden = instance.hidden
    noisy = instance.task_noise > 0 and hidden.size > 0
    return bool(instance.sigma_source > 0 or noisy or np.any(instance.task_mean[hidden]))


def target_varies(instance: Frozen) -> bool:
    """Whether a target label varies given the free coordinates: by noise, zeroed or wrong transferred ones."""
    if instance.sigma > 0 or np.any(instance.target[instance.zeroed]):
        return True
    return bool(instance.transferred.size) and not transferred_exactly(instance)


def transferred_exactly(instance: Frozen) -> bool:
    """Whether the transferred weights are the target's in every trial."""
    learned, kept = instance.source_coordinates, instance.transferred
    mean = instance.task_mean
    if source_varies(instance) or instance.task_noise > 0:
        return False
    if instance.n_source >= learned.size:
        return bool(np.array_equal(mean[kept], instance.target[kept]))
    return not (np.any(mean[learned]) or np.any(instance.target[kept]))


def existence_note(instance: Frozen, quantity: str, name: str) -> str:
    """One line on the first of mean and variance of `quantity` (called `name`) to be infinite, or none."""
    for order, moment in ((1, "mean"), (2, "variance")):
        if not moment_is_finite(instance, quantity, order):
            return (
                f"n={instance.n}, free {instance.free.size}, n_source={instance.n_source}, source_coordinates "
                f"{instance.source_coordinates.size}: {name} has infinite {moment} (chi-square with "
                f"{min(tail_degrees(instance, quantity))} degrees of freedom in the denominator); "
                "use its law or median instead."
            )
    return ""
