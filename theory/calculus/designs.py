"""Random letters: whether something depends on one, and what its law is."""

from __future__ import annotations

import sympy as sp

from theory.calculus.expressions import Expression, letter_of
from theory.calculus.letters import Defined, Factor, Gaussian, Inverse, Letter, Pinv, Trained
from theory.calculus.words import Word


def depends_on(value: Expression | Word | Factor | Letter, x: Letter) -> bool:
    """Whether the letter x occurs, directly or inside an inverse or a definition."""
    match value:
        case Expression():
            return any(depends_on(w, x) for m, _ in value.terms for w in m.words)
        case Word():
            return any(depends_on(f, x) for f in value.factors)
        case Factor(base=Pinv(letter=letter)):
            return depends_on(letter, x)
        case Factor(base=Inverse(argument=argument)):
            return depends_on(argument, x)
        case Factor(base=Letter() as letter):
            return depends_on(letter, x)
        case Letter(law=Defined(meaning=meaning)):
            return value == x or depends_on(meaning, x)
        case Letter(law=Trained(design=design, labels=labels, start=start)):
            return any(depends_on(part, x) for part in (design, labels, start))
    return value == x


def covariance_of(x: Expression) -> Expression:
    """C, for a letter with independent rows N(0, C).  Raises ValueError for any other."""
    letter = letter_of(x)
    if not isinstance(letter.law, Gaussian):
        raise ValueError(f"{letter.name} is not Gaussian: this rule needs rows N(0, C)")
    return letter.law.row_covariance


def is_isotropic(x: Expression) -> bool:
    """Whether the rows of the Gaussian letter x are N(0, c I)."""
    terms = covariance_of(x).terms
    return len(terms) == 1 and not any(word.factors for word in terms[0][0].words)


def isotropic_level(x: Expression) -> sp.Expr:
    """c, for a design with rows N(0, c I).  Raises ValueError for any other."""
    if not is_isotropic(x):
        raise ValueError(f"{x}: this rule needs an isotropic design, rows N(0, c I)")
    ((_, coefficient),) = covariance_of(x).terms
    return coefficient


def insist_on_a_scalar(value: Expression) -> None:
    """Raise ValueError for a matrix: expectations are taken of traces and quadratic forms."""
    if any(monomial.word is not None for monomial, _ in value.terms):
        raise ValueError(f"{value} is a matrix: take its trace or a quadratic form of it first")
