"""Which moments of the simulated quantities are finite."""

from __future__ import annotations

import numpy as np

from numerics.linear.columns import known_column
from numerics.linear.model import Linear
from numerics.linear.problem import problem


def moment_is_finite(instance: Linear, quantity: str, order: int) -> bool:
    """Whether E|quantity|^order < infinity.  Exact.

    The noise parts have the tail of 1/chi2_k with k = |n - r| + 1, r the rank of S: W = XX' (or X'X) lies
    between multiples of a Wishart matrix, and E chi2_k^-m is finite iff k > 2m.  A learned source puts
    the same tail, with k = |n_source - r| + 1, into the bias where n < r.  Source: Muirhead, Aspects of
    Multivariate Statistical Theory, 3.2.12.

    >>> given = Linear(n=9, d=10, sigma=1, source=[0] * 10, target=[1] * 10)
    >>> moment_is_finite(given, "risk", 1), moment_is_finite(given, "bias", 1)
    (False, True)
    """
    return all(degrees > 2 * order for degrees in tail_degrees(instance, known_column(quantity)))


def tail_degrees(instance: Linear, quantity: str) -> list[int]:
    """Degrees of freedom of every chi-square in a denominator of `quantity`."""
    given = problem(instance)
    rank = given.support.size
    if not np.any(given.weights[given.support]):
        return []
    degrees = []
    if quantity != "bias" and given.sigma > 0:
        degrees.append(abs(given.n - rank) + 1)
    if quantity in ("bias", "risk", "conditional_risk") and given.sigma_source > 0 and given.n < rank:
        degrees.append(abs(given.n_source - rank) + 1)
    return degrees


def existence_note(instance: Linear, quantity: str, name: str) -> str:
    """One line on the first of mean and variance of `quantity` (called `name`) to be infinite, or none."""
    for order, moment in ((1, "mean"), (2, "variance")):
        if not moment_is_finite(instance, quantity, order):
            return (
                f"n={instance.n}, d={instance.d}: {name} has infinite {moment} (chi-square with "
                f"{min(tail_degrees(instance, quantity))} degrees of freedom in the denominator); "
                "use its law or median instead."
            )
    return ""
