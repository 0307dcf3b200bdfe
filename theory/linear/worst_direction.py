"""linear.worst_direction: a bound on the excess risk for all sources and targets at once, any covariance, no noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy as sp

from theory.calculus import events
from theory.calculus.chi_squares import ChiSquareBelow
from theory.calculus.events import LeastOver
from theory.calculus.expressions import Expression, expression, identity, inverse
from theory.calculus.laws import standard_normal_vector
from theory.calculus.rule import Chain, Reason
from theory.linear.setting import GAUSSIAN, NOISELESS, OVERPARAMETERIZED, SAME_COVARIANCE, S, gap_of, task
from theory.notation import EIGENVALUE, INDEX, d, n, symbol
from theory.references import GORDON_1988, SHACHAF_2021
from theory.result import Assumption, Derivation, Equality, Implicit, Kind, Regime, Result, Statement
from theory.spectra import spectral_sum

confidence, top, distance = symbol("confidence"), symbol("largest_eigenvalue"), symbol("squared_distance")
SLOPE = sp.Symbol("worst_slope", positive=True)
LOCAL, RATE = sp.symbols("local_scale chernoff_rate", positive=True)
TOUCH = sp.Symbol("tangent_point", positive=True)
FAILS = 1 - confidence
"""What may fail, in all."""

COORDINATE = Reason(
    "one coordinate", "The integral of a Gaussian density times a Gaussian function.", Equality.PATHWISE
)
TOUCHING = Reason(
    "solve for where to touch",
    "log F(y) - y (log F)'(y) increases in y, as log F is concave: the tangent is taken where twice its mean is 1 - p.",
    Equality.PATHWISE,
)
SOLVED = Reason(
    "solve for the bound",
    "The exponential moment is taken at the rate 2 (1 + k/r) (log F)'(y): an equation for r.",
    Equality.PATHWISE,
)
CAPPED = Reason("never above the largest eigenvalue", "A projection shortens: Q S Q is at most S.", Equality.AT_MOST)
EVERY = Assumption(
    "b_p is a number with P(R(h) > b_p for some source and target at this distance) <= 1 - p, at the confidence "
    "0 < p < 1: it holds for all directions of t - u at once, chosen after the sample too"
)


@dataclass(frozen=True)
class Worst:
    """The letters: the sample, D, the largest eigenvalue of Q S Q, and the event that it is SLOPE or more."""

    q: Expression
    gap: Expression
    eigenvalue: Expression
    above: Expression


@cache
def worst() -> Worst:
    """The letters by their definitions."""
    sample = task(S)
    eigenvalue = events.largest_eigenvalue("Lam", sample.q @ S @ sample.q)
    return Worst(sample.q, gap_of(sample), eigenvalue, events.event("Iworst", eigenvalue, expression(SLOPE)))


def _deterministic() -> Derivation:
    """R = D'Q S Q D <= Lam |D|^2, and Lam <= l_1."""
    found = worst()
    risk = found.gap.T @ found.q @ S @ found.q @ found.gap
    seen, whole = found.gap.T @ found.q @ found.gap, found.gap.T @ found.gap
    chain = Chain("in every direction", OVERPARAMETERIZED, risk)
    chain.record(events.RAYLEIGH, found.eigenvalue * seen).record(events.PROJECTED, found.eigenvalue * whole)
    chain.turn_to(found.eigenvalue).record(CAPPED, expression(top))
    return chain.derivation()


def growth() -> sp.Expr:
    """The logarithm of E e^{RATE g'S (S + k)^-1 g/2}, k = LOCAL top, from that of one coordinate."""
    return -spectral_sum(sp.log(1 - RATE * _weight())) / 2


def _weight() -> sp.Expr:
    eigenvalue = EIGENVALUE[INDEX]
    return eigenvalue / (eigenvalue + LOCAL * top)


def _coordinate() -> Derivation:
    """E e^{c g^2/2} = (1 - c)^(-1/2)."""
    g, c = sp.Symbol("g", real=True), sp.Symbol("c", positive=True)
    density = sp.exp(-(g**2) / 2) / sp.sqrt(2 * sp.pi)
    below_one = c / (1 + c)
    before = sp.Integral(density * sp.exp(below_one * g**2 / 2), (g, -sp.oo, sp.oo))
    return Derivation("one coordinate", OVERPARAMETERIZED, (COORDINATE.step(before, sp.simplify(before.doit())),))


def touching() -> Implicit:
    """Where the tangent is taken: twice its mean is what may fail."""
    below = ChiSquareBelow(n, TOUCH)
    slope = sp.diff(sp.log(below), TOUCH)
    return Implicit(TOUCH, sp.Eq(sp.log(below) - TOUCH * slope, sp.log(FAILS / 2) - growth(), evaluate=False))


def _escape() -> tuple[sp.Expr, Derivation]:
    """P(Lam >= r) is at most what may fail, at the r that is found."""
    y = sp.Symbol("y", positive=True)
    g, b = standard_normal_vector("gd", d), standard_normal_vector("b", n)
    form = g.T @ S @ inverse(S + identity(d) * (LOCAL * top)) @ g
    mesh = events.function_of("Ymesh", y, y, form * (1 + LOCAL * top / SLOPE))
    chain = Chain("how often it is large", OVERPARAMETERIZED, worst().above)
    chain.record(events.ESCAPE, events.event("Imesh", mesh, b.T @ b) * 2)
    chain.record(events.CHI_SQUARE, events.function_of("FY", ChiSquareBelow(n, y), y, mesh) * 2)
    chain.record(events.TANGENT, events.function_of("TY", events.tangent(y, TOUCH, n), y, mesh) * 2)
    slope = sp.diff(sp.log(ChiSquareBelow(n, TOUCH)), TOUCH)
    chain.turn_to(events.function_of("MY", sp.exp(RATE * y / 2), y, form))
    chain.record(events.MOMENT_GENERATING, sp.exp(growth()))
    (found,) = sp.solve(sp.Eq(2 * slope * (1 + LOCAL * top / SLOPE), RATE), SLOPE)
    chain.turn_to(1 + LOCAL * top / found).record(SOLVED, RATE / (2 * slope))
    mean = 2 * sp.exp(growth()) * events.tangent(sp.Integer(0), TOUCH, n)
    chain.turn_to(mean).record(TOUCHING, FAILS, where=(touching(),))
    return found, chain.derivation()


@cache
def slope() -> tuple[tuple[Implicit, ...], tuple[Derivation, ...]]:
    """What SLOPE is, and how that came about."""
    found, escape = _escape()
    least = LeastOver(found, LOCAL, RATE)
    best = events.ANY.step(least, found, where=(touching(),))
    capped = Implicit(SLOPE, sp.Eq(SLOPE, sp.Min(top, least)))
    derivations = (_deterministic(), _coordinate(), escape)
    enough = sp.And(OVERPARAMETERIZED, sp.Gt(n, 3))
    return (touching(), capped), (*derivations, Derivation("the best choice", enough, (best,)))


@cache
def worst_direction() -> Result:
    """A bound on the excess risk with probability at least `confidence` for all t - u at once, n < d, no noise.

    R <= Lam |t - u|^2 with the largest eigenvalue Lam of Q S Q, which does not depend on source and target; it is at
    most `worst_slope` with that probability, by Gordon's escape through the mesh with localisation.  Law of the data:
    rows of X independent N(0, S), any S with eigenvalues l_i > 0.  No constant is unknown.  Between 1.05 and 11 times
    the 95% quantile of Lam on the spectra of `python -m benchmarks.tightness`; where S is isotropic it is exact.
    Source: Gordon 1988.
    """
    where, derivations = slope()
    return Result(
        key="linear.worst_direction",
        statement=Statement(
            "excess risk not exceeded in any direction with probability p, any covariance", "b_p", "b_{p}"
        ),
        kind=Kind.UPPER_BOUND,
        regimes=(Regime("n < d", OVERPARAMETERIZED, SLOPE * distance),),
        given=(GAUSSIAN, NOISELESS, SAME_COVARIANCE, EVERY),
        derivations=derivations,
        references=(GORDON_1988, SHACHAF_2021.at("section 4")),
        see_also=("linear.split_bound", "linear.upper_bound", "linear.quantile"),
        where=where,
    )
