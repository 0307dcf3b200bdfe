"""Words in non-commuting letters: typed, with one normal form each.

A *letter* is a matrix with a shape and facts; a *factor* is a letter, its pseudo-inverse or the inverse of an expression,
possibly transposed; a *word* is a product of factors.  Traces are words up to rotation and transposition.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import sympy as sp

if TYPE_CHECKING:
    from theory.calculus.expressions import Expression

ONE = sp.Integer(1)


class ShapeError(ValueError):
    """Two matrices whose shapes do not fit were added or multiplied."""


@dataclass(frozen=True)
class Gaussian:
    """Rows independent, each N(0, row_covariance).  A noise vector is the case of one column."""

    row_covariance: Expression


@dataclass(frozen=True)
class Defined:
    """The letter abbreviates an expression in other letters."""

    meaning: Expression


@dataclass(frozen=True)
class Trained:
    """The limit of gradient flow on |y - X h|^2 / 2 from a start: h' = X'(y - X h)."""

    design: Expression
    labels: Expression
    start: Expression


Law = Gaussian | Defined | Trained


@dataclass(frozen=True)
class Letter:
    """A matrix of symbolic shape (rows, cols); `law` is None for a deterministic one."""

    name: str
    rows: sp.Expr
    cols: sp.Expr
    symmetric: bool = False
    law: Law | None = None

    @cached_property
    def text(self) -> str:
        return self.name

    def __hash__(self) -> int:
        return hash(self.name)


@dataclass(frozen=True)
class Pinv:
    """The Moore-Penrose pseudo-inverse of a letter."""

    letter: Letter

    @property
    def rows(self) -> sp.Expr:
        return self.letter.cols

    @property
    def cols(self) -> sp.Expr:
        return self.letter.rows

    @property
    def symmetric(self) -> bool:
        return False

    @cached_property
    def text(self) -> str:
        return f"{self.letter.name}+"


@dataclass(frozen=True)
class Inverse:
    """The inverse of a square symmetric expression."""

    argument: Expression

    @property
    def rows(self) -> sp.Expr:
        return self.argument.rows

    @property
    def cols(self) -> sp.Expr:
        return self.argument.cols

    @property
    def symmetric(self) -> bool:
        return True

    @cached_property
    def text(self) -> str:
        inner = str(self.argument)
        return f"({inner})^-1" if " " in inner else f"{inner}^-1"

    def __hash__(self) -> int:
        return hash(self.text)


@dataclass(frozen=True)
class Factor:
    """A base, transposed or not; a symmetric base is never marked transposed."""

    base: Letter | Pinv | Inverse
    transposed: bool = False

    @property
    def rows(self) -> sp.Expr:
        return self.base.cols if self.transposed else self.base.rows

    @property
    def cols(self) -> sp.Expr:
        return self.base.rows if self.transposed else self.base.cols

    @property
    def T(self) -> Factor:
        return self if self.base.symmetric else replace(self, transposed=not self.transposed)

    @cached_property
    def text(self) -> str:
        return self.base.text + ("'" if self.transposed else "")


@dataclass(frozen=True)
class Word:
    """A product of factors; the empty word is the identity of its dimension."""

    factors: tuple[Factor, ...]
    rows: sp.Expr
    cols: sp.Expr

    @classmethod
    def of(cls, *factors: Factor) -> Word:
        for left, right in zip(factors, factors[1:], strict=False):
            if left.cols != right.rows:
                raise ShapeError(
                    f"{left.text} is {left.rows} x {left.cols} and {right.text} is {right.rows} x {right.cols}: "
                    "their product has no meaning; transpose one, or check the order"
                )
        return cls(factors, factors[0].rows, factors[-1].cols)

    @classmethod
    def identity(cls, dim: sp.Expr) -> Word:
        return cls((), dim, dim)

    @property
    def T(self) -> Word:
        return Word(tuple(f.T for f in reversed(self.factors)), self.cols, self.rows)

    def __matmul__(self, other: Word) -> Word:
        if self.cols != other.rows:
            raise ShapeError(
                f"{self} is {self.rows} x {self.cols} and {other} is {other.rows} x {other.cols}: "
                "their product has no meaning; transpose one, or check the order"
            )
        return Word(self.factors + other.factors, self.rows, other.cols)

    @cached_property
    def key(self) -> tuple[int, tuple[str, ...]]:
        return len(self.factors), tuple(f.text for f in self.factors)

    def __str__(self) -> str:
        return " ".join(f.text for f in self.factors) or "I"

    def rotations(self) -> Iterator[Word]:
        """The same trace, begun at each factor in turn."""
        for start in range(len(self.factors)):
            yield Word.of(*self.factors[start:], *self.factors[:start])


def cyclic_normal_form(word: Word) -> Word:
    """tr(AB) = tr(BA) and tr(A) = tr(A'): the least of all rotations of a word and of its transpose."""
    if not word.factors:
        return word
    return min([*word.rotations(), *word.T.rotations()], key=lambda w: w.key)


def split_scalars(word: Word) -> tuple[tuple[Word, ...], Word]:
    """A 1 x 1 stretch inside a word is a number and commutes: (those numbers, the word without them)."""
    factors = word.factors
    cuts = [j for j in range(len(factors) + 1) if (factors[j - 1].cols if j else word.rows) == ONE]
    if len(cuts) < 2:
        return (), word
    inner = tuple(Word.of(*factors[a:b]) for a, b in zip(cuts, cuts[1:], strict=False))
    outer = factors[: cuts[0]] + factors[cuts[-1] :]
    return inner, Word(outer, word.rows, word.cols)
