"""The plane of source and target: how a random projection and the noise act in it, as five independent numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy as sp

from theory.calculus.averages import BetaPrime, Cosine, Drawn
from theory.calculus.expressions import Expression, identity, inverse, matrix, pinv
from theory.calculus.laws import share_of_chi_squares
from theory.calculus.letters import Defined
from theory.calculus.pseudoinverse import (
    change_of_variable,
    insert_definition,
    projection_algebra,
    row_projection,
    row_span_projection,
)
from theory.calculus.rule import Chain, Reason
from theory.calculus.substitution import word_of
from theory.deep_linear.given_design import risk_chain
from theory.deep_linear.setting import (
    BEST,
    fitted_form,
    kept_form,
    norm_where,
    remainder,
    squared_source,
    stretch_solved,
    stretch_where,
)
from theory.linear.law import noise_law_in
from theory.linear.setting import ISOTROPIC, OVERPARAMETERIZED, Task, level, task
from theory.notation import STRETCH, d, n, number_of, scalar_of, sigma, symbol
from theory.references import MUIRHEAD_1982
from theory.result import Assumption, Derivation, Equality, Implicit

source_target = symbol("source_target")
p, b = sp.symbols("p b", positive=True)
w, v = sp.symbols("w v", real=True)
x = sp.Symbol("x", nonnegative=True)

ALONG, ACROSS = sp.Symbol("along", real=True), sp.Symbol("across", nonnegative=True)
SEEN, SHARED = sp.Symbol("seen", nonnegative=True), sp.Symbol("shared", real=True)

PLANE = Reason(
    "the plane of source and target",
    "P is a uniformly random projection of rank n.  p = u'P u/|u|^2 is Beta(n/2, (d-n)/2); given it, P u = p u + "
    "|u| (p(1-p))^{1/2} f with f uniform across u, so with w = r'f/|r| it is r'P u = |r| |u| (p(1-p))^{1/2} w; and "
    "P1 = P - P u u'P/u'P u is a uniformly random projection of rank n-1 across u and f, so r'P1 r = |r|^2 (1-w^2) b.  "
    "|X+ e|^2 = (sigma^2/level) x is a ratio of chi-squares, and X+ e has a uniformly random direction in the row "
    "span, at angle v with P t.",
    Equality.IN_LAW,
    MUIRHEAD_1982.at("Theorem 3.3.3"),
)
VARIABLES = Assumption(
    "independent variables: p ~ Beta(n/2, (d-n)/2), b ~ Beta((n-1)/2, (d-n-1)/2), x ~ chi2_n/chi2_{d-n+1}, w and v "
    "first coordinates of uniform unit vectors in R^{d-1} and R^n"
)


@dataclass(frozen=True)
class InVariables:
    """The risk in the five variables, their laws, what defines |h| and c, and the steps there."""

    risk: sp.Expr
    laws: tuple[sp.Tuple, ...]
    where: tuple[Implicit, ...]
    derivations: tuple[Derivation, ...]


@dataclass(frozen=True)
class Plane:
    """Letters: P on the row span, r the part of t across u, P1 what P does not see of u."""

    sample: Task
    p: Expression
    r: Expression
    p1: Expression


def plane() -> Plane:
    """P1 = P - P u u'P/u'P u annihilates u and P u, and is a projection."""
    sample = task(ISOTROPIC)
    u, projection = sample.start, row_projection(sample.x)
    deflated = projection - (projection @ u @ u.T @ projection) * inverse(u.T @ projection @ u)
    return Plane(sample, projection, remainder(sample), matrix("P1", d, d, symmetric=True, law=Defined(deflated)))


def _in_the_plane(given: Plane, form: Expression, title: str) -> Chain:
    """A form of P in u'P u, r'P u and r'P1 r."""
    u, r, big = given.sample.start, given.r, given.p
    chain = Chain(title, OVERPARAMETERIZED, form)
    chain.apply(change_of_variable, given.sample.teacher, u * BEST + r)
    crossed = r.T @ big @ u
    return chain.apply(
        change_of_variable, r.T @ big @ r, r.T @ given.p1 @ r + crossed * crossed * inverse(u.T @ big @ u)
    )


def _by_p(given: Plane, chain: Chain) -> Chain:
    """Q = I - P."""
    return chain.apply(change_of_variable, given.sample.q, identity(d) - given.p)


def _fitted(given: Plane) -> Chain:
    """|X+ y|^2 = t'P t + 2 t'X+ e + |X+ e|^2."""
    sample = given.sample
    chain = Chain("what is fitted", OVERPARAMETERIZED, fitted_form(sample)).apply(insert_definition, sample.y)
    chain.apply(row_span_projection, sample.x, sample.q).apply(projection_algebra, sample.x, sample.q)
    return _by_p(given, chain)


def _laws() -> tuple[tuple[sp.Tuple, ...], sp.Expr]:
    """The laws of p, w, b, x and v, and |X+ e|^2."""
    noise, _ = noise_law_in(OVERPARAMETERIZED)
    (ratio,) = noise.atoms(BetaPrime)
    laws = (p, share_of_chi_squares(n, d - n)), (w, Cosine(d - 1)), (b, share_of_chi_squares(n - 1, d - n - 1))
    return tuple(sp.Tuple(*law) for law in (*laws, (x, ratio), (v, Cosine(n)))), noise.xreplace({ratio: x}) / level


def _put(form: Expression, values: dict[Expression, sp.Expr]) -> sp.Expr:
    """A form in traces that have these values."""
    known = {word_of(word).key: value for word, value in values.items()}
    terms = (sp.Mul(c, *(known[w.key] if w.key in known else scalar_of(w) for w in m.traces)) for m, c in form.terms)
    return sp.Add(*terms)


def _definitions(given: Plane) -> tuple[tuple[Implicit, ...], tuple[Derivation, ...]]:
    """What seen = t'P t and shared = t'P u are in p, w and b; and the coordinates of t along u and across it."""
    r, u, t, big = given.r, given.sample.start, given.sample.teacher, given.p
    length, across = sp.sqrt(squared_source), sp.sqrt(number_of(insert_definition(r.T @ r, r)))
    parts = {
        u.T @ big @ u: squared_source * p,
        inverse(u.T @ big @ u): 1 / (squared_source * p),
        r.T @ big @ u: ACROSS * length * sp.sqrt(p * (1 - p)) * w,
        r.T @ given.p1 @ r: ACROSS**2 * (1 - w**2) * b,
    }
    seen = _in_the_plane(given, t.T @ big @ t, "t in the plane")
    shared = _in_the_plane(given, t.T @ big @ u, "t and u in the plane")
    inside = (_put(chain.expression, parts).subs(source_target, ALONG * length) for chain in (seen, shared))
    named = zip((ALONG, ACROSS, SEEN, SHARED), (source_target / length, across, *inside), strict=True)
    where = tuple(Implicit(name, sp.Eq(name, value, evaluate=False)) for name, value in named)
    return where, (seen.derivation(), shared.derivation())


@cache
def in_variables() -> InVariables:
    """(h - t)'(h - t) level in terms of p, w, b, x and v."""
    given = plane()
    sample, big = given.sample, given.p
    u, t, noise = sample.start, sample.teacher, pinv(sample.x) @ sample.e
    laws, squared_noise = _laws()
    values = {
        t.T @ big @ t: SEEN,
        t.T @ big @ u: SHARED,
        u.T @ big @ u: squared_source * p,
        t.T @ noise: v * sp.sqrt(SEEN * squared_noise),
        noise.T @ noise: squared_noise,
        stretch_solved(sample): STRETCH,
    }
    fitted, kept = _fitted(given), _by_p(given, Chain("what is kept", OVERPARAMETERIZED, kept_form(sample)))
    risk = _by_p(given, risk_chain(sample, stretch_solved(sample)))
    inside, derivations = _definitions(given)
    where = (*inside, norm_where(_put(fitted.expression, values), _put(kept.expression, values)), stretch_where())
    value = _put(risk.expression, values)
    signal = value.subs(sigma, 0)
    value = level * sp.collect(sp.expand(signal / level), STRETCH) + value - signal
    risk.record(PLANE, Drawn(value, *laws), where=where)
    chains = (fitted, kept, risk)
    return InVariables(value, laws, where, (*derivations, *(chain.derivation() for chain in chains)))
