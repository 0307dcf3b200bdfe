"""The chi-square distribution as formulas: its distribution function and its density, by logarithms where large."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath  # type: ignore[import-untyped]
import sympy as sp
from sympy.core.function import ArgumentIndexError

GUARD = 20
"""Bits beyond those that are asked for."""


class _OfChiSquare(sp.Function):  # type: ignore[misc]
    """A function of a number, by the degrees of freedom."""

    nargs = 2

    @property
    def degrees(self) -> sp.Expr:
        """Degrees of freedom, k."""
        return self.args[0]

    @property
    def edge(self) -> sp.Expr:
        """The number, y."""
        return self.args[1]


class ChiSquareDensity(_OfChiSquare):
    """The density of |g|^2 at y, for a standard normal vector g in R^k.

    >>> round(float(ChiSquareDensity(2, 2)), 6), round(float(sp.exp(-1) / 2), 6)
    (0.18394, 0.18394)
    """

    def _eval_evalf(self, prec: int) -> sp.Expr | None:
        k, y = self.args
        exponent = (k / 2 - 1) * sp.log(y) - y / 2 - k * sp.log(2) / 2 - sp.loggamma(k / 2)
        return sp.exp(exponent)._eval_evalf(prec) if k.is_number and y.is_number else None


class ChiSquareBelow(_OfChiSquare):
    """P(|g|^2 <= y) for a standard normal vector g in R^k; its derivative in y is the density.

    >>> round(float(ChiSquareBelow(2, 2)), 6), round(float(1 - sp.exp(-1)), 6)
    (0.632121, 0.632121)
    """

    def fdiff(self, argindex: int = 2) -> sp.Expr:
        """The density; in the degrees of freedom there is no derivative."""
        if argindex != 2:
            raise ArgumentIndexError(self, argindex)
        return ChiSquareDensity(*self.args)

    def _eval_evalf(self, prec: int) -> sp.Expr | None:
        k, y = self.args
        if not (k.is_number and y.is_number):
            return None
        with mpmath.workprec(prec + GUARD):
            share = mpmath.gammainc(*(mpmath.mpf(sp.Float(z)) / 2 for z in (k, 0, y)), regularized=True)
        return sp.Float(share, precision=prec)


@cache
def numerical() -> dict[str, Callable[..., Any]]:
    """What stands for these functions, and for quantiles of beta variables, in compiled formulas."""
    import numpy as np
    from scipy import special

    def density(k: Any, y: Any) -> Any:
        return np.exp((k / 2 - 1) * np.log(y) - y / 2 - k * np.log(2) / 2 - special.gammaln(k / 2))

    def below(k: Any, y: Any) -> Any:
        return special.gammainc(k / 2, y / 2)

    return {"ChiSquareDensity": density, "ChiSquareBelow": below, "BetaQuantile": special.betaincinv}
