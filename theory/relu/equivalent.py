"""relu.risk_equivalent: kernel regression of a linear residual is, in high dimension, ridge with an implied penalty."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.expressions import expression, inverse, matrix
from theory.calculus.letters import Gaussian, OfCosines
from theory.calculus.pseudoinverse import change_of_variable
from theory.calculus.rational import factor
from theory.calculus.rule import Chain, Reason
from theory.calculus.stein import noise_moments
from theory.notation import KAPPA, d, n, sigma, symbol, vector
from theory.references import ELKAROUI_2010
from theory.relu.expansion import slope_at_zero
from theory.relu.kernel import formula
from theory.relu.setting import (
    HIGH,
    PLANE,
    REGIME,
    SPHERE,
    START,
    citing,
    cosine,
    design,
    directions,
    kernel_matrix,
    stated,
)
from theory.relu.teacher_bound import gap
from theory.result import Derivation, Equality, Implicit, Kind, Result
from theory.ridge import leading_order as ridge
from theory.single import MEAN

KERNEL_KAPPA = sp.Symbol("kernel_kappa", positive=True)
level = symbol("level")
IMPLIED = Reason(
    "implicit ridge",
    "What the linear part leaves of the kernel of an input with itself: h(1) - h(0) - h'(0).",
    Equality.PATHWISE,
)
LINEARISED = Reason(
    "a kernel in high dimension",
    "Off the diagonal the inner products are of order d^(-1/2): in operator norm the kernel matrix is its linear part, "
    "a multiple of the identity and one of a matrix of rank one, which matters to order 1/n.  So the linear part is "
    "learned by ridge (key ridge.risk) on inputs of variance 1/d a coordinate.",
    Equality.ASYMPTOTIC,
    ELKAROUI_2010.at("Theorem 2.1"),
)
UNITS = Reason("units", "kappa in units of 1/d, the variance of a coordinate of an input.", Equality.PATHWISE)


@cache
def implied() -> tuple[sp.Expr, Derivation]:
    """The penalty that ridge on the inputs would have: n times it, over the slope of the kernel."""
    written = sp.Subs(formula(), cosine, 1) - sp.Subs(formula(), cosine, 0) - slope_at_zero()
    rest = written.doit()
    return rest / slope_at_zero() / n, Derivation("implicit ridge", sp.true, (IMPLIED.step(written, rest),))


def _plain(root: sp.Expr) -> sp.Expr:
    """What is positive goes under the root."""
    terms = sp.Add.make_args(sp.expand(root))
    return sp.Add(*(sp.sqrt(sp.expand(z**2)) if z.has(sp.sqrt(n**2 / d**2 + 4)) else z for z in terms))


@cache
def in_high_dimension() -> tuple[sp.Expr, Implicit]:
    """The risk of ridge at that penalty, level 1/d, in units of 1/d."""
    value, _, _ = ridge.flat()
    found = ridge.kappa(implied()[0]).formula
    assert found is not None
    where = Implicit(KERNEL_KAPPA, sp.Eq(KERNEL_KAPPA, _plain(d * found.subs(level, 1 / d))))
    top, bottom = sp.fraction(factor(value.subs(level, 1 / d).subs(KAPPA, KERNEL_KAPPA / d)))
    return -top / (d * sp.expand(-bottom / d)), where


@cache
def derivation() -> Derivation:
    """From the mean squared error on a fresh sample to the formula."""
    rows, others, apart = design(), design("X2"), gap()
    t, u = vector("t"), vector("u")
    e = matrix("e", n, 1, law=Gaussian(expression(sigma**2)))
    x, fresh, h = directions(rows), directions(others, "XB2"), kernel_matrix(rows, formula())
    across = matrix("H2", n, n, law=OfCosines(others, rows, formula(), cosine))
    missed = fresh @ t - fresh @ u - across @ inverse(h) @ (x @ t + e - x @ u)
    chain = Chain("kernel regression", PLANE, missed.T @ missed / n)
    chain.apply(change_of_variable, t, u + apart).apply(noise_moments, e)
    value, where = in_high_dimension()
    return chain.record(LINEARISED, value, where=(where,)).derivation()


@cache
def risk_equivalent() -> Result:
    """E (f(x) - t'x)^2 after fine-tuning without end, in high dimension: the linear residual is learned as by ridge
    (key ridge.risk) with the penalty (h(1) - h(0) - h'(0))/(n h'(0)) = 1/n that the kernel implies.

    Asymptotic: n, d -> infinity with n/d fixed, relative error O(1/n): within 1% of simulation for d = 2n = 128, noise
    or not; for n = 2d noise is learned with a larger constant (11% at n = 128).  Inputs uniform on the unit sphere,
    y = t'x + e, f_S(x) = u'x.  Symbols n, d, sigma, squared_distance.  Source: El Karoui 2010; our own in this form.

    >>> round(risk_equivalent().evaluate(n=128, d=256, sigma=0.3, squared_distance=1.0), 6)
    0.012205
    """
    value, where = in_high_dimension()
    words, near = "expected excess risk of the fine-tuned network", ("ridge.risk", "relu.solution")
    given, regime = [REGIME, SPHERE, START, HIGH], ("d >= 2", PLANE, value)
    steps = (implied()[1], *ridge.risk().derivations, derivation())
    found = stated("risk_equivalent", words, MEAN, Kind.ASYMPTOTIC, [regime], given, steps, near, [where])
    return citing(found, ELKAROUI_2010)
