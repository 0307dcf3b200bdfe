"""Expectations of inverse Gram matrices: integration by parts gives linear equations, which are solved.

For every unknown product of traces the engine writes one more Gram factor, which cancels on the one side
and is integrated by parts on the other.  New unknowns that appear get their own equation, until the system
closes.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from theory.calculus.designs import depends_on, insist_on_a_scalar, law_of, turns_features, turns_samples
from theory.calculus.expressions import Expression, expression, inverse, letter_of, scalar_product, total, trace
from theory.calculus.invariance import parity
from theory.calculus.letters import Factor, Letter, Pinv
from theory.calculus.monomials import Monomial
from theory.calculus.outside import DoesNotClose, gram_inverse_cancels, integrate_out, is_random, stands_outside, tidy
from theory.calculus.pseudoinverse import column_gram_inverse, row_gram_inverse
from theory.calculus.rational import Singular, solve
from theory.calculus.reduction import reduce_average
from theory.calculus.rule import Chain, Reason, rule
from theory.calculus.stein import begin_with, integrate_by_parts
from theory.calculus.substitution import word_of
from theory.calculus.words import Word
from theory.references import MUIRHEAD_1982, STEIN_1981
from theory.result import Equality, Step

__all__ = ["DoesNotClose", "Expectation", "expectation", "gram_inverse_cancels", "integration_by_parts", "tidy"]

MOST_EQUATIONS = 40


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


@rule(Equality.IN_EXPECTATION, STEIN_1981.at("Lemma 1"))
def integration_by_parts(target: Expression, x: Expression, at: Word) -> Expression:
    """E tr(X M) = E sum of C dM/dX, for X with independent Gaussian rows of covariance C."""
    return _parts(target, x, at)


def _parts(target: Expression, x: Expression, at: Word) -> Expression:
    ((monomial, coefficient),) = target.terms
    return tidy(integrate_by_parts(monomial, x, at), x).scaled(coefficient)


def expectation(target: Expression, x: Expression, *others: Expression) -> Expectation:
    """E over X (then over the other independent Gaussian letters) of a scalar, E X_ia X_jb = R_ij C_ab.

    Closes for polynomials in X (any C and R), for projections X+ X (C = c I) and X X+ (R = r I), and for
    traces that hold (X' X)^-1 (R = r I, any C) or (X X')^-1 (C = c I, any R), with X outside of them or
    not.  Exact where `finite` holds.  Raises DoesNotClose, with the one expectation that would not close,
    where integration by parts leads to no finite linear system, or no condition of existence is known.

    >>> from theory.calculus.expressions import identity, matrix
    >>> from theory.calculus.letters import Gaussian
    >>> n, d = sp.symbols("n d", integer=True, positive=True)
    >>> X = matrix("X", n, d, law=Gaussian(identity(d)))
    >>> found = expectation(trace(row_gram_inverse(X)), X)
    >>> print(found.value, "if", found.finite)
    n/(d - n - 1) if d >= n + 2
    >>> print(expectation(trace(X @ X.T) * trace(X @ X.T), X).value)
    d*n*(d*n + 2)
    """
    insist_on_a_scalar(target)
    value, finite, steps = target, sp.true, list[Step]()
    for letter in (x, *others):
        chain = Chain("average", sp.true, value)
        reduce_average(chain, letter)
        finite = sp.And(finite, finite_mean(value, chain.expression, letter))
        if stands_outside(chain.expression, letter):
            chain.apply(integrate_out, letter)
        found = _inverse_moments(chain.expression, letter)
        value, finite = found.value, sp.And(finite, found.finite)
        steps += [*chain.steps, *found.steps]
    return Expectation(value, finite, tuple(steps))


def _inverse_moments(target: Expression, x: Expression) -> Expectation:
    """E of traces in which X stands inside inverse Gram matrices only."""
    unknowns = [m for m, _ in target.terms if is_random(m, x)]
    if not unknowns:
        return Expectation(target, sp.true, ())
    finite = sp.And(*(finite_moment(m, x) for m in unknowns))
    equations, steps = _close(unknowns, x)
    solution = _solve(equations, x, len(unknowns))
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
        queue += [m for m, _ in equations[monomial].terms if is_random(m, x)]
    return equations, steps


def _one_more_gram(monomial: Monomial, x: Expression) -> tuple[Expression, Word]:
    """A trace tr(V M) with one more Gram matrix, as an expression and as a word that begins with X."""
    grams = _grams(x)
    for index, closed in enumerate(monomial.traces):
        rotation = next((r for r in closed.rotations() if r.factors[0] in grams), None)
        if rotation is not None:
            longer = _longer(rotation, monomial, x)
            others = scalar_product(monomial.traces[:index] + monomial.traces[index + 1 :])
            return trace(longer) * others, _word_from(longer, x)
    raise DoesNotClose(f"E {monomial}: no inverse Gram matrix in it to integrate by parts against")


def _word_from(longer: Expression, x: Expression) -> Word:
    """The word of X C^-1 M V X'; where X is a vector, numbers split off and X' X or X X' is left."""
    ((monomial, _),) = longer.terms
    if monomial.word is not None:
        return monomial.word
    return next(at for w in monomial.traces if (at := begin_with(w, letter_of(x))) is not None)


def _longer(rotation: Word, monomial: Monomial, x: Expression) -> Expression:
    """X C^-1 M V X' with V = (X'X)^-1, or X X' V M R^-1 with V = (XX')^-1."""
    first, law = rotation.factors[0], law_of(x)
    v, rest = expression(first), expression(Word(rotation.factors[1:], first.cols, rotation.cols))
    if first != _grams(x)[0]:
        if not turns_samples(x):
            raise DoesNotClose(f"E {monomial}: closes for independent rows only, covariance c I between them")
        return x @ inverse(law.row_covariance) @ rest @ v @ x.T
    if not turns_features(x):
        raise DoesNotClose(f"E {monomial}: closes for isotropic rows N(0, c I) only")
    longer = x @ x.T @ v @ rest
    return longer if law.column_covariance is None else longer @ inverse(law.column_covariance)


def _grams(x: Expression) -> tuple[Factor, Factor]:
    """(X X')^-1 and (X' X)^-1."""
    return word_of(row_gram_inverse(x)).factors[0], word_of(column_gram_inverse(x)).factors[0]


def _solve(equations: dict[Monomial, Expression], x: Expression, wanted: int) -> dict[Monomial, Expression]:
    """Solve the linear system; the first unknowns, as many as are wanted, become expressions free of X."""
    unknowns = list(equations)
    known = sorted({m for e in equations.values() for m, _ in e.terms if not is_random(m, x)}, key=lambda m: m.key)
    rows = [dict(e.terms) for e in equations.values()]
    zero = sp.Integer(0)
    try:
        solved = solve(
            [[row.get(m, zero) for m in unknowns] for row in rows],
            [[-row.get(m, zero) for m in known] for row in rows],
            wanted,
        )
    except Singular as error:
        raise DoesNotClose(f"E {unknowns[0]}: integration by parts does not determine it; {error}") from None
    return {
        unknown: total((scalar_product(m.traces).scaled(c) for m, c in zip(known, row, strict=True)), expression(0))
        for unknown, row in zip(unknowns, solved, strict=False)
    }


def finite_mean(target: Expression, reduced: Expression, x: Expression) -> sp.Basic:
    """When every inverse in a target exists (n >= d for (X' X)^-1), and every moment of what it was reduced to.

    For a product that is odd in X, and so has mean zero or none, a sufficient condition.
    """
    letter, grams = letter_of(x), _grams(x)
    holding = [(m, {f for w in m.words for f in w.factors}) for m, _ in target.terms]
    odd = [m for m, factors in holding if factors.intersection(grams) and parity(m, letter) == 1]
    moments = sp.And(*(finite_moment(m, x) for m in [*odd, *(m for m, _ in reduced.terms if is_random(m, x))]))
    sides = zip(grams, ((x.cols, x.rows), (x.rows, x.cols)), strict=True)
    there = (sp.Ge(*side) for gram, side in sides if any(gram in factors for _, factors in holding))
    return moments if moments != sp.true else sp.And(*there)


def finite_moment(monomial: Monomial, x: Expression) -> sp.Basic:
    """Axiom 5: E of a product with m inverses of a Wishart matrix with k excess degrees of freedom needs k
    > 2m.

    W = X X' has d - n + 1 (W = X' X has n - d + 1) degrees of freedom in its smallest direction:
    1/(W^-1)_11 is a chi-square with that many.  Necessary and sufficient for a product that is nonnegative
    and not zero; X's outside of the inverses do not change it, a polynomial has all moments.  Source:
    Muirhead 1982, Theorem 3.2.12.
    """
    letter = letter_of(x)
    moving = [f for w in monomial.traces for f in w.factors if depends_on(f, letter)]
    factors, grams = [f for f in moving if f.base != letter], _grams(x)
    if not factors:
        return sp.true
    _insist_on_inverses(monomial, factors, x)
    kinds = {f for f in factors if f in grams}
    if len(kinds) != 1 or any(f not in kinds for f in factors):
        raise DoesNotClose(
            f"E {monomial} would not close: where {x} stands elsewhere than inside one kind of inverse Gram "
            "matrix, integration by parts leads on to new expectations"
        )
    big, small = (x.cols, x.rows) if kinds == {grams[0]} else (x.rows, x.cols)
    return sp.Ge(big, small + 2 * len(factors))


def _insist_on_inverses(monomial: Monomial, factors: list[Factor], x: Expression) -> None:
    for base in (f.base for f in factors):
        if isinstance(base, Pinv):
            raise DoesNotClose(
                f"E {monomial}: which inverse {x}+ stands for depends on the sizes; apply "
                "pseudo_inverse_of_full_row_rank (n <= d) or pseudo_inverse_of_full_column_rank (n >= d) first"
            )
        if isinstance(base, Letter):
            raise DoesNotClose(f"E {monomial}: {base.name} closes for isotropic rows N(0, c I) only")
