"""Expectations of inverse Gram matrices: integration by parts gives linear equations, which are solved.

For every unknown product of traces the engine writes one more Gram factor, which cancels on the one side
and is integrated by parts on the other.  New unknowns that appear get their own equation, until the system
closes.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from theory.calculus.designs import covariance_of, depends_on, insist_on_a_scalar, is_isotropic
from theory.calculus.expressions import (
    Expression,
    expression,
    inverse,
    letter_of,
    scalar_product,
    total,
    trace,
)
from theory.calculus.letters import Factor
from theory.calculus.monomials import Monomial
from theory.calculus.pseudoinverse import cancel_gram, cancel_inverse, column_gram_inverse, row_gram_inverse
from theory.calculus.rational import Singular, solve
from theory.calculus.rule import Reason, rule
from theory.calculus.stein import integrate_by_parts
from theory.calculus.substitution import word_of
from theory.calculus.words import Word
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


SOLVED = Reason(
    "solve linear equations",
    "The equations of integration by parts are linear in the unknown expectations: solve them.",
    Equality.IN_EXPECTATION,
    MUIRHEAD_1982.at("Theorem 3.2.12"),
)


@rule(Equality.PATHWISE)
def gram_inverse_cancels(target: Expression, x: Expression) -> Expression:
    """A Gram matrix times its inverse is the identity."""
    return tidy(target, x)


@rule(Equality.IN_EXPECTATION, STEIN_1981.at("Lemma 1"))
def integration_by_parts(target: Expression, x: Expression, at: Word) -> Expression:
    """E tr(X M) = E sum of C dM/dX, for X with independent Gaussian rows of covariance C."""
    return _parts(target, x, at)


def _parts(target: Expression, x: Expression, at: Word) -> Expression:
    ((monomial, coefficient),) = target.terms
    return tidy(integrate_by_parts(monomial, x, at), x).scaled(coefficient)


def tidy(target: Expression, x: Expression) -> Expression:
    """Cancel Gram matrices and the covariance against their inverses."""
    return cancel_inverse(cancel_gram(target, x), covariance_of(x))


def expectation(target: Expression, x: Expression) -> Expectation:
    """E over X of a scalar expression in traces that hold (X X')^-1 (then C must be c I) or (X' X)^-1 (any
    C).

    X must not be left outside the inverses.  Exact where `finite` holds.  Raises DoesNotClose where
    integration by parts leads to no finite linear system, or no condition of existence is known.

    >>> from theory.calculus.expressions import identity, matrix
    >>> from theory.calculus.letters import Gaussian
    >>> n, d = sp.symbols("n d", integer=True, positive=True)
    >>> X = matrix("X", n, d, law=Gaussian(identity(d)))
    >>> found = expectation(trace(row_gram_inverse(X)), X)
    >>> print(found.value, "if", found.finite)
    n/(d - n - 1) if d >= n + 2
    """
    insist_on_a_scalar(target)
    unknowns = [m for m, _ in target.terms if _random(m, x)]
    if not unknowns:
        return Expectation(target, sp.true, ())
    finite = sp.And(*(finite_moment(m, x) for m in unknowns))
    equations, steps = _close(unknowns, x)
    solution = _solve(equations, x)
    value = total((solution.get(m, scalar_product(m.traces)) * c for m, c in target.terms), target)
    steps.append(SOLVED.step(target, value, f"finite if and only if {finite}"))
    return Expectation(value, finite, tuple(steps))


def _close(unknowns: list[Monomial], x: Expression) -> tuple[dict[Monomial, Expression], list[Step]]:
    """One equation (an expression whose mean is zero) for every unknown, until no new unknown appears."""
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
        cancelled, by_parts = tidy(candidate, x), _parts(candidate, x, at)
        steps += [
            gram_inverse_cancels.step(candidate, cancelled),
            integration_by_parts.step(candidate, by_parts),
        ]
        equations[monomial] = cancelled - by_parts
        queue += [m for m, _ in equations[monomial].terms if _random(m, x)]
    return equations, steps


def _random(monomial: Monomial, x: Expression) -> bool:
    return any(depends_on(w, letter_of(x)) for w in monomial.traces)


def _one_more_gram(monomial: Monomial, x: Expression) -> tuple[Expression, Word]:
    """For tr(V R): X C^-1 R V X' with V = (X'X)^-1, or X X' V R with V = (XX')^-1; the word begins with X."""
    by_rows, by_cols = (_factor(gram(x)) for gram in (row_gram_inverse, column_gram_inverse))
    for index, closed in enumerate(monomial.traces):
        for rotation in closed.rotations():
            first = rotation.factors[0]
            if first not in (by_rows, by_cols):
                continue
            if first == by_rows and not is_isotropic(x):
                raise DoesNotClose(f"E {monomial}: closes for isotropic rows N(0, c I) only")
            v = expression(first)
            rest = expression(Word(rotation.factors[1:], first.cols, rotation.cols))
            if first == by_rows:
                ((longer, weight),) = (x @ x.T @ v @ rest).terms
            else:
                ((longer, weight),) = (x @ inverse(covariance_of(x)) @ rest @ v @ x.T).terms
            assert longer.word is not None
            others = scalar_product(monomial.traces[:index] + monomial.traces[index + 1 :])
            return trace(expression(longer.word)).scaled(weight) * others, longer.word
    raise DoesNotClose(f"E {monomial}: no inverse Gram matrix in it to integrate by parts against")


def _factor(value: Expression) -> Factor:
    return word_of(value).factors[0]


def _solve(equations: dict[Monomial, Expression], x: Expression) -> dict[Monomial, Expression]:
    """Solve the linear system; every unknown becomes an expression free of X."""
    unknowns = list(equations)
    known = sorted({m for e in equations.values() for m, _ in e.terms if not _random(m, x)}, key=lambda m: m.key)
    rows = [dict(e.terms) for e in equations.values()]
    zero = sp.Integer(0)
    try:
        solved = solve(
            [[row.get(m, zero) for m in unknowns] for row in rows],
            [[-row.get(m, zero) for m in known] for row in rows],
        )
    except Singular as error:
        raise DoesNotClose(f"E {unknowns[0]}: integration by parts does not determine it; {error}") from None
    return {
        unknown: total((scalar_product(m.traces).scaled(c) for m, c in zip(known, row, strict=True)), expression(0))
        for unknown, row in zip(unknowns, solved, strict=True)
    }


def finite_moment(monomial: Monomial, x: Expression) -> sp.Basic:
    """Axiom 5: E of a product with m inverses of a Wishart matrix with k excess degrees of freedom needs k
    > 2m.

    W = X X' has d - n + 1 (W = X' X has n - d + 1) degrees of freedom in its smallest direction:
    1/(W^-1)_11 is a chi-square with that many.  Necessary and sufficient for a product that is nonnegative
    and not zero.  Source: Muirhead 1982, Theorem 3.2.12.
    """
    letter = letter_of(x)
    factors = [f for w in monomial.traces for f in w.factors if depends_on(f, letter)]
    grams = [_factor(gram(x)) for gram in (row_gram_inverse, column_gram_inverse)]
    kinds = {f for f in factors if f in grams}
    if len(kinds) != 1 or any(f not in kinds for f in factors):
        raise DoesNotClose(f"E {monomial}: its existence is known only where {x} stands inside one kind of (..)^-1")
    big, small = (x.cols, x.rows) if kinds == {grams[0]} else (x.rows, x.cols)
    return sp.Ge(big, small + 2 * len(factors))
