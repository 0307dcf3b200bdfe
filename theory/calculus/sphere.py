"""The unit sphere in R^d: zonal harmonics, and means over one coordinate of a uniformly random point.

`Legendre(l, d, c)` is the polynomial of degree l that is orthogonal to all of lower degree under the law of that
coordinate, and 1 at 1: the only harmonic of degree l that depends on it alone.  For d >= 3.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import sympy as sp

NODES = 128
"""Of Gauss's rule: what is averaged is entire in the angle, and known to rounding."""


class Legendre(sp.Function):  # type: ignore[misc]
    """The zonal harmonic of a degree in R^d, as a function of the cosine."""

    nargs = 3

    @classmethod
    def eval(cls, degree: sp.Expr, dim: sp.Expr, c: sp.Expr) -> sp.Expr | None:
        """The polynomial, where degree and dimension are numbers."""
        if not (degree.is_Integer and dim.is_Integer):
            return None
        order = dim / 2 - 1
        return sp.gegenbauer(degree, order, c) / sp.gegenbauer(degree, order, 1)


class OverSphere(sp.Function):  # type: ignore[misc]
    """E formula(c), c one coordinate of a uniformly random point of the unit sphere in R^d; arguments formula, c, d."""

    nargs = 3

    @property
    def formula(self) -> sp.Expr:
        """What is averaged."""
        return self.args[0]

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """All symbols but the coordinate."""
        return set((self.args[0].free_symbols - {self.args[1]}) | self.args[2].free_symbols)

    def _eval_evalf(self, _: int) -> sp.Expr:
        """Over the angle phi, c = sin phi, whose density is proportional to cos(phi)^(d-2): smooth up to the ends."""
        if self.free_symbols:
            return self
        formula, c, dim = self.args
        phi, weights = np.polynomial.legendre.leggauss(NODES)
        weights = weights * np.cos(phi * np.pi / 2) ** (int(dim) - 2)
        values = sp.lambdify(c, formula, "numpy")(np.sin(phi * np.pi / 2))
        return sp.Float(float(np.sum(weights * values) / np.sum(weights)), 17)


@cache
def _beta() -> tuple[sp.Expr, sp.Symbol, sp.Symbol]:
    """The integral of p^(a-1) (1-p)^(b-1), by p = s/(1+s)."""
    s, a, b = sp.symbols("s a b", positive=True)
    return sp.integrate(s ** (a - 1) * (1 + s) ** (-a - b), (s, 0, sp.oo), conds="none"), a, b


def _whole(first: sp.Expr, second: sp.Expr) -> sp.Expr:
    whole, a, b = _beta()
    return whole.subs({a: first, b: second}, simultaneous=True)


def moment(power: sp.Expr, other: sp.Expr, dim: sp.Expr) -> sp.Expr:
    """E c^(2 power) (1 - c^2)^other: c^2 has the density p^(-1/2) (1 - p)^((d-3)/2), over its integral.

    >>> d = sp.Symbol("d", positive=True)
    >>> sp.gammasimp(moment(sp.Integer(1), sp.Integer(0), d))
    1/d
    """
    half, rest = sp.Rational(1, 2), (dim - 1) / 2
    return _whole(half + power, rest + other) / _whole(half, rest)
