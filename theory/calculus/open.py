"""Averages of matrices: probe with a letter, average the trace, and read the matrix off.

For every deterministic B, E tr(B M) = tr(B E M): a sum of traces, each with B in it once.  Read as tr(B F),
the coefficient of B is F; as this holds for all B, E M is the sum of the F's.
"""

from __future__ import annotations

from theory.calculus.expressions import Expression, collect, letter_of, matrix, trace
from theory.calculus.letters import Letter
from theory.calculus.monomials import Monomial
from theory.calculus.names import fresh_name
from theory.calculus.rule import Reason
from theory.calculus.stein import begin_with
from theory.calculus.wishart import Expectation, expectation
from theory.calculus.words import Word
from theory.result import Equality

READ_OFF = Reason(
    "read off the matrix",
    "E tr(B M) = tr(B F) for every B, so E M = F.",
    Equality.IN_EXPECTATION,
)


def matrix_expectation(target: Expression, x: Expression, *others: Expression) -> Expectation:
    """E over X (then over the other independent Gaussian letters) of a matrix of any shape.

    Closes, and is finite, where `expectation` of tr(B M) is for a generic B of the transposed shape; exact
    there.  A scalar is averaged as it is.  Raises DoesNotClose as `expectation` does.

    >>> import sympy as sp
    >>> from theory.calculus.expressions import identity, inverse
    >>> from theory.calculus.letters import Gaussian
    >>> n, d = sp.symbols("n d", integer=True, positive=True)
    >>> S = matrix("S", d, d, symmetric=True)
    >>> X = matrix("X", n, d, law=Gaussian(S))
    >>> found = matrix_expectation(inverse(X.T @ X), X)
    >>> print(found.value, "if", found.finite)
    -1/(d - n + 1) S^-1 if n >= d + 2
    """
    if target.is_scalar:
        return expectation(target, x, *others)
    probe = matrix(fresh_name("B", target, x, *others), target.cols, target.rows)
    found = expectation(trace(probe @ target), x, *others)
    value = read_off(found.value, probe, target)
    return Expectation(value, found.finite, (*found.steps, READ_OFF.step(target, value)))


def read_off(probed: Expression, probe: Expression, like: Expression) -> Expression:
    """The F of tr(B F), for a sum of products of traces in which B stands once."""
    letter = letter_of(probe)
    return collect(((*_without(m, letter), c) for m, c in probed.terms), like.rows, like.cols)


def _without(monomial: Monomial, probe: Letter) -> tuple[tuple[Word, ...], Word]:
    """The other traces, and the word that B is multiplied with."""
    ((index, at),) = ((j, r) for j, w in enumerate(monomial.traces) if (r := begin_with(w, probe)) is not None)
    others = monomial.traces[:index] + monomial.traces[index + 1 :]
    return others, Word(at.factors[1:], probe.cols, probe.rows)
