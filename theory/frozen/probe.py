"""frozen.probe: least squares on frozen features, whatever the covariance and the features."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy as sp

from theory.calculus.expressions import Expression, expression, inverse, matrix, pinv
from theory.calculus.letters import Defined, Gaussian
from theory.calculus.pseudoinverse import (
    change_of_variable,
    full_column_rank,
    insert_definition,
    null_projection,
    pseudo_inverse_of_full_column_rank,
)
from theory.calculus.rational import factor
from theory.calculus.rule import Chain, Reason, rule
from theory.calculus.stein import noise_moments
from theory.calculus.substitution import replace
from theory.calculus.wishart import expectation, gram_inverse_cancels
from theory.frozen.setting import residual
from theory.frozen.source_error import name_the_scalars
from theory.linear.regimes import NoiseTerm, positive_denominators, regimes
from theory.linear.setting import GAUSSIAN, SAME_COVARIANCE, S
from theory.notation import d, n, sigma, symbol, vector
from theory.references import DAR_2022, MUIRHEAD_1982
from theory.result import Assumption, Derivation, Equality, Implicit, Kind, Result, Statement

count, unexplained, outputs = symbol("probe_parameters"), symbol("unexplained"), symbol("outputs")
ENOUGH = sp.And(sp.Ge(n, count), sp.Ge(count, 1))
FIXED_FEATURES = Assumption(
    "the features F are frozen: they do not depend on the sample, and are fitted by least squares"
)
EXPAND = Reason("expand excess risk", "R(h) = (h - t)' S (h - t), with the error h - t as found.", Equality.PATHWISE)
LINEAR = Reason(
    "linear in what the labels vary by",
    "The risk of one output is a combination of its unexplained part and its noise: Euler's identity.",
    Equality.PATHWISE,
)
SUMMED = Reason(
    "sum over the outputs",
    "Being linear, the sum over the outputs is what one output with all unexplained parts and all noises would have; "
    "what the labels vary by, given the features, is one number v.",
    Equality.PATHWISE,
)


@rule(Equality.PATHWISE)
def best_in_the_span(target: Expression, features: Expression, missed: Expression) -> Expression:
    """r = t - F b, b the weights with the least (t - F b)' S (t - F b), is S-orthogonal to the features: F'S r = 0."""
    weights = features.T @ S @ missed
    return replace(target, (weights, weights * 0))


@rule(Equality.IN_LAW, MUIRHEAD_1982.at("Section 1.2"))
def uncorrelated_is_independent(target: Expression, given: Probed, seen: Expression, rest: Expression) -> Expression:
    """X F and X r + e are Gaussian and uncorrelated, so independent: rows N(0, F'SF), entries N(0, r'Sr + sigma^2)."""
    inner = inverse(given.seen.T @ given.seen), inverse(seen.T @ seen)
    return replace(target, (given.rest, rest), inner, (given.seen, seen))


@dataclass(frozen=True)
class Probed:
    """Least squares on G = X F: b are the best weights on the features, r = t - F b, and f = X r + e is the rest."""

    x: Expression
    e: Expression
    y: Expression
    features: Expression
    missed: Expression
    seen: Expression
    rest: Expression
    best: Expression
    probe: Expression


def probed() -> Probed:
    """The letters by their definitions."""
    t, features = vector("t"), matrix("F", d, count)
    x = matrix("X", n, d, law=Gaussian(S))
    e = matrix("e", n, 1, law=Gaussian(expression(sigma**2)))
    y = matrix("y", n, 1, law=Defined(x @ t + e))
    best, missed = matrix("bF", count, 1), vector("rF")
    seen = matrix("G", n, count, law=Defined(x @ features))
    rest = matrix("fF", n, 1, law=Defined(x @ missed + e))
    probe = matrix("h", d, 1, law=Defined(features @ pinv(seen) @ y))
    return Probed(x, e, y, features, missed, seen, rest, best, probe)


@dataclass(frozen=True)
class InLaw:
    """The excess risk of one output with what its labels leave independent of the features that are seen."""

    chain: Chain
    seen: Expression
    rest: Expression


def in_law() -> InLaw:
    """From the least squares solution on the features to the law of the risk of one output."""
    given, t = probed(), vector("t")
    q = null_projection(given.seen, "QG")
    chain = Chain("n >= probe_parameters", ENOUGH, given.probe - t).apply(insert_definition, given.probe, given.y)
    chain.apply(change_of_variable, t, given.features @ given.best + given.missed)
    chain.apply(change_of_variable, given.x @ given.features, given.seen)
    chain.apply(full_column_rank, given.seen, q)
    chain.apply(change_of_variable, given.x @ given.missed, given.rest - given.e)
    error, gap = chain.expression, given.probe - t
    chain.turn_to(gap.T @ S @ gap).record(EXPAND, error.T @ S @ error)
    chain.apply(best_in_the_span, given.features, given.missed)
    chain.apply(pseudo_inverse_of_full_column_rank, given.seen)
    seen = matrix("GG", n, count, law=Gaussian(given.features.T @ S @ given.features))
    rest = matrix("fG", n, 1, law=Gaussian(expression(unexplained + sigma**2)))
    return InLaw(chain.apply(uncorrelated_is_independent, given, seen, rest), seen, rest)


@cache
def averaged() -> tuple[sp.Expr, sp.Basic, Derivation]:
    """The mean risk of one output: where finite, and how."""
    law = in_law()
    chain, seen = law.chain.apply(noise_moments, law.rest), law.seen
    found = expectation(chain.apply(gram_inverse_cancels, seen).expression, seen)
    chain.turn_to(found.value, found.steps)
    whole = chain.apply(name_the_scalars, ENOUGH).number
    return whole, found.finite, chain.derivation()


@cache
def over_outputs() -> tuple[sp.Expr, sp.Expr, Derivation]:
    """From one output to all of them: the part without the residual of the labels, that with it, and how."""
    one, _, _ = averaged()
    moved = unexplained * sp.Derivative(one, unexplained) + sigma * sp.Derivative(one, sigma) / 2
    all_noise = sp.Subs(one, sigma, sp.sqrt(outputs) * sigma)
    per_unit = positive_denominators(factor(sp.diff(one, sigma) / (2 * sigma)), ENOUGH)
    where = residual_where()
    signal = sp.cancel(all_noise.doit() - per_unit * where.equation.rhs)
    steps = (LINEAR.step(one, moved), SUMMED.step(all_noise, signal + per_unit * residual, where=(where,)))
    return signal, per_unit * residual, Derivation("all outputs", ENOUGH, steps)


def residual_where() -> Implicit:
    """v = r'Sr + sigma^2, the variance of an entry of f, summed over the outputs."""
    return Implicit(residual, sp.Eq(residual, unexplained + outputs * sigma**2, evaluate=False))


@cache
def probe() -> Result:
    """E R(h) of a linear probe: least squares of the labels on the features F'x, F (d x m) fixed, of any rank.

    Law of the data: rows of X independent N(0, S) for any covariance S, y = X t + e, e ~ N(0, sigma^2 I), so for each
    of q outputs, whose risks are summed; F does not depend on the sample.  n >= m, the rank of S^(1/2) F.  The part of
    t'x that the features do not predict acts as more label noise.  Exact; infinite for n <= m + 1 where the labels vary
    given the features; refused for n < m, where the probe interpolates and the covariance of the features matters.

    A deep linear network W_L ... W_1 of which the first k layers are kept and the others retrained until they fit is
    such a probe, F = (W_k ... W_1)': as k grows, m falls and the unexplained part rises.  k = 0 is full fine-tuning:
    for n >= d it forgets where it started.

    Fields: target, or targets (d rows of q numbers); features (d rows of m numbers), or layers (a list of matrices) and
    frozen_layers, k; spectrum (all one if not given); or unexplained, outputs and probe_parameters.

    >>> features = [[1, 0], [0, 1], [0, 0]]
    >>> probe().evaluate(n=7, d=3, sigma=1, target=[1, 2, 3], features=features)  # 9 + 10 * 2/(7 - 2 - 1)
    14.0
    >>> network = {"layers": [[[1, 0, 0], [0, 1, 0]], [[1, 1]]], "target": [1, 2, 1], "d": 3, "sigma": 1}
    >>> [probe().evaluate(n=7, frozen_layers=k, **network) for k in (0, 1)]  # 3/(7 - 3 - 1), and 1 + 2 * 2/(7 - 2 - 1)
    [1.0, 2.0]
    """
    _, finite, derivation = averaged()
    signal, noise, summed = over_outputs()
    return Result(
        key="frozen.probe",
        statement=Statement("expected excess risk of a probe on frozen features", "E R(h)", r"\mathbb{E}\,R(h)"),
        kind=Kind.EXACT,
        regimes=tuple(regimes("n >= probe_parameters", ENOUGH, signal, [NoiseTerm(residual, noise, finite)])),
        given=(GAUSSIAN, FIXED_FEATURES, SAME_COVARIANCE),
        derivations=(derivation, summed),
        references=(DAR_2022, MUIRHEAD_1982.at("Theorem 3.2.12")),
        see_also=("frozen.risk", "linear.risk", "deep_linear.frozen"),
        where=(residual_where(),),
    )
