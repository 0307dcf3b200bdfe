"""Ways to write a formula in matrices wrong: its coefficients, its letters, its traces, and what they abbreviate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

import sympy as sp

from theory.calculus.expressions import Expression, collect, expression
from theory.calculus.letters import ONE, Defined, Factor, Inverse, Letter, Number, Pinv
from theory.calculus.monomials import Monomial
from theory.calculus.words import Word
from verify.mutants.formulas import slips

Slip: TypeAlias = tuple[str, Expression]
Term: TypeAlias = tuple[Monomial, sp.Expr]


def matrix_slips(formula: Expression) -> Iterator[Slip]:
    """Every formula with one slip that still has a meaning, each once."""
    seen = {formula.text}
    for what, wrong in (*_in_terms(formula), *_in_letters(formula)):
        if wrong.text not in seen:
            seen.add(wrong.text)
            yield what, wrong


def _in_terms(formula: Expression) -> Iterator[Slip]:
    for position, (monomial, coefficient) in enumerate(formula.terms):
        others = formula.terms[:position] + formula.terms[position + 1 :]

        def instead(*terms: Term, others: tuple[Term, ...] = others) -> Expression:
            return collect(((m.traces, m.word, c) for m, c in (*others, *terms)), formula.rows, formula.cols)

        yield f"{monomial} dropped", instead()
        for what, wrong in slips(coefficient):
            yield f"{what} in the coefficient of {monomial}", instead((monomial, wrong))
        for scale in (-ONE, 2 * ONE, ONE / 2, sp.Rational(201, 200), sp.Rational(199, 200)):
            yield f"{scale} {monomial}", instead((monomial, scale * coefficient))
        for what, other in _in_words(monomial):
            yield what, instead((other, coefficient))


def _in_words(monomial: Monomial) -> Iterator[tuple[str, Monomial]]:
    for number, word in enumerate(monomial.words):
        for what, words in _in_word(word, is_trace=number < len(monomial.traces)):
            traces = (*monomial.traces[:number], *words, *monomial.traces[number + 1 :])
            if number == len(monomial.traces):
                yield what, replace(monomial, word=words[0])
            else:
                yield what, replace(monomial, traces=traces)


def _in_word(word: Word, is_trace: bool) -> Iterator[tuple[str, tuple[Word, ...]]]:
    """A factor dropped, transposed, inverted or squared, neighbours exchanged, a trace of a product taken apart."""
    factors = word.factors
    for j, factor in enumerate(factors):
        before, after = factors[:j], factors[j + 1 :]
        for what, middle in _instead_of(factor):
            if (wrong := _fitting((*before, *middle, *after), word)) is not None:
                yield f"{what} in {word}", (wrong,)
        if j and (swapped := _fitting((*factors[: j - 1], factor, factors[j - 1], *after), word)) is not None:
            yield f"{factors[j - 1].text} {factor.text} exchanged in {word}", (swapped,)
        if is_trace and j and factors[j - 1].cols == word.rows:
            yield f"tr of {word} taken apart", (Word.of(*before), Word.of(factor, *after))


def _instead_of(factor: Factor) -> Iterator[tuple[str, tuple[Factor, ...]]]:
    yield f"{factor.text} dropped", ()
    if factor != factor.T:
        yield f"{factor.text} transposed", (factor.T,)
    yield f"{factor.text} doubled", (factor, factor)
    if isinstance(factor.base, Pinv):
        yield f"{factor.text} not inverted", (Factor(factor.base.letter, not factor.transposed),)
    if isinstance(factor.base, Letter) and factor.rows == factor.cols != ONE and factor.base.law is None:
        yield f"{factor.text} inverted", (Factor(Inverse(expression(factor.base))),)


def _fitting(factors: tuple[Factor, ...], like: Word) -> Word | None:
    """The word, if it has a meaning and the same shape."""
    fits = all(a.cols == b.rows for a, b in pairwise(factors))
    if not fits or not factors or (factors[0].rows, factors[-1].cols) != (like.rows, like.cols):
        return None
    return Word.of(*factors)


def _in_letters(formula: Expression) -> Iterator[Slip]:
    """Slips in what a letter abbreviates: an expression, or a number by a formula and an equation."""
    letters = {f.base for m, _ in formula.terms for w in m.words for f in w.factors if isinstance(f.base, Letter)}
    for letter in sorted(letters, key=lambda x: x.name):
        for number, (what, law) in enumerate(_laws(letter)):
            wrong = replace(letter, name=f"{letter.name}_{number}", law=law)
            yield f"{what} in {letter.name}", _with_letter(formula, letter, wrong)


def _laws(letter: Letter) -> Iterator[tuple[str, Defined | Number]]:
    match letter.law:
        case Defined(meaning=meaning):
            for what, other in _in_terms(meaning):
                if not letter.symmetric or other == other.T:
                    yield what, Defined(other)
        case Number() as number:
            for what, formula in slips(number.formula):
                yield what, replace(number, formula=formula)
            if number.root is not None:
                symbol, zero = number.root
                for what, equation in slips(zero):
                    if not (sp.factor_terms(equation) / zero).is_positive:  # a multiple is zero where it is
                        yield what, replace(number, root=(symbol, equation))


def _with_letter(formula: Expression, letter: Letter, wrong: Letter) -> Expression:
    def other(word: Word) -> Word:
        return Word(
            tuple(replace(f, base=wrong) if f.base == letter else f for f in word.factors), word.rows, word.cols
        )

    parts = ((tuple(map(other, m.traces)), None if m.word is None else other(m.word), c) for m, c in formula.terms)
    return collect(parts, formula.rows, formula.cols)
