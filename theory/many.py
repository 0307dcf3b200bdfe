"""A formula in sums over the spectrum, at many vectors and noises at once: compiled, where `Result.evaluate` is exact
about one instance and slow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
import sympy as sp
from jaxtyping import Float

from theory.checks import FieldError
from theory.evaluation import root_of
from theory.notation import EIGENVALUE, GAP, INDEX, n, sigma
from theory.result import Result
from theory.spectra import over_all

Array: TypeAlias = Float[np.ndarray, "..."]
Function: TypeAlias = Callable[..., Array]
ENTRIES = (EIGENVALUE[INDEX], GAP[INDEX])


@dataclass(frozen=True)
class _Compiled:
    """An expression in sums over the index: every sum a function of eigenvalues and gaps, and what is made of them."""

    sums: tuple[Function, ...]
    outer: Function

    def __call__(self, *values: Array | float) -> Array:
        """The expression; the index runs along the last axis of eigenvalues and gaps."""
        eigenvalues, gaps, numbers = values[0], values[1], values[2:]
        shape = np.broadcast_shapes(np.shape(eigenvalues), np.shape(gaps))
        terms = [np.broadcast_to(term(eigenvalues, gaps, *numbers), shape).sum(axis=-1) for term in self.sums]
        return np.asarray(self.outer(*terms, *numbers))


def _compiled(value: sp.Expr, symbols: tuple[sp.Symbol, ...]) -> _Compiled:
    sums = sorted(value.atoms(sp.Sum), key=str)
    names = [sp.Dummy(f"total_{k}") for k in range(len(sums))]
    entries = [sp.Dummy(str(entry)) for entry in ENTRIES]
    plain = dict(zip(ENTRIES, entries, strict=True))
    inner = tuple(
        sp.lambdify([*entries, *symbols], over_all(total).function.xreplace(plain), "numpy") for total in sums
    )
    outer = value.xreplace(dict(zip(sums, names, strict=True)))
    return _Compiled(inner, sp.lambdify([*names, *symbols], outer, "numpy"))


@cache
def spectral(result: Result) -> Callable[..., Float[np.ndarray, " m"]]:
    """f(n, eigenvalues, gaps, sigmas): the formula for m rows of gaps (coordinates of t - u) and m noises.

    Of a result with one regime and one number that an equation in sums defines, such as linear.risk_equivalent; the
    equation holds eigenvalues and n alone.  Raises `theory.checks.FieldError` where n is not below the rank.

    >>> from theory import catalogue
    >>> risk = spectral(catalogue.result("linear.risk_equivalent"))
    >>> float(risk(2, np.ones(4), np.full((1, 4), 0.5), np.zeros(1))[0])
    0.5
    """
    (regime,), (implicit,) = result.regimes, result.where
    equation = _compiled(implicit.equation.lhs - implicit.equation.rhs, (n, implicit.symbol))
    value = _compiled(regime.value, (n, sigma, implicit.symbol))

    def at(
        samples: int,
        eigenvalues: Float[np.ndarray, " d"],
        gaps: Float[np.ndarray, "m d"],
        sigmas: Float[np.ndarray, " m"],
    ) -> Float[np.ndarray, " m"]:
        if samples >= np.count_nonzero(eigenvalues):
            raise FieldError(f"n={samples}: must be below the rank of the spectrum, {np.count_nonzero(eigenvalues)}")
        root = root_of(lambda kappa: float(equation(eigenvalues, 0.0, samples, kappa)))
        return np.broadcast_to(value(eigenvalues, gaps, samples, sigmas, root), sigmas.shape)

    return at


@cache
def closed(result: Result, *names: str, **numbers: float) -> Function:
    """The first formula of a result in exactly these symbols, as a function of arrays in their order.

    What equations define is put in, and `numbers` for other symbols.  The caller keeps to the regime of the formula.

    >>> from theory import catalogue
    >>> closed(catalogue.result("linear.risk"), "n", "d", "sigma")(20, 7, 0.5)
    0.14583333333333334
    """
    defined = {implicit.symbol: implicit.equation.rhs for implicit in result.where}
    for regime in result.regimes:
        if not isinstance(regime.value, sp.Expr):
            continue
        value = regime.value.xreplace(defined)
        value = value.subs({s: numbers[s.name] for s in value.free_symbols if s.name in numbers})
        symbols = {s.name: s for s in value.free_symbols}
        if symbols.keys() == set(names):
            compiled: Function = sp.lambdify([symbols[name] for name in names], value, "numpy")
            return compiled
    raise ValueError(f"{result.key} has no formula in {', '.join(names)} alone")
