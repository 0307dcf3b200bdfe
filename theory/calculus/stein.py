"""Axiom 3: Gaussian integration by parts, with the derivative of an inverse.

For X with independent rows N(0, C):  E X_ia F(X) = sum_b C_ab E dF/dX_ib, and d(W^-1) = -W^-1 dW W^-1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sympy as sp

from theory.calculus.expressions import (
    Expression,
    Monomial,
    expression,
    letter_of,
    scalar_product,
    trace,
    zero_like,
)
from theory.calculus.rule import rule
from theory.calculus.words import Defined, Factor, Gaussian, Inverse, Letter, Pinv, Word
from theory.references import STEIN_1981
from theory.result import Equality


def depends_on(value: Expression | Word | Factor | Letter, x: Letter) -> bool:
    """Whether the letter x occurs, directly or inside an inverse or a definition."""
    match value:
        case Expression():
            words = [w for m, _ in value.terms for w in (*m.traces, *([m.word] if m.word else []))]
            return any(depends_on(w, x) for w in words)
        case Word():
            return any(depends_on(f, x) for f in value.factors)
        case Factor(base=Pinv(letter=letter)):
            return depends_on(letter, x)
        case Factor(base=Inverse(argument=argument)):
            return depends_on(argument, x)
        case Factor(base=base):
            return depends_on(base, x) if isinstance(base, Letter) else False
        case Letter(law=Defined(meaning=meaning)):
            return value == x or depends_on(meaning, x)
        case _:
            return value == x


@dataclass(frozen=True)
class Slot:
    """One place where X (or X') stands in a word: word's differential there is weight * left dX right."""

    left: Word
    right: Word
    transposed: bool
    weight: sp.Expr


def slots(word: Word, x: Letter) -> Iterator[Slot]:
    """Every place where x stands, also inside an inverse: d(W^-1) = -W^-1 dW W^-1."""
    for j, factor in enumerate(word.factors):
        left = Word(word.factors[:j], word.rows, factor.rows)
        right = Word(word.factors[j + 1 :], factor.cols, word.cols)
        if factor.base == x:
            yield Slot(left, right, factor.transposed, sp.Integer(1))
        elif isinstance(factor.base, Inverse):
            here = Word.of(factor)
            for monomial, weight in factor.base.argument.terms:
                if monomial.word is not None:
                    for inner in slots(monomial.word, x):
                        yield Slot(
                            left @ here @ inner.left, inner.right @ here @ right, inner.transposed, -weight * inner.weight
                        )
        elif depends_on(factor, x):
            raise ValueError(f"{factor.text} depends on {x.name} in a way that has no derivative rule: expand it first")


def integrate_by_parts(monomial: Monomial, x: Expression, at: Word) -> Expression:
    """E tr(X M) rest = E sum_b C_ab d(M rest)/dX: `at` is one of the monomial's traces, written X M."""
    letter = letter_of(x)
    law = letter.law
    if not isinstance(law, Gaussian):
        raise ValueError(f"{letter.name} is not Gaussian: integration by parts needs its law")
    c = law.row_covariance
    m = Word.of(*at.factors[1:])
    others = list(monomial.traces)
    others.remove(next(w for w in others if w.key == at.key or _same_trace(w, at)))
    total = zero_like(trace(expression(at)))
    for slot in slots(m, letter):
        left, right = expression(slot.left), expression(slot.right)
        piece = trace(c @ left) * trace(right) if slot.transposed else trace(left @ right.T @ c)
        total = total + piece * slot.weight * scalar_product(others)
    for index, other in enumerate(others):
        rest = scalar_product(others[:index] + others[index + 1 :])
        for slot in slots(other, letter):
            around = expression(slot.right @ slot.left)
            around = around.T if slot.transposed else around
            total = total + trace(expression(m) @ around.T @ c) * slot.weight * rest
    return total


def _same_trace(a: Word, b: Word) -> bool:
    return any(r.key == b.key for r in [*a.rotations(), *a.T.rotations()])


def begin_with(word: Word, x: Letter) -> Word | None:
    """The rotation (or transpose) of a trace that begins with X itself, not X'."""
    first = Factor(x)
    return next((w for w in [*word.rotations(), *word.T.rotations()] if w.factors[0] == first), None)


@rule(Equality.IN_EXPECTATION, STEIN_1981.at("Lemma 1"))
def noise_moments(target: Expression, *noises: Expression) -> Expression:
    """Average over the noise given everything else: E e = 0, E e e' = s^2 I."""
    for e in noises:
        letter = letter_of(e)
        while True:
            changed = zero_like(target)
            for monomial, coefficient in target.terms:
                found = next((w for t in monomial.traces if (w := begin_with(t, letter)) is not None), None)
                same = scalar_product(monomial.traces)
                changed = changed + (same if found is None else integrate_by_parts(monomial, e, found)) * coefficient
            if changed == target:
                break
            target = changed
    return target
