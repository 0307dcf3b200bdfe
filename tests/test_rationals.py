"""Formulas at rational numbers: what FLINT says is what SymPy says, and what is not rational is refused."""

import pytest
import sympy as sp
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

from theory.catalogue import keys, result
from verify.stage_zero.rationals import NotRational, evaluated, holds, rational, written

x, y = sp.symbols("x y", real=True)
numbers = st.fractions(-3, 3, max_denominator=7).map(lambda q: sp.Rational(q.numerator, q.denominator))
FORMULAS = (
    x + 2 * y - sp.Rational(1, 3),
    (x - y) ** 3 * x,
    1 / (4 + x) - y**-2 / 5,
    sp.Max(x, y, sp.Rational(1, 2)) - sp.Min(x, 2 * y),
    abs(x - y) * x,
    sp.Mod(x, 2) + sp.Mod(y, sp.Rational(-3, 2)),
    sp.Piecewise((x, x > y), (y**2, sp.And(x < 1, sp.Ne(x, y))), (sp.Integer(7), True)),
)
CONDITIONS = (
    sp.And(x >= y, y < 2),
    sp.Or(x <= y - 1, sp.Eq(x, y)),
    sp.Not(sp.And(x > 0, y > 0), evaluate=False),
    sp.And(sp.Ne(x, 1), 2 * x + 3 * y < x * y + 1),
)


@given(numbers, numbers)
def test_formulas_and_conditions_have_the_value_that_substitution_gives(a: sp.Rational, b: sp.Rational) -> None:
    at = {x: rational(a), y: rational(b)}
    for formula in FORMULAS:
        if b != 0:
            assert written(evaluated(formula, at)) == formula.xreplace({x: a, y: b})
    for condition in CONDITIONS:
        assert holds(condition, at) == (condition.xreplace({x: a, y: b}) == sp.true)


@pytest.mark.parametrize(
    "formula", [sp.sqrt(x), sp.oo + x, 1 / (x - 2), sp.pi * x, y, sp.log(x), sp.Piecewise((x, x > 5)), 2**x]
)
def test_what_is_not_rational_there_is_refused(formula: sp.Expr) -> None:
    with pytest.raises(NotRational):
        evaluated(formula, {x: fmpq(2)})


def test_a_condition_about_an_unknown_number_is_refused_unless_the_rest_decides() -> None:
    with pytest.raises(NotRational):
        holds(x > y, {x: fmpq(2)})
    with pytest.raises(NotRational):
        holds(sp.Contains(x, sp.S.Integers, evaluate=False), {x: fmpq(2)})
    assert not holds(sp.And(x > 3, y > 0), {x: fmpq(2)})


def test_conditions_of_the_catalogue_are_within_reach_but_where_they_ask_what_is_infinite() -> None:
    regimes = [regime for key in keys() for regime in result(key).regimes if not regime.condition.has(sp.oo)]
    at = {symbol: fmpq(7, 3) for regime in regimes for symbol in regime.condition.free_symbols}
    assert {holds(regime.condition, at) for regime in regimes} == {True, False}
