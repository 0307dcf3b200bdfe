"""Weingarten functions: their defining equations, and averages against known ones."""

from math import prod

import numpy as np
import pytest
import sympy as sp

from theory.calculus.weingarten import loop_type, pairings, weingarten

d = sp.Symbol("d", integer=True, positive=True)


def double_factorial(points: int) -> int:
    return prod(range(1, points, 2))


@pytest.mark.parametrize("points", [2, 4, 6, 8])
def test_there_are_odd_double_factorial_many_pairings(points):
    everything = list(pairings(points))
    assert len(set(everything)) == len(everything) == double_factorial(points)
    assert all(p[p[j]] == j != p[j] for p in everything for j in range(points))


def test_loops_of_two_pairings():
    chain, crossed = (1, 0, 3, 2), (2, 3, 0, 1)
    assert loop_type(chain, chain) == (1, 1)
    assert loop_type(chain, crossed) == (2,)
    assert loop_type((1, 0, 3, 2, 5, 4), (5, 2, 1, 4, 3, 0)) == (3,)


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("dim", [3, 5, 8])
def test_gram_times_weingarten_is_the_identity(k, dim):
    everything = list(pairings(2 * k))
    table = weingarten(k, sp.Integer(dim))
    gram = sp.Matrix(len(everything), len(everything), lambda i, j: dim ** len(_loops(everything, i, j)))
    wg = sp.Matrix(len(everything), len(everything), lambda i, j: table[_loops(everything, i, j)])
    assert gram * wg == sp.eye(len(everything))


def _loops(everything, i, j):
    return loop_type(everything[i], everything[j])


def test_the_second_order_is_that_of_collins_and_sniady():
    bottom = d * (d - 1) * (d + 2)
    table = weingarten(2, d)
    assert sp.simplify(table[(1, 1)] - (d + 1) / bottom) == 0
    assert sp.simplify(table[(2,)] + 1 / bottom) == 0


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_moments_of_one_entry_are_those_of_a_coordinate_on_the_sphere(k):
    """Two routes: the sum of Wg over all pairs of pairings, and the Beta law of a squared coordinate."""
    everything = list(pairings(2 * k))
    one = everything[0]
    total = len(everything) * sum(weingarten(k, d)[loop_type(p, one)] for p in everything)
    sphere = sp.Rational(double_factorial(2 * k)) / sp.prod(d + 2 * j for j in range(k))
    assert sp.cancel(total - sphere) == 0


def test_a_dimension_below_the_number_of_blocks_is_refused():
    with pytest.raises(ValueError, match="need dim >= 3"):
        weingarten(3, sp.Integer(2))
    assert weingarten(2, sp.Integer(2))[(2,)] == sp.Rational(-1, 8)


def test_the_smallest_group_by_hand():
    """O(1) = {1, -1}: E O_11^2 = 1.  O(2): E cos^4 = 3/8, by integration over the circle."""
    assert weingarten(1, sp.Integer(1)) == {(1,): 1}
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    table = weingarten(2, sp.Integer(2))
    total = 3 * (table[(1, 1)] + 2 * table[(2,)])
    assert float(total) == pytest.approx(np.mean(np.cos(angle) ** 4), rel=1e-13)
