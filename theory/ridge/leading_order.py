"""Ridge regression towards the source: h = argmin |y - X h|^2/n + penalty |h - u|^2."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import sympy as sp

from theory.calculus.closed_forms import positive_roots
from theory.calculus.designs import depends_on
from theory.calculus.elimination import insert_numbers
from theory.calculus.equivalents import FACTORISED, deterministic_equivalent
from theory.calculus.expressions import Expression, expression, identity, inverse, letter_of, matrix, trace, zero_like
from theory.calculus.invariance import orthogonal_invariance
from theory.calculus.letters import Defined
from theory.calculus.outside import resolvent_identity
from theory.calculus.rational import factor
from theory.calculus.rule import Chain, Reason
from theory.calculus.slopes import slope
from theory.calculus.words import Word
from theory.deep_linear.equivalent import LARGE
from theory.derive import Derived, derive, risk_of
from theory.linear.setting import BOUNDED, FLAT, ISOTROPIC, STANDARD, S, Task, gap_of, task
from theory.notation import EIGENVALUE, GAP, INDEX, KAPPA, KAPPA_ZERO, d, n, number_of, scalar_of, sigma, symbol
from theory.references import DAR_2021, HASTIE_2022, RUBIO_2011
from theory.result import Derivation, Equality, Implicit, Kind, Result
from theory.single import MEAN, stating
from theory.spectra import SpectralForm, factor_outside

a, gap, target = symbol("penalty"), symbol("squared_distance"), symbol("squared_target")
PENALISED, NOISY = sp.Gt(a, 0), sp.And(sp.Gt(sigma, 0), sp.Gt(gap, 0))
MINIMUM = Reason("minimum", "The loss is least where its gradient, linear in h, is zero.", Equality.PATHWISE)
BEST = Reason("best penalty", "The slope of the risk in the penalty is zero there, for any X.", Equality.PATHWISE)
AT_BEST = Reason(
    "at the best penalty", "sigma^2 is n penalty |D|^2/d, and the penalty that of kappa.", Equality.PATHWISE
)
_stated = stating("ridge", (DAR_2021, RUBIO_2011, HASTIE_2022), STANDARD)


def weights(sample: Task) -> Expression:
    """The minimum: u + (X'X + n penalty I)^-1 X'(y - X u)."""
    moved = inverse(sample.x.T @ sample.x + identity(d) * n * a) @ sample.x.T
    return sample.start + moved @ (sample.y - sample.x @ sample.start)


def defined(sample: Task) -> tuple[Derived, Chain]:
    """The risk given the design, from the loss."""
    h = matrix("h", d, 1, law=Defined(weights(sample)))
    gradient = sample.x.T @ (sample.x @ h - sample.y) / n + (h - sample.start) * a
    found = derive(risk_of(weights(sample), sample), "asymptotic")
    chain = Chain("any n and d", sp.true, gradient).record(MINIMUM, zero_like(gradient))
    return found, chain.turn_to(found.given_designs, found.steps[:-1])


@cache
def flat() -> tuple[sp.Expr, sp.Expr, Chain]:
    """Risk and penalty as functions of kappa, for equal eigenvalues, and the steps to the risk given the design."""
    found, chain = defined(task(ISOTROPIC))
    given = deterministic_equivalent(found.given_designs)
    assert not isinstance(given.value, Expression)
    ((omega, equation),) = ((u.symbol, u.equation) for u in given.unknowns)
    at, names = {omega: KAPPA / a - 1}, {s: number_of(trace(expression(w))) for s, w in given.traces.items()}
    (penalty,) = sp.solve(sp.numer(factor((equation.lhs - equation.rhs).subs(at))), a)
    top, bottom = sp.fraction(factor(given.value.subs(names).subs(at).subs(a, penalty)))
    return -top / sp.expand(-bottom), factor(penalty), chain


def kappa(penalty: sp.Expr, named: sp.Symbol = KAPPA) -> Implicit:
    """kappa at a penalty, for equal eigenvalues: the one positive root of a quadratic."""
    (root,) = positive_roots(sp.Poly(sp.numer(factor(flat()[1] - a)), KAPPA))
    return Implicit(named, sp.Eq(named, root.subs(a, penalty)))


@cache
def best() -> tuple[sp.Expr, Derivation]:
    """Where the slope of the mean risk in the penalty is zero for every design: the root that all its terms share."""
    sample, totals = task(ISOTROPIC), defaultdict[tuple[Word, ...], sp.Expr](lambda: sp.Integer(0))
    chain = defined(sample)[1].apply(orthogonal_invariance, sample.x)
    moved = slope(chain.expression, a)
    for monomial, coefficient in resolvent_identity.rewrite(moved, sample.x).terms:
        random = tuple(w for w in monomial.traces if depends_on(w, letter_of(sample.x)))
        known = [scalar_of(w) for w in monomial.traces if w not in random]
        totals[random] += sp.Mul(coefficient, *known)
    (root,) = sp.solve(sp.gcd_list([sp.numer(factor(each)) for each in totals.values()]), a)
    at_root = insert_numbers(moved, {a: root})
    return root, chain.turn_to(at_root).record(BEST, zero_like(at_root)).derivation()


def least(start: sp.Symbol, named: sp.Symbol) -> tuple[sp.Expr, Implicit, Derivation]:
    """The least risk, in kappa at the best penalty, and the step there; `start` is its squared distance from t."""
    value, penalty, _ = flat()
    root = best()[0]
    (noise,) = sp.solve(root - a, sigma**2)
    found = factor(value.subs(sigma**2, noise).subs(a, penalty)).subs({gap: start, KAPPA: named}, simultaneous=True)
    where, at = kappa(root.subs(gap, start), named), value.subs({gap: start, KAPPA: named}, simultaneous=True)
    return found, where, Derivation(f"best penalty, {named}", sp.true, (AT_BEST.step(at, found, where=(where,)),))


@cache
def risk() -> Result:
    """E R(h), isotropic, any n and d: the formula of linear.risk_equivalent, with a kappa that the penalty raises.

    Asymptotic: relative error O(1/n).  Symbols n, d, sigma, level, squared_distance, penalty > 0.

    >>> round(risk().evaluate(n=50, d=100, sigma=0.5, level=1.0, squared_distance=1.0, penalty=0.5), 6)
    0.640388
    """
    (value, _, chain), where = flat(), kappa(a)
    steps = (*chain.steps, FACTORISED.step(chain.current, value, where=(where,)))
    words, regime = "expected excess risk of ridge towards the source", ("penalty > 0", PENALISED, value)
    derivation, near = Derivation(chain.title, sp.true, steps), ("ridge.risk_equivalent", "linear.risk")
    return _stated("risk", words, MEAN, Kind.ASYMPTOTIC, [regime], [FLAT, LARGE], [derivation], near, [where])


@cache
def risk_equivalent() -> Result:
    """E R(h), any covariance: kappa > 0 solves sum l_i/(l_i + kappa) + n penalty/kappa = n.  Error O(1/n)."""
    sample = task(S)
    found, chain = defined(sample)
    assert found.equivalent is not None
    entries = {letter_of(S): EIGENVALUE[INDEX], letter_of(gap_of(sample)): GAP[INDEX]}
    form = SpectralForm(found.equivalent, entries, n * a / KAPPA)
    where = Implicit(KAPPA, sp.Eq(sp.expand(n - form.zeros[0]), n))
    value = chain.record(FACTORISED, factor_outside(form.value), where=(where,)).number
    words, regime = "expected excess risk of ridge, any covariance", ("penalty > 0", PENALISED, value)
    near = ("ridge.risk", "linear.risk_equivalent")
    return _stated(
        "risk_equivalent", words, MEAN, Kind.ASYMPTOTIC, [regime], [BOUNDED], [chain.derivation()], near, [where]
    )


@cache
def best_penalty() -> Result:
    """argmin of E R(h) over penalties, isotropic: exact at finite n and d, sigma > 0 and t not u."""
    shown = "argmin_a E R(h)", r"\operatorname*{arg\,min}_{\gamma}\mathbb{E}\,R(h)"
    (value, derivation), near = best(), ("ridge.best_risk", "ridge.gain")
    regime = ("sigma > 0, t not u", NOISY, value)
    return _stated("best_penalty", "best penalty", shown, Kind.EXACT, [regime], [FLAT], [derivation], near)


@cache
def best_risk() -> Result:
    """E R(h) at the best penalty: level |t - u|^2 kappa/(level + kappa).  Isotropic; relative error O(1/n)."""
    value, where, derivation = least(gap, KAPPA)
    words, shown = "expected excess risk at the best penalty", ("min_a E R(h)", r"\min_{\gamma}\mathbb{E}\,R(h)")
    steps, near = (*risk().derivations, best()[1], derivation), ("ridge.best_penalty", "ridge.gain")
    regime = ("sigma > 0, t not u", NOISY, value)
    return _stated("best_risk", words, shown, Kind.ASYMPTOTIC, [regime], [FLAT, LARGE], steps, near, [where])


@cache
def gain() -> Result:
    """The least risk from zero less the least from u: positive iff |t - u| < |t|.  Relative error O(1/n)."""
    (found, where, derivation), other = least(gap, KAPPA), least(target, KAPPA_ZERO)
    words = "gain over the best ridge from zero (the source wins iff > 0)"
    shown = (
        "min_a E R(from 0) - min_a E R(from u)",
        r"\min_{\gamma}\mathbb{E}R(h_0)-\min_{\gamma}\mathbb{E}R(h_{\theta_S})",
    )
    steps = (*risk().derivations, best()[1], derivation, other[2])
    regime = ("sigma > 0, t neither 0 nor u", sp.And(NOISY, sp.Gt(target, 0)), other[0] - found)
    near, named = ("ridge.best_risk", "linear.benefit"), [where, other[1]]
    return _stated("gain", words, shown, Kind.ASYMPTOTIC, [regime], [FLAT, LARGE], steps, near, named)
