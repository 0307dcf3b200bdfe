"""Random letters: whether something depends on one, and what its law is."""

from __future__ import annotations

import sympy as sp

from theory.calculus.expressions import Expression, letter_of
from theory.calculus.letters import Factor, Gaussian, Inverse, Letter, Pinv, made_of
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
        case Letter() as letter:
            return letter == x or any(depends_on(part, x) for part in made_of(letter))
    return False


def law_of(x: Expression) -> Gaussian:
    """The law of a Gaussian letter.  Raises ValueError for any other."""
    letter = letter_of(x)
    if not isinstance(letter.law, Gaussian):
        raise ValueError(f"{letter.name} is not Gaussian: this rule needs rows N(0, C)")
    return letter.law


def covariance_of(x: Expression) -> Expression:
    """C, for a letter with independent rows N(0, C).  Raises ValueError for any other."""
    law = law_of(x)
    if law.column_covariance is None:
        return law.row_covariance
    level = level_of(law.column_covariance)
    if level is None:
        raise ValueError(
            f"{x} has dependent rows, covariance {law.column_covariance}: this rule needs independent ones"
        )
    return law.row_covariance.scaled(level)


def level_of(covariance: Expression) -> sp.Expr | None:
    """c, for a covariance that is written c I; None for any other."""
    terms = covariance.terms
    if len(terms) != 1 or any(word.factors for word in terms[0][0].words):
        return None
    return terms[0][1]


def turns_features(x: Expression) -> bool:
    """Whether X and X O have one law for every orthogonal O: E X_ia X_jb = R_ij c [a = b], rows dependent or not."""
    return level_of(law_of(x).row_covariance) is not None


def turns_samples(x: Expression) -> bool:
    """Whether X and O X have one law for every orthogonal O: E X_ia X_jb = r [i = j] C_ab."""
    covariance = law_of(x).column_covariance
    return covariance is None or level_of(covariance) is not None


def is_isotropic(x: Expression) -> bool:
    """Whether the rows of the Gaussian letter x are independent and N(0, c I)."""
    return turns_features(x) and turns_samples(x)


def isotropic_level(x: Expression) -> sp.Expr:
    """c, for a design with rows N(0, c I).  Raises ValueError for any other."""
    level = level_of(covariance_of(x))
    if level is None:
        raise ValueError(f"{x}: this rule needs an isotropic design, rows N(0, c I)")
    return level


def insist_on_a_scalar(value: Expression) -> None:
    """Raise ValueError for a matrix: expectations are taken of traces and quadratic forms."""
    if any(monomial.word is not None for monomial, _ in value.terms):
        raise ValueError(f"{value} is a matrix: take its trace or a quadratic form of it first")
