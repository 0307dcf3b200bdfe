"""relu.linear_teacher_bound: y~'H^-1 y~ is at most 4 |t - u|^2, by the Schur product theorem."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.events import CAUCHY_SCHWARZ
from theory.calculus.expressions import Expression, inverse, matrix
from theory.calculus.letters import Defined
from theory.calculus.pseudoinverse import change_of_variable
from theory.calculus.rule import Chain, Reason
from theory.notation import d, symbol, vector
from theory.references import HORN_2013
from theory.relu.expansion import slope_at_zero
from theory.relu.kernel import formula
from theory.relu.setting import LINEAR, WEIGHTS, citing, design, directions, kernel_matrix, stated
from theory.result import Derivation, Equality, Kind, Result

distance = symbol("squared_distance")
SCHUR = Reason(
    "Schur product theorem",
    "H less its linear part is a sum of Schur powers of the Gram matrix of the inputs, with coefficients that are not "
    "negative (key relu.kernel_expansion): v'H v is at least v'XX'v/4, here at v = H^-1 X D.",
    Equality.AT_MOST,
    HORN_2013.at("Theorem 7.5.3"),
)
DIVIDED = Reason("divide", "The two lines before, over y~'H^-1 y~.", Equality.AT_MOST)
NAMED = Reason("name the number", "The squared distance of target and source weights.", Equality.PATHWISE)


def gap() -> Expression:
    """D = t - u, as a letter."""
    return matrix("D", d, 1, law=Defined(vector("t") - vector("u")))


def least_slope() -> sp.Expr:
    """By how much |X'v|^2 may exceed v'H v: 1/h'(0)."""
    return 1 / slope_at_zero()


@cache
def chain() -> Derivation:
    """y~'H^-1 y~ from its definition, to the bound."""
    rows, t, u, apart = design(), vector("t"), vector("u"), gap()
    x, h = directions(rows), kernel_matrix(rows, formula())
    residual = x @ t - x @ u
    found = Chain("noiseless", sp.true, residual.T @ inverse(h) @ residual)
    found.apply(change_of_variable, t, u + apart)
    form, pulled = found.expression, x.T @ inverse(h) @ x @ apart
    found.turn_to(pulled.T @ pulled).record(SCHUR, form * least_slope())
    found.turn_to(form * form).record(CAUCHY_SCHWARZ, (pulled.T @ pulled) * (apart.T @ apart))
    found.turn_to(form).record(DIVIDED, (apart.T @ apart) * least_slope())
    return found.record(NAMED, least_slope() * distance).derivation()


@cache
def linear_teacher_bound() -> Result:
    """y~'H^-1 y~ <= 4 |t - u|^2 for y~ = X t - X u, rows of X of length one: what the bound of Arora et al. 2019
    becomes where target and source are linear.

    An upper bound for every sample on which H is invertible, any n and d.  It is reached as n grows.  Symbol
    `squared_distance`.  Source: Shachaf et al. 2021, section 6; Horn & Johnson 2013, Theorem 7.5.3.

    >>> linear_teacher_bound().evaluate(target=[1, 0], source=[0, 0])
    4.0
    """
    words = "squared norm of the residual in the space of the kernel"
    shown = ("y~'H^-1 y~", r"\tilde y^{\top}H^{-1}\tilde y")
    regime, near = ("any sample", sp.true, least_slope() * distance), ("relu.kernel_expansion", "relu.bound")
    given = [WEIGHTS, LINEAR]
    found = stated("linear_teacher_bound", words, shown, Kind.UPPER_BOUND, [regime], given, [chain()], near)
    return citing(found, HORN_2013.at("Theorem 7.5.3"))
