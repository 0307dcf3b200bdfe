"""Early stopping: gradient flow on |y - X h|^2/(2n) from u for a time, or gradient descent for some steps."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.expressions import letter_of, matrix
from theory.calculus.invariance import orthogonal_invariance
from theory.calculus.letters import Inverse, Letter, OfSpectrum, Pinv
from theory.calculus.rational import factor
from theory.calculus.rule import Chain, Reason
from theory.calculus.stein import noise_moments
from theory.deep_linear.equivalent import LARGE
from theory.derive import WRITTEN, risk_of
from theory.eigenvalues import DIRECTION, SPREAD, along_direction, eigenvalues, of_the_spectrum
from theory.eigenvalues import X as x
from theory.linear.setting import FLAT, ISOTROPIC, STANDARD, task
from theory.notation import d, n, sigma, symbol
from theory.references import ALI_2019, MARCHENKO_1967
from theory.result import Derivation, Equality, Implicit, Kind, Result, Step
from theory.ridge import leading_order as ridge
from theory.single import MEAN, stating

time, steps, size = symbol("time"), symbol("steps"), symbol("step_size")
gap, level, best = symbol("squared_distance"), symbol("level"), sp.Symbol("best_time", positive=True)
r, y, u = sp.symbols("r y_i u_i", real=True)
s = sp.Symbol("s", positive=True)
MOVING = Reason(
    "one singular direction",
    "In a singular direction of X with singular value s training is a linear equation: its solution from u.",
    Equality.PATHWISE,
)
STATIONARY = Reason("stationary", "The slope of the risk in the time is zero there.", Equality.PATHWISE)
SQUARE = Reason("a square", "The best penalty makes the difference a square in every direction.", Equality.PATHWISE)
_stated = stating("early_stopping", (ALI_2019, MARCHENKO_1967), (*STANDARD, FLAT))


def flow() -> tuple[sp.Expr, Step]:
    """What a time keeps of the start in a direction with eigenvalue x of X'X/n: the flow, solved."""
    h = sp.Function("h")
    moving = sp.Eq(h(time).diff(time), s * (y - s * h(time)) / n)
    solution = sp.expand(sp.dsolve(moving, h(time), ics={h(0): u}).rhs)
    kept = solution.coeff(u).subs(s, sp.sqrt(n * x))
    return kept, MOVING.step(sp.Derivative(solution, time), s * (y - s * solution) / n)


def descent() -> tuple[sp.Expr, Step]:
    """What steps keep of it: the recursion, solved."""
    k, h = sp.Symbol("k", integer=True), sp.Function("h")
    moved = h(k) + size * s * (y - s * h(k)) / n
    solution = sp.rsolve(h(k + 1) - moved, h(k), {h(0): u}).subs(k, steps)
    kept = sp.expand(solution).coeff(u).subs(s, sp.sqrt(n * x)).replace(lambda e: e.is_Add, sp.cancel)
    return kept, MOVING.step(solution.subs(steps, steps + 1), moved.subs(h(k), solution))


@cache
def stopped(kept: sp.Expr, moving: Step) -> tuple[sp.Expr, Derivation]:
    """d times the risk along a direction with eigenvalue x, in r = kept there; and the steps to the mean of them."""
    sample = task(ISOTROPIC)
    spectrum, moved = sample.x.T @ sample.x / n, (1 - kept) / x
    k = matrix("K", d, d, symmetric=True, law=OfSpectrum(spectrum, kept, x))
    m = matrix("M", d, d, symmetric=True, law=OfSpectrum(spectrum, moved, x))
    risk = risk_of(sample.start + m @ sample.x.T @ (sample.y - sample.x @ sample.start) / n, sample)
    chain = Chain("any n and d", sp.true, risk.definition).record(WRITTEN, risk.written)
    chain.apply(of_the_spectrum, m, k, sample.x).apply(noise_moments, sample.e)
    chain.apply(of_the_spectrum, m, k, sample.x).apply(orthogonal_invariance, sample.x)
    functions: dict[Letter | Pinv | Inverse, sp.Expr] = {letter_of(k): r, letter_of(m): (1 - r) / x}
    terms = (c * sp.Mul(*(along_direction(w, functions) for w in term.traces)) for term, c in chain.expression.terms)
    parts = sp.collect(sp.expand(sp.Add(*terms)), sigma, evaluate=False)
    along = sp.Add(*(noise * factor(part) for noise, part in parts.items()))
    chain.turn_to(chain.current, (moving,)).record(
        SPREAD, eigenvalues().mean(along.subs(r, kept)), where=(eigenvalues().law,)
    )
    return along, chain.derivation()


def _mean(name: str, words: str, kept: sp.Expr, moving: Step, regime: tuple[str, sp.Basic], near: str) -> Result:
    along, derivation = stopped(kept, moving)
    value = (*regime, eigenvalues().mean(along.subs(r, kept)))
    return _stated(
        name,
        words,
        MEAN,
        Kind.ASYMPTOTIC,
        [value],
        [LARGE, DIRECTION],
        [derivation],
        ["linear.risk", near],
        [eigenvalues().law],
    )


@cache
def risk() -> Result:
    """E R(h) after gradient flow for a time, isotropic, any n and d: an average over the law of the eigenvalues.

    Asymptotic: relative error O(1/n) with n/d fixed.  Source: Ali, Kolter & Tibshirani 2019.

    >>> round(risk().evaluate(n=50, d=100, sigma=0.5, level=1.0, squared_distance=1.0, time=2.0), 5)
    0.65773
    """
    words, regime = "expected excess risk after gradient flow for a time", ("time > 0", sp.Gt(time, 0))
    return _mean("risk", words, *flow(), regime, "early_stopping.best_time")


@cache
def descent_risk() -> Result:
    """The same after a number of steps of gradient descent; steps above 2 over the largest eigenvalue move away."""
    words, regime = "expected excess risk after some steps of gradient descent", ("any number of steps", sp.Gt(size, 0))
    return _mean("descent_risk", words, *descent(), regime, "early_stopping.risk")


@cache
def best_time() -> Result:
    """The time at which the risk of the flow stops falling: sigma > 0 and t not u.  Isotropic; error O(1/n)."""
    (along, derivation), mean = stopped(*flow()), eigenvalues().mean
    slope = sp.diff(along.subs(r, flow()[0]), time)
    falling, rising = -slope.subs(sigma, 0), slope - slope.subs(sigma, 0)
    turning = sp.Eq(*(mean(part).subs(x, eigenvalues().position) for part in (falling, rising)))
    where = Implicit(best, turning.subs(time, best))
    end = Derivation("best time", sp.true, (STATIONARY.step(where.equation.lhs, where.equation.rhs, where=(where,)),))
    shown = ("argmin_t E R(h)", r"\operatorname*{arg\,min}_t\mathbb{E}\,R(h)")
    regime, near = ("sigma > 0, t not u", ridge.NOISY, best), ["early_stopping.risk", "early_stopping.over_ridge"]
    found, given = (derivation, end), [LARGE, DIRECTION]
    return _stated("best_time", "best time", shown, Kind.ASYMPTOTIC, [regime], given, found, near, [where])


@cache
def over_ridge() -> Result:
    """E R(h) of the flow less that of ridge at its best penalty: a mean of squares, so that no time is better.

    sigma > 0 and t not u.  Isotropic, any n and d; asymptotic: relative error O(1/n).
    """
    along, derivation = stopped(*flow())
    penalty, found = ridge.best()
    excess, mean = factor(along - along.subs(r, penalty / (x + penalty))), eigenvalues().mean
    value = mean(excess.subs(r, flow()[0]))
    less = along.subs(r, flow()[0]) - along.subs(r, penalty / (x + penalty))
    end = Derivation("less ridge", sp.true, (SQUARE.step(mean(less), value, where=(eigenvalues().law,)),))
    words, near = "what the best ridge gains over gradient flow for a time", ["early_stopping.risk", "ridge.best_risk"]
    shown = ("E R(h) - min_a E R(ridge)", r"\mathbb{E}\,R(h)-\min_{\gamma}\mathbb{E}\,R(h_{\gamma})")
    regime, given = ("sigma > 0, t not u, time > 0", sp.And(ridge.NOISY, sp.Gt(time, 0)), value), [LARGE, DIRECTION]
    return _stated(
        "over_ridge",
        words,
        shown,
        Kind.ASYMPTOTIC,
        [regime],
        given,
        (derivation, found, end),
        near,
        [eigenvalues().law],
    )
