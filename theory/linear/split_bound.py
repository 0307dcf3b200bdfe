"""linear.split_bound: the excess risk by a split of t - u over the eigenvectors, the shape of the papers' theorem."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus import events
from theory.calculus.events import LeastOver
from theory.calculus.expressions import Expression, expression, identity, inverse
from theory.calculus.rule import Chain, Reason
from theory.linear.setting import GAUSSIAN, NOISELESS, OVERPARAMETERIZED, SAME_COVARIANCE, S
from theory.linear.worst_direction import SLOPE, slope, worst
from theory.notation import EIGENVALUE, GAP, INDEX, d
from theory.references import GORDON_1988, SHACHAF_2021
from theory.result import Assumption, Derivation, Equality, Kind, Regime, Result, Statement
from theory.spectra import spectral_sum

SPLIT, TRIED = sp.symbols("split_weight tried_slope", positive=True)
WEIGHED = Reason(
    "weighed",
    "D'Q S Q D is at most Lam D'Q D, by the largest eigenvalue Lam of Q S Q.",
    Equality.AT_MOST,
)
DIVIDED = Reason(
    "divide by |Q D|^2",
    "Cauchy-Schwarz and the largest eigenvalue bound |Q D|^4 by a multiple of |Q D|^2.",
    Equality.AT_MOST,
)
SPLITS = Reason(
    "as a split",
    "With D = D_1 + D_2, D_1 = s S (Lam + s S)^-1 D: the weighed sum of Lam D_1'S^-1 D_1 and |D_2|^2, which for the "
    "best s is (Lam^(1/2) |S^(-1/2) D_1| + |D_2|)^2.  No other split gives less, that into the first k coordinates and "
    "the others included.",
    Equality.PATHWISE,
)
INCREASES = Reason(
    "it increases with the eigenvalue", "Its derivative in Lam is a sum of positive terms.", Equality.PATHWISE
)
BELOW = Reason("where it may fail", "An eigenvalue below a number gives less than the number does.", Equality.AT_MOST)
SURE = Assumption(
    "b_p is a number with P(R(h) > b_p) <= 1 - p, at the confidence 0 < p < 1: the least that any split gives, on the "
    "event of linear.worst_direction"
)


def _form(at: Expression) -> Expression:
    """D'(Lam + s S)^-1 D times what makes it a bound."""
    gap = worst().gap
    found: Expression = at * at * (1 + SPLIT) * (gap.T @ inverse(_weights(at)) @ gap)
    return found


def _weights(at: Expression) -> Expression:
    found: Expression = at * identity(d) + S * SPLIT
    return found


def given_eigenvalue() -> Derivation:
    """R <= Lam^2 (1 + s) D'(Lam + s S)^-1 D for any s."""
    found = worst()
    gap, q, lam = found.gap, found.q, found.eigenvalue
    seen, weights = gap.T @ q @ gap, _weights(lam)
    inside, outside = gap.T @ q @ weights @ q @ gap, gap.T @ inverse(weights) @ gap
    chain = Chain("by the largest eigenvalue", OVERPARAMETERIZED, seen * seen)
    chain.record(events.CAUCHY_SCHWARZ, inside * outside).record(WEIGHED, lam * seen * outside * (1 + SPLIT))
    chain.turn_to(seen).record(DIVIDED, lam * outside * (1 + SPLIT))
    chain.turn_to(gap.T @ q @ S @ q @ gap).record(events.RAYLEIGH, lam * seen).record(DIVIDED, _form(lam))
    first = S @ inverse(weights) @ gap * SPLIT
    second = inverse(weights) @ gap * lam
    parts = first.T @ inverse(S) @ first * lam * ((1 + SPLIT) / SPLIT) + second.T @ second * (1 + SPLIT)
    chain.turn_to(lam * outside * (1 + SPLIT)).record(SPLITS, parts)
    return chain.derivation()


def in_coordinates(at: sp.Expr) -> sp.Expr:
    """The bound in eigenvalues and coordinates, at a largest eigenvalue."""
    return at**2 * (1 + SPLIT) * spectral_sum(GAP[INDEX] ** 2 / (at + SPLIT * EIGENVALUE[INDEX]))


def on_the_event() -> Derivation:
    """Where R is as large as what the bound is at a number, the largest eigenvalue is at least that number."""
    found = worst()
    risk = found.gap.T @ found.q @ S @ found.q @ found.gap
    chain = Chain("on the event", OVERPARAMETERIZED, sp.diff(in_coordinates(SLOPE), SLOPE))
    eigenvalue, gap = EIGENVALUE[INDEX], GAP[INDEX]
    rises = sp.factor(sp.diff(SLOPE**2 / (SLOPE + SPLIT * eigenvalue), SLOPE))
    chain.record(INCREASES, (1 + SPLIT) * spectral_sum(gap**2 * rises))
    chain.turn_to(events.event("Isplit", risk, _form(expression(TRIED))))
    chain.record(BELOW, events.event("Itried", found.eigenvalue, expression(TRIED)))
    return chain.derivation()


@cache
def split_bound() -> Result:
    """A bound on the excess risk with probability at least `confidence`, by a split of t - u over the eigenvectors.

    R <= Lam (Lam^(1/2) |S^(-1/2) D_1| + |D_2|)^2 for any D_1 + D_2 = t - u, with the largest eigenvalue Lam of Q S Q,
    at most `worst_slope` with that probability (key linear.worst_direction): the shape of the theorem of Shachaf et al.
    2021, section 4, with no unknown constant.  The best split is coordinate by coordinate, in closed form but for one
    number.  Law of the data: rows of X independent N(0, S), any S with eigenvalues l_i > 0; n < d, no noise.  It holds
    for all t - u at once and is never above linear.worst_direction; linear.upper_bound is for one, and mostly tighter.
    """
    where, derivations = slope()
    bound = LeastOver(in_coordinates(SLOPE), SPLIT)
    best = events.ANY.step(bound, in_coordinates(SLOPE))
    return Result(
        key="linear.split_bound",
        statement=Statement("excess risk not exceeded with probability p, by a split of t - u", "b_p", "b_{p}"),
        kind=Kind.UPPER_BOUND,
        regimes=(Regime("n < d", OVERPARAMETERIZED, bound),),
        given=(GAUSSIAN, NOISELESS, SAME_COVARIANCE, SURE),
        derivations=(
            *derivations,
            given_eigenvalue(),
            on_the_event(),
            Derivation("the best split", OVERPARAMETERIZED, (best,)),
        ),
        references=(GORDON_1988, SHACHAF_2021.at("section 4")),
        see_also=("linear.worst_direction", "linear.upper_bound", "linear.quantile"),
        where=where,
    )
