"""Integrals over two numbers and a circle: Laplace transforms of two quadratic forms come to them.

`PlaneIntegral(exponent, factor, alpha, beta, z)` stands for

    int int_{alpha > beta > 0} d alpha d beta  1/(2 pi i) oint dz/z  e^exponent factor,

where the circle picks a coefficient of a generating function; `LineIntegral`, with the same arguments, is
that over the edge alpha = beta > 0 alone.  `SaddleIntegral(exponent, factor, eta, phi, z)` stands for

    int d eta  1/(pi i) int d phi  1/(2 pi i) oint dz/z  e^exponent factor,

eta over the real line, phi upwards along a vertical line between 0 and pi.  The integrand is analytic where Re phi > 0
and |Im eta|/2 is below pi/2 and pi - Re phi.  Numbers: `theory.plane`, `theory.saddle`.
"""

from __future__ import annotations

import sympy as sp


class PlaneIntegral(sp.Function):  # type: ignore[misc]
    """The integral of e^exponent factor over alpha > beta > 0 and a circle of z (with dz/z)."""

    nargs = 5

    @property
    def exponent(self) -> sp.Expr:
        """The logarithm of what has no sign."""
        return self.args[0]

    @property
    def factor(self) -> sp.Expr:
        """The rest."""
        return self.args[1]

    @property
    def variables(self) -> tuple[sp.Symbol, sp.Symbol, sp.Symbol]:
        """alpha, beta, z."""
        return self.args[2], self.args[3], self.args[4]

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """All symbols but the variables."""
        inside = self.exponent.free_symbols | self.factor.free_symbols
        return set(inside - set(self.variables))


class LineIntegral(PlaneIntegral):
    """The integral of e^exponent factor over the edge alpha = beta > 0 and a circle of z (with dz/z)."""


class SaddleIntegral(PlaneIntegral):
    """The integral of e^exponent factor over real eta, a vertical line of phi (with d phi/(pi i)) and a circle of z."""


class InverseMoment(sp.Function):  # type: ignore[misc]
    """E Y^-power of the test error Y = R + sigma^2, and the formula that it is: printed without the formula."""

    nargs = 2

    @property
    def power(self) -> sp.Expr:
        """Which moment."""
        return self.args[0]

    @property
    def formula(self) -> sp.Expr:
        """What it is."""
        return self.args[1]


def spelled(value: sp.Basic) -> sp.Basic:
    """The same with inverse moments written out."""
    return value.replace(InverseMoment, lambda _, formula: formula) if value.has(InverseMoment) else value


class Inversion(sp.Function):  # type: ignore[misc]
    """P(Y <= at) of a positive number Y with E Y^-q = formula for 0 < q < highest: 1/(2 pi i) int at^q formula dq/q
    over a vertical line there."""

    nargs = 4

    @property
    def formula(self) -> sp.Expr:
        """The inverse moments."""
        return self.args[0]

    @property
    def variable(self) -> sp.Symbol:
        """Their power."""
        return self.args[1]

    @property
    def highest(self) -> sp.Expr:
        """The powers below this one have a finite inverse moment."""
        return self.args[2]

    @property
    def at(self) -> sp.Expr:
        """The number that Y is not above."""
        return self.args[3]

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """All symbols but the variable."""
        inside = self.formula.free_symbols - {self.variable}
        return set(inside | self.highest.free_symbols | self.at.free_symbols)


class InvertedQuantile(Inversion):
    """The y with P(Y <= y) = at, a probability."""


class Least(sp.Function):  # type: ignore[misc]
    """The least value of a formula over a variable between two numbers."""

    nargs = 4

    @property
    def formula(self) -> sp.Expr:
        """What is made small."""
        return self.args[0]

    @property
    def variable(self) -> sp.Symbol:
        """By what."""
        return self.args[1]

    @property
    def low(self) -> sp.Expr:
        """From here."""
        return self.args[2]

    @property
    def high(self) -> sp.Expr:
        """To here."""
        return self.args[3]

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """All symbols but the variable."""
        inside = self.formula.free_symbols - {self.variable}
        return set(inside | self.low.free_symbols | self.high.free_symbols)


class Greatest(Least):
    """The greatest value of a formula over a variable between two numbers."""


def completed_square(exponent: sp.Expr, v: sp.Symbol) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """log int e^exponent dv for a quadratic exponent, and mean and variance of v under that weight.

    >>> v, k = sp.Symbol("v"), sp.Symbol("k", positive=True)
    >>> completed_square(-k * v**2, v)
    (log(pi/k)/2, 0, 1/(2*k))
    """
    square = sp.Poly(exponent, v)
    curvature, slope, constant = -square.nth(2), square.nth(1), square.nth(0)
    log_integral = sp.log(sp.pi / curvature) / 2 + slope**2 / (4 * curvature) + constant
    return log_integral, slope / (2 * curvature), 1 / (2 * curvature)


def gaussian_mean(power: sp.Expr, v: sp.Symbol, mean: sp.Expr, variance: sp.Expr) -> sp.Expr:
    """The mean of a polynomial in a Gaussian variable.

    >>> v, m, w = sp.symbols("v m w")
    >>> gaussian_mean(v**4, v, m, w)
    m**4 + 6*m**2*w + 3*w**2
    """
    g = sp.Dummy("g")
    around = sp.Poly(power.subs(v, mean + g), g)
    return sp.expand(sp.Add(*(c * _moment(k, variance) for (k,), c in around.terms())))


def _moment(order: int, variance: sp.Expr) -> sp.Expr:
    return sp.Integer(0) if order % 2 else sp.factorial2(order - 1) * variance ** (order // 2)
