"""Means of formulas in independent variables by Gauss quadrature, to a stated accuracy.

Every variable has its own rule, exact for polynomials under its law; the number of its nodes is raised until that
changes the mean by less than its share of the tolerance.  The mean of a ratio chi2_{2a}/chi2_{2b} and of 1/Beta(a, b)
exist for b > 1 and a > 1; there their poles are put into the weight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod

import numpy as np
import sympy as sp
from jaxtyping import Float
from numpy.random import Generator

from theory.calculus.averages import Average, Beta, BetaPrime, Cosine, Drawn
from theory.calculus.roots import positive_root
from theory.result import Implicit

Numbers = Mapping[sp.Symbol, float]
Values = Float[np.ndarray, "..."]
TOLERANCE, ENOUGH = 1e-7, 1e-6
"""The relative accuracy that is sought, and without which there is no number."""
DIGITS, ROUNDING = 17, 1e-13
FIRST, MOST, LARGEST = 4, 400, 1_000_000
"""Nodes of a rule at first, at most, and of all rules together."""


class NotAccurate(ArithmeticError):
    """A mean that the quadrature does not resolve."""


@dataclass(frozen=True)
class Mean:
    """A mean and how much it may be off, as the last refinements tell."""

    value: float
    error: float


def average(value: Average, numbers: Numbers, where: Sequence[Implicit] = ()) -> Mean:
    """The mean, at given numbers; `where` defines symbols by equations in the variables, solved at every node.

    Raises NotAccurate where two refinements in every variable still differ by more than one part in a million.
    """
    laws = {x: law.subs(dict(numbers)) for x, law in value.laws.items()}
    formula = compiled((value.formula, _sizes(value.formula)), numbers, where, tuple(laws))
    sides = (value.formula, *(w.equation.rhs for w in where))
    whole = tuple((s, z) for s, z in numbers.items() if float(z).is_integer())
    used = tuple(x for x in laws if any(_matters(side, whole, x) for side in sides))
    orders = {x: FIRST if x in used else 1 for x in laws}
    found, sizes = _at(formula, laws, orders)
    rounding = ROUNDING * sizes
    while True:
        finer = {x: orders | {x: -(-orders[x] * 3 // 2)} for x in used}
        finer = {x: o for x, o in finer.items() if _nodes(laws, o) > _nodes(laws, orders)}
        change = {x: abs(_at(formula, laws, o)[0] - found) for x, o in finer.items()}
        error = sum(change.values())
        worst = {x: o for x, o in finer.items() if change[x] > TOLERANCE / len(finer) * abs(found) + rounding}
        if not worst or _nodes(laws, orders | {x: o[x] for x, o in worst.items()}) > LARGEST:
            break
        if max(o[x] for x, o in worst.items()) > MOST:
            break
        orders |= {x: o[x] for x, o in worst.items()}
        found, _ = _at(formula, laws, orders)
    if not error <= ENOUGH * abs(found) + rounding:
        raise NotAccurate(f"the average is {found:.6g}, but uncertain by {error:.1g}: simulate it")
    return Mean(found, error)


def sample(
    value: Drawn, numbers: Numbers, where: Sequence[Implicit], rng: Generator, size: int
) -> Float[np.ndarray, " draws"]:
    """Independent draws."""
    drawn = [_draw(law.subs(dict(numbers)), rng, size) for law in value.laws.values()]
    (found,) = compiled((value.formula,), numbers, where, tuple(value.laws))(*drawn)
    return np.broadcast_to(found, size)


def compiled(
    formulas: tuple[sp.Expr, ...], numbers: Numbers, where: Sequence[Implicit], variables: tuple[sp.Symbol, ...]
) -> Callable[..., list[Values]]:
    """The formulas as functions of arrays, the numbers put in and the equations solved."""
    known = {s: z for s, z in numbers.items() if s not in {w.symbol for w in where}}
    steps: list[tuple[Implicit, Callable[..., list[Values]]]] = []
    names = variables
    for implicit in where:
        if implicit.formula is None:
            zero = implicit.equation.lhs - implicit.equation.rhs
            steps.append((implicit, _at_numbers((zero,), (*names, implicit.symbol), known)))
        elif implicit.formula.free_symbols <= known.keys():
            known[implicit.symbol] = sp.N(implicit.formula.subs(known), DIGITS)
            continue
        else:
            steps.append((implicit, _at_numbers((implicit.formula,), names, known)))
        names = (*names, implicit.symbol)
    last = _at_numbers(formulas, names, known)

    def at(*values: Values) -> list[Values]:
        for implicit, given in steps:
            if implicit.formula is None:
                found = positive_root(lambda *z, given=given: given(*z)[0], values)
            else:
                (found,) = given(*values)
            values = (*values, found)
        return [np.asarray(found) for found in last(*values)]

    return at


def _at_numbers(
    formulas: tuple[sp.Expr, ...], names: tuple[sp.Symbol, ...], known: Numbers
) -> Callable[..., list[Values]]:
    used = sorted(set().union(*(formula.free_symbols for formula in formulas)) - set(names), key=str)
    function, given = _function(formulas, (*used, *names)), [float(known[s]) for s in used]
    return lambda *values: function(*given, *values)


@lru_cache(maxsize=256)
def _function(formulas: tuple[sp.Expr, ...], names: tuple[sp.Symbol, ...]) -> Callable[..., list[Values]]:
    """Compiled for any numbers: most of the time of a single average would otherwise go here."""
    function: Callable[..., list[Values]] = sp.lambdify(names, list(formulas), "numpy")
    return function


@lru_cache(maxsize=256)
def _sizes(formula: sp.Expr) -> sp.Expr:
    """The terms without their signs: the unit of the formula's rounding error, whatever cancels."""
    return sp.Add(*(sp.Abs(term) for term in sp.Add.make_args(sp.expand(formula, power_exp=False))))


@lru_cache(maxsize=1024)
def _matters(side: sp.Expr, numbers: tuple[tuple[sp.Symbol, float], ...], x: sp.Symbol) -> bool:
    """Whether x is left where the numbers stand: a factor of 0 takes it away.  One that stays costs nodes alone."""
    return x in side.free_symbols and x in side.subs(numbers).free_symbols


def _nodes(laws: Mapping[sp.Symbol, sp.Expr], orders: Mapping[sp.Symbol, int]) -> int:
    return prod(len(rule(laws[x], orders[x])[0]) for x in laws)


def _at(
    formula: Callable[..., list[Values]], laws: Mapping[sp.Symbol, sp.Expr], orders: Mapping[sp.Symbol, int]
) -> list[float]:
    """The means of the formulas, with so many nodes for each variable."""
    rules = [rule(law, orders[x]) for x, law in laws.items()]
    nodes = np.meshgrid(*(nodes for nodes, _ in rules), indexing="ij")
    weights = np.ones(())
    for _, weight in rules:
        weights = np.asarray(np.multiply.outer(weights, weight))
    return [float(np.sum(weights * values)) for values in formula(*nodes)]


@lru_cache(maxsize=512)
def rule(law: sp.Expr, order: int) -> tuple[Float[np.ndarray, " nodes"], Float[np.ndarray, " nodes"]]:
    """Nodes and weights for means under a law, poles at the ends of its range allowed for."""
    a, b = (float(z) for z in law.args) if len(law.args) == 2 else (float(law.args[0]), 0.0)
    match law:
        case Beta():
            if a == 0 or b == 0:
                return np.array([0.0 if a == 0 else 1.0]), np.ones(1)
            nodes, weights = _jacobi(a - 1 if a > 1 else a, b, order)
            return nodes, weights * (nodes * (a + b - 1) / (a - 1) if a > 1 else 1.0)
        case BetaPrime():
            nodes, weights = _jacobi(a, b - 1 if b > 1 else b, order)
            return nodes / (1 - nodes), weights * ((1 - nodes) * (a + b - 1) / (b - 1) if b > 1 else 1.0)
        case Cosine():
            if a == 1:
                return np.array([-1.0, 1.0]), np.full(2, 0.5)
            nodes, weights = _jacobi((a - 1) / 2, (a - 1) / 2, order)
            return 2 * nodes - 1, weights
    raise TypeError(f"{law} is no law of a variable here")


def _jacobi(a: float, b: float, order: int) -> tuple[Float[np.ndarray, " nodes"], Float[np.ndarray, " nodes"]]:
    """Gauss quadrature for Beta(a, b)."""
    from scipy.special import roots_jacobi

    nodes, weights = roots_jacobi(order, b - 1, a - 1)
    return (1 + nodes) / 2, weights / weights.sum()


def _draw(law: sp.Expr, rng: Generator, size: int) -> Float[np.ndarray, " draws"]:
    a, b = (float(z) for z in law.args) if len(law.args) == 2 else (float(law.args[0]), 0.0)
    if isinstance(law, Cosine):
        square = rng.beta(0.5, (a - 1) / 2, size) if a > 1 else np.ones(size)
        return np.asarray(np.sqrt(square) * rng.choice([-1.0, 1.0], size))
    top, bottom = (rng.standard_gamma(z, size) if z > 0 else np.zeros(size) for z in (a, b))
    return np.asarray(top / bottom if isinstance(law, BetaPrime) else top / (top + bottom))
