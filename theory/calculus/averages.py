"""Formulas in independent random variables: drawn, and on average.

`Drawn(formula, (x, law), ...)` is a random number, `Average(formula, (x, law), ...)` its mean; the laws are Beta(a, b),
BetaPrime(a, b) and Cosine(k), the first coordinate of a uniformly random unit vector in R^k.
"""

from __future__ import annotations

import sympy as sp

from theory.calculus.laws import Beta, BetaPrime


class Cosine(sp.Function):  # type: ignore[misc]
    """The first coordinate of a uniformly random unit vector in R^k: symmetric, its square Beta(1/2, (k-1)/2)."""

    nargs = 1


class _InVariables(sp.Function):  # type: ignore[misc]
    """A formula and the laws of the variables that are bound in it."""

    @property
    def formula(self) -> sp.Expr:
        """The formula, in its variables."""
        return self.args[0]

    @property
    def laws(self) -> dict[sp.Symbol, sp.Expr]:
        """The law of every variable."""
        return dict(self.args[1:])

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """All symbols but the variables."""
        return set().union(*(a.free_symbols for a in self.args)) - set(self.laws)


class Drawn(_InVariables):
    """A random number."""


class Average(_InVariables):
    """The mean of a random number."""


class QuantileIn(_InVariables):
    """The number that a random number is not above with a probability, which comes last."""

    @property
    def laws(self) -> dict[sp.Symbol, sp.Expr]:
        """The law of every variable."""
        return dict(self.args[1:-1])

    @property
    def probability(self) -> sp.Expr:
        """The probability."""
        return self.args[-1]


__all__ = ["Average", "Beta", "BetaPrime", "Cosine", "Drawn", "QuantileIn"]
