"""The law of the eigenvalues of X'X/n for an isotropic design, to leading order: from its resolvent.

m(a) = E tr (X'X/n + a I)^-1/d is closed by the engine; between the edges, where the root in m(-x) turns imaginary, its
imaginary part is pi times the density at x.  With x = centre + radius z, a mean over the eigenvalues is one over z, the
first coordinate of a uniformly random direction in the plane: sums of Gauss and Chebyshev converge fast there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import sympy as sp

from theory.calculus.averages import Average, Cosine
from theory.calculus.closed_forms import closed_form
from theory.calculus.equivalents import deterministic_equivalent
from theory.calculus.expressions import Expression, identity, inverse, trace
from theory.calculus.letters import Inverse, Letter, Pinv
from theory.calculus.pseudoinverse import change_of_variable
from theory.calculus.rational import factor
from theory.calculus.rule import Reason, rule
from theory.calculus.words import Word
from theory.linear.setting import ISOTROPIC, task
from theory.notation import d, n, scalar_of
from theory.references import MARCHENKO_1967
from theory.result import Assumption, Equality, Implicit

Z, X = sp.Symbol("place", real=True), sp.Symbol("x", positive=True)
SPREAD = Reason(
    "eigenvalues by their resolvent",
    "A trace of a function of X'X/n is d times its mean under the law of the eigenvalues, whose density is the "
    "imaginary part of E tr (X'X/n - x I)^-1/(pi d), closed by factorisation; at 0 there is what n < d leaves.",
    Equality.ASYMPTOTIC,
    MARCHENKO_1967,
)
DIRECTION = Assumption(
    "place is the first coordinate of a uniformly random direction in the plane; the formula is a mean over it"
)


@dataclass(frozen=True)
class Eigenvalues:
    """The share of eigenvalues that are 0, the others as a function of z, and the weight of z, in both."""

    none: sp.Expr
    position: sp.Expr
    weight: sp.Expr

    def mean(self, formula: sp.Expr) -> Average:
        """The mean of a formula in an eigenvalue X; `law` says what that is."""
        return Average(self.none * sp.limit(formula, X, 0) + self.weight * formula, (Z, Cosine(2)))

    @property
    def law(self) -> Implicit:
        """The eigenvalue as a function of z."""
        return Implicit(X, sp.Eq(X, self.position))


@cache
def eigenvalues() -> Eigenvalues:
    """Of X'X/n, rows of X independent N(0, level I).

    >>> eigenvalues().position
    2*sqrt(d)*level*place/sqrt(n) + level*(d + n)/n
    """
    a = sp.Symbol("a", positive=True)
    design = task(ISOTROPIC).x
    found = closed_form(deterministic_equivalent(trace(inverse(design.T @ design + identity(d) * n * a))))
    assert not isinstance(found.value, Expression)
    assert not found.unknowns
    transform = found.value * n / d
    (surd,) = (root for root in transform.atoms(sp.Pow) if root.exp == sp.S.Half)
    dummy = sp.Dummy()
    slope = sp.diff(transform.subs(surd, dummy), dummy)
    inside = sp.Poly(surd.base.subs(a, -X), X)
    second, first, constant = inside.all_coeffs()
    centre = factor(-first / (2 * second))
    radius = sp.sqrt(factor(centre**2 - constant / second))
    none = factor((a * transform).subs(surd, sp.sqrt(factor(surd.base.subs(a, 0)))).cancel().subs(a, 0))
    position = centre + radius * Z
    weight = -slope.subs(a, -X) * sp.sqrt(second) * radius**2 * (1 - Z**2)
    return Eigenvalues(none, position, factor(weight))


@rule(Equality.PATHWISE)
def of_the_spectrum(target: Expression, moved: Expression, kept: Expression, design: Expression) -> Expression:
    """M X'X/n = I - K, in every singular direction."""
    return change_of_variable.rewrite(target, moved @ design.T @ design, (identity(d) - kept) * n)


def along_direction(word: Word, functions: Mapping[Letter | Pinv | Inverse, sp.Expr]) -> sp.Expr:
    """A trace in K and M as d times its part along a direction; any other is a number of the notation table."""
    if not all(part.base in functions for part in word.factors):
        return scalar_of(word)
    return d * sp.Mul(*(functions[part.base] for part in word.factors))
