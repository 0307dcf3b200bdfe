"""The setting `frozen`: a target task of which some coordinates are trained, some taken from a source, the rest zero.

Target: y = X t + e, rows of X independent N(0, I) in R^d.  The coordinates are split into free ones (trained on y),
transferred ones (taken from the source and kept frozen) and the rest (weight zero).  Source: ys = Xs w + es with
w = H t + eta, eta ~ N(0, task_noise^2 I), learned by minimum-norm least squares on some coordinates, the transferred
among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy as sp

from theory.calculus.expressions import Expression, expression, identity, matrix, pinv
from theory.calculus.letters import Defined, Gaussian
from theory.calculus.pseudoinverse import null_projection
from theory.notation import d, n, sigma, symbol
from theory.references import DAR_2020, DAR_2022
from theory.result import Assumption

free, learned, kept = (symbol(f"{name}_parameters") for name in ("free", "source", "transferred"))
n_source, sigma_source, task_noise = symbol("n_source"), symbol("sigma_source"), symbol("task_noise")
source_residual = sp.Symbol("source_residual", nonnegative=True)
transferred_error = sp.Symbol("transferred_error", nonnegative=True)
residual = sp.Symbol("residual", nonnegative=True)


@dataclass(frozen=True)
class Source:
    """The source task: S are the coordinates that it is learned in, O all others; J picks the transferred of S."""

    x: Expression
    others: Expression
    e: Expression
    y: Expression
    q: Expression
    weights: Expression
    hidden: Expression
    noises: tuple[Expression, Expression]
    target: Expression
    picks: Expression

    @property
    def estimator(self) -> Expression:
        """Minimum-norm least squares from zero: XS+ ys."""
        return pinv(self.x) @ self.y

    @property
    def learned(self) -> Expression:
        """The same, as a letter."""
        return matrix("hS", learned, 1, law=Defined(self.estimator))

    @property
    def gap(self) -> Expression:
        """The error of the transferred weights, J (tS - hS), as a letter."""
        return matrix("DS", learned, 1, law=Defined(self.picks @ (self.target - self.learned)))


@cache
def source() -> Source:
    """The source task, w = H t + eta in both parts."""
    outside = d - learned
    x = matrix("XS", n_source, learned, law=Gaussian(identity(learned)))
    others = matrix("XO", n_source, outside, law=Gaussian(identity(outside)))
    e = matrix("es", n_source, 1, law=Gaussian(expression(sigma_source**2)))
    noises = tuple(
        matrix(name, size, 1, law=Gaussian(expression(task_noise**2)))
        for name, size in (("nS", learned), ("nO", outside))
    )
    means = matrix("bS", learned, 1), matrix("bO", outside, 1)
    weights, hidden = (
        matrix(name, size, 1, law=Defined(mean + noise))
        for name, size, mean, noise in zip(("wS", "wO"), (learned, outside), means, noises, strict=True)
    )
    y = matrix("ys", n_source, 1, law=Defined(x @ weights + others @ hidden + e))
    return Source(
        x=x,
        others=others,
        e=e,
        y=y,
        q=null_projection(x, "QS"),
        weights=weights,
        hidden=hidden,
        noises=(noises[0], noises[1]),
        target=matrix("tS", learned, 1),
        picks=matrix("J", learned, learned, projection=True),
    )


@dataclass(frozen=True)
class Target:
    """The target task: F are the free coordinates, Z those that are zeroed."""

    x: Expression
    seen: Expression
    zeroed: Expression
    e: Expression
    y: Expression
    q: Expression
    weights: Expression
    missing: Expression

    @property
    def learned(self) -> Expression:
        """Minimum-norm least squares on what the transferred weights leave: XF+ (y - X_S J hS), as a letter."""
        given = source()
        rest = self.y - self.seen @ given.picks @ given.learned
        return matrix("hF", free, 1, law=Defined(pinv(self.x) @ rest))


@cache
def target() -> Target:
    """The target task."""
    given, rest = source(), d - free - kept
    x, seen, zeroed = (
        matrix(name, n, size, law=Gaussian(identity(size)))
        for name, size in (("XF", free), ("XK", learned), ("XZ", rest))
    )
    e = matrix("e", n, 1, law=Gaussian(expression(sigma**2)))
    weights, missing = matrix("tF", free, 1), matrix("tZ", rest, 1)
    y = matrix("yF", n, 1, law=Defined(x @ weights + seen @ given.picks @ given.target + zeroed @ missing + e))
    return Target(x, seen, zeroed, e, y, null_projection(x, "QF"), weights, missing)


BOTH_GAUSSIAN = Assumption(
    "Gaussian designs and label noises: rows independent N(0, I), noises N(0, sigma^2 I) and N(0, sigma_source^2 I)"
)
APART = Assumption("source and target samples are independent")
RELATED = Assumption("source task w = H t + eta, eta ~ N(0, task_noise^2 I) independent of all else")
FROM_ZERO = Assumption("the source is learned from zero: minimum-norm least squares at source_coordinates")
TRAINED_FROM_ZERO = Assumption(
    "free coordinates are trained from zero: minimum-norm least squares on what the transferred weights leave"
)
OF_THE_SOURCE = (BOTH_GAUSSIAN, RELATED, FROM_ZERO)
STANDARD = (BOTH_GAUSSIAN, APART, RELATED, FROM_ZERO, TRAINED_FROM_ZERO)
REFERENCES = (DAR_2020, DAR_2022)
