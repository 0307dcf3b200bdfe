"""Means over one isotropic design in either regime, and over what is polynomial beside it."""

from __future__ import annotations

import sympy as sp

from theory.calculus.expressions import Expression
from theory.calculus.invariance import orthogonal_invariance, trace_is_rank
from theory.calculus.outside import integrate_out
from theory.calculus.pseudoinverse import (
    full_column_rank,
    projection_algebra,
    pseudo_inverse_of_full_column_rank,
    pseudo_inverse_of_full_row_rank,
    row_span_projection,
)
from theory.calculus.rule import Chain
from theory.calculus.wishart import expectation, gram_inverse_cancels


def resolve(chain: Chain, x: Expression, q: Expression, wide: bool) -> Chain:
    """X+ X = I - Q where there are fewer rows than columns, else I."""
    if wide:
        return chain.apply(row_span_projection, x, q).apply(projection_algebra, x, q)
    return chain.apply(full_column_rank, x, q)


def average_over(chain: Chain, x: Expression, q: Expression, wide: bool) -> sp.Basic:
    """Take a scalar form in Q and X+ to its mean over an isotropic design; when that is finite."""
    resolve(chain, x, q, wide)
    if wide:
        chain.apply(orthogonal_invariance, x).apply(projection_algebra, x, q).apply(trace_is_rank, x, q)
        chain.apply(pseudo_inverse_of_full_row_rank, x)
    else:
        chain.apply(pseudo_inverse_of_full_column_rank, x)
    found = expectation(chain.apply(gram_inverse_cancels, x).expression, x)
    chain.turn_to(found.value, found.steps)
    return found.finite


def average_polynomial(chain: Chain, *letters: Expression) -> Chain:
    """The mean over independent Gaussian letters of a polynomial in them."""
    for letter in letters:
        chain.apply(integrate_out, letter)
    return chain
