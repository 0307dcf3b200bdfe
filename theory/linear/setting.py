"""The setting `linear`: its letters, its two regimes, and what every result of it takes for granted.

x in R^d, rows of X independent N(0, S); y = X t + e, e ~ N(0, sigma^2 I_n); gradient descent on |y - X h|^2
starts at u.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from theory.calculus.expressions import Expression, expression, identity, matrix, pinv
from theory.calculus.letters import Defined, Gaussian
from theory.calculus.pseudoinverse import (
    change_of_variable,
    full_column_rank,
    insert_definition,
    null_projection,
    row_span_projection,
)
from theory.calculus.rule import Chain
from theory.notation import covariance, d, n, sigma, symbol, vector
from theory.result import Assumption

OVERPARAMETERIZED = sp.Lt(n, d)
DETERMINED = sp.Ge(n, d)
REGIME_NAMES = {OVERPARAMETERIZED: "n < d", DETERMINED: "n >= d"}

level = symbol("level")
S, A = covariance("S"), covariance("A")
ISOTROPIC = identity(d) * level


@dataclass(frozen=True)
class Task:
    """One sample of a linear regression task, and the weights that training starts from."""

    x: Expression
    e: Expression
    y: Expression
    q: Expression
    covariance: Expression
    teacher: Expression
    start: Expression

    @property
    def estimator(self) -> Expression:
        """Where gradient descent converges: u + X+ (y - X u)  (key linear.estimator)."""
        return self.start + pinv(self.x) @ (self.y - self.x @ self.start)


def task(
    row_covariance: Expression,
    *,
    samples: sp.Symbol = n,
    noise: sp.Symbol = sigma,
    suffix: str = "",
    teacher: Expression | None = None,
    start: Expression | None = None,
) -> Task:
    """A task with Gaussian design and noise; `suffix` tells the letters of several tasks apart."""
    teacher = vector("t") if teacher is None else teacher
    start = vector("u") if start is None else start
    x = matrix(f"X{suffix}", samples, d, law=Gaussian(row_covariance))
    e = matrix(f"e{suffix}", samples, 1, law=Gaussian(expression(noise**2)))
    y = matrix(f"y{suffix}", samples, 1, law=Defined(x @ teacher + e))
    return Task(x, e, y, null_projection(x, f"Q{suffix}"), row_covariance, teacher, start)


def target_task(regime: sp.Basic) -> Task:
    """The target task: isotropic where n < d (exact results close there), any covariance where n >= d."""
    return task(ISOTROPIC if regime == OVERPARAMETERIZED else S)


def trained_weights(sample: Task) -> Expression:
    """h, as a letter that abbreviates the estimator."""
    return matrix("h", d, 1, law=Defined(sample.estimator))


def gap_of(sample: Task) -> Expression:
    """D = t - u, as a letter."""
    return matrix("D", d, 1, law=Defined(sample.teacher - sample.start))


def error_chain(sample: Task, regime: sp.Basic) -> Chain:
    """h - t from the estimator's definition: -Q D + X+ e for n < d, X+ e for n >= d."""
    h, gap = trained_weights(sample), gap_of(sample)
    chain = Chain(REGIME_NAMES[regime], regime, h - sample.teacher)
    chain.apply(insert_definition, h, sample.y)
    if regime == DETERMINED:
        return chain.apply(full_column_rank, sample.x, sample.q)
    chain.apply(change_of_variable, sample.teacher, sample.start + gap)
    return chain.apply(row_span_projection, sample.x, sample.q)


GAUSSIAN = Assumption("Gaussian design and label noise: rows of X independent N(0, Sigma), e ~ N(0, sigma^2 I)")
FRESH = Assumption("the target sample is independent of the source weights")
GIVEN_SOURCE = Assumption(
    "the source weights are given",
    dict.fromkeys(("n_source", "source_teacher"), "for a source that is itself learned use linear.risk_learned_source"),
)
SAME_COVARIANCE = Assumption(
    "the test point has the covariance of the training points",
    {"test_spectrum": "for another covariance at test time use linear.risk_covariate_shift"},
)
FLAT_IF_OVERPARAMETERIZED = Assumption(
    "isotropic covariance (flat spectrum) where n < d; any invertible one where n >= d",
    needs={"level": OVERPARAMETERIZED},
)
FLAT = Assumption("isotropic covariance (flat spectrum)", needs={"level": sp.true})
BOUNDED = Assumption("n/d fixed and a bounded condition number: relative error O(1/n)")
NOISELESS = Assumption("no label noise: sigma = 0", {"sigma": "for sigma > 0 use linear.risk or linear.risk_law"})
STANDARD = (GAUSSIAN, FRESH, GIVEN_SOURCE, SAME_COVARIANCE)
