"""X outside of inverses: integrate by parts until X stands inside inverses only, or nowhere.

A polynomial loses two X's with every step, so it ends in a number.  Beside an inverse Gram matrix the
derivative of the inverse brings X next to its inverse, where it cancels: the count of X's outside falls too.
"""

from __future__ import annotations

from theory.calculus.designs import depends_on, law_of
from theory.calculus.expressions import Expression, letter_of, scalar_product, total
from theory.calculus.letters import Inverse, Letter
from theory.calculus.monomials import Monomial
from theory.calculus.pseudoinverse import cancel_gram, cancel_inverse, cancel_term
from theory.calculus.rule import rule
from theory.calculus.stein import begin_with, integrate_by_parts
from theory.references import STEIN_1981
from theory.result import Equality


class DoesNotClose(ValueError):
    """Integration by parts did not lead to a finite linear system for an expectation."""


def tidy(target: Expression, x: Expression) -> Expression:
    """Cancel Gram matrices and the covariances against their inverses."""
    law = law_of(x)
    target = cancel_inverse(cancel_gram(target, x), law.row_covariance)
    return target if law.column_covariance is None else cancel_inverse(target, law.column_covariance)


@rule(Equality.PATHWISE)
def gram_inverse_cancels(target: Expression, x: Expression) -> Expression:
    """A Gram matrix times its inverse is the identity."""
    return tidy(target, x)


def is_random(monomial: Monomial, x: Expression) -> bool:
    """Whether a product of traces depends on X."""
    return any(depends_on(w, letter_of(x)) for w in monomial.words)


def count_outside(monomial: Monomial, letter: Letter) -> int:
    """How many X's stand outside of inverses."""
    return sum(f.base == letter for w in monomial.words for f in w.factors)


def stands_outside(target: Expression, x: Expression) -> bool:
    """Whether some X stands outside of inverses."""
    return any(count_outside(m, letter_of(x)) for m, _ in target.terms)


@rule(Equality.IN_EXPECTATION, STEIN_1981.at("Lemma 1"))
def integrate_out(target: Expression, x: Expression) -> Expression:
    """E X_ia F(X) = sum R_ij C_ab E dF/dX_jb, again and again, until no X is left outside of inverses.

    Exact for every Gaussian X, E X_ia X_jb = R_ij C_ab, without inverses, and beside inverses of X'X (X X')
    where only d x d (n x n) matrices stand between.  Raises DoesNotClose where the X's outside do not
    become fewer.
    """
    target = tidy(target, x)
    while stands_outside(target, x):
        target = total((_fewer(m, x).scaled(c) for m, c in target.terms), target)
    return target


def _fewer(monomial: Monomial, x: Expression) -> Expression:
    """One X integrated by parts; the monomial itself where none stands outside."""
    letter = letter_of(x)
    at = next((w for closed in monomial.traces if (w := begin_with(closed, letter)) is not None), None)
    if at is None:
        return scalar_product(monomial.traces)
    found = tidy(integrate_by_parts(monomial, x, at), x)
    for other, _ in found.terms:
        if count_outside(other, letter) >= count_outside(monomial, letter):
            raise DoesNotClose(f"E {monomial}: integration by parts leads on to E {other}, which is no simpler")
    return found


@rule(Equality.PATHWISE)
def resolvent_identity(target: Expression, x: Expression) -> Expression:
    """M (M + K)^-1 = I - K (M + K)^-1, for the one word M that holds X."""
    factors = dict.fromkeys(f for m, _ in target.terms for w in m.words for f in w.factors)
    for inside in (f.base.argument for f in factors if isinstance(f.base, Inverse)):
        moving = [(m, c) for m, c in inside.terms if is_random(m, x)]
        if len(moving) == 1 and (word := moving[0][0].word) is not None and not moving[0][0].traces:
            target = cancel_term(target, inside, word, moving[0][1])
    return target
