"""Orthogonal invariance of an isotropic design: X and X O have one law, so average over O.

In a trace every stretch that belongs to X, such as Q or X+ X+', becomes O' M O; what stands between stays.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import sympy as sp

from theory.calculus.expressions import (
    Expression,
    Monomial,
    collect,
    expression,
    identity,
    letter_of,
    scalar_product,
    substitute,
    trace,
    zero_like,
)
from theory.calculus.pseudoinverse import word_of
from theory.calculus.rule import rule
from theory.calculus.stein import depends_on
from theory.calculus.weingarten import Pairing, loop_type, pairings, weingarten
from theory.calculus.words import Factor, Gaussian, Inverse, Letter, Pinv, Word
from theory.references import COLLINS_2006
from theory.result import Equality


def is_isotropic(x: Expression) -> bool:
    """Whether the rows of x are N(0, c I)."""
    law = letter_of(x).law
    if not isinstance(law, Gaussian):
        return False
    terms = law.row_covariance.terms
    return len(terms) == 1 and not terms[0][0].traces and not (terms[0][0].word and terms[0][0].word.factors)


def isotropic_level(x: Expression) -> sp.Expr:
    """c, for a design with rows N(0, c I)."""
    law = letter_of(x).law
    if not is_isotropic(x) or not isinstance(law, Gaussian):
        raise ValueError(f"{x}: this rule needs an isotropic design")
    ((_, coefficient),) = law.row_covariance.terms
    return coefficient


def _moves(factor: Factor, x: Letter) -> tuple[bool, bool]:
    """Whether X -> X O puts O' on the left and O on the right of a factor."""
    match factor.base:
        case Letter() as base if base == x:
            sides = (False, True)
        case Pinv(letter=base) if base == x:
            sides = (True, False)
        case _ if depends_on(factor, x):
            column_side = factor.rows == x.cols or _is_column_gram(factor, x)
            sides = (column_side, column_side)
        case _:
            sides = (False, False)
    return sides[::-1] if factor.transposed else sides


def _is_column_gram(factor: Factor, x: Letter) -> bool:
    return isinstance(factor.base, Inverse) and factor.rows == x.cols


@dataclass(frozen=True)
class Ring:
    """A trace cut at the O's: blocks O' M_j O and what follows each, A_j, in cyclic order."""

    blocks: tuple[Word, ...]
    between: tuple[Word, ...]


def _cut(closed: Word, x: Letter) -> Ring | None:
    """The ring of a trace; None when no O is left in it (the trace itself is invariant)."""
    factors = closed.factors
    moves = [_moves(f, x) for f in factors]
    size = len(factors)
    starts = [j for j in range(size) if moves[j][0] and not moves[j - 1][1]]
    if not starts:
        return None
    order = factors[starts[0] :] + factors[: starts[0]]
    turned = moves[starts[0] :] + moves[: starts[0]]
    blocks, between, piece = [], [], [order[0]]
    inside = True
    for j in range(1, size + 1):
        left_after = turned[j % size][0]
        if inside and turned[j - 1][1] and not (j < size and left_after):
            blocks.append(Word.of(*piece))
            piece, inside = [], False
        elif not inside and left_after:
            between.append(Word.of(*piece))
            piece, inside = [], True
        if j < size:
            piece.append(order[j])
    if not inside and piece:
        between.append(Word.of(*piece))
    return Ring(tuple(blocks), tuple(between))


def _loops(edges: list[Word], joins: Pairing, ends: list[tuple[int, int]]) -> tuple[Word, ...]:
    """Close words into traces: edge j runs from point ends[j][0] to ends[j][1]; joins pairs the points."""
    edge_at = {point: (j, point == a) for j, (a, b) in enumerate(ends) for point in (a, b)}
    loops, used = [], set()
    for first in range(len(edges)):
        if first in used:
            continue
        word, point = None, ends[first][0]
        while (at := edge_at[point])[0] not in used:
            used.add(at[0])
            piece = edges[at[0]] if at[1] else edges[at[0]].T
            word = piece if word is None else word @ piece
            point = joins[ends[at[0]][1] if at[1] else ends[at[0]][0]]
        assert word is not None
        loops.append(word)
    return tuple(loops)


def _average(monomial: Monomial, x: Expression) -> Expression:
    letter = letter_of(x)
    rings = [(closed, _cut(closed, letter)) for closed in monomial.traces]
    fixed = scalar_product(closed for closed, ring in rings if ring is None)
    blocks: list[Word] = []
    between: list[Word] = []
    outer_ends: list[tuple[int, int]] = []
    inner_ends: list[tuple[int, int]] = []
    for ring in (r for _, r in rings if r is not None):
        first = len(blocks)
        size = len(ring.blocks)
        for j in range(size):
            here, following = first + j, first + (j + 1) % size
            outer_ends.append((2 * here, 2 * here + 1))
            inner_ends.append((2 * here + 1, 2 * following))
        blocks += ring.blocks
        between += ring.between
    if not blocks:
        return fixed
    return fixed * _sum_over_pairings(blocks, between, outer_ends, inner_ends, x.cols)


def _sum_over_pairings(
    blocks: list[Word],
    between: list[Word],
    outer_ends: list[tuple[int, int]],
    inner_ends: list[tuple[int, int]],
    dim: sp.Expr,
) -> Expression:
    k = len(blocks)
    weights = weingarten(k, dim)
    everything = list(pairings(2 * k))
    outer = {p: scalar_product(_loops(blocks, p, outer_ends)) for p in everything}
    inner = {q: scalar_product(_loops(between, q, inner_ends)) for q in everything}
    counts = Counter((outer[p], inner[q], loop_type(p, q)) for p in everything for q in everything)
    parts = []
    for (outside, inside, kind), count in counts.items():
        product = outside * inside
        parts += [(m.traces, m.word, c * count * weights[kind]) for m, c in product.terms]
    one = sp.Integer(1)
    return collect(parts, one, one)


@rule(Equality.IN_EXPECTATION, COLLINS_2006.at("Corollary 3.4"))
def orthogonal_invariance(target: Expression, x: Expression) -> Expression:
    """X and X O have the same law for every orthogonal O: average over a Haar-distributed O (Weingarten calculus)."""
    if not is_isotropic(x):
        raise ValueError(f"{x}: only an isotropic design is invariant under every rotation of the features")
    total = zero_like(target)
    for monomial, coefficient in target.terms:
        total = total + _average(monomial, x) * coefficient
    return total


@rule(Equality.PATHWISE)
def trace_is_rank(target: Expression, x: Expression, q: Expression) -> Expression:
    """tr Q = d - n: the rows of X are independent, n <= d (almost surely)."""
    return collect(
        ((*_without(m, q), c * (x.cols - x.rows) ** _count(m, q)) for m, c in target.terms), target.rows, target.cols
    )


def _count(monomial: Monomial, q: Expression) -> int:
    return sum(w.factors == word_of(q).factors for w in monomial.traces)


def _without(monomial: Monomial, q: Expression) -> tuple[tuple[Word, ...], Word | None]:
    return tuple(w for w in monomial.traces if w.factors != word_of(q).factors), monomial.word


