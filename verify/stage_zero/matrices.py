"""Expressions in matrices, in ball arithmetic: rational letters, every rounding accounted for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import sympy as sp
from flint import arb, arb_mat

from theory.calculus.expressions import Expression
from theory.calculus.letters import Defined, Factor, Inverse, Letter, Number, Pinv
from theory.calculus.words import Word
from verify.stage_zero.balls import ball, exact, root

LEAST, MOST = 2.0**-40, 2.0**40
"""Roots of equations in one number are looked for between these."""


def matrix_of(rows: sp.Matrix) -> arb_mat:
    """A matrix of rational numbers."""
    return arb_mat([[exact(entry) for entry in rows.row(i)] for i in range(rows.rows)])


def entries(matrix: arb_mat) -> list[arb]:
    """All entries, row after row."""
    return [entry for row in matrix.tolist() for entry in row]


@dataclass(frozen=True)
class Balls:
    """Letters by their matrices, symbols by exact numbers; letters with a meaning follow from the others."""

    letters: Mapping[str, sp.Matrix]
    numbers: Mapping[sp.Symbol, sp.Expr]

    def value(self, expression: Expression) -> arb_mat:
        """The matrix; of a number, 1 x 1."""
        return reduce(lambda a, b: a + b, (self._term(m.traces, m.word, c) for m, c in expression.terms))

    def number(self, expression: Expression) -> arb:
        """The only entry."""
        (found,) = entries(self.value(expression))
        return found

    def _term(self, traces: tuple[Word, ...], word: Word | None, coefficient: sp.Expr) -> arb_mat:
        scale = ball(coefficient.subs(self.numbers))
        for closed in traces:
            scale *= self._word(closed).trace()
        return (arb_mat([[1]]) if word is None else self._word(word)) * scale

    def _word(self, word: Word) -> arb_mat:
        if not word.factors:
            size = int(word.rows.subs(self.numbers))
            return arb_mat(size, size, [int(i == j) for i in range(size) for j in range(size)])
        return reduce(lambda a, b: a * b, map(self._factor, word.factors))

    def _factor(self, factor: Factor) -> arb_mat:
        found = self._base(factor.base)
        return found.transpose() if factor.transposed else found

    def _base(self, base: Letter | Pinv | Inverse) -> arb_mat:
        match base:
            case Letter():
                return self._letter(base)
            case Pinv(letter=letter):
                return pseudo_inverse(self._letter(letter))
        return self.value(base.argument).inv()

    def _letter(self, letter: Letter) -> arb_mat:
        if letter.name in self.letters:
            return matrix_of(self.letters[letter.name])
        match letter.law:
            case Defined(meaning=meaning):
                return self.value(meaning)
            case Number() as law:
                return arb_mat([[self._found(law)]])
        raise ValueError(f"{letter.name} is given no matrix")

    def _found(self, law: Number) -> arb:
        """A formula in other numbers, one of which may be a root."""
        known = {symbol: self.number(of) for symbol, of in law.of}
        if law.root is not None:
            unknown, zero = law.root
            equation = zero.subs(self.numbers)
            known[unknown] = root(lambda z: ball(equation, {**known, unknown: z}), arb(LEAST), arb(MOST))
        return ball(law.formula.subs(self.numbers), known)


def pseudo_inverse(x: arb_mat) -> arb_mat:
    """X'(XX')^-1 at full row rank, (X'X)^-1 X' at full column rank."""
    turned = x.transpose()
    return turned * (x * turned).inv() if x.nrows() < x.ncols() else (turned * x).inv() * turned
