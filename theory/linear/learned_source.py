"""linear.risk_learned_source: the source weights are themselves learned, from n_source samples."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.invariance import orthogonal_invariance, trace_is_rank
from theory.calculus.pseudoinverse import (
    change_of_variable,
    full_column_rank,
    insert_definition,
    null_projection,
    projection_algebra,
    pseudo_inverse_of_full_column_rank,
    pseudo_inverse_of_full_row_rank,
    row_span_projection,
)
from theory.calculus.rational import factor
from theory.calculus.rule import Chain, rule
from theory.calculus.stein import noise_moments
from theory.calculus.wishart import expectation, gram_inverse_cancels
from theory.linear.regimes import NoiseTerm, positive_denominators, regimes
from theory.linear.risk import averaged_risk, named
from theory.linear.setting import (
    DETERMINED,
    FLAT_IF_OVERPARAMETERIZED,
    GAUSSIAN,
    ISOTROPIC,
    OVERPARAMETERIZED,
    REGIME_NAMES,
    SAME_COVARIANCE,
    gap_of,
    target_task,
    task,
)
from theory.notation import d, sigma, symbol, vector
from theory.references import DAR_2020, SHACHAF_2021
from theory.result import Assumption, Derivation, Equality, Kind, Regime, Result, Statement

n_source, sigma_source = symbol("n_source"), symbol("sigma_source")
SOURCE_REGIMES = {OVERPARAMETERIZED: sp.Lt(n_source, d), DETERMINED: sp.Ge(n_source, d)}


@rule(Equality.PATHWISE)
def gather(target: sp.Expr, condition: sp.Basic) -> sp.Expr:
    """Put the parts with the same noise together, and the sizes before the rest."""
    noises = (sigma, sigma_source)
    silent = target.subs(dict.fromkeys(noises, 0))
    parts = (target.subs({other: 0 for other in noises if other != noise}) - silent for noise in noises)
    return sp.Add(sp.factor_terms(silent), *(positive_denominators(factor(p), condition) for p in parts))


def _averaged(kind: sp.Basic) -> tuple[sp.Expr, sp.Basic, Derivation]:
    """The risk for n < d where u is trained from zero on the source task, when its source noise is finite, and how it
    was found."""
    target = averaged_risk(OVERPARAMETERIZED)
    zero = vector("u") * 0
    source = task(ISOTROPIC, samples=n_source, noise=sigma_source, suffix="s", teacher=vector("w"), start=zero)
    x, q = source.x, null_projection(source.x, "Qs")
    condition = sp.And(OVERPARAMETERIZED, SOURCE_REGIMES[kind])
    given = change_of_variable(target.form, gap_of(target_task(OVERPARAMETERIZED)), vector("t") - source.estimator)
    chain = Chain(f"{REGIME_NAMES[OVERPARAMETERIZED]}, {SOURCE_REGIMES[kind]}", condition, given)
    chain.apply(insert_definition, source.y).apply(noise_moments, source.e)
    if kind == OVERPARAMETERIZED:
        chain.apply(row_span_projection, x, q).apply(projection_algebra, x, q)
        chain.apply(orthogonal_invariance, x).apply(projection_algebra, x, q).apply(trace_is_rank, x, q)
        chain.apply(pseudo_inverse_of_full_row_rank, x)
    else:
        chain.apply(full_column_rank, x, q).apply(pseudo_inverse_of_full_column_rank, x)
    found = expectation(chain.apply(gram_inverse_cancels, x).expression, x)
    named(chain.turn_to(found.value, found.steps))
    total = chain.apply(gather, condition).number
    return total, found.finite, chain.derivation()


def _regimes() -> tuple[list[Derivation], list[Regime]]:
    """Every combination of target and source regime."""
    over, under = averaged_risk(OVERPARAMETERIZED), averaged_risk(DETERMINED)
    derivations, found = [over.derivation], list[Regime]()
    for kind in SOURCE_REGIMES:
        total, finite, derivation = _averaged(kind)
        derivations.append(derivation)
        signal = total.subs({sigma: 0, sigma_source: 0})
        terms = [
            NoiseTerm(noise, total.subs(other, 0) - signal, exists)
            for noise, other, exists in ((sigma, sigma_source, over.variance.finite), (sigma_source, sigma, finite))
        ]
        found += regimes(derivation.title, derivation.domain, signal, terms)
    name = REGIME_NAMES[DETERMINED]
    found += regimes(f"{name} (the source is forgotten)", DETERMINED, under.bias, [under.variance])
    return [*derivations, under.derivation], found


@cache
def risk_learned_source() -> Result:
    """The expected excess risk of fine-tuning from source weights learned on n_source samples of another
    task.

    Source: z = X~ w + e~, X~ (n_source, d) with the same isotropic covariance, e~ ~ N(0, sigma_source^2 I);
    the source weights are the minimum-norm (n_source < d) or least-squares solution, E|t - u|^2 of it is
    put into linear.risk.  Exact; infinite where either task is at its interpolation threshold with noise.
    Double descent in n and in n_source.  Source: Dar & Baraniuk 2020.
    """
    derivations, found = _regimes()
    return Result(
        key="linear.risk_learned_source",
        statement=Statement(
            "expected excess risk, source learned from n_source samples",
            "E R(h)",
            r"\mathbb{E}\,R(h)",
        ),
        kind=Kind.EXACT,
        regimes=tuple(found),
        given=(
            GAUSSIAN,
            Assumption(
                "source labels ys of n_source samples Xs have independent noise N(0, sigma_source^2) around a linear "
                "teacher w; source and target samples independent, with the same covariance"
            ),
            Assumption(
                "the source is learned from zero: u = Xs+ ys",
                dict.fromkeys(("source", "squared_distance"), "for given source weights use linear.risk"),
            ),
            SAME_COVARIANCE,
            FLAT_IF_OVERPARAMETERIZED,
        ),
        derivations=tuple(derivations),
        references=(DAR_2020, SHACHAF_2021.at("section 4")),
        see_also=("linear.risk",),
    )
