"""Linear combinations of words, with SymPy coefficients and products of traces.

An `Expression` is a sum of coefficient * tr(w1) ... tr(wk) * w.  A scalar expression has no word w.  Equal
expressions have equal normal forms, so `==` decides equality up to the rules that were applied.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from theory.calculus.words import (
    ONE,
    Factor,
    Inverse,
    Law,
    Letter,
    Pinv,
    ShapeError,
    Word,
    cyclic_normal_form,
    split_scalars,
)


@dataclass(frozen=True)
class Monomial:
    """tr(w1) ... tr(wk) * word, in normal form; `word` is None in a scalar."""

    traces: tuple[Word, ...]
    word: Word | None

    @cached_property
    def key(self) -> tuple[object, ...]:
        return (
            len(self.traces),
            tuple(w.key for w in self.traces),
            self.word.key if self.word else (0, ()),
        )

    def __str__(self) -> str:
        parts = [text_of_trace(w) for w in self.traces]
        if self.word is not None:
            parts.append(str(self.word))
        return " ".join(parts)


def text_of_trace(word: Word) -> str:
    """v' M v for a quadratic form, tr(M) otherwise."""
    opened = open_at_vector(word)
    return str(opened) if opened.rows == ONE else f"tr({opened})"


def open_at_vector(word: Word) -> Word:
    """The rotation (or transpose) of a trace that reads v' M w, if it holds a vector; else the trace itself."""
    candidates = [w for w in [*word.rotations(), *word.T.rotations()] if w.rows == ONE]
    return min(candidates, key=lambda w: (not w.factors[0].transposed, w.key), default=word)


@dataclass(frozen=True, eq=False)
class Expression:
    """A sum of coefficient * monomial, of one shape.  Supports +, -, *, @, .T with matrices, letters and numbers."""

    terms: tuple[tuple[Monomial, sp.Expr], ...]
    rows: sp.Expr
    cols: sp.Expr

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.text == other.text and self.shape == other.shape

    def __hash__(self) -> int:
        return hash(self.text)

    @cached_property
    def text(self) -> str:
        return " + ".join(_term_text(m, c) for m, c in self.terms).replace("+ -", "- ") or "0"

    def __str__(self) -> str:
        return self.text

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        return self.rows, self.cols

    @property
    def is_scalar(self) -> bool:
        return self.rows == ONE and self.cols == ONE

    @property
    def T(self) -> Expression:
        return collect(
            ((m.traces, m.word.T if m.word is not None else None, c) for m, c in self.terms), self.cols, self.rows
        )

    def __add__(self, other: Operand) -> Expression:
        other = expression(other)
        if self.shape != other.shape:
            raise ShapeError(
                f"{self} is {self.rows} x {self.cols} and {other} is {other.rows} x {other.cols}: "
                "they cannot be added; check for a missing transpose"
            )
        parts = [(m.traces, m.word, c) for m, c in self.terms + other.terms]
        return collect(parts, self.rows, self.cols)

    def __radd__(self, other: Operand) -> Expression:
        return self + other

    def __neg__(self) -> Expression:
        return self * sp.Integer(-1)

    def __sub__(self, other: Operand) -> Expression:
        return self + (-expression(other))

    def __rsub__(self, other: Operand) -> Expression:
        return expression(other) - self

    def __mul__(self, scale: Operand) -> Expression:
        """Multiplication by a number or by a scalar expression."""
        other = expression(scale)
        if not (self.is_scalar or other.is_scalar):
            raise ShapeError(f"{self} * {other}: * multiplies by a number; write @ for the product of matrices")
        big, small = (other, self) if self.is_scalar else (self, other)
        return collect(
            ((a.traces + b.traces, a.word, x * y) for a, x in big.terms for b, y in small.terms), big.rows, big.cols
        )

    __rmul__ = __mul__

    def __matmul__(self, other: Operand) -> Expression:
        other = expression(other)
        if self.is_scalar or other.is_scalar:
            return self * other
        if self.cols != other.rows:
            raise ShapeError(
                f"{self} is {self.rows} x {self.cols} and {other} is {other.rows} x {other.cols}: "
                "their product has no meaning; transpose one, or check the order"
            )
        return collect(
            (
                (a.traces + b.traces, a.word @ b.word, x * y)
                for a, x in self.terms
                for b, y in other.terms
                if a.word is not None and b.word is not None
            ),
            self.rows,
            other.cols,
        )

    def __rmatmul__(self, other: Operand) -> Expression:
        return expression(other) @ self

    def map_coefficients(self, change: Callable[[sp.Expr], sp.Expr]) -> Expression:
        """The same words with every coefficient changed."""
        return collect(((m.traces, m.word, change(c)) for m, c in self.terms), self.rows, self.cols)

    def scalar(self) -> sp.Expr:
        """The value of an expression that holds no word any more."""
        if any(m.traces or m.word is not None for m, _ in self.terms):
            raise ValueError(f"{self} still holds matrices: apply rules until only numbers are left")
        return sp.Add(*(c for _, c in self.terms))


Operand = Expression | Letter | sp.Expr | int


def _term_text(monomial: Monomial, coefficient: sp.Expr) -> str:
    words = str(monomial)
    if not words:
        return str(coefficient)
    if coefficient in (1, -1):
        return words if coefficient == 1 else f"-{words}"
    shown = f"({coefficient})" if coefficient.is_Add else str(coefficient)
    return f"{shown} {words}"


def collect(
    parts: Iterable[tuple[Iterable[Word], Word | None, sp.Expr]], rows: sp.Expr, cols: sp.Expr
) -> Expression:
    """Normal form of a sum: scalars split off, traces rotated, like terms added, sorted."""
    coefficients: dict[Monomial, list[sp.Expr]] = defaultdict(list)
    for traces, word, coefficient in parts:
        monomial, dimension = normal_monomial(traces, word, rows == ONE and cols == ONE)
        coefficients[monomial].append(coefficient * dimension)
    summed = ((m, _add(cs)) for m, cs in coefficients.items())
    return Expression(tuple(sorted(((m, c) for m, c in summed if c != 0), key=lambda t: t[0].key)), rows, cols)


def _add(coefficients: list[sp.Expr]) -> sp.Expr:
    return coefficients[0] if len(coefficients) == 1 else sp.factor(sp.Add(*coefficients))


def normal_monomial(traces: Iterable[Word], word: Word | None, scalar: bool) -> tuple[Monomial, sp.Expr]:
    """Words into normal form; the trace of an identity becomes its dimension, a number."""
    closed = list(traces)
    if word is not None:
        numbers, rest = split_scalars(word)
        closed += numbers
        word = None if scalar and (numbers or not rest.factors) else rest
    pieces: list[Word] = []
    dimension = ONE
    for trace in closed:
        for piece in _cyclic_pieces(trace):
            if piece.factors:
                pieces.append(cyclic_normal_form(piece))
            else:
                dimension *= piece.rows
    return Monomial(tuple(sorted(pieces, key=lambda w: w.key)), word), dimension


def _cyclic_pieces(trace: Word) -> tuple[Word, ...]:
    """tr(a b' c d') with vectors a, b, c, d is (b'c)(d'a)."""
    opened = open_at_vector(trace)
    if opened.rows != ONE or not opened.factors:
        return (trace,)
    return split_scalars(opened)[0]


def expression(value: Operand | Word | Factor) -> Expression:
    """Anything the calculus understands, as an expression."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, Letter):
        value = Factor(value)
    if isinstance(value, Factor):
        value = Word.of(value)
    if isinstance(value, Word):
        return collect([((), value, ONE)], value.rows, value.cols)
    return collect([((), None, sp.S(value))], ONE, ONE)


def identity(dim: sp.Expr) -> Expression:
    """The identity matrix of a symbolic dimension."""
    return expression(Word.identity(dim))


def trace(value: Operand) -> Expression:
    """tr of a square expression, as a scalar expression."""
    square = expression(value)
    if square.rows != square.cols:
        raise ShapeError(f"{square} is {square.rows} x {square.cols}: only a square matrix has a trace")
    if square.is_scalar:
        return square
    return collect(
        (((*m.traces, m.word), None, c) for m, c in square.terms if m.word is not None), ONE, ONE
    )


def matrix(
    name: str, rows: sp.Expr | int, cols: sp.Expr | int, *, symmetric: bool = False, law: Law | None = None
) -> Expression:
    """A new letter, as an expression: deterministic, Gaussian, or defined by another expression."""
    return expression(Letter(name, sp.S(rows), sp.S(cols), symmetric, law))


def letter_of(value: Operand) -> Letter:
    """The letter that an expression consists of."""
    match expression(value).terms:
        case ((Monomial(traces=(), word=Word(factors=(Factor(base=Letter() as letter, transposed=False),))), c),):
            if c == ONE:
                return letter
    raise ValueError(f"{value} is not a single letter: give it a name with matrix(..., law=Defined(...)) first")


def pinv(value: Operand) -> Expression:
    """The Moore-Penrose pseudo-inverse X+ of a letter."""
    return expression(Factor(Pinv(letter_of(value))))


def inverse(value: Operand) -> Expression:
    """The inverse of a square symmetric expression that is invertible; of c I it is I / c."""
    square = expression(value)
    if square.rows != square.cols:
        raise ShapeError(f"{square} is {square.rows} x {square.cols}: only a square matrix has an inverse")
    if len(square.terms) == 1:
        monomial, coefficient = square.terms[0]
        if not monomial.traces and (monomial.word is None or not monomial.word.factors):
            return collect([((), monomial.word, 1 / coefficient)], square.rows, square.cols)
    return expression(Factor(Inverse(square)))


def substitute(target: Expression, pattern: Word, replacement: Expression) -> Expression:
    """Replace every occurrence of a word, and of its transpose, wherever it stands, until none is left."""
    pairs = [(pattern, replacement)]
    if pattern.T != pattern:
        pairs.append((pattern.T, replacement.T))
    for old, new in pairs:
        while True:
            changed = _substitute_once(target, old, new)
            if changed is None:
                break
            target = changed
    return target


def substitute_trace(target: Expression, old: Expression, new: Expression) -> Expression:
    """Replace a trace (or quadratic form) by another scalar expression, wherever it is a factor."""
    (((pattern,), _),) = ((m.traces, c) for m, c in old.terms)
    total = zero_like(target)
    for monomial, coefficient in target.terms:
        rest = tuple(w for w in monomial.traces if w != pattern)
        piece = collect([(rest, monomial.word, coefficient)], target.rows, target.cols)
        for _ in range(len(monomial.traces) - len(rest)):
            piece = piece * new
        total = total + piece
    return total


def _substitute_once(target: Expression, pattern: Word, replacement: Expression) -> Expression | None:
    total, found = zero_like(target), False
    for monomial, coefficient in target.terms:
        rewritten = _rewrite_monomial(monomial, pattern, replacement)
        found = found or rewritten is not None
        kept = rewritten or collect([(monomial.traces, monomial.word, ONE)], target.rows, target.cols)
        total = total + kept * coefficient
    return total if found else None


def zero_like(like: Expression) -> Expression:
    """The zero of the same shape."""
    return Expression((), like.rows, like.cols)


def _rewrite_monomial(monomial: Monomial, pattern: Word, replacement: Expression) -> Expression | None:
    rest = monomial.traces
    if monomial.word is not None and (at := _find(monomial.word, pattern)) is not None:
        return scalar_product(rest) * _splice(monomial.word, at, pattern, replacement)
    for index, closed in enumerate(rest):
        others = rest[:index] + rest[index + 1 :]
        for rotation in closed.rotations():
            if (at := _find(rotation, pattern)) is not None:
                new = scalar_product(others) * trace(_splice(rotation, at, pattern, replacement))
                return new if monomial.word is None else new * expression(monomial.word)
    return None


def scalar_product(traces: Iterable[Word]) -> Expression:
    """tr(w1) ... tr(wk) as a scalar expression."""
    return collect([(tuple(traces), None, ONE)], ONE, ONE)


def _find(word: Word, pattern: Word) -> int | None:
    size = len(pattern.factors)
    starts = range(len(word.factors) - size + 1)
    return next((i for i in starts if word.factors[i : i + size] == pattern.factors), None)


def _splice(word: Word, at: int, pattern: Word, replacement: Expression) -> Expression:
    before = Word(word.factors[:at], word.rows, pattern.rows)
    after = Word(word.factors[at + len(pattern.factors) :], pattern.cols, word.cols)
    return expression(before) @ replacement @ expression(after)
