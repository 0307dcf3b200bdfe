"""Axiom 4 applied: X and X O have one law for an isotropic design, so average a product of traces over O."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import product

import sympy as sp

from theory.calculus.designs import depends_on, insist_on_a_scalar, turns_features, turns_samples
from theory.calculus.expressions import (
    Expression,
    collect,
    expression,
    letter_of,
    scalar_product,
    total,
    trace,
)
from theory.calculus.letters import Defined, Factor, Inverse, Letter, OfSpectrum, Pinv
from theory.calculus.monomials import Monomial
from theory.calculus.rational import add
from theory.calculus.rings import Ring, cut, pair_numbers
from theory.calculus.rule import rule
from theory.calculus.substitution import replace
from theory.calculus.weingarten import LoopType, Pairing, loop_type, pairings, weingarten
from theory.calculus.words import Word
from theory.references import COLLINS_2006
from theory.result import Equality


@dataclass
class Strands:
    """Words as edges of a graph whose points are the two sides of every block, 2j on its left and 2j + 1 on
    its right."""

    words: list[Word] = field(default_factory=list)
    ends: list[tuple[int, int]] = field(default_factory=list)

    def add(self, word: Word, start: int, end: int) -> None:
        """A word that runs from one point to another."""
        self.words.append(word)
        self.ends.append((start, end))

    def closed_by(self, joins: Pairing) -> Expression:
        """The product of traces that arises when points are joined in pairs."""
        edge_at = {point: j for j, ends in enumerate(self.ends) for point in ends}
        loops, used = [], set[int]()
        for first in range(len(self.words)):
            point, loop = self.ends[first][0], list[Word]()
            while (edge := edge_at[point]) not in used:
                used.add(edge)
                forward = self.ends[edge][0] == point
                loop.append(self.words[edge] if forward else self.words[edge].T)
                point = joins[self.ends[edge][1 if forward else 0]]
            if loop:
                loops.append(_product(loop))
        return scalar_product(loops)


def _product(words: list[Word]) -> Word:
    result = words[0]
    for word in words[1:]:
        result = result @ word
    return result


@rule(Equality.IN_EXPECTATION, COLLINS_2006.at("Section 3"))
def orthogonal_invariance(target: Expression, x: Expression) -> Expression:
    """X and X O have the same law for every orthogonal O: average over a Haar-distributed O (Weingarten
    calculus).

    For d >= the number of blocks O' M O in a monomial, whether the rows are independent or not.  Raises
    ValueError for a design whose rows are not isotropic, DoesNotTurn for a product that is not made of such blocks.
    """
    insist_on_a_scalar(target)
    if not turns_features(x):
        raise ValueError(f"{x}: only an isotropic design is invariant under every rotation of the features")
    return total((_average(m, x, False) * c for m, c in target.terms), target)


@rule(Equality.IN_EXPECTATION, COLLINS_2006.at("Section 3"))
def sample_invariance(target: Expression, x: Expression) -> Expression:
    """X and O X have the same law for every orthogonal O: average over a Haar-distributed O (Weingarten
    calculus).

    For independent rows N(0, C) with any C, and n >= the number of blocks O' M O in a monomial.  Raises
    ValueError for a design with dependent rows, DoesNotTurn for a product that is not made of such blocks.
    """
    insist_on_a_scalar(target)
    if not turns_samples(x):
        raise ValueError(f"{x}: only a design with independent rows is invariant under every rotation of the samples")
    return total((_average(m, x, True) * c for m, c in target.terms), target)


@rule(Equality.IN_EXPECTATION)
def sign_invariance(target: Expression, x: Expression) -> Expression:
    """X and -X have the same law: a product in which X stands an odd number of times has mean zero, if it has one."""
    letter = letter_of(x)
    return Expression(tuple((m, c) for m, c in target.terms if parity(m, letter) != 1), *target.shape)


def parity(monomial: Monomial, x: Letter) -> int | None:
    """1 where X -> -X changes the sign, 0 where it changes nothing; None where it does something else."""
    found = [_parity_of(f, x) for w in monomial.words for f in w.factors]
    return None if None in found else sum(z for z in found if z is not None) % 2


def _parity_of(factor: Factor, x: Letter) -> int | None:
    match factor.base:
        case Letter() as base if base == x:
            return 1
        case Pinv(letter=base) if base == x:
            return 1
        case Inverse(argument=inside) | Letter(law=Defined(meaning=inside) | OfSpectrum(argument=inside)):
            found = {parity(m, x) for m, _ in inside.terms}
            return found.pop() if len(found) == 1 else None
    return None if depends_on(factor, x) else 0


def _average(monomial: Monomial, x: Expression, samples: bool) -> Expression:
    letter = letter_of(x)
    rings = [(w, cut(w, letter, samples)) for w in pair_numbers(monomial.traces, letter, samples)]
    fixed = scalar_product(closed for closed, ring in rings if ring is None)
    turning = [ring for _, ring in rings if ring is not None]
    return fixed * _sum_over_pairings(turning, x.rows if samples else x.cols) if turning else fixed


def _sum_over_pairings(rings: list[Ring], dim: sp.Expr) -> Expression:
    """sum Wg(p, q) (blocks closed by p) (what is between closed by q), like terms counted first."""
    blocks, between = Strands(), Strands()
    for ring in rings:
        first, size = len(blocks.words), len(ring.blocks)
        for j in range(size):
            here, following = first + j, first + (j + 1) % size
            blocks.add(ring.blocks[j], 2 * here, 2 * here + 1)
            between.add(ring.between[j], 2 * here + 1, 2 * following)
    weights = weingarten(len(blocks.words), dim)
    everything = list(pairings(2 * len(blocks.words)))
    outer = {p: blocks.closed_by(p) for p in everything}
    inner = {q: between.closed_by(q) for q in everything}
    counts: dict[tuple[Expression, Expression], Counter[LoopType]] = defaultdict(Counter)
    for p, q in product(everything, repeat=2):
        counts[outer[p], inner[q]][loop_type(p, q)] += 1
    parts = []
    for (outside, inside), kinds in counts.items():
        weight = add([count * weights[kind] for kind, count in sorted(kinds.items())])
        parts += [(m.traces, m.word, c * weight) for m, c in (outside * inside).terms]
    return collect(parts, *expression(0).shape)


@rule(Equality.PATHWISE)
def trace_is_rank(target: Expression, x: Expression, q: Expression) -> Expression:
    """tr Q = d - n: the rows of X are independent, n <= d (almost surely)."""
    return replace(target, (trace(q), expression(x.cols - x.rows)))
