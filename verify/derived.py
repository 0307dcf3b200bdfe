"""A formula that a user derived, against the definition that it was derived from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import TypeAlias

import numpy as np
import sympy as sp

from theory.calculus.arrays import Matrix, evaluate_expression
from theory.calculus.expressions import Expression, letter_of
from theory.calculus.gaussians import gaussians_in
from theory.derive import Derived
from verify import means, rates
from verify.letters import draw
from verify.verdict import Outcome

Letters: TypeAlias = Mapping[str, Matrix]
Numbers: TypeAlias = Mapping[sp.Symbol, float]
Point: TypeAlias = tuple[Letters, Numbers]

ENTRIES = 2**21
"""Entries of the largest letter in one batch."""


def draws(target: Expression, letters: Letters, numbers: Numbers, seed: int) -> Iterator[np.ndarray]:
    """Independent draws of an expression, every letter by its law, batch after batch."""
    gaussians = [letter_of(x) for x in gaussians_in(target)]
    if not gaussians:
        raise ValueError(f"{target} holds nothing random: there is nothing to simulate")
    sizes = [int((g.rows * g.cols).subs(dict(numbers))) for g in gaussians]
    batch = int(np.clip(ENTRIES // max(sizes), 1, 4096))
    for number in count():
        drawn = {g.name: draw(g, letters, numbers, seed, number, batch) for g in gaussians}
        yield evaluate_expression(target, {**letters, **drawn}, numbers)


def sample(target: Expression, letters: Letters, numbers: Numbers, seed: int, size: int) -> np.ndarray:
    """So many draws."""
    parts: list[np.ndarray] = []
    for chunk in draws(target, letters, numbers, seed):
        parts.append(chunk)
        if sum(map(len, parts)) >= size:
            return np.concatenate(parts)[:size]
    raise AssertionError


def check_mean(
    derived: Derived,
    letters: Letters,
    numbers: Numbers,
    *,
    seed: int,
    delta: float = 0.01,
    alpha: float = 1e-6,
    scale: float | None = None,
    pilot: int = 4096,
) -> Outcome:
    """An exact formula at one point: the sequential test of means, its variance from an independent pilot, doubled.

    `letters`: arrays for the deterministic letters; `numbers`: for all other symbols.  Supported means that no error of
    `delta` times `scale`, by default the claim itself, is there, wrongly so with probability `alpha`, asymptotically.
    Raises ValueError for an asymptotic formula, which at one point says nothing.
    """
    if derived.closure == "asymptotic":
        raise ValueError("an asymptotic formula is off by a multiple of 1/n at any one point: use check_rate")
    return means.test_mean(
        draws(derived.target, letters, numbers, seed),
        float(derived.evaluate(letters, numbers)),
        means.pilot_variance(sample(derived.target, letters, numbers, seed ^ 1, pilot)),
        "pilot x2",
        delta=delta,
        scale=scale,
        alpha=alpha,
        alpha_pass=alpha,
    )


def check_rate(
    derived: Derived,
    point: Callable[[int], Point],
    sizes: Sequence[int],
    *,
    seed: int,
    draws_at_largest: int,
    delta: float,
    alpha: float = 1e-6,
) -> Outcome:
    """An asymptotic formula along doubling sizes: its relative error falls like 1/n, and is below `delta` at the last.

    `point(n)`: letters and numbers at size n.  Smaller sizes get more draws, in proportion.  Drawn is the target
    averaged over label noise, which is exact.
    """
    target = derived.given_designs
    points = []
    for n in sizes:
        letters, numbers = point(n)
        size = draws_at_largest * max(sizes) // n
        variance = means.pilot_variance(sample(target, letters, numbers, seed ^ 1, 1024))
        claimed = float(derived.evaluate(letters, numbers))
        points.append(rates.RatePoint(n, claimed, sample(target, letters, numbers, seed, size), variance))
    return rates.test_rate(points, "pilot x2", delta=delta, alpha=alpha, alpha_pass=alpha)
