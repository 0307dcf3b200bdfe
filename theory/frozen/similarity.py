"""The source task a multiple of the target's, and noise: the transferred error by similarity, and who wins."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.rational import factor
from theory.calculus.rule import Reason
from theory.frozen.risk import NONE_FREE, SOME_FREE, nothing_trained, residual_of_target, risk
from theory.frozen.risk import TALL as MANY_SAMPLES
from theory.frozen.risk import WIDE as FEW_SAMPLES
from theory.frozen.risk import averaged as averaged_on_target
from theory.frozen.setting import (
    BOTH_GAUSSIAN,
    FROM_ZERO,
    REFERENCES,
    STANDARD,
    residual,
    source_residual,
    task_noise,
    transferred_error,
)
from theory.frozen.source_error import (
    NOTHING,
    REGIME_NAMES,
    SOME,
    STATEMENT,
    collected,
    source_derivations,
)
from theory.frozen.source_error import averaged as averaged_for_any
from theory.frozen.source_error import residual_where as residual_for_any
from theory.linear.regimes import NoiseTerm, positive_factors, regimes
from theory.notation import symbol
from theory.result import Assumption, Derivation, Equality, Implicit, Kind, Regime, Result, Statement

similarity, seen, unseen = (symbol(name) for name in ("similarity", "target_learned", "target_hidden"))
squared_transferred = symbol("squared_transferred")
MULTIPLE = {
    symbol("squared_taught"): similarity**2 * squared_transferred,
    symbol("taught_target"): similarity * squared_transferred,
    symbol("squared_learned"): similarity**2 * seen,
    symbol("squared_hidden"): similarity**2 * unseen,
}
"""What the source task's sums are where H = rho I."""
SCALED = Assumption("source task w = rho t + eta, eta ~ N(0, task_noise^2 I) independent of all else")
OF_A_MULTIPLE = Reason("the source task is a multiple", "Put H = rho I, and collect by powers.", Equality.PATHWISE)
LESS_ERROR = Reason(
    "the gain over the target's own task",
    "The error at similarity 1 less that at rho, which vanishes at rho = 1, by the target's weights.",
    Equality.PATHWISE,
)
AFFINE = Reason(
    "the gain on the target",
    "The risk is affine in the error of the transferred weights, and depends on the source by nothing else.",
    Equality.PATHWISE,
)
BY_WEIGHTS = Reason("put the gain in", "The gain of the source, by the target's weights.", Equality.PATHWISE)
less_error = sp.Symbol("less_error", real=True)


def sums_where() -> tuple[Implicit, ...]:
    """What the sums are where H = rho I."""
    return tuple(Implicit(name, sp.Eq(name, there, evaluate=False)) for name, there in MULTIPLE.items())


@cache
def label_variance() -> Derivation:
    """What a label of the source varies by."""
    general = residual_for_any().equation.rhs
    after = collected(sp.expand(general.subs(MULTIPLE)), (similarity, task_noise))
    step = OF_A_MULTIPLE.step(general, after, where=sums_where())
    return Derivation("a label of the source, H = rho I", SOME, (step,))


@cache
def averaged(regime: sp.Basic) -> tuple[sp.Expr, NoiseTerm, Derivation]:
    """The error in one regime: the part without the residual of the source's labels, that with it, and how."""
    general = averaged_for_any(regime)
    signal = collected(sp.expand(general.signal.subs(MULTIPLE)), (similarity, task_noise))
    signal = positive_factors(signal, regime)
    step = OF_A_MULTIPLE.step(general.total, signal + general.noise.value, where=(*sums_where(), residual_where()))
    return signal, general.noise, Derivation(f"{REGIME_NAMES[regime]}, H = rho I", regime, (step,))


def residual_where() -> Implicit:
    """v of the source, by its formula."""
    return Implicit(source_residual, sp.Eq(source_residual, label_variance().steps[-1].after, evaluate=False))


@cache
def task_similarity() -> Result:
    """E|t_K - w_K|^2, K the transferred coordinates, where the source task is w = rho t + eta: by similarity and noise.

    A parabola in the similarity rho and affine in the variance task_noise^2 of eta: what `frozen.source_error` is for
    H = rho I.  The risk on the target follows from it by `frozen.risk`.  With n_source >= source_parameters + 2 the
    first part is (1 - rho)^2 |t_K|^2; with fewer samples the weights are shrunk, and what is large elsewhere spills
    over.
    Exact; infinite where |n_source - source_parameters| <= 1 and the labels vary given the coordinates that are learned
    in.  Fields as for frozen.risk, `task_map` d equal numbers or left out; or `similarity` and the sums.
    Raises `EvaluationError` where task_map is no multiple of the identity.  Source: Dar & Baraniuk 2020.

    >>> fields = {"target": [1, 2, 3], "source_coordinates": [0, 1], "transferred": [0], "similarity": 0}
    >>> task_similarity().evaluate(d=3, n_source=6, sigma_source=1, **fields)  # (1 - 0)^2 + 1/(6 - 2 - 1)
    1.3333333333333333
    """
    found = [Regime("nothing is transferred", NOTHING, sp.Integer(0))]
    derivations = []
    for regime, name in REGIME_NAMES.items():
        signal, noise, derivation = averaged(regime)
        found += regimes(name, regime, signal, [noise])
        derivations.append(derivation)
    return Result(
        key="frozen.task_similarity",
        statement=Statement(
            "mean squared error of the transferred weights, by similarity",
            "E|t_K - w_K|^2",
            STATEMENT.latex,
        ),
        kind=Kind.EXACT,
        regimes=tuple(found),
        given=(BOTH_GAUSSIAN, SCALED, FROM_ZERO),
        derivations=(*source_derivations(), label_variance(), *derivations),
        references=REFERENCES,
        see_also=("frozen.source_error", "frozen.less_related_wins", "linear.best_rescaling"),
        where=(residual_where(),),
    )


def finite_source() -> dict[sp.Basic, sp.Basic]:
    """Where the error of the transferred weights is finite whatever the source's labels vary by, in either regime."""
    return {regime: averaged_for_any(regime).noise.finite for regime in REGIME_NAMES}


def risks() -> tuple[tuple[str, sp.Basic, sp.Expr], ...]:
    """Where the risk is finite whatever the labels vary by, by name and condition, and what it is there, the residual
    of the labels put in."""
    variance = residual_of_target().equation.rhs
    found = [("nothing is trained", NONE_FREE, nothing_trained().steps[-1].after)]
    for regime in (MANY_SAMPLES, FEW_SAMPLES):
        one = averaged_on_target(regime)
        whole = (one.signal + one.noise.value).subs(residual, variance)
        found.append((str(one.noise.finite), sp.And(SOME_FREE, one.noise.finite), whole))
    return tuple(found)


def total(regime: sp.Basic) -> sp.Expr:
    """The error of the transferred weights in a regime of the source, by similarity."""
    signal, noise, _ = averaged(regime)
    return signal + noise.value.subs(source_residual, residual_where().equation.rhs)


def by_weights(gain: sp.Expr, regime: sp.Basic) -> sp.Expr:
    """A gain as a sum over the target's weights: transferred, learned, hidden; every coefficient factored."""
    return positive_factors(collected(sp.cancel(gain), (squared_transferred, seen, unseen)), regime)


@cache
def gained(regime: sp.Basic) -> tuple[sp.Expr, Derivation]:
    """The error at similarity 1 less that at rho, in a regime of the source."""
    whole = total(regime)
    less = whole.subs(similarity, 1) - whole
    after = by_weights(less, regime)
    return after, Derivation(f"{REGIME_NAMES[regime]}, less related", regime, (LESS_ERROR.step(less, after),))


@cache
def less_related_wins() -> Result:
    """E R at similarity 1 less E R at similarity rho: the less related source wins if and only if this is positive.

    The source task is w = rho t + eta, everything else is the same in both.  The gain is (1 - rho) times what is affine
    in rho: a less related source, rho < 1, wins exactly from 1 down to the other root.  With enough source samples that
    root is below 1 if and only if the source does not see all of the target's coordinates: what it does not see is
    label noise to it, of variance rho^2.  The noise eta cancels; alone it never helps.  Exact, where both risks are
    finite: |n_source - source_parameters| >= 2, and |n - free_parameters| >= 2 or nothing is trained.
    Source: Dar, Luzi & Baraniuk 2022 saw it in deep networks.

    The smallest example, two features of weight 1, one of which is transferred from three source samples:

    >>> lists = {"free": [], "source_coordinates": [0], "transferred": [0], "target": [1, 1], "d": 2}
    >>> less_related_wins().evaluate(n=1, n_source=3, similarity=0.5, **lists)  # 1 - (1/4 + 1/4)
    0.5
    """
    found, steps = [], []
    for regime, finite in finite_source().items():
        gain, derivation = gained(regime)
        steps += [averaged(regime)[2], derivation]
        where = (Implicit(less_error, sp.Eq(less_error, gain, evaluate=False)),)
        for name, condition, whole in risks():
            domain, label = sp.And(regime, finite, condition), f"{finite}; {name}"
            slope = factor(sp.diff(whole, transferred_error))
            value = gain if slope == 1 else positive_factors(by_weights(gain * slope, regime), condition)
            before = sp.Subs(whole, transferred_error, transferred_error + less_error) - whole
            known = AFFINE.step(before, slope * less_error, where=where)
            steps.append(Derivation(label, domain, (known, BY_WEIGHTS.step(slope * less_error, value, where=where))))
            found.append(Regime(label, domain, value))
    return Result(
        key="frozen.less_related_wins",
        statement=Statement(
            "gain of a less related source (it wins iff > 0)",
            "E R(h; rho = 1) - E R(h)",
            r"\mathbb{E}\,R(h;\rho=1) - \mathbb{E}\,R(h)",
        ),
        kind=Kind.EXACT,
        regimes=tuple(found),
        given=tuple(SCALED if a.text.startswith("source task") else a for a in STANDARD),
        derivations=(*risk().derivations, label_variance(), *steps),
        references=REFERENCES,
        see_also=("frozen.task_similarity", "frozen.risk", "linear.benefit"),
    )
