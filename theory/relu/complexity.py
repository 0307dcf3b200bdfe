"""relu.sample_complexity: how many samples fewer a source needs than a network that starts at zero."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.rational import factor
from theory.calculus.rule import Reason
from theory.notation import KAPPA, d, n, sigma, symbol
from theory.relu.equivalent import KERNEL_KAPPA, implied, in_high_dimension, level, risk_equivalent
from theory.relu.setting import HIGH, LINEAR, PLANE, REGIME, SPHERE, stated
from theory.result import Derivation, Equality, Implicit, Kind, Result
from theory.ridge import leading_order as ridge

gap, target, risk = symbol("squared_distance"), symbol("squared_target"), symbol("risk")
FROM_ZERO = sp.Symbol("kernel_kappa_zero", positive=True)
SAMPLES = Reason("samples", "The equation of kappa is linear in n: solved for it.", Equality.PATHWISE)
ALONG = Reason("along kappa", "The noiseless risk at so many samples, which increases with kappa.", Equality.PATHWISE)
SAVED = Reason("what the source saves", "The samples from zero less those from the source.", Equality.PATHWISE)


@cache
def samples() -> tuple[sp.Expr, sp.Expr]:
    """n d-fold in kappa, from the equation of kappa; and what the equation says is one penalty, times n."""
    penalty = ridge.flat()[1].subs(level, 1 / d).subs(KAPPA, KERNEL_KAPPA / d)
    (found,) = sp.solve(factor(penalty - implied()[0]), n)
    return sp.apart(factor(found), KERNEL_KAPPA), penalty


@cache
def noiseless() -> sp.Expr:
    """The risk over |t - u|^2/d, in kappa."""
    value = in_high_dimension()[0].subs(sigma, 0).subs(n, samples()[0])
    return factor(value * d / gap)


def _where(named: sp.Symbol, squared: sp.Expr) -> Implicit:
    return Implicit(named, sp.Eq(noiseless().subs(KERNEL_KAPPA, named), risk * d / squared))


@cache
def _steps() -> tuple[Derivation, ...]:
    needed, penalty = samples()
    at = {n: needed}
    solved = SAMPLES.step(penalty.subs(at), implied()[0].subs(at))
    along = ALONG.step(in_high_dimension()[0].subs(sigma, 0).subs(at), noiseless() * gap / d)
    from_zero = needed.subs(KERNEL_KAPPA, FROM_ZERO)
    saved = SAVED.step(factor(from_zero) - factor(needed), from_zero - needed)
    return tuple(Derivation("samples", PLANE, (step,)) for step in (solved, along, saved))


@cache
def sample_complexity() -> Result:
    """How many target samples fewer it takes from the source than from f = 0 (a network at random initialisation, zero
    everywhere) until the expected excess risk is down to `risk`, without label noise.

    Asymptotic, like relu.risk_equivalent: relative error O(1/n).  At kappa > 0, n = d/kappa + d/(1 + kappa) samples
    leave a share of |t - u|^2/d that increases with kappa, from 0 to 1.  For 0 < risk < |t - u|^2/d and |t|^2/d: above
    these no sample is needed.  Negative where the source is farther from t than zero is.

    >>> given = {"d": 100, "target": [1.0] * 100, "source": [0.8] * 100, "risk": 0.03}
    >>> round(sample_complexity().evaluate(**given), 2)
    561.31
    """
    words = "samples that a source saves until the risk is down to a number, against training from zero"
    shown = ("n_0(r) - n_u(r)", r"n_{0}(r)-n_{\theta_S}(r)")
    below = sp.And(PLANE, sp.Gt(risk, 0), sp.Lt(risk * d, gap), sp.Lt(risk * d, target))
    regime = ("0 < risk < |t - u|^2/d, |t|^2/d", below, _steps()[-1].steps[-1].after)
    steps, near = (*risk_equivalent().derivations, *_steps()), ("relu.risk_equivalent", "linear.samples_needed")
    where, given = [_where(KERNEL_KAPPA, gap), _where(FROM_ZERO, target)], [REGIME, SPHERE, LINEAR, HIGH]
    return stated("sample_complexity", words, shown, Kind.ASYMPTOTIC, [regime], given, steps, near, where)
