"""Letters and factors: what products of matrices are made of.

A *letter* is a matrix with a name, a shape, facts and a law; a *factor* is a letter, its pseudo-inverse or
the inverse of an expression, possibly transposed.  Within a derivation a name stands for one letter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import sympy as sp

if TYPE_CHECKING:
    from theory.calculus.expressions import Expression

ONE = sp.Integer(1)


class ShapeError(ValueError):
    """Two matrices whose shapes do not fit were added or multiplied, or a square one was needed."""


@dataclass(frozen=True)
class Gaussian:
    """Entries N(0, .) with E X_ia X_jb = R_ij C_ab, C = row_covariance, R = column_covariance.

    Left out, R is the identity: rows independent, each N(0, C).  A noise vector is the case of one column.
    """

    row_covariance: Expression
    column_covariance: Expression | None = None


@dataclass(frozen=True)
class Defined:
    """The letter abbreviates an expression in other letters."""

    meaning: Expression


@dataclass(frozen=True)
class Trained:
    """The limit of gradient flow on |y - X h|^2 / 2 from a start, h the product of `depth` layers that start balanced.

    For one layer h' = X'(y - X h).
    """

    design: Expression
    labels: Expression
    start: Expression
    depth: sp.Expr = ONE


@dataclass(frozen=True)
class Scaled:
    """|v|^power v, for a vector v."""

    vector: Expression
    power: sp.Expr


@dataclass(frozen=True)
class Number:
    """A number (1 x 1): a formula in numbers that other letters give, and in the positive root of an equation.

    `of` says which symbol is which number; `root` is a symbol and what is zero, and increases through zero, at it.
    """

    formula: sp.Expr
    of: tuple[tuple[sp.Symbol, Expression], ...]
    root: tuple[sp.Symbol, sp.Expr] | None = None


@dataclass(frozen=True)
class Largest:
    """The largest eigenvalue (1 x 1) of a symmetric matrix."""

    of: Expression


@dataclass(frozen=True)
class OfSpectrum:
    """A function of a symmetric matrix: a formula in its eigenvalues, at 0 the limit from above."""

    argument: Expression
    formula: sp.Expr
    variable: sp.Symbol


@dataclass(frozen=True)
class UnitRows:
    """The directions of the rows of a matrix: every row over its length."""

    of: Expression


@dataclass(frozen=True)
class OfCosines:
    """A formula in the cosine of the angle between every row of one matrix and every row of another."""

    left: Expression
    right: Expression
    formula: sp.Expr
    variable: sp.Symbol


Law: TypeAlias = Gaussian | Defined | Trained | Scaled | Number | Largest | OfSpectrum | UnitRows | OfCosines


@dataclass(frozen=True)
class Letter:
    """A matrix of symbolic shape (rows, cols); `law` is None for a deterministic one.

    `projection` is the fact P P = P = P': words forget repetitions of such a letter.
    """

    name: str
    rows: sp.Expr
    cols: sp.Expr
    symmetric: bool = False
    law: Law | None = None
    projection: bool = False

    @property
    def text(self) -> str:
        """The letter as it is written in words."""
        return self.name

    def __hash__(self) -> int:
        return hash(self.name)


def made_of(letter: Letter) -> tuple[Expression, ...]:
    """What a letter follows from, where it follows from other letters."""
    match letter.law:
        case Defined(meaning=meaning) | OfSpectrum(argument=meaning):
            return (meaning,)
        case Trained(design=design, labels=labels, start=start):
            return (design, labels, start)
        case Scaled(vector=vector):
            return (vector,)
        case Number(of=of):
            return tuple(value for _, value in of)
        case Largest(of=of) | UnitRows(of=of):
            return (of,)
        case OfCosines(left=left, right=right):
            return (left, right)
    return ()


@dataclass(frozen=True)
class Pinv:
    """The Moore-Penrose pseudo-inverse of a letter."""

    letter: Letter

    @property
    def rows(self) -> sp.Expr:
        """Columns of the letter."""
        return self.letter.cols

    @property
    def cols(self) -> sp.Expr:
        """Rows of the letter."""
        return self.letter.rows

    @property
    def symmetric(self) -> bool:
        """Whether it equals its transpose, as the letter does."""
        return self.letter.symmetric

    @cached_property
    def text(self) -> str:
        """The factor as it is written in words."""
        return f"{self.letter.name}+"


@dataclass(frozen=True)
class Inverse:
    """The inverse of a square expression."""

    argument: Expression

    @property
    def rows(self) -> sp.Expr:
        """Rows of the argument."""
        return self.argument.rows

    @property
    def cols(self) -> sp.Expr:
        """Columns of the argument."""
        return self.argument.cols

    @cached_property
    def symmetric(self) -> bool:
        """Whether it equals its transpose, as the argument does."""
        return self.argument == self.argument.T

    @cached_property
    def text(self) -> str:
        """The factor as it is written in words."""
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
        """Rows, after transposition."""
        return self.base.cols if self.transposed else self.base.rows

    @property
    def cols(self) -> sp.Expr:
        """Columns, after transposition."""
        return self.base.rows if self.transposed else self.base.cols

    @property
    def T(self) -> Factor:
        """The transpose."""
        return self if self.base.symmetric else replace(self, transposed=not self.transposed)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(self.text)

    @cached_property
    def text(self) -> str:
        """The factor as it is written in words."""
        return self.base.text + ("'" if self.transposed else "")
