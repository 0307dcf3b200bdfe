"""frozen.peaks: at how many free, and how many source parameters the risk has its peaks."""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import sympy as sp

from theory.calculus.rule import Reason
from theory.frozen.risk import REGIME_NAMES as TARGET_NAMES
from theory.frozen.risk import averaged as averaged_on_target
from theory.frozen.risk import error_where, residual_of_target, risk
from theory.frozen.setting import REFERENCES, STANDARD, free, kept, learned, n_source, residual, source_residual
from theory.frozen.source_error import REGIME_NAMES as SOURCE_NAMES
from theory.frozen.source_error import averaged as averaged_on_source
from theory.frozen.source_error import residual_where
from theory.linear.regimes import NoiseTerm
from theory.notation import n
from theory.result import Derivation, Equality, Kind, Regime, Result, Statement

Peak: TypeAlias = tuple[sp.Expr, tuple[Derivation, ...]]
"""Where it is, and how it was found."""
VARY = sp.And(sp.Ge(kept, 1), sp.Gt(residual, 0), sp.Gt(source_residual, 0))
POLE = Reason(
    "the pole",
    "What multiplies the residual of the labels has one denominator that samples and parameters share; it is linear in "
    "the parameters, and one Newton step from any number of them ends where it is 0.",
    Equality.PATHWISE,
)
MIDDLE = Reason(
    "between the poles",
    "The mean is infinite from the one pole to the other.  In the middle |X+ r|^2 is v chi2_n/chi2_1: the fewest "
    "degrees of freedom in the denominator, and so the heaviest tail, of all numbers of parameters.",
    Equality.PATHWISE,
)


def pole(noise: NoiseTerm, samples: sp.Symbol, parameters: sp.Symbol) -> tuple[sp.Expr, sp.Expr]:
    """One Newton step to the zero of the denominator, and that zero."""
    factors = sp.Mul.make_args(sp.fraction(noise.value)[1])
    (shared,) = (f for f in factors if f.has(samples) and f.has(parameters))
    step = parameters - shared / sp.Derivative(shared, parameters)
    return step, sp.cancel(step.doit())


def peak(stage: str, noises: dict[sp.Basic, NoiseTerm], samples: sp.Symbol, parameters: sp.Symbol) -> Peak:
    """The middle of the poles on either side of a threshold."""
    poles, derivations = [], []
    for regime, noise in noises.items():
        step, found = pole(noise, samples, parameters)
        poles.append(found)
        derivations.append(Derivation(f"{noise.finite}, the pole", regime, (POLE.step(step, found),)))
    between = sp.Add(*poles, evaluate=False) / len(poles)
    middle = sp.expand(between.doit())
    domain = next(iter(noises))
    derivations.append(Derivation(f"the peak of the {stage}", domain, (MIDDLE.step(between, middle),)))
    return middle, tuple(derivations)


@cache
def peaks() -> Result:
    """(p_F, p_S): the free and the source parameters at which E R peaks, "double double descent".

    E R is infinite within one parameter of either peak, and finite elsewhere.  At a peak the squared error that the
    labels' residual r leaves, |X+ r|^2, is v chi2_n/chi2_1, v the variance of r: it exceeds x with probability of order
    x^-(1/2), and of order x^-(|n - p| + 1)/2 with p parameters.  So the number of samples of each stage decides where
    its peak is, and nothing else does.  Exact; where the labels of both tasks vary given what is learned, and something
    is transferred; elsewhere there is no such peak, and the result is refused.  Fields as for frozen.risk.
    Source: Dar & Baraniuk 2020; in deep networks Dar, Luzi & Baraniuk 2022.

    >>> lists = {"free": [0], "source_coordinates": [1, 2], "transferred": [1, 2], "target": [1, 2, 3], "d": 3}
    >>> peaks().evaluate(n=30, n_source=20, sigma=1, sigma_source=1, **lists)
    array([30, 20])
    """
    target, source = (
        {regime: averaged(regime).noise for regime in regimes}
        for averaged, regimes in ((averaged_on_target, TARGET_NAMES), (averaged_on_source, SOURCE_NAMES))
    )
    of_target, on_target = peak("target", target, n, free)
    of_source, on_source = peak("source", source, n_source, learned)
    return Result(
        key="frozen.peaks",
        statement=Statement(
            "free and source parameters at the peaks of the expected excess risk",
            "(p_F, p_S) at the peaks of E R(h)",
            r"(p_{\mathcal F},p_{\mathcal S})\ \text{at the peaks of}\ \mathbb{E}\,R(h)",
        ),
        kind=Kind.EXACT,
        regimes=(
            Regime("something is transferred, and the labels of both tasks vary", VARY, sp.Tuple(of_target, of_source)),
        ),
        given=STANDARD,
        derivations=(*risk().derivations, *on_target, *on_source),
        references=REFERENCES,
        see_also=("frozen.risk", "frozen.source_error", "frozen.best_split", "linear.noise_law"),
        where=(residual_where(), error_where(), residual_of_target()),
    )
