"""Numbers for expressions: every letter an array, possibly a batch of them (leading axes)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import sympy as sp
from jaxtyping import Float

from theory.calculus.chi_squares import numerical
from theory.calculus.expressions import Expression
from theory.calculus.letters import (
    Defined,
    Factor,
    Inverse,
    Largest,
    Letter,
    Number,
    OfCosines,
    OfSpectrum,
    Pinv,
    Scaled,
    Trained,
    UnitRows,
)
from theory.calculus.roots import positive_root
from theory.calculus.words import Word, open_at_vector

Array: TypeAlias = Float[np.ndarray, "..."]
Matrix: TypeAlias = Float[np.ndarray, "... rows cols"]
Numbers: TypeAlias = Mapping[sp.Symbol, float]
Train: TypeAlias = Callable[..., Matrix]
SAME = 1e-14
"""What a cosine may miss 1 by, that is 1 in exact arithmetic."""
NOTHING = 1e-12
"""An eigenvalue below this share of the largest is 0 in exact arithmetic: of a Gaussian design's none is nearly so."""


class MissingLetter(KeyError):
    """An expression holds a letter that was given no array."""


class Pole(ValueError):
    """A coefficient has no value at the given numbers."""


def evaluate_expression(
    value: Expression, letters: Mapping[str, Matrix], numbers: Numbers, train: Train | None = None
) -> Array:
    """The expression's value: shape (..., rows, cols), or (...) when it is a scalar.

    `letters` maps names to arrays of shape (..., rows, cols) that broadcast together; defined letters
    follow from the others, and so does X+ unless an array is given under that name.  `train(design, labels,
    start, depth)` finds the limit of gradient flow where an expression speaks of it.  Floating point: as accurate
    as NumPy's pinv and inv.  Raises MissingLetter for a letter without an array, Pole where a coefficient is
    0/0 or 1/0.

    >>> from theory.calculus.expressions import matrix, trace
    >>> float(evaluate_expression(trace(matrix("A", 2, 2)), {"A": np.eye(2)}, {}))
    2.0
    """
    return _Evaluator(letters, numbers, train).value(value)


def at_numbers(value: sp.Basic, numbers: Numbers) -> sp.Basic:
    """The numbers put in, all at once; where that is no number one after the other, as 0 may come before 1/0."""
    given = {symbol: sp.sympify(numbers[symbol]) for symbol in value.free_symbols & numbers.keys()}
    found = value.xreplace(given)
    return value.subs(given) if found.has(sp.nan, sp.zoo) else found


def _number(value: sp.Expr, numbers: Numbers) -> float:
    found = at_numbers(value, numbers)
    if found.has(sp.nan, sp.zoo):
        given = ", ".join(f"{s}={numbers[s]}" for s in sorted(value.free_symbols & set(numbers), key=str))
        raise Pole(f"{value} has no value at {given}: put the sizes in with at_sizes before the average is taken")
    return float(found)


def _size(dim: sp.Expr, numbers: Numbers) -> int:
    return int(at_numbers(dim, numbers))


@dataclass
class _Evaluator:
    """One evaluation: every letter, pseudo-inverse and inverse is computed once."""

    letters: Mapping[str, Matrix]
    numbers: Numbers
    train: Train | None
    bases: dict[Letter | Pinv | Inverse, Matrix] = field(default_factory=dict)

    def value(self, value: Expression) -> Array:
        total: Array | float = 0.0
        for monomial, coefficient in value.terms:
            piece: Array = np.asarray(_number(coefficient, self.numbers))
            for word in monomial.traces:
                piece = piece * self._trace(word)
            if monomial.word is not None:
                piece = piece[..., None, None] * self._word(monomial.word)
            total = total + piece
        if not value.terms and not value.is_scalar:
            return np.zeros((_size(value.rows, self.numbers), _size(value.cols, self.numbers)))
        return np.asarray(total)

    def _trace(self, word: Word) -> Array:
        """From a vector on, where there is one; the last product only on the diagonal."""
        opened = open_at_vector(word)
        if len(opened.factors) < 2:
            return np.asarray(np.trace(self._word(opened), axis1=-2, axis2=-1))
        last = opened.factors[-1]
        first = self._word(Word(opened.factors[:-1], opened.rows, last.rows))
        return np.asarray(np.sum(first * np.swapaxes(self._factor(last), -1, -2), axis=(-2, -1)))

    def _word(self, word: Word) -> Matrix:
        if not word.factors:
            return np.eye(_size(word.rows, self.numbers))
        product = self._factor(word.factors[0])
        for factor in word.factors[1:]:
            product = product @ self._factor(factor)
        return product

    def _factor(self, factor: Factor) -> Matrix:
        if factor.base not in self.bases:
            self.bases[factor.base] = self._base(factor.base)
        array = self.bases[factor.base]
        return np.swapaxes(array, -1, -2) if factor.transposed else array

    def _base(self, base: Letter | Pinv | Inverse) -> Matrix:
        match base:
            case Letter():
                return self._letter(base)
            case Pinv() if base.text in self.letters:
                return self.letters[base.text]
            case Pinv(letter=letter):
                return np.asarray(np.linalg.pinv(self._factor(Factor(letter))))
        inner = self.value(base.argument)
        return np.asarray(np.linalg.inv(inner if not base.argument.is_scalar else inner[..., None, None]))

    def _letter(self, letter: Letter) -> Matrix:
        if letter.name in self.letters:
            return self.letters[letter.name]
        match letter.law:
            case Defined(meaning=meaning):
                return self.value(meaning)
            case Trained(design=design, labels=labels, start=start, depth=depth) if self.train is not None:
                given = (self.value(part) for part in (design, labels, start))
                return self.train(*given, depth=_number(depth, self.numbers))
            case Scaled(vector=vector, power=power):
                of = self.value(vector)
                return np.asarray(of * np.linalg.norm(of, axis=-2, keepdims=True) ** _number(power, self.numbers))
            case OfSpectrum() as law:
                return self._function(law)
            case Number() as law:
                return self._found(law)[..., None, None]
            case Largest(of=of):
                return np.asarray(np.linalg.eigvalsh(self.value(of))[..., -1:, None])
            case UnitRows(of=of):
                return _directions(self.value(of))
            case OfCosines() as law:
                return self._of_cosines(law)
        raise MissingLetter(letter.name)

    def _function(self, law: OfSpectrum) -> Matrix:
        """The formula at the eigenvalues; those that are 0 but for rounding are 0."""
        values, axes = np.linalg.eigh(self.value(law.argument))
        at = self._compiled(law.formula, (law.variable,))
        zero = np.abs(values) <= NOTHING * np.max(np.abs(values), axis=-1, keepdims=True)
        limit = _number(sp.limit(law.formula, law.variable, 0), self.numbers)
        found = np.where(zero, limit, at(np.where(zero, 1.0, values)))
        return np.asarray((axes * found[..., None, :]) @ np.swapaxes(axes, -1, -2))

    def _of_cosines(self, law: OfCosines) -> Matrix:
        """The formula; a cosine that is 1 but for rounding is 1, as an angle is a root of what it misses."""
        left, right = (_directions(self.value(rows)) for rows in (law.left, law.right))
        cosines = np.asarray(left @ np.swapaxes(right, -1, -2))
        cosines = np.where(np.abs(cosines) > 1 - SAME, np.sign(cosines), cosines)
        return np.asarray(self._compiled(law.formula, (law.variable,))(cosines))

    def _found(self, law: Number) -> Array:
        values = {symbol: self.value(of) for symbol, of in law.of}
        if law.root is not None:
            symbol, zero = law.root
            values[symbol] = positive_root(self._compiled(zero, (*values, symbol)), tuple(values.values()))
        return np.asarray(self._compiled(law.formula, tuple(values))(*values.values()))

    def _compiled(self, formula: sp.Expr, symbols: tuple[sp.Symbol, ...]) -> Callable[..., Array]:
        known = {s: self.numbers[s] for s in formula.free_symbols - set(symbols)}
        compiled: Callable[..., Array] = sp.lambdify(symbols, formula.subs(known), [numerical(), "numpy"])
        return compiled


def _directions(rows: Matrix) -> Matrix:
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True))
