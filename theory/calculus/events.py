"""Events: inequalities that may fail, with a probability that is known.

An event is a letter, 1 where it happens and 0 where not, so that its probability is a mean and steps add up on show:
what fails is at most the sum of what may fail (pathwise), and each of these has a mean that a leaf bounds.  The leaves
are the functions below, each a named inequality with its condition and its source; every step can be checked alone, by
numbers.  `LeastOver` is the least of a bound over what it holds for any value of.
"""

from __future__ import annotations

import sympy as sp

from theory.calculus.chi_squares import ChiSquareBelow
from theory.calculus.expressions import Expression, expression, matrix
from theory.calculus.letters import Largest, Number
from theory.calculus.rule import Reason
from theory.references import BAGNOLI_2005, GORDON_1988, HORN_2013, MUIRHEAD_1982
from theory.result import Equality

_left, _right = sp.symbols("left right", real=True)


class LeastOver(sp.Function):  # type: ignore[misc]
    """The least value of a formula over positive variables, where it is a positive number; numbers: `theory.least`."""

    @property
    def formula(self) -> sp.Expr:
        """What is made small."""
        return self.args[0]

    @property
    def variables(self) -> tuple[sp.Symbol, ...]:
        """By what."""
        return tuple(self.args[1:])

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """All symbols but the variables."""
        return set(self.formula.free_symbols - set(self.variables))


def event(name: str, larger: Expression, smaller: Expression) -> Expression:
    """The letter that is 1 where larger >= smaller, and 0 otherwise."""
    happens = sp.Piecewise((1, sp.Ge(_left, _right)), (0, True))
    return number(name, happens, {_left: larger, _right: smaller})


def number(name: str, formula: sp.Expr, of: dict[sp.Symbol, Expression]) -> Expression:
    """The letter for a formula in numbers that other letters give."""
    return matrix(name, 1, 1, symmetric=True, law=Number(formula, tuple(of.items())))


def function_of(name: str, formula: sp.Expr, variable: sp.Symbol, value: Expression) -> Expression:
    """The letter for a formula in one number."""
    return number(name, formula, {variable: value})


def largest_eigenvalue(name: str, of: Expression) -> Expression:
    """The letter for the largest eigenvalue of a symmetric matrix."""
    return matrix(name, 1, 1, symmetric=True, law=Largest(of))


def scalar(value: sp.Expr) -> Expression:
    """A number as an expression."""
    return expression(value)


RAYLEIGH = Reason(
    "largest eigenvalue",
    "v'A v is at most |v|^2 times the largest eigenvalue of A; here v = Q D, and Q Q = Q.",
    Equality.AT_MOST,
    HORN_2013.at("section 4.2"),
)
PROJECTED = Reason("a projection shortens", "|Q D| is at most |D|.", Equality.AT_MOST)
CAUCHY_SCHWARZ = Reason(
    "Cauchy-Schwarz", "(v'w)^2 is at most v'M v w'M^-1 w, for any positive definite M.", Equality.AT_MOST
)
UNION = Reason("union bound", "Where an event happens, at least one of these does.", Equality.AT_MOST)
ANY = Reason("the best choice", "What holds for every choice holds for the best.", Equality.AT_MOST)
ESCAPE = Reason(
    "Gordon's escape through the mesh",
    "The largest eigenvalue is at least r where the null space of a standard Gaussian Z (n x d), X = Z S^(1/2), meets "
    "the unit vectors w with w'S^-1 w <= 1/r: there Z w = 0.  Gordon compares v'Z w + f with b'v + g'w over unit "
    "vectors v in R^n and those w, with f standard normal: that f <= 0 and Z w = 0 for some w is no more probable than "
    "that |b| <= g'w for some w.  And f, which is independent of Z, is negative half of the time: hence the factor 2.  "
    "By Cauchy-Schwarz with M = I + k S^-1, (g'w)^2 is at most (1 + k/r) g'S (S + k I)^-1 g, for any k > 0.",
    Equality.AT_MOST_ON_AVERAGE,
    GORDON_1988,
)
CHI_SQUARE = Reason(
    "chi-square tail",
    "b is a standard normal vector in R^n, independent of g: the probability that |b|^2 is below a number is the "
    "distribution function there.",
    Equality.IN_EXPECTATION,
    MUIRHEAD_1982.at("Section 1.3"),
)
TANGENT = Reason(
    "tangent to a log-concave function",
    "The distribution function F of a chi-square variable has a concave logarithm, as its density has for n >= 2 and "
    "falls for n = 1: F is below the tangent of its logarithm at any number.",
    Equality.AT_MOST,
    BAGNOLI_2005.at("Theorem 1"),
)
MOMENT_GENERATING = Reason(
    "moment generating function",
    "The coordinates of g are independent standard normals; each gives a root.",
    Equality.IN_EXPECTATION,
    MUIRHEAD_1982.at("Section 1.3"),
)


def tangent(y: sp.Symbol, at: sp.Symbol, degrees: sp.Expr) -> sp.Expr:
    """F(at) exp((log F)'(at) (y - at)) for the distribution function F of a chi-square variable."""
    below = ChiSquareBelow(degrees, at)
    return below * sp.exp(sp.diff(sp.log(below), at) * (y - at))
