"""deep_linear.upper_bound: an excess risk that is not exceeded with a given confidence, at any depth, without noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy as sp

from theory.calculus import events
from theory.calculus.events import LeastOver
from theory.calculus.expressions import Expression, expression, matrix
from theory.calculus.laws import Quantile, share_of_chi_squares
from theory.calculus.letters import Number
from theory.calculus.pseudoinverse import row_projection
from theory.calculus.rule import Chain, Reason
from theory.deep_linear.setting import (
    STANDARD,
    L,
    fitted,
    kept,
    norm_equation,
    radius,
    squared_source,
    stretch,
)
from theory.linear.setting import FLAT_IF_OVERPARAMETERIZED, ISOTROPIC, NOISELESS, OVERPARAMETERIZED, level, task
from theory.notation import d, n, symbol
from theory.references import MUIRHEAD_1982, SHACHAF_2021
from theory.result import Assumption, Derivation, Equality, Implicit, Kind, Regime, Result, Statement

confidence, squared_target, overlap = symbol("confidence"), symbol("squared_target"), symbol("source_target")
FAILS = 1 - confidence
WEIGHTS = sp.symbols("weight_1:6", positive=True)
"""How what may fail is divided among six events; the last has the weight 1."""
TARGET_LEAST, TARGET_MOST, SOURCE_LEAST, SOURCE_MOST = sp.symbols(
    "target_least target_most source_least source_most", positive=True
)
STRETCH_LEAST, STRETCH_MOST, NORM_LEAST, NORM_MOST = sp.symbols(
    "stretch_least stretch_most norm_least norm_most", positive=True
)
TOTAL = sp.Symbol("total_weight", positive=True)
LIMIT, MISSED_SHARE = sp.symbols("risk_limit missed_share", positive=True)

CONVEX = Reason(
    "convex in the stretch",
    "The risk is a square, convex in c: between two numbers it is at most its larger value at one of them.",
    Equality.AT_MOST,
)
MONOTONE = Reason(
    "monotone in what is seen",
    "c increases with |P t|^2 and with |Q u|^2 = |u|^2 - |P u|^2  (key deep_linear.norm).",
    Equality.AT_MOST,
)
BETA = Reason(
    "share of a fixed vector",
    "P is a uniformly random projection of rank n: the share of a fixed vector that it keeps is a beta variable.",
    Equality.IN_EXPECTATION,
    MUIRHEAD_1982.at("Section 1.5"),
)
ADDED = Reason("what may fail adds up", "Six events, each with its share of 1 - p.", Equality.PATHWISE)
MEANS = Assumption(
    "b_p is a number with P(R(h) >= b_p) <= 1 - p, at the confidence 0 < p < 1: the least by how 1 - p is divided"
)


@dataclass(frozen=True)
class _Letters:
    """P, Q, t, u, and the stretch without noise."""

    p: Expression
    q: Expression
    t: Expression
    u: Expression
    c: Expression

    def risk(self, c: Expression) -> Expression:
        """|Q (t - c u)|^2 level."""
        error = self.t - c * self.u
        found: Expression = error.T @ self.q @ error * level
        return found


def _stretch(name: str, along: Expression, off: Expression) -> Expression:
    """c as a letter, from |P t|^2 and |Q u|^2."""
    equation = norm_equation(fitted, kept)
    of, root = ((fitted, along), (kept, off)), (radius, equation.lhs - equation.rhs)
    return matrix(name, 1, 1, symmetric=True, law=Number(stretch(radius**2), of, root))


@cache
def _letters() -> _Letters:
    sample = task(ISOTROPIC)
    p, t, u = row_projection(sample.x), sample.teacher, sample.start
    return _Letters(p, sample.q, t, u, _stretch("c0", t.T @ p @ t, u.T @ sample.q @ u))


def _ends() -> tuple[Expression, Expression]:
    """The least and the largest stretch, where the shares that P sees of t and u are bounded."""
    found = zip(("c1", "c2"), (TARGET_LEAST, TARGET_MOST), (SOURCE_MOST, SOURCE_LEAST), strict=True)
    least, most = (
        _stretch(name, expression(seen * squared_target), expression((1 - hidden) * squared_source))
        for name, seen, hidden in found
    )
    return least, most


def _composed() -> Derivation:
    """The event that the risk is large is among six others."""
    given, (least, most) = _letters(), _ends()
    b = expression(LIMIT)
    ends = [events.event(f"Irisk{k}", given.risk(c), b) for k, c in enumerate((least, most), 1)]
    below, above = events.event("Ic1", least, given.c), events.event("Ic2", given.c, most)
    chain = Chain("which events", OVERPARAMETERIZED, events.event("Irisk", given.risk(given.c), b))
    chain.record(CONVEX, ends[0] + ends[1] + below + above)
    seen, whole = given.t.T @ given.p @ given.t, given.t.T @ given.t
    source, length = given.u.T @ given.p @ given.u, given.u.T @ given.u
    less = events.event("Itless", whole * TARGET_LEAST, seen) + events.event("Iumore", source, length * SOURCE_MOST)
    more = events.event("Itmore", seen, whole * TARGET_MOST) + events.event("Iuless", length * SOURCE_LEAST, source)
    chain.turn_to(below).record(MONOTONE, less).turn_to(above).record(MONOTONE, more)
    return chain.derivation()


def _tails() -> Derivation:
    """How probable each of them is."""
    given = _letters()
    chain = Chain("how often", OVERPARAMETERIZED, given.p)
    for letter, v, (low, high) in (("t", given.t, ("Itless", "Itmore")), ("u", given.u, ("Iuless", "Iumore"))):
        seen, whole = v.T @ given.p @ v, v.T @ v
        least, most = (TARGET_LEAST, TARGET_MOST) if letter == "t" else (SOURCE_LEAST, SOURCE_MOST)
        chain.turn_to(events.event(high, seen, whole * most)).record(BETA, _between(_share(), most, sp.Integer(1)))
        chain.turn_to(events.event(low, whole * least, seen)).record(BETA, _between(_share(), sp.Integer(0), least))
    off, share = given.t - given.u, MISSED_SHARE
    missed = events.event("Imissed", off.T @ given.q @ off, off.T @ off * share)
    chain.turn_to(missed).record(BETA, _between(_missed(), share, sp.Integer(1)))
    chain.turn_to(sp.Add(*_fails(), evaluate=False)).record(ADDED, FAILS, where=(_total(),))
    return chain.derivation()


@cache
def _share() -> sp.Expr:
    """The law of |P v|^2/|v|^2 for any fixed v."""
    return share_of_chi_squares(n, d - n)


@cache
def _missed() -> sp.Expr:
    """The law of |Q v|^2/|v|^2."""
    return share_of_chi_squares(d - n, n)


def _between(law: sp.Expr, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    return sp.betainc_regularized(*law.args, low, high)


def _fails() -> tuple[sp.Expr, ...]:
    """What each of the six events may fail with: above and below for t and u, then the two ends."""
    return tuple(FAILS * weight / TOTAL for weight in (*WEIGHTS, sp.Integer(1)))


def _total() -> Implicit:
    return Implicit(TOTAL, sp.Eq(TOTAL, 1 + sp.Add(*WEIGHTS)))


def _where() -> tuple[Implicit, ...]:
    """The shares by their probabilities, and the stretches that they lead to."""
    target_low, target_high, source_low, source_high, _, _ = _fails()
    shares = (
        (TARGET_LEAST, Quantile(target_low, _share())),
        (TARGET_MOST, Quantile(1 - target_high, _share())),
        (SOURCE_LEAST, Quantile(source_low, _share())),
        (SOURCE_MOST, Quantile(1 - source_high, _share())),
    )
    found = [_total(), *(Implicit(name, sp.Eq(name, value)) for name, value in shares)]
    ends = (NORM_LEAST, STRETCH_LEAST, TARGET_LEAST, SOURCE_MOST), (NORM_MOST, STRETCH_MOST, TARGET_MOST, SOURCE_LEAST)
    for norm, c, seen, hidden in ends:
        equation = norm_equation(seen * squared_target, (1 - hidden) * squared_source).subs(radius, norm)
        found += [Implicit(norm, equation), Implicit(c, sp.Eq(c, stretch(norm**2)))]
    return tuple(found)


def _at(c: sp.Expr, fails: sp.Expr) -> sp.Expr:
    """What |Q (t - c u)|^2 level exceeds so often, for a number c."""
    squared = squared_target - 2 * c * overlap + c**2 * squared_source
    return level * squared * Quantile(1 - fails, _missed())


@cache
def upper_bound() -> Result:
    """A bound on the excess risk with probability at least `confidence`, isotropic, n < d, any depth L > 1, no noise.

    R = level |Q(t - c u)|^2 with c = (|h|/|u|)^{1-1/L}.  On an event c lies between two numbers, as |P t|^2 and |P u|^2
    lie between quantiles of beta variables; the risk is convex in c, and its law at a fixed c is exact.  Six events
    share 1 - p, divided so that the bound is least.  Law of the data: rows of X independent N(0, level I).
    At infinite depth c = |P t|/|P u|: only the directions of t and u count.  Within a fifth of the 95% quantile for two
    layers; loose for deep networks where t and u are nearly parallel, as |P t| and |P u| then vary together.  For L = 1
    linear.quantile is exact.
    Source: Shachaf et al. 2021, section 5; the composition is our own.
    """
    where = _where()
    *_, first, second = _fails()
    formula = sp.Max(_at(STRETCH_LEAST, first), _at(STRETCH_MOST, second))
    bound = LeastOver(formula, *WEIGHTS)
    best = events.ANY.step(bound, formula, where=where)
    domain = sp.And(OVERPARAMETERIZED, sp.Gt(squared_source, 0), sp.Gt(L, 1))
    return Result(
        key="deep_linear.upper_bound",
        statement=Statement("excess risk not exceeded with probability p", "b_p", "b_{p}"),
        kind=Kind.UPPER_BOUND,
        regimes=(Regime("n < d, L > 1, u not zero", domain, bound),),
        given=(*STANDARD, FLAT_IF_OVERPARAMETERIZED, NOISELESS, MEANS),
        derivations=(_composed(), _tails(), Derivation("the best division", OVERPARAMETERIZED, (best,))),
        references=(SHACHAF_2021.at("section 5"), MUIRHEAD_1982.at("Section 1.5")),
        see_also=("deep_linear.conditional_risk", "deep_linear.risk_exact", "linear.quantile"),
        where=where,
    )
