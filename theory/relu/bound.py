"""relu.bound: the mean absolute error of the fine-tuned network, with a given confidence and explicit constants."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.events import scalar
from theory.calculus.expressions import inverse
from theory.calculus.laws import standard_normal_vector
from theory.calculus.rule import Chain, Reason
from theory.notation import n, symbol
from theory.references import BARTLETT_2002, BOUCHERON_2013
from theory.relu.kernel import formula
from theory.relu.setting import LINEAR, PLANE, REGIME, citing, cosine, design, directions, kernel_matrix, stated
from theory.relu.teacher_bound import distance, gap, least_slope, linear_teacher_bound
from theory.result import Assumption, Derivation, Equality, Kind, Result

confidence = symbol("confidence")
error = sp.Symbol("error_limit", positive=True)
NORM = Reason(
    "a projection shortens",
    "In the space of the kernel the squared norm of x'D is at most 4 |D|^2 (key relu.linear_teacher_bound), and that "
    "of what kernel regression misses of it, x'D - h(x)'H^-1 X D, is less by what it learns, y~'H^-1 y~ >= 0.",
    Equality.AT_MOST,
)
REPRODUCED = Reason(
    "reproducing property",
    "A function is at most its norm times the root of h(x,x) = h(1), anywhere, by Cauchy-Schwarz in the space of the "
    "kernel; here of the function h(., x'), whose squared norm is h(1) too.",
    Equality.AT_MOST,
)
TRACE = Reason(
    "signs",
    "The largest mean of g(x_i) with random signs over |g| <= B is B/n (s'H s)^(1/2); E s'H s is the trace of H, for "
    "independent signs s as for standard normals.",
    Equality.IN_EXPECTATION,
    BARTLETT_2002.at("Lemma 22"),
)
CONCENTRATED = Reason(
    "bounded differences",
    "What is missed is 0 on the sample and in the ball |g| <= B, where |g(x)| <= M.  Of all g there the largest excess "
    "of E|g| over its mean on the sample moves by M/n at most with one input (McDiarmid: it exceeds its own mean by s "
    "with probability e^(-2 n s^2/M^2) at most), and its mean is twice that with random signs (symmetrisation; "
    "contraction, as |.| is 1-Lipschitz), 2 M n^(-1/2) at most by Jensen: the limit that is exceeded with probability "
    "1 - p at most.  Where the ball is known beforehand, no smallest eigenvalue of H comes in.",
    Equality.PATHWISE,
    BOUCHERON_2013.at("Theorem 6.2"),
)
COMBINED = Reason("combine", "M = 2 |D| h(1)^(1/2).", Equality.PATHWISE)
ALIKE = Assumption("inputs independent, all of one law on the unit sphere, at test time too")
SURE = Assumption("b_p is a number with P(E_x |f(x) - t'x| >= b_p) <= 1 - p, at the confidence 0 < p < 1")


def _pointwise() -> tuple[sp.Expr, Derivation]:
    """What is missed at any input is M^2 at most, squared: its squared norm, times h(1)."""
    rows, apart, most = design(), gap(), formula().subs(cosine, 1)
    x, h = directions(rows), kernel_matrix(rows, formula())
    whole = (apart.T @ apart) * least_slope()
    chain = Chain("at any input", PLANE, formula() ** 2).record(REPRODUCED, most**2)
    chain.turn_to((whole - apart.T @ x.T @ inverse(h) @ x @ apart) * most).record(NORM, whole * most)
    return least_slope() * distance * most, chain.derivation()


def _signs() -> Derivation:
    """E s'H s = n h(1)."""
    h, s = kernel_matrix(design(), formula()), standard_normal_vector("b", n)
    chain = Chain("random signs", PLANE, s.T @ h @ s)
    return chain.record(TRACE, scalar(n * formula().subs(cosine, 1))).derivation()


@cache
def _limit() -> tuple[sp.Expr, tuple[Derivation, ...]]:
    square, pointwise = _pointwise()
    largest = sp.sqrt(square)
    mean = 2 * largest / sp.sqrt(n)
    chance = sp.exp(-2 * n * (error - mean) ** 2 / square)
    found = max(sp.solve(sp.Eq(chance, 1 - confidence), error), key=lambda root: sp.N(root.subs(_SOME)))
    neat = sp.factor_terms(sp.expand(mean + largest * sp.sqrt(sp.log(1 / (1 - confidence)) / (2 * n))))
    steps = (
        CONCENTRATED.step(chance.subs(error, found), 1 - confidence),
        COMBINED.step(found, neat),
    )
    return neat, (pointwise, _signs(), Derivation("the limit", PLANE, steps))


_SOME = {n: 7, distance: 2, confidence: sp.Rational(9, 10)}
"""Where the larger of the two roots is looked for."""


@cache
def bound() -> Result:
    """A bound on E_x |f(x) - t'x| with probability at least `confidence` over the target sample, after training without
    end: |t - u| (8^(1/2) + log(1/(1-p))^(1/2)) n^(-1/2).

    The bound of Arora et al. 2019, Theorem 5.1, for linear teachers without noise, where its constants can be written
    out: with relu.linear_teacher_bound its first term (2 y~'H^-1 y~/n)^(1/2) is at most (8/n)^(1/2) |t - u|, and as the
    ball that is searched is known beforehand there is no smallest eigenvalue in the second.  Inputs independent, of any
    law on the unit sphere.  About ten times the mean error at n = d.  Source: Shachaf et al. 2021, section 6; McDiarmid
    in Boucheron, Lugosi & Massart 2013; Bartlett & Mendelson 2002.

    >>> round(bound().evaluate(n=100, squared_distance=1.0, confidence=0.95, d=50), 6)
    0.455925
    """
    value, steps = _limit()
    words, shown = "mean absolute error not exceeded with probability p", ("b_p", "b_{p}")
    given, near = [REGIME, ALIKE, LINEAR, SURE], ("relu.linear_teacher_bound", "relu.risk_equivalent")
    regime = ("d >= 2", PLANE, value)
    derivations = (*linear_teacher_bound().derivations, *steps)
    found = stated("bound", words, shown, Kind.UPPER_BOUND, [regime], given, derivations, near)
    return citing(found, BOUCHERON_2013.at("Theorem 6.2"), BARTLETT_2002)
