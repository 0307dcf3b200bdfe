"""Asymptotic closure: what the mean of a word in Gaussian designs becomes when all its dimensions grow together.

The word is linearised (`pencils`), the mean of the pencil's inverse solves a Dyson equation (`dyson`), and the unknowns
of that equation are eliminated as far as they can be (`elimination`): what is left is a least set of fixed-point
equations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

import numpy as np
import sympy as sp

from theory.calculus.arrays import Matrix, Pole, evaluate_expression
from theory.calculus.dyson import Dyson, Unknowns
from theory.calculus.elimination import Traces, eliminate, insert_numbers, word_with
from theory.calculus.expressions import Expression, expression, letter_of, total, trace
from theory.calculus.fixed_points import FixedPoint, Vector, fixed_point
from theory.calculus.gaussians import gaussians_in
from theory.calculus.invariance import parity
from theory.calculus.letters import ONE, Inverse
from theory.calculus.monomials import Monomial
from theory.calculus.names import one_meaning_a_name, symbols_in
from theory.calculus.pencils import DoesNotLinearise, Pencil, is_random
from theory.calculus.rule import Reason
from theory.calculus.words import Word, open_at_vector
from theory.references import HELTON_2007
from theory.result import Equality, Implicit

FACTORISED = Reason(
    "integration by parts, closed by factorisation",
    "Integrate by parts in a linearisation of the word, put the product of the means for the mean of a product of "
    "traces, and solve the equations that this gives.",
    Equality.ASYMPTOTIC,
    HELTON_2007,
)


@dataclass(frozen=True)
class Equivalent:
    """The leading order of a mean, and the numbers that it is written in.

    `value`: a formula, or an expression in deterministic letters for a matrix-valued mean.  `unknowns`: the fixed-point
    equations, each symbol = right side.  `traces`: what the symbols of traces stand for; they may hold unknowns inside
    inverses.  Error: O(1/n) of the value as all dimensions grow in proportion, with the spectra of the deterministic
    letters bounded above and, where no ridge is left, below.
    """

    value: sp.Expr | Expression
    unknowns: tuple[Implicit, ...]
    traces: dict[sp.Symbol, Word]


def deterministic_equivalent(target: Expression, domain: sp.Basic = sp.true) -> Equivalent:
    """The leading order of E target, for independent Gaussian letters with any covariances.

    `target` is a sum of products of traces, quadratic forms and at most one matrix, in Gaussian letters, letters
    defined by them, inverses and pseudo-inverses; `domain` says for every pseudo-inverse which dimension is larger.
    Means of products of traces factorise.  Raises DoesNotLinearise for what is no rational function of Gaussians.

    >>> from theory.calculus.expressions import identity, inverse, matrix
    >>> from theory.calculus.letters import Gaussian
    >>> n, d = sp.symbols("n d", integer=True, positive=True)
    >>> X = matrix("X", n, d, law=Gaussian(identity(d)))
    >>> deterministic_equivalent(trace(inverse(X @ X.T)), sp.Lt(n, d)).value
    n/(d - n)
    """
    domain = sp.sympify(domain, strict=True)
    one_meaning_a_name(target, domain)
    traces, unknowns = Traces(), Unknowns()
    gaussians = [letter_of(x) for x in gaussians_in(target)]
    pieces: list[Expression] = []
    for monomial, coefficient in target.terms:
        if any(parity(monomial, x) == 1 for x in gaussians):
            continue
        known = [w for w in monomial.traces if not is_random(w)]
        piece = Expression(((Monomial(tuple(known), None), coefficient),), ONE, ONE)
        for word in monomial.traces:
            if is_random(word):
                piece = piece * _mean_of_trace(word, domain, unknowns)
        if monomial.word is not None:
            piece = piece * _mean(monomial.word, domain, unknowns)
        if not piece.terms:
            raise DoesNotLinearise(f"E {monomial}: it has a factor of mean 0, so means say nothing of the product")
        pieces.append(piece)
    mean = total(pieces, target)
    scalar = all(m.word is None for m, _ in mean.terms)
    value = traces.number(mean) if scalar else traces.numbers(mean)
    equations = {symbol: traces.number(equals) for symbol, equals in unknowns.equations.items()}
    value, left = eliminate(value, equations, traces)
    if value == 0 and pieces:
        raise DoesNotLinearise(f"E {target}: its leading orders cancel, and what is left is of smaller order")
    return _with_names(Equivalent(value, left, traces.used(value, left)), target)


def _with_names(found: Equivalent, target: Expression) -> Equivalent:
    """Unknowns omega_1, omega_2, .. and traces trace_1, .. in order, with names that the target does not use."""
    taken = {s.name for s in symbols_in(target)}
    names: dict[sp.Symbol, sp.Symbol] = {}
    for stem, symbols in (("omega", [u.symbol for u in found.unknowns]), ("trace", list(found.traces))):
        fresh = (f"{stem}_{j}" for j in count(1))
        names |= {s: sp.Symbol(next(z for z in fresh if z not in taken), real=True) for s in symbols}
    value = insert_numbers(found.value, names) if isinstance(found.value, Expression) else found.value.xreplace(names)
    unknowns = tuple(
        Implicit(names[u.symbol], sp.Eq(names[u.symbol], u.equation.rhs.xreplace(names), evaluate=False))
        for u in found.unknowns
    )
    return Equivalent(value, unknowns, {names[s]: word_with(w, names) for s, w in found.traces.items()})


def _mean_of_trace(word: Word, domain: sp.Basic, unknowns: Unknowns) -> Expression:
    """E tr(w), read so that as little as possible is random: v' .. v, or an inverse first and what is known last."""
    opened = open_at_vector(word)
    if opened.rows == ONE and opened.factors:
        return _mean(opened, domain, unknowns)
    readings = [r for r in word.rotations() if is_random(r.factors[0])]
    best = min(readings, key=lambda r: (-_known_at_end(r), not isinstance(r.factors[0].base, Inverse), r.key))
    return trace(_mean(best, domain, unknowns))


def _known_at_end(word: Word) -> int:
    known = 0
    for factor in reversed(word.factors):
        if is_random(factor):
            break
        known += 1
    return known


def _mean(word: Word, domain: sp.Basic, unknowns: Unknowns) -> Expression:
    """E w: what is known on both sides is kept, the rest is a block of the inverse of a pencil."""
    random = [k for k, factor in enumerate(word.factors) if is_random(factor)]
    if not random:
        return expression(word)
    first, last = random[0], random[-1] + 1
    pencil = Pencil(domain)
    i, j, sign = pencil.word(word.factors[first:last])
    core = Dyson(pencil, unknowns, str(word)).mean(i, j).scaled(sign)
    left, right = word.factors[:first], word.factors[last:]
    if left:
        core = expression(Word.of(*left)) @ core
    return core @ expression(Word.of(*right)) if right else core


def number_of(found: Equivalent, letters: Mapping[str, Matrix], numbers: Mapping[sp.Symbol, float]) -> float | Matrix:
    """The equivalent as a number (or a matrix): unknowns solved for and certified, letters as arrays.

    Raises NotCertified where the fixed-point equations are not solved to a relative error of 1e-10, and MissingLetter.
    """
    return evaluated(found, letters, numbers)[0]


def evaluated(
    found: Equivalent, letters: Mapping[str, Matrix], numbers: Mapping[sp.Symbol, float]
) -> tuple[float | Matrix, FixedPoint]:
    """The same, with the fixed point and its error bound."""
    symbols = [u.symbol for u in found.unknowns]
    words = {symbol: trace(expression(word)) for symbol, word in found.traces.items()}

    def known(at: Mapping[sp.Symbol, float], held: set[sp.Symbol]) -> dict[sp.Symbol, float]:
        traces = {s: float(evaluate_expression(words[s], letters, at)) for s in sorted(held & set(words), key=str)}
        return {**at, **traces}

    def image(z: Vector) -> Vector:
        at = {**numbers, **dict(zip(symbols, map(float, z), strict=True))}
        sides = [u.equation.rhs for u in found.unknowns]
        all_known = known(at, set().union(*(side.free_symbols for side in sides)))
        return np.array([_real(side, all_known) for side in sides])

    solution = fixed_point(image, len(symbols))
    at = {**numbers, **dict(zip(symbols, map(float, solution.value), strict=True))}
    if isinstance(found.value, Expression):
        held = {s for _, c in found.value.terms for s in c.free_symbols}
        return evaluate_expression(found.value, letters, known(at, held)), solution
    return _real(found.value, known(at, found.value.free_symbols)), solution


def _real(value: sp.Expr, numbers: Mapping[sp.Symbol, float]) -> float:
    number = value.subs(dict(numbers))
    if not (number.is_real and number.is_finite):
        left = ", ".join(sorted(map(str, number.free_symbols)))
        raise Pole(
            f"{value} is {number} here" + (f": give a number for {left}" if left else ": a threshold, or no ridge")
        )
    return float(number)
