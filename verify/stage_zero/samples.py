"""Two small samples with rational entries: fewer rows than columns, and more."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sympy as sp
from flint import arb, arb_mat

from theory.notation import symbol
from theory.result import Result
from verify.stage_zero.matrices import Balls, matrix_of
from verify.stage_zero.values import Point, matrix_formula, numbers

NOISE = sp.Rational(2, 3)


@dataclass(frozen=True)
class Sample:
    """A design X, noise e, target t, source u and covariance S, and the noise level that formulas are told."""

    x: sp.Matrix
    e: sp.Matrix
    t: sp.Matrix
    u: sp.Matrix
    s: sp.Matrix
    sigma: sp.Rational = NOISE

    @property
    def y(self) -> sp.Matrix:
        """Labels."""
        return self.x * self.t + self.e

    @property
    def across(self) -> sp.Matrix:
        """A basis of what the rows do not see, column by column; no column at full column rank."""
        basis = self.x.nullspace()
        return sp.Matrix.hstack(*basis) if basis else sp.zeros(self.x.cols, 0)

    def with_noise(self, e: sp.Matrix) -> Sample:
        """The same but for the noise."""
        return replace(self, e=e)

    def evaluate(self, result: Result, **point: sp.Expr | int) -> arb_mat:
        """The formula that applies to this sample, in balls; `point` has the depth."""
        n, d = self.x.shape
        norms = {"squared_source": (self.u.T * self.u)[0], "squared_target": (self.t.T * self.t)[0]}
        at: Point = {"n": n, "d": d, "sigma": self.sigma, **norms, **point}
        letters = {"X": self.x, "e": self.e, "y": self.y, "t": self.t, "u": self.u, "S": self.s}
        return Balls(letters, {**numbers(at), symbol("n"): sp.Integer(n)}).value(matrix_formula(result, at))

    def risk(self, h: arb_mat) -> arb:
        """(h - t)' S (h - t)."""
        error = h - matrix_of(self.t)
        return (error.transpose() * matrix_of(self.s) * error)[0, 0]


def _column(*values: int, over: int = 1) -> sp.Matrix:
    return sp.Matrix([sp.Rational(v, over) for v in values])


WIDE_SAMPLE = Sample(
    sp.Matrix([[1, 2, 0, -1], [0, 1, 3, 2]]),
    _column(1, -2, over=3),
    _column(2, -1, 1, 3, over=2),
    _column(1, 2, -2, 4, over=5),
    sp.diag(2, 1, sp.Rational(1, 2), sp.Rational(1, 3)),
)
TALL_SAMPLE = Sample(
    sp.Matrix([[1, 2], [0, 1], [3, -1], [1, 1]]),
    _column(1, -2, 0, 2, over=3),
    _column(2, -1, over=2),
    _column(3, 4, over=2),
    sp.diag(2, sp.Rational(1, 2)),
)
