"""Means over independent variables by Gauss quadrature, and draws of the same formulas."""

import numpy as np
import pytest
import sympy as sp

from theory.averaging import NotAccurate, average, rule, sample
from theory.calculus.averages import Average, Beta, BetaPrime, Cosine, Drawn
from theory.calculus.roots import positive_root
from theory.result import Implicit

x, y, k, r = sp.symbols("x y k r", positive=True)
MEANS = [
    (Beta(2, 3), x, 0.4),
    (Beta(2, 3), 1 / x, 4.0),
    (Beta(sp.Rational(1, 2), 3), x**2, 0.5 * 1.5 / (3.5 * 4.5)),
    (Beta(0, 3), x + 1, 1.0),
    (Beta(3, 0), x + 1, 2.0),
    (BetaPrime(2, 3), x, 1.0),
    (BetaPrime(2, 3), x / (1 + x), 0.4),
    (Cosine(1), x**2, 1.0),
    (Cosine(5), x**2, 0.2),
    (Cosine(2), x**4, 0.375),
    (Cosine(7), x**3, 0.0),
]


@pytest.mark.parametrize(("law", "formula", "mean"), MEANS, ids=str)
def test_a_mean_is_that_of_the_law(law: sp.Expr, formula: sp.Expr, mean: float):
    found = average(Average(formula, sp.Tuple(x, law)), {})
    assert found.value == pytest.approx(mean, rel=1e-9, abs=1e-12)
    assert found.error <= 1e-6 * max(abs(mean), 1e-9) or mean == 0


@pytest.mark.parametrize("law", [Beta(2, 3), BetaPrime(2, 5), Cosine(5), Cosine(1)], ids=str)
def test_draws_have_the_law_of_the_rule(law: sp.Expr):
    drawn = sample(Drawn(x, sp.Tuple(x, law)), {}, (), np.random.default_rng(1), 40_000)
    nodes, weights = rule(law, 30)
    for power in (1, 2):
        moment, spread = np.sum(weights * nodes**power), np.std(drawn**power)
        assert abs(np.mean(drawn**power) - moment) < 6 * spread / 200 + 1e-12  # six standard errors


def test_a_root_is_solved_for_at_every_node():
    where = (Implicit(r, sp.Eq(r**2, x * k)), Implicit(y, sp.Eq(y, r**2 + 1, evaluate=False)))
    found = average(Average(y, sp.Tuple(x, Beta(2, 3))), {k: sp.Integer(5)}, where)
    assert found.value == pytest.approx(3.0, rel=1e-9)


def test_what_is_not_resolved_is_refused():
    with pytest.raises(NotAccurate, match="simulate it"):
        average(Average(sp.sin(10**9 * x), sp.Tuple(x, Beta(1, 1))), {})


def test_bisection_finds_roots_of_any_size():
    squares = np.array([1e-300, 1e-8, 1.0, 2.0, 1e250])
    assert positive_root(lambda a, z: z**2 - a, (squares,)) == pytest.approx(np.sqrt(squares), rel=1e-12)
