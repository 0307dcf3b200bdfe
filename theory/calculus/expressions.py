"""Linear combinations of words, with SymPy coefficients and products of traces.

An `Expression` is a sum of coefficient * tr(w1) ... tr(wk) * w.  A scalar expression has no word w.  Words
have one normal form, so `==` decides equality up to the rules that were applied; coefficients are compared
as written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import sympy as sp

from theory.calculus.letters import ONE, Defined, Factor, Gaussian, Inverse, Law, Letter, Pinv, ShapeError
from theory.calculus.monomials import Monomial, normal_monomial
from theory.calculus.rational import add
from theory.calculus.words import Word


@dataclass(frozen=True, eq=False, repr=False)
class Expression:
    """A sum of coefficient * monomial, of one shape.

    Supports +, -, @, .T, and with numbers *, /; powers of square matrices and of numbers.
    """

    terms: tuple[tuple[Monomial, sp.Expr], ...]
    rows: sp.Expr
    cols: sp.Expr

    __array_ufunc__ = None  # so that NumPy leaves array @ expression to us, which refuses it

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expression) or len(self.terms) != len(other.terms) or self.shape != other.shape:
            return False
        pairs = list(zip(self.terms, other.terms, strict=True))
        if any(m.text != k.text for (m, _), (k, _) in pairs):
            return False
        return all(a == b for (_, a), (_, b) in pairs) or self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    @cached_property
    def text(self) -> str:
        """One line: the normal form, terms in order."""
        return " + ".join(_term_text(m, c) for m, c in self.terms).replace("+ -", "- ") or "0"

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """Rows and columns."""
        return self.rows, self.cols

    @property
    def is_scalar(self) -> bool:
        """Whether it is a number: 1 x 1."""
        return bool(self.rows == ONE and self.cols == ONE)

    @property
    def T(self) -> Expression:
        """The transpose."""
        return collect(
            ((m.traces, m.word.T if m.word is not None else None, c) for m, c in self.terms),
            self.cols,
            self.rows,
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
        return self.scaled(sp.Integer(-1))

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
            ((a.traces + b.traces, a.word, x * y) for a, x in big.terms for b, y in small.terms),
            big.rows,
            big.cols,
        )

    __rmul__ = __mul__

    def __truediv__(self, number: sp.Expr | int) -> Expression:
        return self.scaled(1 / sp.sympify(number, strict=True))

    def __pow__(self, power: int) -> Expression:
        if self.rows != self.cols or not isinstance(power, int) or power < 1:
            raise ShapeError(f"({self})**{power}: only a square matrix or a number has powers, 1, 2, ..")
        return self if power == 1 else self @ self ** (power - 1)

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

    def scaled(self, number: sp.Expr) -> Expression:
        """The same words with every coefficient multiplied by a number."""
        return collect(((m.traces, m.word, c * number) for m, c in self.terms), self.rows, self.cols)

    def scalar(self) -> sp.Expr:
        """The value of an expression that holds no word any more."""
        if any(m.traces or m.word is not None for m, _ in self.terms):
            raise ValueError(f"{self} still holds matrices: apply rules until only numbers are left")
        return sp.Add(*(c for _, c in self.terms))


Operand: TypeAlias = Expression | Letter | sp.Expr | int | float


def _term_text(monomial: Monomial, coefficient: sp.Expr) -> str:
    words = monomial.text
    if not words:
        return str(coefficient)
    if coefficient in (1, -1):
        return words if coefficient == 1 else f"-{words}"
    shown = f"({coefficient})" if coefficient.is_Add else str(coefficient)
    return f"{shown} {words}"


def collect(parts: Iterable[tuple[Iterable[Word], Word | None, sp.Expr]], rows: sp.Expr, cols: sp.Expr) -> Expression:
    """Normal form of a sum: scalars split off, traces rotated, like terms added, sorted."""
    coefficients: dict[Monomial, list[sp.Expr]] = defaultdict(list)
    for traces, word, coefficient in parts:
        monomial, dimension = normal_monomial(traces, word, rows == ONE and cols == ONE)
        coefficients[monomial].append(coefficient * dimension)
    summed = ((m, _add(cs)) for m, cs in coefficients.items())
    return Expression(tuple(sorted(((m, c) for m, c in summed if c != 0), key=lambda t: t[0].key)), rows, cols)


def _add(coefficients: list[sp.Expr]) -> sp.Expr:
    return coefficients[0] if len(coefficients) == 1 else add(coefficients)


def expression(value: Operand | Word | Factor) -> Expression:
    """Anything the calculus understands, as an expression.

    >>> str(expression(2) + 3)
    '5'
    """
    match value:
        case Expression():
            return value
        case Letter():
            return expression(Factor(value))
        case Factor():
            return expression(Word.of(value))
        case Word():
            return collect([((), value, ONE)], value.rows, value.cols)
    if not isinstance(value, sp.Expr | int | float):
        raise TypeError(f"{type(value).__name__}: neither a matrix of symbols nor a number; name it with matrix(..)")
    return collect([((), None, sp.S(value))], ONE, ONE)


def zero_like(like: Expression) -> Expression:
    """The zero of the same shape."""
    return Expression((), like.rows, like.cols)


def scalar_product(traces: Iterable[Word]) -> Expression:
    """tr(w1) ... tr(wk) as a scalar expression."""
    return collect([(tuple(traces), None, ONE)], ONE, ONE)


def total(parts: Iterable[Expression], like: Expression) -> Expression:
    """The sum of expressions of one shape, collected once."""
    terms = [(m.traces, m.word, c) for part in parts for m, c in part.terms]
    return collect(terms, like.rows, like.cols)


def _size(side: sp.Expr | int) -> sp.Expr:
    return sp.sympify(side, strict=True)


def identity(dim: sp.Expr | int) -> Expression:
    """The identity matrix of a dimension, symbol or number."""
    return expression(Word.identity(_size(dim)))


def trace(value: Operand) -> Expression:
    """tr of a square expression, as a scalar expression."""
    square = expression(value)
    if square.rows != square.cols:
        raise ShapeError(f"{square} is {square.rows} x {square.cols}: only a square matrix has a trace")
    if square.is_scalar:
        return square
    return collect((((*m.traces, m.word), None, c) for m, c in square.terms if m.word is not None), ONE, ONE)


def matrix(
    name: str,
    rows: sp.Expr | int,
    cols: sp.Expr | int,
    *,
    symmetric: bool = False,
    law: Law | None = None,
    projection: bool = False,
) -> Expression:
    """A new letter, as an expression: deterministic, Gaussian, or defined by another expression.

    An orthogonal projection is symmetric, and its powers are itself.  Raises ShapeError for a symmetric letter that is
    not square, and for a law of another shape or without that symmetry.

    >>> X = matrix("X", sp.Symbol("n"), sp.Symbol("d"))
    >>> trace(X.T @ X) == trace(X @ X.T)
    True
    """
    if (symmetric or projection) and _size(rows) != _size(cols):
        raise ShapeError(f"{name} is {rows} x {cols}: only a square matrix is symmetric")
    letter = Letter(name, _size(rows), _size(cols), symmetric or projection, law, projection)
    _check_law(letter)
    return expression(letter)


def _check_law(letter: Letter) -> None:
    match letter.law:
        case Gaussian(row_covariance=c, column_covariance=r):
            if letter.symmetric:
                raise ShapeError(f"{letter.name}: a symmetric letter cannot have independent Gaussian entries")
            for side, covariance in ((letter.cols, c), (letter.rows, r)):
                if covariance is not None and (covariance.shape != (side, side) or covariance != covariance.T):
                    raise ShapeError(f"{letter.name}: the covariance {covariance} must be symmetric, {side} x {side}")
        case Defined(meaning=meaning):
            if meaning.shape != (letter.rows, letter.cols):
                raise ShapeError(
                    f"{letter.name} is {letter.rows} x {letter.cols}, but {meaning} is {meaning.rows} x {meaning.cols}"
                )
            if letter.symmetric and meaning != meaning.T and not _holds_pinv(meaning):
                raise ShapeError(f"{letter.name} is symmetric, but {meaning} is not")


def _holds_pinv(value: Expression) -> bool:
    """Whether X+ stands somewhere: X+ X is symmetric, though not as it is written."""
    return any(isinstance(f.base, Pinv) for m, _ in value.terms for w in m.words for f in w.factors)


def letter_of(value: Operand) -> Letter:
    """The letter that an expression consists of."""
    match expression(value).terms:
        case ((Monomial(traces=(), word=Word(factors=(Factor(base=letter, transposed=False),))), c),):
            if c == ONE and isinstance(letter, Letter):
                return letter
        case ((Monomial(traces=(Word(factors=(Factor(base=Letter() as letter),)),), word=None), c),) if c == ONE:
            if letter.rows == letter.cols == ONE:
                return letter
    raise ValueError(f"{value} is not a single letter: give it a name with matrix(..., law=Defined(...)) first")


def is_letter(value: Expression) -> bool:
    """Whether an expression is a single letter."""
    match value.terms:
        case ((Monomial(traces=(), word=Word(factors=(Factor(base=Letter(), transposed=False),))), c),):
            return bool(c == ONE)
    return False


def pinv(value: Operand) -> Expression:
    """The Moore-Penrose pseudo-inverse X+ of a letter."""
    return expression(Factor(Pinv(letter_of(value))))


def inverse(value: Operand) -> Expression:
    """The inverse of a square symmetric expression that is invertible; of c I it is I / c."""
    square = expression(value)
    if square.rows != square.cols:
        raise ShapeError(f"{square} is {square.rows} x {square.cols}: only a square matrix has an inverse")
    if square != square.T:
        raise ShapeError(f"{square} is not symmetric: only inverses of symmetric matrices are known here")
    if len(square.terms) == 1:
        monomial, coefficient = square.terms[0]
        if not monomial.traces and (monomial.word is None or not monomial.word.factors):
            return collect([((), monomial.word, 1 / coefficient)], square.rows, square.cols)
    return expression(Factor(Inverse(square)))
