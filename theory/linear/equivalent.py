"""linear.risk_equivalent: the expected excess risk for any covariance, n < rank, to leading order in n.

The conditional risk is closed by factorisation; kappa = E tr(S Q) / n is the one number that its equations leave.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.equivalents import FACTORISED, deterministic_equivalent
from theory.calculus.expressions import Expression, inverse, letter_of, trace
from theory.linear.conditional_risk import conditional_risk_chain
from theory.linear.setting import (
    BOUNDED,
    FRESH,
    GAUSSIAN,
    GIVEN_SOURCE,
    OVERPARAMETERIZED,
    SAME_COVARIANCE,
    S,
    gap_of,
    task,
)
from theory.notation import EIGENVALUE, GAP, INDEX, KAPPA, SOURCE, TARGET, n, vector
from theory.references import HASTIE_2022, HELTON_2007, RUBIO_2011, SHACHAF_2021
from theory.result import Derivation, Implicit, Kind, Regime, Result, Statement
from theory.spectra import SpectralForm, factor_outside


def closed(target: Expression) -> tuple[sp.Expr, Implicit]:
    """The leading order of E target for n < d, in eigenvalues and kappa = 1/tr (X X')^-1, and the equation of kappa."""
    entries = {letter_of(S): EIGENVALUE[INDEX], letter_of(gap_of(task(S))): GAP[INDEX]}
    entries |= {letter_of(vector("t")): TARGET[INDEX], letter_of(vector("u")): SOURCE[INDEX]}
    value: sp.Expr = sp.Integer(0)
    equations = set()
    for monomial, coefficient in target.terms:
        alone = Expression(((monomial, sp.Integer(1)),), target.rows, target.cols)
        form = SpectralForm(deterministic_equivalent(alone, OVERPARAMETERIZED), entries, 1 / KAPPA)
        degrees = [sp.solve(zero, n)[0] for zero in form.zeros]
        equations |= {sp.Eq(degree, n) for degree in degrees}
        value += coefficient * factor_outside(form.value.subs(dict.fromkeys(degrees, n)))
    (equation,) = equations
    return value, Implicit(KAPPA, equation)


@cache
def risk_equivalent() -> Result:
    """The deterministic equivalent of the expected excess risk for any covariance, n < rank of S.

    Law of the data: rows of X independent N(0, S), S with eigenvalues l_i; D_i = coordinates of t - u in
    its eigenbasis. kappa > 0 is the root of sum l_i/(l_i + kappa) = n.  Asymptotic: relative error O(1/n)
    for n/d fixed and a bounded condition number; no rate is promised beyond (for l_i = 2^-i the bias stays
    18 to 25% off).  The equation of kappa and the formula are derived from integration by parts closed by
    factorisation; that the closure converges is proved by Rubio & Mestre 2011, and Hastie et al. 2022 have the
    ridgeless risk.
    """
    sample = task(S)
    chain = conditional_risk_chain(sample, OVERPARAMETERIZED, S)
    value, kappa = closed(chain.expression)
    gap = gap_of(sample)
    means = (trace(inverse(sample.x @ sample.x.T)), gap.T @ sample.q @ S @ sample.q @ gap)
    lemmas = tuple(FACTORISED.step(mean, closed(mean)[0], where=(kappa,)) for mean in means)
    final = FACTORISED.step(chain.expression, value, where=(kappa,))
    return Result(
        key="linear.risk_equivalent",
        statement=Statement("expected excess risk for any covariance, to leading order", "E R(h)", r"\mathbb{E}\,R(h)"),
        kind=Kind.ASYMPTOTIC,
        regimes=(Regime("n < rank of the covariance", OVERPARAMETERIZED, value),),
        given=(
            GAUSSIAN,
            FRESH,
            GIVEN_SOURCE,
            SAME_COVARIANCE,
            BOUNDED,
        ),
        derivations=(Derivation("n < d", OVERPARAMETERIZED, (*chain.steps, *lemmas, final)),),
        references=(HELTON_2007, RUBIO_2011, HASTIE_2022, SHACHAF_2021.at("section 4")),
        see_also=("linear.risk", "linear.conditional_risk"),
        where=(kappa,),
    )
