"""Axiom 3: Gaussian integration by parts, with the derivative of an inverse.

For E X_ia X_jb = R_ij C_ab:  E X_ia F(X) = sum_jb R_ij C_ab E dF/dX_jb, and d(W^-1) = -W^-1 dW W^-1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sympy as sp

from theory.calculus.designs import depends_on, insist_on_a_scalar, law_of
from theory.calculus.expressions import Expression, expression, letter_of, scalar_product, total, trace
from theory.calculus.letters import Factor, Gaussian, Inverse, Letter
from theory.calculus.monomials import Monomial
from theory.calculus.rule import rule
from theory.calculus.words import Word, cyclic_normal_form
from theory.references import STEIN_1981
from theory.result import Equality


@dataclass(frozen=True)
class Slot:
    """One place where X (or X') stands in a word: word's differential there is weight * left dX right."""

    left: Word
    right: Word
    transposed: bool
    weight: sp.Expr


def slots(word: Word, x: Letter) -> Iterator[Slot]:
    """Every place where x stands, also inside an inverse: d(W^-1) = -W^-1 dW W^-1.

    Raises ValueError where x is hidden in a factor whose derivative is not known here.
    """
    for j, factor in enumerate(word.factors):
        left = Word(word.factors[:j], word.rows, factor.rows)
        right = Word(word.factors[j + 1 :], factor.cols, word.cols)
        if factor.base == x:
            yield Slot(left, right, factor.transposed, sp.Integer(1))
        elif isinstance(factor.base, Inverse):
            yield from _slots_of_inverse(factor, factor.base.argument, left, right, x)
        elif depends_on(factor, x):
            raise _no_derivative(factor, x)


def _slots_of_inverse(factor: Factor, inside: Expression, left: Word, right: Word, x: Letter) -> Iterator[Slot]:
    here = Word.of(factor)
    for monomial, weight in inside.terms:
        if not any(depends_on(w, x) for w in monomial.words):
            continue
        if monomial.only_word is None:
            raise _no_derivative(factor, x)
        for inner in slots(monomial.only_word, x):
            around = left @ here @ inner.left, inner.right @ here @ right
            yield Slot(*around, inner.transposed, -weight * inner.weight)


def _no_derivative(factor: Factor, x: Letter) -> ValueError:
    return ValueError(f"{factor.text} depends on {x.name} in a way that has no derivative rule: expand it first")


def integrate_by_parts(monomial: Monomial, x: Expression, at: Word) -> Expression:
    """E tr(X M) rest = E sum R_ij C_ab d(M rest)_ai/dX_jb: `at` is one of the monomial's traces, read as X M.

    >>> from theory.calculus.expressions import identity, matrix
    >>> from theory.calculus.letters import Gaussian
    >>> X = matrix("X", 2, 3, law=Gaussian(identity(3)))
    >>> ((monomial, _),) = trace(X.T @ X).terms
    >>> str(integrate_by_parts(monomial, X, begin_with(monomial.traces[0], letter_of(X))))
    '6'
    """
    letter, law = letter_of(x), law_of(x)
    m = Word(at.factors[1:], at.factors[0].cols, at.cols)
    others = list(monomial.traces)
    others.remove(cyclic_normal_form(at))
    pieces = [_contract(slot, law) * scalar_product(others) for slot in slots(m, letter)]
    for index, other in enumerate(others):
        rest = scalar_product(others[:index] + others[index + 1 :])
        pieces += [_join(m, slot, law) * rest for slot in slots(other, letter)]
    return total(pieces, expression(0))


def _contract(slot: Slot, law: Gaussian) -> Expression:
    """sum R_ij C_ab d(left dX right)_ai / dX_jb."""
    left, right = expression(slot.left), expression(slot.right)
    c = law.row_covariance
    piece = trace(c @ left) * trace(_r(law, right)) if slot.transposed else trace(left @ _r(law, right.T) @ c)
    return piece.scaled(slot.weight)


def _join(m: Word, slot: Slot, law: Gaussian) -> Expression:
    """sum M_ai R_ij C_ab d tr(left dX right) / dX_jb: two traces become one."""
    around = expression(slot.right @ slot.left)
    turned = around if slot.transposed else around.T
    return trace(expression(m) @ _r(law, turned) @ law.row_covariance).scaled(slot.weight)


def _r(law: Gaussian, value: Expression) -> Expression:
    """R value."""
    return value if law.column_covariance is None else law.column_covariance @ value


def begin_with(word: Word, x: Letter) -> Word | None:
    """The reading of a trace that begins with X itself, not X'."""
    return next((w for w in word.readings() if w.factors[0] == Factor(x)), None)


@rule(Equality.IN_EXPECTATION, STEIN_1981.at("Lemma 1"))
def noise_moments(target: Expression, *noises: Expression) -> Expression:
    """Average over the noise given everything else: E e = 0, E e e' = sigma^2 I."""
    insist_on_a_scalar(target)
    for e in noises:
        while (averaged := total((_one_factor_less(m, e) * c for m, c in target.terms), target)) != target:
            target = averaged
    return target


def _one_factor_less(monomial: Monomial, e: Expression) -> Expression:
    """E of a monomial with one e integrated by parts; the monomial itself when it holds none."""
    letter = letter_of(e)
    at = next((w for closed in monomial.traces if (w := begin_with(closed, letter)) is not None), None)
    return scalar_product(monomial.traces) if at is None else integrate_by_parts(monomial, e, at)
