"""Products of traces and one word, in normal form: what an expression is a sum of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from theory.calculus.letters import ONE
from theory.calculus.words import Word, open_at_vector, split_scalars


@dataclass(frozen=True)
class Monomial:
    """tr(w1) ... tr(wk) * word, in normal form; `word` is None in a scalar."""

    traces: tuple[Word, ...]
    word: Word | None

    @property
    def words(self) -> tuple[Word, ...]:
        """The traces, and the word if there is one."""
        return self.traces if self.word is None else (*self.traces, self.word)

    @cached_property
    def key(self) -> tuple[object, ...]:
        """The order of monomials in a sum."""
        return (
            len(self.traces),
            tuple(w.key for w in self.traces),
            self.word.key if self.word else (0, ()),
        )

    @property
    def only_word(self) -> Word | None:
        """The word without traces beside it, or the one trace read as a 1 x 1 word; None for any other product."""
        if self.word is not None:
            return None if self.traces else self.word
        opened = open_at_vector(self.traces[0]) if len(self.traces) == 1 else None
        return opened if opened is not None and opened.rows == ONE else None

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.traces, self.word))

    def __str__(self) -> str:
        return self.text

    @cached_property
    def text(self) -> str:
        """The product as it is written in sums."""
        parts = [text_of_trace(w) for w in self.traces]
        if self.word is not None:
            parts.append(str(self.word))
        return " ".join(parts)


def text_of_trace(word: Word) -> str:
    """v' M v for a quadratic form, tr(M) otherwise."""
    opened = open_at_vector(word)
    return str(opened) if opened.rows == ONE else f"tr({opened})"


def normal_monomial(traces: Iterable[Word], word: Word | None, scalar: bool) -> tuple[Monomial, sp.Expr]:
    """Words into normal form, and a number: the trace of an identity is its dimension."""
    closed = list(traces)
    if word is not None:
        numbers, rest = split_scalars(word.reduced)
        closed += numbers
        word = None if scalar and (numbers or not rest.factors) else rest
    pieces: list[Word] = []
    dimension = ONE
    for trace in closed:
        for piece in trace.closed:
            if piece.factors:
                pieces.append(piece)
            else:
                dimension *= piece.rows
    return Monomial(tuple(sorted(pieces, key=lambda w: w.key)), word), dimension
