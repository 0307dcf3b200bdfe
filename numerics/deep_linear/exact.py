"""The exact laws of a deep linear network, where a trial is a few chi-squares whatever n and d are."""

from __future__ import annotations

import numpy as np

from numerics.deep_linear.columns import Batch, as_batch
from numerics.deep_linear.frozen import exact_slopes, scaled
from numerics.deep_linear.model import DeepLinear
from numerics.deep_linear.problem import Problem, problem, stays_on_a_line
from numerics.instance import InstanceError
from numerics.kernels.deep_linear_laws import tall_degrees, tall_law, wide_degrees, wide_law
from numerics.linear.exact import AT_ONCE
from numerics.linear.samples import chi_squares, normals
from numerics.streams import lanes, stream


def obstacle(instance: DeepLinear) -> str:
    """Why no exact law is known for `instance`; empty where one is.

    Known: S is a multiple of a projection, and A is a multiple of the identity where S is not zero; or layers
    are frozen, whatever S and A are.
    """
    given = problem(instance)
    if instance.frozen_layers:
        return ""
    if np.ptp(given.scale):
        return "the spectrum is not flat"
    return "test_spectrum is not flat where the spectrum is positive" if np.ptp(given.weights) else ""


def position(given: Problem) -> tuple[float, float, float]:
    """|u|, the component of t along u and the size of the rest; where u = 0, the direction of t."""
    reach = float(np.linalg.norm(given.source))
    if not reach:
        return 0.0, float(np.linalg.norm(given.target)), 0.0
    axis = given.source / reach
    parallel = float(axis @ given.target)
    return reach, parallel, float(np.linalg.norm(given.target - parallel * axis))


def exact_batch(instance: DeepLinear, seed: int, number: int, size: int) -> Batch:
    """The first `size` trials of batch `number` from the exact law.

    Equal in law, not trial by trial, to the other simulators; the columns of a trial have their joint law.
    Raises `InstanceError` where no law is known.
    """
    reason = obstacle(instance)
    if reason:
        raise InstanceError(f"law='exact': {reason}, so no exact law is known; use law='closed'.")
    if instance.frozen_layers:
        return as_batch(scaled(instance, exact_slopes(stream(seed, number), instance, size)))
    given, state = problem(instance), lanes(seed, number)
    level, test = float(given.scale[0] ** 2), float(given.weights[0])
    numbers = level, test, given.sigma, *position(given), given.depth
    table = np.empty((5, -(-size // AT_ONCE) * AT_ONCE))
    for begin in range(0, size, AT_ONCE):
        part = table[:, begin : begin + AT_ONCE]
        if given.n < given.rank:
            squares = chi_squares(state, wide_degrees(given.n, given.rank), AT_ONCE)
            wide_law(squares, normals(state, 2, AT_ONCE), *numbers, given.unseen, part)
        else:
            squares = chi_squares(state, tall_degrees(given.n, given.rank), AT_ONCE)
            tall_law(squares, normals(state, 1, AT_ONCE), *numbers, stays_on_a_line(given), given.unseen, part)
    return as_batch(table[:, :size].T)
