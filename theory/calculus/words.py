"""Words in non-commuting letters, with one normal form each.

A *word* is a product of factors.  Traces are words up to rotation and transposition.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import sympy as sp

from theory.calculus.letters import ONE, Factor, Letter, ShapeError


@dataclass(frozen=True)
class Word:
    """A product of factors; the empty word is the identity of its dimension."""

    factors: tuple[Factor, ...]
    rows: sp.Expr
    cols: sp.Expr

    @classmethod
    def of(cls, *factors: Factor) -> Word:
        """The product of at least one factor.  Raises ShapeError where neighbours do not fit."""
        for left, right in pairwise(factors):
            if left.cols != right.rows:
                raise ShapeError(product_error(left.text, left, right.text, right))
        return cls(factors, factors[0].rows, factors[-1].cols)

    @classmethod
    def identity(cls, dim: sp.Expr) -> Word:
        """The identity matrix of a symbolic dimension."""
        return cls((), dim, dim)

    @property
    def T(self) -> Word:
        """The transpose: factors reversed, each transposed."""
        return Word(tuple(f.T for f in reversed(self.factors)), self.cols, self.rows)

    def __matmul__(self, other: Word) -> Word:
        if self.cols != other.rows:
            raise ShapeError(product_error(str(self), self, str(other), other))
        return Word(self.factors + other.factors, self.rows, other.cols)

    @cached_property
    def key(self) -> tuple[int, tuple[str, ...]]:
        """By length, then by letters: the order of words in a sum."""
        return len(self.factors), tuple(f.text for f in self.factors)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(self.factors)

    def __str__(self) -> str:
        return " ".join(f.text for f in self.factors) or "I"

    def rotations(self) -> Iterator[Word]:
        """The same trace, begun at each factor in turn; the word is square, as that of a trace is."""
        for start, first in enumerate(self.factors):
            yield Word(self.factors[start:] + self.factors[:start], first.rows, first.rows)

    def readings(self) -> tuple[Word, ...]:
        """The same trace in every way to write it: all rotations of the word and of its transpose."""
        return (*self.rotations(), *self.T.rotations())

    @cached_property
    def reduced(self) -> Word:
        """The word with P P = P for every letter that is a projection."""
        factors = self.factors
        if not any(is_projection(f) for f in factors):
            return self
        kept = tuple(f for j, f in enumerate(factors) if not (j and is_projection(f) and f == factors[j - 1]))
        return Word(kept, self.rows, self.cols)

    @cached_property
    def closed(self) -> tuple[Word, ...]:
        """The trace in normal form, a product of traces: tr(a b' c d') with vectors a, b, c, d is (b'c)(d'a)."""
        opened = open_at_vector(self)
        pieces = split_scalars(opened)[0] if opened.rows == ONE and opened.factors else (opened,)
        return tuple(cyclic_normal_form(_reduced_ring(piece.reduced)) for piece in pieces)


def is_projection(factor: Factor) -> bool:
    """Whether a factor is a letter P with P P = P = P'."""
    return isinstance(factor.base, Letter) and factor.base.projection


def _reduced_ring(word: Word) -> Word:
    """tr(P A P) = tr(P A)."""
    first, last = word.factors[:1], word.factors[-1:]
    wraps = len(word.factors) > 1 and first == last and is_projection(first[0])
    return Word(word.factors[:-1], word.rows, word.rows) if wraps else word


def product_error(left: str, a: Word | Factor, right: str, b: Word | Factor) -> str:
    """The one line that says why a product has no meaning."""
    return (
        f"{left} is {a.rows} x {a.cols} and {right} is {b.rows} x {b.cols}: "
        "their product has no meaning; transpose one, or check the order"
    )


def cyclic_normal_form(word: Word) -> Word:
    """tr(AB) = tr(BA) and tr(A) = tr(A'): the least of all readings of a trace."""
    return min(word.readings(), key=lambda w: w.key, default=word)


def open_at_vector(word: Word) -> Word:
    """The reading of a trace as v' M w, if it holds a vector; else the trace itself."""
    scalars = [w for w in word.readings() if w.rows == ONE]
    return min(scalars, key=lambda w: (not w.factors[0].transposed, w.key), default=word)


def split_scalars(word: Word) -> tuple[tuple[Word, ...], Word]:
    """A 1 x 1 stretch inside a word is a number and commutes: (those numbers, the word without them)."""
    factors = word.factors
    cuts = [j for j in range(len(factors) + 1) if (factors[j - 1].cols if j else word.rows) == ONE]
    if len(cuts) < 2:
        return (), word
    inner = tuple(Word.of(*factors[a:b]) for a, b in pairwise(cuts))
    outer = factors[: cuts[0]] + factors[cuts[-1] :]
    return inner, Word(outer, word.rows, word.cols)
