"""Formulas in sums over a spectrum: written out for a few eigenvalues, or at eigenvalues that are all equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy as sp

from theory.notation import EIGENVALUE, GAP, INDEX, KAPPA, SOURCE, TARGET, symbol
from theory.result import Implicit, Result
from theory.spectra import ALL

n, d, level = symbol("n"), symbol("d"), symbol("level")
EIGENVALUES: tuple[sp.Symbol, ...] = sp.symbols("l1:4", positive=True)
TARGETS: tuple[sp.Symbol, ...] = sp.symbols("t1:4", real=True)
SOURCES: tuple[sp.Symbol, ...] = sp.symbols("u1:4", real=True)
GAPS = tuple(t - u for t, u in zip(TARGETS, SOURCES, strict=True))
COORDINATES = {EIGENVALUE: EIGENVALUES, TARGET: TARGETS, SOURCE: SOURCES, GAP: GAPS}
INNER = {
    TARGET[INDEX] ** 2: symbol("squared_target"),
    SOURCE[INDEX] ** 2: symbol("squared_source"),
    GAP[INDEX] ** 2: symbol("squared_distance"),
    TARGET[INDEX] * SOURCE[INDEX]: symbol("source_target"),
}
SAMPLES = sum((1 - KAPPA / (KAPPA + z) for z in EIGENVALUES), sp.Integer(0))
"""n as a function of kappa: the rank of Q, which is d - n, is the trace of its equivalent kappa (S + kappa)^-1."""


def written_out(formula: sp.Expr, arrays: Mapping[sp.IndexedBase, Sequence[sp.Expr]] = COORDINATES) -> sp.Expr:
    """Every sum over the index, term by term, for three eigenvalues; one that is not over all of them is no number."""

    def summed(total: sp.Sum) -> sp.Expr:
        if total.limits != ALL:
            return sp.nan
        terms = [{base[INDEX]: entries[k] for base, entries in arrays.items()} for k in range(len(EIGENVALUES))]
        return sp.Add(*(total.function.xreplace(term) for term in terms))

    return formula.replace(lambda e: isinstance(e, sp.Sum), summed)


FLAT = level * (d - n) / n
"""kappa where every eigenvalue is `level`."""


def flat(formula: sp.Expr, kappa: sp.Expr = FLAT) -> sp.Expr:
    """Every eigenvalue is `level`: sums of squares and products of all coordinates are inner products."""
    letters = [EIGENVALUE[INDEX], TARGET[INDEX], SOURCE[INDEX], GAP[INDEX]]

    def summed(total: sp.Sum) -> sp.Expr:
        if total.limits != ALL:
            return sp.nan
        inside = total.function.xreplace({letters[0]: level})
        terms = sp.Poly(inside, *letters[1:]).terms()
        forms = ((sp.prod(x**k for x, k in zip(letters[1:], powers, strict=True)), c) for powers, c in terms)
        return sp.Add(*(c * (d if form == 1 else INNER[form]) for form, c in forms))

    found = formula.replace(lambda e: isinstance(e, sp.Sum), summed)
    return found.subs(KAPPA, kappa)


def equation(result: Result, symbol_: sp.Symbol) -> sp.Expr:
    """The equation of a number that a result is made of, as left minus right."""
    (found,) = (w for w in result.where if w.symbol == symbol_)
    return _gap(found)


def _gap(implicit: Implicit) -> sp.Expr:
    return implicit.equation.lhs - implicit.equation.rhs


def large(formula: sp.Expr) -> sp.Expr:
    """The limit for n, d -> infinity with n/d fixed."""
    share, small = sp.Symbol("share", positive=True), sp.Symbol("small", positive=True)
    return sp.limit(sp.cancel(formula.subs({n: share / small, d: 1 / small}, simultaneous=True)), small, 0)


def at_share(formula: sp.Expr) -> sp.Expr:
    """A formula in n/d alone."""
    return formula.subs({n: sp.Symbol("share", positive=True), d: 1}, simultaneous=True)
