"""deep_linear.mirror_potential: the radial potential in which the flow of the product is a mirror flow."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.rule import Chain, Reason
from theory.deep_linear.setting import ALL_TRAINED, BALANCED, L, radius
from theory.references import ARORA_2018, AZULAY_2021
from theory.result import Derivation, Equality, Kind, Regime, Result, Statement

ALIKE = Reason(
    "one multiple in every direction",
    "In coordinates mu = psi'(r) b/r, r = |b|, a motion along b is multiplied by psi''(r) and one across it by "
    "psi'(r)/r. The flow of b is L r^{2-2/L} f along b and r^{2-2/L} f across it, so mu' is a multiple of f if and "
    "only if L psi'' = psi'/r; dsolve solves it, with psi'(1) = 1 (a unit of time) and psi(0) = 0.",
    Equality.PATHWISE,
)
INTEGRATED = Reason("integrate the slope", "psi(0) = 0, so psi is the integral of its slope from 0.", Equality.PATHWISE)
CLOCK = Reason(
    "change of time",
    "That multiple is psi'(r)/r r^{2-2/L} = r^{1-1/L}: where it is taken for the unit of time, mu' = f.",
    Equality.PATHWISE,
)


@cache
def potential() -> sp.Expr:
    """psi(r), the solution of L psi'' = psi'/r with psi'(1) = 1 and psi(0) = 0."""
    slope, psi = sp.Function("slope"), sp.Symbol("rho", positive=True)
    equation = sp.Eq(L * slope(psi).diff(psi), slope(psi) / psi)
    found = sp.dsolve(equation, slope(psi), ics={slope(1): 1}).rhs
    return sp.integrate(sp.powsimp(found), (psi, 0, radius))


@cache
def clock() -> sp.Expr:
    """The positive change of time: mu' = clock(r) f."""
    slope = sp.diff(potential(), radius)
    return sp.powsimp(sp.expand(slope / radius * radius ** (2 - 2 / L)))


@cache
def mirror_potential() -> Result:
    """psi(r) = r^{1+1/L}/(1+1/L): in coordinates mu = grad psi(|b|) the flow is mu' = |b|^{1-1/L} f.

    Found by solving for it: the only radial potential, up to the units of time and of psi.  Exact, for balanced layers
    of any widths and any differentiable loss.  L = 1: |b|^2/2, the usual gradient flow; L -> infinity: |b|.
    Argument `norm`: r > 0.  Source: Azulay et al. 2021.
    """
    psi = potential()
    along = Chain("the potential", sp.true, L * sp.Derivative(psi, (radius, 2)))
    along.record(ALIKE, sp.Derivative(psi, radius) / radius)
    rho = sp.Symbol("rho", positive=True)
    slope = sp.Subs(sp.Derivative(psi, radius), radius, rho).doit()
    along.turn_to(sp.Integral(slope, (rho, 0, radius))).record(INTEGRATED, psi)
    time = Chain("the change of time", sp.true, sp.Derivative(psi, radius) / radius * radius ** (2 - 2 / L))
    time.record(CLOCK, clock())
    return Result(
        key="deep_linear.mirror_potential",
        statement=Statement("potential of the mirror flow of the product of the layers", "psi(r)", r"\psi(r)"),
        kind=Kind.IDENTITY,
        regimes=(Regime("every norm", sp.true, psi),),
        given=(BALANCED, ALL_TRAINED),
        derivations=tuple(Derivation(c.title, sp.true, tuple(c.steps)) for c in (along, time)),
        references=(AZULAY_2021, ARORA_2018.at("Theorem 1")),
        see_also=("deep_linear.flow", "deep_linear.solution"),
    )
