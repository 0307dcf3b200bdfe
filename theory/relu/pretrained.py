"""relu.pretrained_error: what it costs that f_S is itself learned, from n_source samples."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.equivalents import FACTORISED, deterministic_equivalent
from theory.calculus.expressions import Expression, expression, trace, zero_like
from theory.calculus.rational import factor
from theory.calculus.rule import Reason
from theory.derive import derive
from theory.linear.setting import ISOTROPIC, task
from theory.notation import KAPPA, d, n, number_of, sigma, symbol, vector
from theory.relu.equivalent import in_high_dimension, level, risk_equivalent
from theory.relu.setting import HIGH, LEARNED, PLANE, REGIME, SPHERE, stated
from theory.result import Derivation, Equality, Implicit, Kind, Result
from theory.ridge import leading_order as ridge

n_source, sigma_source = symbol("n_source"), symbol("sigma_source")
gap, teacher, product = symbol("squared_distance"), symbol("squared_teacher"), symbol("teacher_target")
target = symbol("squared_target")
SOURCE_KAPPA = sp.Symbol("kernel_kappa_source", positive=True)
DISTANCE = Reason(
    "distance to the target",
    "The source regression is ridge from zero, in high dimension: what |t - u|^2 is on average, less |t - w|^2.",
    Equality.PATHWISE,
)
COST = Reason("its cost", "The risk is proportional to |t - u|^2, but for the noise.", Equality.PATHWISE)


@cache
def distance() -> tuple[sp.Expr, Derivation]:
    """E|t - u|^2, u learned from zero by ridge from n samples of a teacher w: at kappa, of level and penalty."""
    t, w = vector("t"), vector("w")
    sample = task(ISOTROPIC, teacher=w, start=zero_like(w))
    missed = t - ridge.weights(sample)
    found = derive(missed.T @ missed, "asymptotic")
    given = deterministic_equivalent(found.given_designs)
    assert not isinstance(given.value, Expression)
    ((omega, _),) = ((u.symbol, u.equation) for u in given.unknowns)
    at = {omega: KAPPA / ridge.a - 1}
    names = {s: number_of(trace(expression(word))) for s, word in given.traces.items()}
    value = factor(given.value.subs(at).subs(names).subs(ridge.a, ridge.flat()[1]))
    last = FACTORISED.step(found.given_designs, value, where=(ridge.kappa(ridge.a),))
    return value, Derivation("the learned source", sp.true, (*found.steps[:-1], last))


@cache
def moved() -> tuple[sp.Expr, sp.Expr]:
    """E|t - u|^2 - |t - w|^2 of kernel regression from n_source samples in high dimension: as found, and in parts."""
    value = distance()[0].subs({n: n_source, sigma: sigma_source}, simultaneous=True)
    found = value.subs(level, 1 / d).subs(KAPPA, SOURCE_KAPPA / d) - (target - 2 * product + teacher)
    noise = sp.Dummy("noise", nonnegative=True)
    whole, parts = found.subs(sigma_source**2, noise), {noise: sigma_source**2, teacher: teacher, product: product}
    return found, sp.Add(*(part * _signed(factor(sp.diff(whole, name))) for name, part in parts.items()))


def _signed(share: sp.Expr) -> sp.Expr:
    """With d at the end of what is positive: n_source (1 + kappa)^2 - d."""
    top, bottom = sp.fraction(share)
    ends = [z for z in sp.Mul.make_args(bottom) if z.is_Add and z.has(d)]
    return sp.Mul(*(-1 for _ in ends), top) / bottom.subs({z: sp.expand(-z) for z in ends})


@cache
def cost() -> tuple[sp.Expr, sp.Expr]:
    """What that adds to the risk: as found, and by its parts."""
    share = sp.diff(in_high_dimension()[0], gap)
    return share * moved()[0], share * moved()[1]


@cache
def pretrained_error() -> Result:
    """E R of a network whose f_S was itself trained from zero on n_source samples of w'x + noise, less that of one with
    f_S(x) = w'x: what it costs that the source was learned.  Negative where a source half learned is nearer.

    Asymptotic: n, n_source, d -> infinity in proportion, relative error O(1/n).  By relu.risk_equivalent twice: the
    source regression leaves a linear function, and a part that is not linear and of smaller order; the mean of
    |t - u|^2 counts.  Symbols n, d, n_source, sigma_source, squared_teacher, teacher_target; sigma does not matter.

    >>> given = {"n": 60, "d": 100, "n_source": 80, "sigma_source": 0.1, "squared_teacher": 1.0, "teacher_target": 0.9}
    >>> round(pretrained_error().evaluate(**given), 6)
    0.003366
    """
    words = "what it costs in expected excess risk that the source was learned from a sample"
    shown = ("E R(f; f_S learned) - E R(f; f_S = w'x)", r"\mathbb{E}R(f;\hat{f}_{S})-\mathbb{E}R(f;w)")
    kappa = in_high_dimension()[1]
    assert kappa.formula is not None
    source = Implicit(SOURCE_KAPPA, sp.Eq(SOURCE_KAPPA, kappa.formula.subs(n, n_source)))
    last = (DISTANCE.step(*moved()), COST.step(*cost()))
    steps = (*risk_equivalent().derivations, distance()[1], Derivation("its cost", PLANE, last))
    given, near = [REGIME, SPHERE, LEARNED, HIGH], ("relu.risk_equivalent", "linear.risk_learned_source")
    regime = ("d >= 2", PLANE, cost()[1])
    return stated("pretrained_error", words, shown, Kind.ASYMPTOTIC, [regime], given, steps, near, [kappa, source])
