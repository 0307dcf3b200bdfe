"""Comparisons given the design: how the product of the layers moves, and where their training ends."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.polynomial import Chebyshev

from numerics import deep_linear as mc
from numerics.deep_linear.descent import layer_gradients
from numerics.deep_linear.weights import product
from theory.result import Result
from verify.claim import Case, Level
from verify.deep_linear.drawing import TOLERANCE, Trained, trained
from verify.pathwise import equality
from verify.verdict import Outcome

DEGREE, REACH = 12, 0.25
"""The potential within a quarter of a norm is a polynomial of this degree, to 1e-11: its only singular point is 0."""


def velocity(run: Trained) -> np.ndarray:
    """The velocity of W_1 ... W_L, by the product rule, each layer moving against its gradient."""
    layers, d = run.layers, len(run.u)
    moves = [-gradient for gradient in layer_gradients(run.x, run.y, layers)]
    parts = [product([*layers[:i], move, *layers[i + 1 :]], d)[:, 0] for i, move in enumerate(moves)]
    return np.asarray(sum(parts))


def velocity_check(result: Result, case: Case, at: Level) -> Outcome:
    """The product moves as claimed."""
    run = trained(case, at.seed)
    formula = np.asarray(result.evaluate(X=run.x, y=run.y, source=run.u, depth=case.instance.depth))
    return equality(velocity(run), formula, at)


def mirror_check(result: Result, case: Case, at: Level) -> Outcome:
    """In coordinates m = psi'(|b|) b/|b| the layers move m by |b|^{1-1/L} f."""
    run, depth = trained(case, at.seed), float(case.instance.depth)
    length = float(np.linalg.norm(run.u))
    axis, moved = run.u / length, velocity(run)
    claimed = partial(result.evaluate, depth=case.instance.depth)
    psi = Chebyshev.interpolate(
        np.vectorize(lambda r: float(claimed(norm=r))), DEGREE, domain=[(1 - REACH) * length, (1 + REACH) * length]
    )
    radial = float(axis @ moved)
    coordinates = psi.deriv(2)(length) * radial * axis + psi.deriv()(length) / length * (moved - radial * axis)
    return equality(coordinates, length ** (1 - 1 / depth) * run.force, at)


def solution_check(result: Result, case: Case, at: Level) -> Outcome:
    """Training the layers themselves ends where claimed."""
    run, instance = trained(case, at.seed), case.instance
    formula = np.asarray(result.evaluate(X=run.x, y=run.y, source=run.u, depth=instance.depth))
    if not run.layers or not run.u.any():
        return equality(run.limit(instance.depth), formula, at)
    ended = mc.layer_flow(run.x, run.y, run.layers, tolerance=TOLERANCE * 10)
    return equality(mc.end_to_end(ended.weights), formula, at)


def norm_check(result: Result, case: Case, at: Level) -> Outcome:
    """The norm of where the flow ends."""
    run, depth = trained(case, at.seed), case.instance.depth
    formula = float(result.evaluate(X=run.x, y=run.y, source=run.u, depth=depth))
    return equality(float(np.linalg.norm(run.limit(depth))), formula, at)


def conditional_risk_check(result: Result, case: Case, at: Level) -> Outcome:
    """The excess risk of where the flow ends."""
    run, instance = trained(case, at.seed), case.instance
    fields = {k: v for k, v in case.fields.items() if k not in ("n", "d", "sigma")}
    formula = float(result.evaluate(X=run.x, e=run.e, **fields))
    error = run.limit(instance.depth) - instance.target
    return equality(float(error @ (instance.covariance * error)), formula, at)
