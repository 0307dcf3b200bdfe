"""Rational functions: one form, whatever the seed of hashes, and in a time that does not depend on luck."""

import pytest
import sympy as sp

from tests.hashes import printed
from theory.calculus.rational import Singular, add, factor, solve

n, d = sp.symbols("n d", integer=True, positive=True)
x = sp.Symbol("x")


@pytest.mark.parametrize(
    "value",
    [
        n / d + sp.Rational(1, 2),
        (x**2 - n**2) / 6,
        sp.sqrt(x) * n + n,
        sp.Min(n, d) * n + n,
        2 * x * sp.sqrt(n**2 - 4 * d) + 2 * x,
        sp.Integer(3),
        -n - d,
        (x - 1) * (x - 1) / (n * x - n),
    ],
    ids=str,
)
def test_factors_are_those_of_sympy(value: sp.Expr):
    assert factor(value) == sp.factor(value)


def test_a_sum_is_added_over_one_denominator():
    assert add([1 / d, 1 / (d + 1), -1 / d]) == 1 / (d + 1)
    assert add([]) == 0


def test_equations_without_one_solution_are_refused():
    with pytest.raises(Singular):
        solve([[d, d], [1, 1]], [[1], [0]])


PROGRAM = """
import sympy as sp
from theory.calculus.rational import factor
z = sp.symbols("z1:8")
many = sum(a * b**2 * c for a in z for b in z for c in z) + 1
print(factor(sp.expand(many * (z[0] - z[1] * z[2] ** 2 + 3) * (z[3] * z[4] - z[5]))))
"""


def test_many_symbols_are_factored_at_any_seed():
    here, there = printed(PROGRAM, seed="8")
    assert here == there
    assert here.count("(") >= 3
