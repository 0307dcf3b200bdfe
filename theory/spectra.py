"""Formulas in eigenvalues: what the traces of an equivalent are when one covariance is the only matrix in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import sympy as sp
from jaxtyping import Complex, Float

from theory.calculus.equivalents import Equivalent
from theory.calculus.expressions import Expression
from theory.calculus.letters import Factor, Inverse, Letter
from theory.calculus.rational import factor
from theory.calculus.words import Word
from theory.notation import EIGENVALUE, GAP, INDEX, d

Array: TypeAlias = Float[np.ndarray, "..."] | Complex[np.ndarray, "..."]
eigenvalue, gap = EIGENVALUE[INDEX], GAP[INDEX]
ALL = (sp.Tuple(INDEX, 1, d),)


def spectral_sum(term: sp.Expr) -> sp.Sum:
    """The sum of a term over the eigenvalues of the covariance."""
    return sp.Sum(term, *ALL)


def over_all(total: sp.Sum) -> sp.Sum:
    """A sum over the whole spectrum, as numbers are put in; ValueError for one over a part of it."""
    if total.limits != ALL:
        raise ValueError(f"{total}: a sum over another range than the spectrum has no number")
    return total


def total(terms: Array | float, size: int) -> Array:
    """The sum over the last axis, which is of that size or, where the terms do not depend on the index, not there."""
    return np.asarray(np.broadcast_to(terms, (*np.shape(terms)[:-1], size)).sum(axis=-1))


class SpectralForm:
    """An equivalent written in the eigenvalues of a covariance and the coordinates of vectors in its eigenbasis.

    `parameter` is the number in which the one unknown of the equivalent is expressed, as unknown = form(parameter).
    `zeros` holds what is zero at it.  Raises ValueError where a trace holds other letters, or where there is more than
    one unknown.
    """

    def __init__(self, found: Equivalent, entries: Mapping[Letter, sp.Indexed], unknown: sp.Expr) -> None:
        if len(found.unknowns) > 1 or isinstance(found.value, Expression):
            raise ValueError(f"{found.value}: a spectral form needs one number and one unknown at most")
        self.letters = entries
        sums = {trace: spectral_sum(self._term(word)) for trace, word in found.traces.items()}
        unknowns = {u.symbol: unknown for u in found.unknowns}
        zeros = [sp.numer(sp.together(u.equation.rhs - u.symbol)) for u in found.unknowns]
        self.zeros = tuple(neat(zero.xreplace(sums).subs(unknowns)) for zero in zeros)
        self.value = neat(found.value.xreplace(sums).subs(unknowns))

    def _term(self, word: Word) -> sp.Expr:
        return sp.Mul(*map(self._factor, word.factors))

    def _factor(self, factor: Factor) -> sp.Expr:
        match factor.base:
            case Inverse(argument=argument) if not any(m.traces for m, _ in argument.terms):
                return 1 / sp.Add(*(c * self._term(m.word) for m, c in argument.terms if m.word is not None))
            case Letter() as letter if letter in self.letters:
                return self.letters[letter]
        raise ValueError(f"{factor.text} has no eigenvalues in the basis of {', '.join(x.name for x in self.letters)}")


def neat(value: sp.Expr) -> sp.Expr:
    """Sums with factored terms, and what does not depend on the index in front of them."""
    entries = sorted(value.atoms(sp.Indexed), key=str)
    plain = {z: sp.Dummy(str(z), positive=True) if z == eigenvalue else sp.Dummy(str(z), real=True) for z in entries}
    back = {symbol: indexed for indexed, symbol in plain.items()}

    def front(total: sp.Sum) -> sp.Expr:
        term = factor(sp.together(total.function.xreplace(plain)))
        constant, rest = term.as_independent(*back)
        return constant * spectral_sum(rest.xreplace(back))

    return value.replace(lambda e: isinstance(e, sp.Sum), front)


def merged(value: sp.Expr) -> sp.Expr:
    """Sums over the spectrum, added up in one."""
    terms = [term.as_independent(sp.Sum) for term in sp.Add.make_args(sp.expand(value))]
    single = [(c, s) for c, s in terms if isinstance(s, sp.Sum)]
    rest = sp.Add(*(c * s for c, s in terms if not isinstance(s, sp.Sum)))
    return neat(spectral_sum(sp.Add(*(c * s.function for c, s in single)))) + rest if single else value


def factor_outside(value: sp.Expr) -> sp.Expr:
    """Factor an expression in sums, leaving the sums as they are."""
    names = {total: sp.Dummy(f"s{j}") for j, total in enumerate(sorted(value.atoms(sp.Sum), key=str))}
    factored = factor(sp.together(value.xreplace(names)))
    return factored.xreplace({name: total for total, name in names.items()})
