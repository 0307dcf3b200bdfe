"""Averages of source and fine-tuned weights: mix u + (1 - mix) h, h the limit of gradient descent from u."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.expressions import Expression
from theory.calculus.rational import factor
from theory.calculus.rule import Chain, Reason
from theory.derive import derive, risk_of
from theory.linear.covariate_shift import TESTED
from theory.linear.regimes import NoiseTerm, positive_denominators, regimes
from theory.linear.risk import name_the_scalars
from theory.linear.setting import (
    DETERMINED,
    FLAT,
    FRESH,
    GAUSSIAN,
    GIVEN_SOURCE,
    ISOTROPIC,
    OVERPARAMETERIZED,
    REGIME_NAMES,
    SAME_COVARIANCE,
    A,
    Task,
    task,
)
from theory.notation import sigma, symbol
from theory.references import SHACHAF_2021, WORTSMAN_2022
from theory.result import Assumption, Derivation, Equality, Kind, Result
from theory.single import MEAN, stating

mix, tuned, gap = symbol("mix"), symbol("tuned"), symbol("squared_distance")
STATIONARY = Reason(
    "stationary point",
    "The risk is a convex quadratic in the share of the source: one Newton step from any share ends at its minimum.",
    Equality.PATHWISE,
)
SHARES = Reason(
    "shares", "Collected, and the share of the fine-tuned weights by that of the source.", Equality.PATHWISE
)
ENDS = Reason("either end", "The source has share 1, the fine-tuned weights have share 0.", Equality.PATHWISE)
_stated = stating("weight_average", (SHACHAF_2021, WORTSMAN_2022), (GAUSSIAN, FRESH, GIVEN_SOURCE, FLAT))


def weights(sample: Task) -> Expression:
    """The average of the start and of where gradient descent from it ends."""
    average: Expression = sample.start * (1 - tuned) + sample.estimator * tuned
    return average


@cache
def averaged(regime: sp.Basic, shifted: bool = False) -> tuple[sp.Expr, sp.Expr, NoiseTerm, Derivation]:
    """The mean risk, what of it stays without noise, and the rest; and the steps."""
    sample = task(ISOTROPIC)
    found = derive(risk_of(weights(sample), sample, A if shifted else None), "exact", regime)
    chain = Chain(REGIME_NAMES[regime], regime, found.target).turn_to(found.value, found.steps)
    total = chain.apply(name_the_scalars, regime).number
    parts = (tuned, gap, symbol("test_distance"), symbol("test_trace"))
    signal = sp.Poly(total.subs(sigma, 0), *parts)
    terms = (factor(c) * sp.prod(z**k for z, k in zip(parts, at, strict=True)) for at, c in signal.terms())
    share = {tuned: 1 - mix}
    bias, loud = sp.Add(*terms), positive_denominators(factor(total - total.subs(sigma, 0)), regime)
    chain.record(SHARES, (bias + loud).subs(share))
    noise = NoiseTerm(sigma, loud.subs(share), found.finite)
    return chain.number, bias.subs(share), noise, chain.derivation()


def _both(shifted: bool = False) -> list[tuple[sp.Basic, sp.Expr, NoiseTerm, Derivation]]:
    return [(regime, *averaged(regime, shifted)[1:]) for regime in (OVERPARAMETERIZED, DETERMINED)]


def _mean(name: str, words: str, shifted: bool, given: Assumption, near: str) -> Result:
    found = _both(shifted)
    cases = [p for r, bias, noise, _ in found for p in regimes(REGIME_NAMES[r], r, bias, [noise]) if p.value != sp.oo]
    parts = [(case.name, case.condition, case.value) for case in cases]
    return _stated(name, words, MEAN, Kind.EXACT, parts, [given], [step for *_, step in found], [near])


@cache
def risk() -> Result:
    """E R of mix u + (1 - mix) h, 0 <= mix < 1, isotropic: exact where |n - d| >= 2, and without noise for all sizes.

    >>> round(risk().evaluate(n=10, d=40, sigma=0.5, level=1.0, squared_distance=1.0, mix=0.2), 6)
    0.815172
    """
    words = "expected excess risk of an average of source and fine-tuned weights"
    return _mean("risk", words, False, SAME_COVARIANCE, "linear.risk")


@cache
def risk_covariate_shift() -> Result:
    """The same under a test covariance A: D'AD, |D|^2 tr A and tr A weigh differently, so that another mix is best."""
    words = "expected excess risk of such an average under a test covariance A"
    return _mean("risk_covariate_shift", words, True, TESTED, "linear.risk_covariate_shift")


@cache
def best_mix() -> Result:
    """The share of the source with the least E R: exact, isotropic, |n - d| >= 2, t not u; more noise, more source."""
    parts, derivations = [], []
    for regime, bias, noise, found in _both():
        total = bias + noise.value
        newton = mix - sp.Derivative(total, mix) / sp.Derivative(total, (mix, 2))
        chain = Chain(f"{found.title}, best mix", regime, newton)
        top, bottom = sp.fraction(factor(newton.doit()))
        best = chain.record(STATIONARY, -top / -bottom if top.could_extract_minus_sign() else top / bottom).number
        parts.append((str(noise.finite), sp.And(regime, noise.finite, sp.Gt(gap, 0)), best))
        derivations += [found, chain.derivation()]
    shown, near = ("argmin_a E R", r"\operatorname*{arg\,min}_s\mathbb{E}\,R"), ["weight_average.gain"]
    words = "share of the source in the best average"
    return _stated("best_mix", words, shown, Kind.EXACT, parts, [SAME_COVARIANCE], derivations, near)


@cache
def gain() -> Result:
    """What an average gains over the better of both ends: it beats both iff > 0.  Exact, isotropic, |n - d| >= 2."""
    parts, derivations = [], []
    for regime, bias, noise, found in _both():
        total = bias + noise.value
        ends = [sp.Subs(total, mix, share) for share in (1, 0)]
        better = sp.Min(*(end.doit() for end in ends))
        chain = Chain(f"{found.title}, ends", regime, sp.Min(*ends)).record(ENDS, better)
        parts.append((str(noise.finite), sp.And(regime, noise.finite), better - total))
        derivations += [found, chain.derivation()]
    shown = ("min(E R(u), E R(h)) - E R", r"\min(\mathbb{E}R(\theta_S),\mathbb{E}R(h))-\mathbb{E}R")
    words, near = "gain over the better end (the average beats both iff > 0)", ["weight_average.best_mix"]
    return _stated("gain", words, shown, Kind.EXACT, parts, [SAME_COVARIANCE], derivations, near)
