"""Bring an average to forms that integration by parts closes: definitions, projections, rotations, in this order."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from theory.calculus.designs import depends_on, turns_features, turns_samples
from theory.calculus.expressions import Expression, expression, letter_of
from theory.calculus.invariance import orthogonal_invariance, sample_invariance, sign_invariance
from theory.calculus.letters import ONE, Defined, Factor, Inverse, Letter, Pinv
from theory.calculus.names import fresh_name
from theory.calculus.outside import gram_inverse_cancels, resolvent_identity, stands_outside
from theory.calculus.pseudoinverse import (
    column_gram_inverse,
    column_projection,
    insert_definition,
    penrose_equations,
    pseudo_inverse_of_full_column_rank,
    pseudo_inverse_of_full_row_rank,
    row_gram_inverse,
    row_projection,
    trace_is_the_smaller_side,
)
from theory.calculus.rings import DoesNotTurn
from theory.calculus.rule import Chain, Rule
from theory.calculus.substitution import word_of


def reduce_average(chain: Chain, x: Expression) -> None:
    """Rewrite the last line of a chain without changing its mean; pure inverse Gram words stay as they are."""
    letter = letter_of(x)
    while hidden := _definitions(chain.expression, letter):
        chain.apply(insert_definition, *hidden)
    if _holds_pinv(chain, letter):
        if ONE not in (x.rows, x.cols):
            _average_projections(chain, x)
        _resolve_pinv(chain, x)
    inverses = {f for f in _factors(chain.expression, letter) if isinstance(f.base, Inverse)}
    rows, cols = (word_of(gram(x)).factors[0] for gram in (row_gram_inverse, column_gram_inverse))
    if inverses - {rows, cols}:
        chain.apply(resolvent_identity, x)
    elif inverses and stands_outside(chain.expression, x):
        chain.apply(sign_invariance, x)
        if rows in inverses and turns_features(x):
            _try(chain, orthogonal_invariance, x)
        if cols in inverses and turns_samples(x):
            _try(chain, sample_invariance, x)
        chain.apply(gram_inverse_cancels, x)


def _average_projections(chain: Chain, x: Expression) -> None:
    """Name X+ X and X X+, rotate them, and count their rank."""
    names = (fresh_name(name, chain.expression, x) for name in "PH")
    p, h = (make(x, name) for make, name in zip((row_projection, column_projection), names, strict=True))
    chain.apply(penrose_equations, x, p, h)
    if not _holds_pinv(chain, letter_of(x)):
        chain.apply(sign_invariance, x)
    for law_allows, rotation in ((turns_features, orthogonal_invariance), (turns_samples, sample_invariance)):
        if law_allows(x):
            _try(chain, rotation, x)
            chain.apply(penrose_equations, x, p, h)
    chain.apply(trace_is_the_smaller_side, x, p, h)


def _resolve_pinv(chain: Chain, x: Expression) -> None:
    """X+ by the Gram matrix that is invertible, where the sizes tell which one is."""
    if not _holds_pinv(chain, letter_of(x)):
        return
    if sp.Le(x.rows, x.cols) == sp.true:
        chain.apply(pseudo_inverse_of_full_row_rank, x)
    elif sp.Ge(x.rows, x.cols) == sp.true:
        chain.apply(pseudo_inverse_of_full_column_rank, x)


def _holds_pinv(chain: Chain, x: Letter) -> bool:
    return any(isinstance(f.base, Pinv) for f in _factors(chain.expression, x))


def _try(chain: Chain, rotation: Rule, x: Expression) -> None:
    """Rotate where everything turns as a whole; else the line stays, and what follows says what does not close."""
    try:
        chain.apply(rotation, x)
    except DoesNotTurn:
        return


def _factors(target: Expression, x: Letter) -> Iterator[Factor]:
    return (f for m, _ in target.terms for w in m.words for f in w.factors if depends_on(f, x))


def _definitions(target: Expression, x: Letter) -> list[Expression]:
    """The letters that abbreviate something in X."""
    bases = dict.fromkeys(f.base for f in _factors(target, x))
    return [expression(base) for base in bases if isinstance(base, Letter) and isinstance(base.law, Defined)]
