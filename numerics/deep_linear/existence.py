"""Which moments of the quantities of a deep linear network are finite."""

from __future__ import annotations

import math

from numerics.deep_linear.columns import known_column
from numerics.deep_linear.frozen import never_moves
from numerics.deep_linear.model import DeepLinear
from numerics.deep_linear.problem import Problem, along, problem
from numerics.instance import positive_integer


def moment_is_finite(instance: DeepLinear, quantity: str, order: int) -> bool:
    """Whether E|quantity|^order < infinity.  Exact.

    The noise gives |X+ y| the tail of 1/chi_k, k = |n - r| + 1, r the rank of S, as in `numerics.linear`;
    E chi_k^-m is finite iff k > m.  At finite depth |h|^2 <= max(2^L |u|^2, 2 |X+ y|^2), so that norm, fitted and
    risk have the powers 1, 2 and 2 of that tail, c the power 1 - 1/L, and a risk measured only where
    the features vanish that of c^2.
    At depth inf and n < r, c = |X+ y|/|Pu| adds the tail of 1/chi_n, from X u near zero; with frozen layers c
    is affine in a Student variable, which has that tail too.  It is absent where sigma = 0 and t is parallel
    to u, and c constant.  Source: Muirhead, Aspects of Multivariate Statistical Theory, 1.5.7 and 3.2.12.

    >>> given = DeepLinear(n=2, d=10, sigma=0, source=[1.0] * 10, target=[1.0] * 5 + [0.0] * 5, depth="inf")
    >>> moment_is_finite(given, "norm", 1), moment_is_finite(given, "risk", 1)
    (True, False)
    """
    order = positive_integer("order", order)
    return all(degrees > power * order for degrees, power in tails(instance, known_column(quantity)))


def tails(instance: DeepLinear, quantity: str) -> list[tuple[int, float]]:
    """Degrees of freedom of every chi in a denominator of `quantity`, and the power it has there."""
    given = problem(instance)
    turned = given.sigma > 0 or not parallel(given)
    if instance.frozen_layers:
        power = frozen_power(instance, quantity)
        return [(given.n, power)] if turned and power and not never_moves(instance) else []
    power = power_of_fit(given, quantity)
    found = [(abs(given.n - given.rank) + 1, power)] if given.sigma > 0 and power else []
    if given.depth == math.inf and given.n < given.rank and turned and power and quantity != "fitted":
        found.append((given.n, power))
    return found


def power_of_fit(given: Problem, quantity: str) -> float:
    """The power of |X+ y| in `quantity` as |X+ y| grows."""
    of_factor = 1 - 1 / given.depth
    of_risk = 2.0 if given.weights.any() else 2 * of_factor if given.unseen.curvature else 0.0
    return {"risk": of_risk, "norm": 1.0, "coefficient": of_factor, "fitted": 2.0, "kept": 0.0}[quantity]


def frozen_power(instance: DeepLinear, quantity: str) -> float:
    """The power of c in `quantity` where h = c u."""
    tested = bool((instance.risk_weights * instance.source).any())
    return {"risk": 2.0 * tested, "norm": 1.0, "coefficient": 1.0}.get(quantity, 0.0)


def parallel(given: Problem) -> bool:
    """Whether t is a multiple of u, to rounding, where the features do not vanish."""
    rest, _, _ = along(given.scale**2, given.target, given.source)
    return rest <= 1e-28 * float(given.scale**2 @ given.target**2)


def existence_note(instance: DeepLinear, quantity: str) -> str:
    """One line on the first of mean and variance of `quantity` to be infinite, or none."""
    for order, moment in ((1, "mean"), (2, "variance")):
        if not moment_is_finite(instance, quantity, order):
            least = min(degrees for degrees, power in tails(instance, quantity) if degrees <= power * order)
            return (
                f"n={instance.n}, d={instance.d}: {quantity} has infinite {moment} (chi-square with "
                f"{least} degrees of freedom in the denominator); use its law or median instead."
            )
    return ""
