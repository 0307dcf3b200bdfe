"""Ridge as fine-tuning with infinitely many weak features: what is exact for any covariance holds with a penalty.

Give every point N more features, independent of all else, each of variance e = n penalty/N, which the target does not
use and whose source weights are zero.  The Gram matrix X X' of fine-tuning gains e Z Z', which tends to n penalty I as
N grows (law of large numbers), and h becomes u + X'(X X' + n penalty I)^-1 (y - X u): ridge.  The risk gains
e |h_Z|^2, which tends to zero.  So a formula for fine-tuning at any covariance becomes one for ridge where every sum
over the spectrum gains N terms at (l, D) = (e, 0), in the limit: n penalty times their slope in l at 0.  With so many
features n is below d, whatever the sample size.  Means converge with what they are means of, as h - u is X'l with
l = (X X' + e Z Z')^-1 (X D + noise), and the moments of the inverse of e Z Z' stay bounded as N grows.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from theory.calculus.expressions import identity, inverse
from theory.calculus.rule import Chain, Reason
from theory.linear.moments import MEAN, VARIANCE
from theory.linear.setting import S, gap_of, task
from theory.notation import EIGENVALUE, GAP, INDEX, n
from theory.result import Derivation, Equality, Implicit, Step
from theory.ridge.leading_order import a, weights

WEAK = sp.Symbol("weak", positive=True)
eigenvalue, gap = EIGENVALUE[INDEX], GAP[INDEX]

DUAL = Reason(
    "from the features to the samples",
    "(X'X + n penalty I)^-1 X' = X'(X X' + n penalty I)^-1: times X'X + n penalty I from the left and X X' + n penalty "
    "I from the right, both are X'X X' + n penalty X'.",
    Equality.PATHWISE,
)
NOISE = Reason(
    "the noise from the error",
    "With l = (X X' + n penalty I)^-1 (X D + e): X (t - h) = X D - X X'l, and (X X' + n penalty I) l is X D + e.",
    Equality.PATHWISE,
)
FEATURES = Reason(
    "infinitely many weak features",
    "A sum over the spectrum gains N terms at an eigenvalue e = n penalty/N and D = 0, in the limit n penalty times "
    "their slope at 0.  For n penalty I is the limit of e Z Z', with N features that neither target nor risk sees.",
    Equality.PATHWISE,
)


def noise_from_error() -> Derivation:
    """X (t - h) = n penalty l - e with the dual variable l, from the minimum of the penalised loss."""
    sample = task(S)
    gap_vector, x, e = gap_of(sample), sample.x, sample.e
    dual = inverse(x @ x.T + identity(n) * n * a) @ (x @ gap_vector + e)
    chain = Chain("the noise from the error", sp.Ge(n, 3), sample.teacher - weights(sample))
    chain.record(DUAL, gap_vector - x.T @ dual)
    chain.turn_to(x @ chain.expression).record(NOISE, dual * n * a - e)
    return chain.derivation()


def with_penalty(where: tuple[Implicit, ...]) -> tuple[tuple[Implicit, ...], tuple[Step, ...]]:
    """Definitions in sums over the spectrum with the weak features in them, and why each that changes does."""
    coordinate = {w.symbol: w.formula for w in where if w.symbol in (MEAN, VARIANCE)}
    found, steps = [], []
    for implicit in where:
        assert implicit.formula is not None
        formula = implicit.formula
        for total in sorted(formula.atoms(sp.Sum), key=str):
            term = total.function.xreplace(coordinate).xreplace({gap: sp.Integer(0), eigenvalue: WEAK})
            gained = n * a * slope_at_zero(term)
            if gained != 0:
                steps.append(FEATURES.step(n * a * sp.Subs(sp.Derivative(term, WEAK), WEAK, 0), gained))
            formula = formula.xreplace({total: total + gained})
        found.append(replace(implicit, equation=sp.Eq(implicit.symbol, formula)))
    return tuple(found), tuple(steps)


def slope_at_zero(term: sp.Expr) -> sp.Expr:
    """The slope in the eigenvalue of a term that vanishes with it."""
    if sp.cancel(term.subs(WEAK, 0)) != 0:
        raise ValueError(f"{term} does not vanish with the eigenvalue: weak features would add without end")
    return sp.cancel(sp.diff(term, WEAK).subs(WEAK, 0))
