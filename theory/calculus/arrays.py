"""Numbers for expressions: every letter an array, possibly a batch of them (leading axes)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
import sympy as sp
from jaxtyping import Float

from theory.calculus.expressions import Expression
from theory.calculus.letters import Defined, Factor, Inverse, Letter, Pinv, Trained
from theory.calculus.words import Word

Array: TypeAlias = Float[np.ndarray, "..."]
Matrix: TypeAlias = Float[np.ndarray, "... rows cols"]
Numbers: TypeAlias = Mapping[sp.Symbol, float]
Train: TypeAlias = Callable[[Matrix, Matrix, Matrix], Matrix]


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
    start)` finds the limit of gradient flow where an expression speaks of it.  Floating point: as accurate
    as NumPy's pinv and inv.  Raises MissingLetter for a letter without an array, Pole where a coefficient is
    0/0 or 1/0.

    >>> from theory.calculus.expressions import matrix, trace
    >>> float(evaluate_expression(trace(matrix("A", 2, 2)), {"A": np.eye(2)}, {}))
    2.0
    """
    total: Array | float = 0.0
    for monomial, coefficient in value.terms:
        piece: Array = np.asarray(_number(coefficient, numbers))
        for word in monomial.traces:
            piece = piece * np.trace(_word(word, letters, numbers, train), axis1=-2, axis2=-1)
        if monomial.word is not None:
            piece = piece[..., None, None] * _word(monomial.word, letters, numbers, train)
        total = total + piece
    if not value.terms and not value.is_scalar:
        return np.zeros((_size(value.rows, numbers), _size(value.cols, numbers)))
    return np.asarray(total)


def _number(value: sp.Expr, numbers: Numbers) -> float:
    found = value.subs(dict(numbers))
    if found.has(sp.nan, sp.zoo):
        given = ", ".join(f"{s}={numbers[s]}" for s in sorted(value.free_symbols & set(numbers), key=str))
        raise Pole(f"{value} has no value at {given}: put the sizes in with at_sizes before the average is taken")
    return float(found)


def _size(dim: sp.Expr, numbers: Numbers) -> int:
    return int(dim.subs(dict(numbers)))


def _word(word: Word, letters: Mapping[str, Matrix], numbers: Numbers, train: Train | None) -> Matrix:
    if not word.factors:
        return np.eye(_size(word.rows, numbers))
    arrays = {f: _factor(f, letters, numbers, train) for f in dict.fromkeys(word.factors)}
    product = arrays[word.factors[0]]
    for factor in word.factors[1:]:
        product = product @ arrays[factor]
    return product


def _factor(factor: Factor, letters: Mapping[str, Matrix], numbers: Numbers, train: Train | None) -> Matrix:
    match factor.base:
        case Letter() as letter:
            array = letter_value(letter, letters, numbers, train)
        case Pinv() as base if base.text in letters:
            array = letters[base.text]
        case Pinv(letter=letter):
            array = np.linalg.pinv(letter_value(letter, letters, numbers, train))
        case Inverse(argument=argument):
            inner = evaluate_expression(argument, letters, numbers, train)
            array = np.linalg.inv(inner if not argument.is_scalar else inner[..., None, None])
    return np.swapaxes(array, -1, -2) if factor.transposed else array


def letter_value(letter: Letter, letters: Mapping[str, Matrix], numbers: Numbers, train: Train | None) -> Matrix:
    """The array of a letter: given, or found from its definition."""
    if letter.name in letters:
        return letters[letter.name]
    match letter.law:
        case Defined(meaning=meaning):
            return evaluate_expression(meaning, letters, numbers, train)
        case Trained(design=design, labels=labels, start=start) if train is not None:
            parts = (evaluate_expression(part, letters, numbers, train) for part in (design, labels, start))
            return train(*parts)
    raise MissingLetter(letter.name)
