"""Expectations of inverse Gram matrices: integration by parts gives linear equations, which are solved.

For every unknown product of traces the engine writes one more Gram factor, which cancels on the one side and is
integrated by parts on the other.  New unknowns that appear get their own equation, until the system closes.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from theory.calculus.expressions import Expression, Monomial, expression, inverse, letter_of, scalar_product, trace
from theory.calculus.pseudoinverse import cancel_gram, cancel_inverse, column_gram_inverse, row_gram_inverse
from theory.calculus.rule import rule
from theory.calculus.stein import depends_on, integrate_by_parts
from theory.calculus.words import Factor, Gaussian, Inverse, Word
from theory.references import MUIRHEAD_1982, STEIN_1981
from theory.result import Equality, Step

MOST_EQUATIONS = 40


class DoesNotClose(ValueError):
    """Integration by parts did not lead to a finite linear system for an expectation."""


@dataclass(frozen=True)
class Expectation:
    """E of a scalar expression: its value, when it is finite, and the steps that found it."""

    value: Expression
    finite: sp.Basic
    steps: tuple[Step, ...]


@rule(Equality.PATHWISE)
def gram_inverse_cancels(target: Expression, x: Expression) -> Expression:
    """A Gram matrix times its inverse is the identity."""
    return tidy(target, x)


@rule(Equality.IN_EXPECTATION, STEIN_1981.at("Lemma 1"))
def integration_by_parts(target: Expression, x: Expression, at: Word) -> Expression:
    """E tr(X M) = E sum of C dM/dX, for X with independent Gaussian rows of covariance C."""
    ((monomial, coefficient),) = target.terms
    return tidy(integrate_by_parts(monomial, x, at), x) * coefficient


@rule(Equality.IN_EXPECTATION)
def solve_linear_equations(target: Expression, value: Expression) -> Expression:
    """The equations of integration by parts are linear in the unknown expectations: solve them."""
    return value


def tidy(target: Expression, x: Expression) -> Expression:
    """Cancel Gram matrices and the covariance against their inverses."""
    law = letter_of(x).law
    assert isinstance(law, Gaussian)
    return cancel_inverse(cancel_gram(target, x), law.row_covariance)


def expectation(target: Expression, x: Expression) -> Expectation:
    """E over X of a scalar expression in traces that hold (X X')^-1 (then C must be c I) or (X' X)^-1 (any C)."""
    letter = letter_of(x)
    unknowns: list[Monomial] = [m for m, _ in target.terms if _random(m, x)]
    if not unknowns:
        return Expectation(target, sp.true, ())
    equations: dict[Monomial, Expression] = {}
    steps: list[Step] = []
    queue = list(unknowns)
    while queue:
        monomial = queue.pop(0)
        if monomial in equations:
            continue
        if len(equations) >= MOST_EQUATIONS:
            raise DoesNotClose(f"E {unknowns[0]} does not close in {MOST_EQUATIONS} equations of integration by parts")
        candidate, at = _one_more_gram(monomial, x)
        cancelled = gram_inverse_cancels(candidate, x)
        by_parts = integration_by_parts(candidate, x, at)
        steps += [gram_inverse_cancels.step(candidate, cancelled), integration_by_parts.step(candidate, by_parts)]
        equations[monomial] = cancelled - by_parts
        queue += [m for m, _ in equations[monomial].terms if _random(m, x)]
    solution = _solve(equations, x)
    value = sum(((solution.get(m, scalar_product(m.traces))) * c for m, c in target.terms), target * 0)
    finite = sp.And(*(finite_moment(m, x) for m in unknowns))
    steps.append(solve_linear_equations.step(target, value, f"finite if and only if {finite}"))
    assert not depends_on(value, letter)
    return Expectation(value, finite, tuple(steps))


def _random(monomial: Monomial, x: Expression) -> bool:
    return any(depends_on(w, letter_of(x)) for w in monomial.traces)


def _one_more_gram(monomial: Monomial, x: Expression) -> tuple[Expression, Word]:
    """For tr(V R): X C^-1 R V X' with V = (X'X)^-1, or X X' V R with V = (XX')^-1; the word begins with X."""
    law = letter_of(x).law
    assert isinstance(law, Gaussian)
    rows, cols = (_factor(row_gram_inverse(x)), _factor(column_gram_inverse(x)))
    for index, closed in enumerate(monomial.traces):
        for rotation in closed.rotations():
            if rotation.factors[0] not in (rows, cols):
                continue
            v, rest = Word.of(rotation.factors[0]), Word(rotation.factors[1:], rotation.factors[0].cols, rotation.cols)
            first, last = Word.of(Factor(letter_of(x))), Word.of(Factor(letter_of(x)).T)
            if rotation.factors[0] == rows:
                longer = expression(first @ last @ v @ rest)
            else:
                longer = expression(first) @ inverse(law.row_covariance) @ expression(rest @ v @ last)
            ((longer_monomial, coefficient),) = longer.terms
            assert longer_monomial.word is not None
            others = scalar_product(monomial.traces[:index] + monomial.traces[index + 1 :])
            return trace(longer) * others, longer_monomial.word
    raise DoesNotClose(f"E {monomial}: no inverse Gram matrix in it to integrate by parts against")


def _factor(value: Expression) -> Factor:
    ((monomial, _),) = value.terms
    assert monomial.word is not None
    return monomial.word.factors[0]


def _solve(equations: dict[Monomial, Expression], x: Expression) -> dict[Monomial, Expression]:
    """Solve the linear system; every unknown becomes an expression free of X."""
    order = list(equations)
    names = {m: sp.Dummy(f"m{j}") for j, m in enumerate(order)}
    known: dict[Monomial, sp.Dummy] = {}
    rows = []
    for equation in equations.values():
        row = sp.Integer(0)
        for monomial, coefficient in equation.terms:
            table = names if _random(monomial, x) else known
            row += coefficient * table.setdefault(monomial, sp.Dummy("k"))
        rows.append(row)
    (solution,) = sp.linsolve(rows, [names[m] for m in order])
    free = set(names.values())
    values = {}
    for monomial, solved in zip(order, solution, strict=True):
        if solved.free_symbols & free:
            raise DoesNotClose(f"E {monomial}: the equations of integration by parts leave it undetermined")
        pieces = (scalar_product(m.traces) * sp.factor(sp.diff(solved, k)) for m, k in known.items())
        values[monomial] = sum(pieces, expression(0))
    return values


def finite_moment(monomial: Monomial, x: Expression) -> sp.Basic:
    """Axiom 5: E of a product with m inverses of a Wishart matrix with k excess degrees of freedom needs k > 2m.

    W = X X' has d - n + 1 (W = X' X has n - d + 1) degrees of freedom in its smallest direction: 1/(W^-1)_11 is a
    chi-square with that many.  Source: Muirhead 1982, Theorem 3.2.12.
    """
    big, small = (x.cols, x.rows) if _has(monomial, row_gram_inverse(x)) else (x.rows, x.cols)
    order = sum(isinstance(f.base, Inverse) and depends_on(f, letter_of(x)) for w in monomial.traces for f in w.factors)
    return sp.Ge(big, small + 2 * order)


EXISTENCE = MUIRHEAD_1982.at("Theorem 3.2.12")


def _has(monomial: Monomial, gram: Expression) -> bool:
    return any(_factor(gram) in w.factors for w in monomial.traces)

