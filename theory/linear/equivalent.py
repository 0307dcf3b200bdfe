"""linear.risk_equivalent: the expected excess risk for any covariance, n < rank, to leading order in n.

One lemma is taken from the literature: the deterministic equivalent of the resolvent (X'X + L)^-1.  Bias
and variance follow from it by differentiation and by letting the ridge go to zero.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.expressions import identity, inverse, pinv, trace
from theory.calculus.rule import Reason
from theory.linear.conditional_risk import conditional_risk_chain
from theory.linear.setting import (
    FRESH,
    GAUSSIAN,
    GIVEN_SOURCE,
    OVERPARAMETERIZED,
    SAME_COVARIANCE,
    S,
    gap_of,
    task,
)
from theory.notation import EIGENVALUE, GAP, INDEX, KAPPA, d, n, sigma
from theory.references import HASTIE_2022, RUBIO_2011, SHACHAF_2021
from theory.result import Assumption, Derivation, Equality, Implicit, Kind, Regime, Result, Statement, Step

ridge = sp.Symbol("ridge", positive=True)
tilt = sp.Symbol("tilt", real=True)
shrink = sp.Symbol("mu", positive=True)
eigenvalue, gap = EIGENVALUE[INDEX], GAP[INDEX]


def spectral_sum(term: sp.Expr) -> sp.Sum:
    """The sum of a term over the eigenvalues of the covariance."""
    return sp.Sum(term, (INDEX, 1, d))


effective_regularisation = Implicit(KAPPA, sp.Eq(spectral_sum(eigenvalue / (eigenvalue + KAPPA)), n))
effective_samples = Implicit(
    shrink, sp.Eq(shrink + shrink * spectral_sum(eigenvalue / (shrink * eigenvalue + ridge)), n)
)


RESOLVENT = Reason(
    "deterministic equivalent of a resolvent",
    "Lemma: (X'X + L)^-1 behaves like (mu S + L)^-1 in traces and quadratic forms, for any L > 0 that "
    "commutes with S, where mu (1 + tr S (mu S + L)^-1) = n.  The source proves convergence as n and d grow together; "
    "the relative error O(1/n) of the mean is checked by its rate, not proved here.",
    Equality.ASYMPTOTIC,
    RUBIO_2011,
)
ALONG_THE_COVARIANCE = Reason(
    "differentiate along the covariance",
    "Put L = ridge I + tilt S and differentiate at tilt = 0: "
    "d/dtilt (X'X + L)^-1 = -(X'X + L)^-1 S (X'X + L)^-1; mu "
    "moves with tilt, by implicit differentiation of its equation.",
    Equality.ASYMPTOTIC,
)
RIDGELESS_LIMIT = Reason(
    "ridgeless limit",
    "ridge = kappa mu with mu -> 0: the equation of mu becomes that of kappa, sum l/(l + kappa) = n.",
    Equality.PATHWISE,
)
RIDGELESS_PROJECTION = Reason(
    "ridgeless projection",
    "ridge (X'X + ridge)^-1 -> Q as ridge -> 0, in the equivalent above.",
    Equality.ASYMPTOTIC,
    HASTIE_2022,
)
RIDGE_MOVES_KAPPA = Reason(
    "ridge moves kappa",
    "kappa l/(l + kappa)^2 = l/(l + kappa) - l^2/(l + kappa)^2, and sum l/(l + kappa) = n.",
    Equality.PATHWISE,
)
RIDGELESS_NOISE = Reason(
    "ridgeless noise",
    "X+ X+' is the derivative of ridge (X'X + ridge)^-1 at ridge = 0, so tr(S X+ X+') = n dkappa/dridge - 1 "
    "with ridge = kappa (n - sum l/(l + kappa)).",
    Equality.ASYMPTOTIC,
    HASTIE_2022,
)


BOTH_PARTS = Reason(
    "both parts",
    "Bias and noise part by their equivalents: the relative error of a sum of positive parts is at most the larger of "
    "theirs.",
    Equality.ASYMPTOTIC,
)


def neat(value: sp.Expr) -> sp.Expr:
    """Sums with factored terms, and what does not depend on the index in front of them."""
    plain = {eigenvalue: sp.Dummy("l", positive=True), gap: sp.Dummy("D", real=True)}
    back = {symbol: indexed for indexed, symbol in plain.items()}

    def front(total: sp.Sum) -> sp.Expr:
        term = sp.factor(sp.together(total.function.xreplace(plain)))
        constant, rest = term.as_independent(*back)
        return constant * spectral_sum(rest.xreplace(back))

    return value.replace(lambda e: isinstance(e, sp.Sum), front)


def factor_outside(value: sp.Expr) -> sp.Expr:
    """Factor an expression in sums, leaving the sums as they are."""
    names = {total: sp.Dummy(f"s{j}") for j, total in enumerate(sorted(value.atoms(sp.Sum), key=str))}
    factored = sp.factor(sp.together(value.xreplace(names)))
    return factored.xreplace({name: total for total, name in names.items()})


def _tilted() -> tuple[sp.Expr, sp.Expr]:
    """With L = ridge I + tilt S: the form D'(X'X + L)^-1 D, and the function of mu and tilt whose root mu
    is."""
    inside = (shrink + tilt) * eigenvalue + ridge
    return spectral_sum(gap**2 / inside), shrink + shrink * spectral_sum(eigenvalue / inside) - n


def _minus_derivative_at_no_tilt() -> sp.Expr:
    """-d/dtilt of the form at tilt = 0, mu moving along its equation."""
    form, equation = _tilted()
    slope = sp.idiff(equation, shrink, tilt)
    total = form.diff(tilt) + form.diff(shrink) * slope
    return neat((-total).subs(tilt, 0))


def _without_ridge(value: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """ridge^2 * value with ridge = kappa mu, where mu leaves every sum; and its limit as mu -> 0."""
    at_kappa = neat((ridge**2 * value).subs(ridge, KAPPA * shrink))
    degrees = spectral_sum(eigenvalue / (eigenvalue + KAPPA))
    at_kappa = factor_outside(at_kappa.subs(degrees, n))
    return at_kappa, at_kappa.subs(shrink, 0)


def _bias() -> tuple[tuple[Step, ...], sp.Expr]:
    sample = task(S)
    x, q, D = sample.x, sample.q, gap_of(sample)
    resolvent = inverse(x.T @ x + identity(d) * ridge)
    form, _ = _tilted()
    slope = _minus_derivative_at_no_tilt()
    small, limit = _without_ridge(slope)
    at_mu, at_kappa = (effective_samples,), (effective_regularisation,)
    steps = (
        RESOLVENT.step(D.T @ resolvent @ D, form.subs(tilt, 0), where=at_mu),
        ALONG_THE_COVARIANCE.step(D.T @ resolvent @ S @ resolvent @ D, slope, where=at_mu),
        RIDGELESS_LIMIT.step(sp.Limit(small, shrink, 0), limit, where=at_kappa),
        RIDGELESS_PROJECTION.step(D.T @ q @ S @ q @ D, limit, where=at_kappa),
    )
    return steps, limit


def _noise() -> tuple[tuple[Step, ...], sp.Expr]:
    x = task(S).x
    resolvent = inverse(x.T @ x + identity(d) * ridge)
    form = spectral_sum(eigenvalue / (shrink * eigenvalue + ridge))
    degrees = spectral_sum(eigenvalue / (eigenvalue + KAPPA))
    second = spectral_sum(eigenvalue**2 / (eigenvalue + KAPPA) ** 2)
    slope = neat((KAPPA * (n - degrees)).diff(KAPPA)).subs(degrees, n)
    fluctuation = spectral_sum(eigenvalue / (eigenvalue + KAPPA) ** 2)
    value = factor_outside(n / slope.subs(fluctuation, (n - second) / KAPPA) - 1)
    at_kappa = (effective_regularisation,)
    steps = (
        RESOLVENT.step(trace(S @ resolvent), form, where=(effective_samples,)),
        RIDGE_MOVES_KAPPA.step(n / slope - 1, value, where=at_kappa),
        RIDGELESS_NOISE.step(trace(S @ pinv(x) @ pinv(x).T), value, where=at_kappa),
    )
    return steps, value


@cache
def risk_equivalent() -> Result:
    """The deterministic equivalent of the expected excess risk for any covariance, n < rank of S.

    Law of the data: rows of X independent N(0, S), S with eigenvalues l_i; D_i = coordinates of t - u in
    its eigenbasis. kappa > 0 is the root of sum l_i/(l_i + kappa) = n.  Asymptotic: relative error O(1/n)
    for n/d fixed and a bounded condition number; no rate is promised beyond (for l_i = 2^-i the bias stays
    18 to 25% off).  Rests on the resolvent lemma of Rubio & Mestre 2011; see Hastie et al. 2022 for the
    ridgeless risk.
    """
    sample = task(S)
    conditional = conditional_risk_chain(sample, OVERPARAMETERIZED, S)
    bias_steps, bias = _bias()
    noise_steps, noise = _noise()
    total = bias + sigma**2 * noise
    last = BOTH_PARTS.step(conditional.expression, total, where=(effective_regularisation,))
    steps = (*conditional.steps, *bias_steps, *noise_steps, last)
    return Result(
        key="linear.risk_equivalent",
        statement=Statement("expected excess risk for any covariance, to leading order", "E R(h)", r"\mathbb{E}\,R(h)"),
        kind=Kind.ASYMPTOTIC,
        regimes=(Regime("n < rank of the covariance", OVERPARAMETERIZED, total),),
        given=(
            GAUSSIAN,
            FRESH,
            GIVEN_SOURCE,
            SAME_COVARIANCE,
            Assumption("n/d fixed and a bounded condition number: relative error O(1/n)"),
        ),
        derivations=(Derivation("n < d", OVERPARAMETERIZED, steps),),
        references=(RUBIO_2011, HASTIE_2022, SHACHAF_2021.at("section 4")),
        see_also=("linear.risk", "linear.conditional_risk"),
        where=(effective_regularisation,),
    )
