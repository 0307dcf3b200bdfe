"""linear.risk_learned_source: the source weights are themselves learned, from n_source samples."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import sympy as sp

from theory.calculus.invariance import orthogonal_invariance, trace_is_rank
from theory.calculus.pseudoinverse import (
    full_column_rank,
    insert_definition,
    null_projection,
    projection_algebra,
    pseudo_inverse_of_full_column_rank,
    pseudo_inverse_of_full_row_rank,
    row_span_projection,
)
from theory.calculus.rule import Chain
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
    task,
)
from theory.notation import d, symbol, vector
from theory.references import DAR_2020, SHACHAF_2021
from theory.result import Assumption, Derivation, Kind, Regime, Result, Statement

n_source, sigma_source = symbol("n_source"), symbol("sigma_source")
SOURCE_REGIMES = {OVERPARAMETERIZED: sp.Lt(n_source, d), DETERMINED: sp.Ge(n_source, d)}


def _squared_distance(kind: sp.Basic) -> tuple[sp.Expr, NoiseTerm, Derivation]:
    """E|t - u|^2 for u trained from zero on the source task: the part without source noise, and the part
    with it."""
    zero = vector("u") * 0
    source = task(ISOTROPIC, samples=n_source, noise=sigma_source, suffix="s", teacher=vector("w"), start=zero)
    x, q = source.x, null_projection(source.x, "Qs")
    condition = SOURCE_REGIMES[kind]
    u = source.estimator
    chain = Chain(f"E|t - u|^2, {condition}", condition, (vector("t") - u).T @ (vector("t") - u))
    chain.apply(insert_definition, source.y).apply(noise_moments, source.e)
    if kind == OVERPARAMETERIZED:
        chain.apply(row_span_projection, x, q).apply(projection_algebra, x, q)
        chain.apply(orthogonal_invariance, x).apply(projection_algebra, x, q).apply(trace_is_rank, x, q)
        chain.apply(pseudo_inverse_of_full_row_rank, x)
    else:
        chain.apply(full_column_rank, x, q).apply(pseudo_inverse_of_full_column_rank, x)
    found = expectation(chain.apply(gram_inverse_cancels, x).expression, x)
    total = named(chain.turn_to(found.value, found.steps))
    signal = total.subs(sigma_source, 0)
    noise = positive_denominators(sp.factor(total - signal), condition)
    return signal, NoiseTerm(sigma_source, noise, found.finite), chain.derivation()


def _regimes() -> tuple[list[Derivation], list[Regime]]:
    """Every combination of target and source regime."""
    over, under = averaged_risk(OVERPARAMETERIZED), averaged_risk(DETERMINED)
    factor = sp.factor(over.bias / symbol("squared_distance"))
    derivations, found = [over.derivation], list[Regime]()
    for kind, condition in SOURCE_REGIMES.items():
        signal, noise, derivation = _squared_distance(kind)
        derivations.append(derivation)
        found += _composed(factor, signal, noise, condition)
    name = REGIME_NAMES[DETERMINED]
    found += regimes(f"{name} (the source is forgotten)", DETERMINED, sp.Integer(0), [under.variance])
    return [*derivations, under.derivation], found


def _composed(factor: sp.Expr, signal: sp.Expr, noise: NoiseTerm, condition: sp.Basic) -> Iterator[Regime]:
    """Put the source's E|t - u|^2 into the target's risk for n < d."""
    scaled = NoiseTerm(noise.noise, factor * noise.value, noise.finite)
    over = averaged_risk(OVERPARAMETERIZED)
    name = f"{REGIME_NAMES[OVERPARAMETERIZED]}, {condition}"
    yield from regimes(name, sp.And(OVERPARAMETERIZED, condition), factor * signal, [over.variance, scaled])


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
