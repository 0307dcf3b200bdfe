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


@pytest.mark.parametrize(("k", "dim"), [(2, 1), (3, 1), (3, 2), (4, 2), (4, 3)])
def test_below_the_number_of_blocks_it_is_the_pseudo_inverse_of_gram(k, dim):
    """The four equations of Penrose: here Gram and Weingarten are symmetric and commute, which leaves two."""
    everything = list(pairings(2 * k))
    table = weingarten(k, sp.Integer(dim))
    kinds = [[loop_type(p, q) for q in everything] for p in everything]
    gram = np.array([[dim ** len(kind) for kind in row] for row in kinds], dtype=float)
    wg = np.array([[float(table[kind]) for kind in row] for row in kinds])
    assert np.linalg.matrix_rank(gram) < len(everything)
    assert wg == pytest.approx(np.linalg.pinv(gram, rcond=1e-9), abs=1e-12)


def test_a_rotation_needs_a_dimension():
    with pytest.raises(ValueError, match="at least one dimension"):
        weingarten(2, sp.Integer(0))


def orthogonal_group(dim: int, degree: int) -> tuple[np.ndarray, np.ndarray]:
    """Matrices and weights that average every polynomial of an even degree over O(dim) exactly, dim <= 3.

    Angles on a uniform grid, the cosine of the middle Euler angle on that of Gauss and Legendre; a
    reflection beside every rotation of the plane, as in even degree -1 does what a reflection of space does.
    """
    if dim == 1:
        return np.ones((1, 1, 1)), np.ones(1)
    angles = 2 * np.pi * np.arange(degree + 1) / (degree + 1)
    turns = np.array([[[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]] for t in angles])
    if dim == 2:
        both = np.concatenate([turns, turns @ np.diag([1.0, -1.0])])
        return both, np.full(len(both), 1 / len(both))
    cosines, weights = np.polynomial.legendre.leggauss(degree + 1)
    about = np.zeros((len(turns), 3, 3))
    about[:, :2, :2], about[:, 2, 2] = turns, 1
    tilt = np.zeros((len(cosines), 3, 3))
    sines = np.sqrt(1 - cosines**2)
    tilt[:, 0, 0], tilt[:, 0, 2], tilt[:, 2, 0], tilt[:, 2, 2], tilt[:, 1, 1] = cosines, sines, -sines, cosines, 1
    grid = np.einsum("aij,bjk,ckl->abcil", about, tilt, about).reshape(-1, 3, 3)
    return grid, np.tile(np.repeat(weights / 2, len(turns)), len(turns)) / len(turns) ** 2


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_averages_of_entries_are_those_over_the_whole_group(k, dim):
    """Sums over pairings against exact integration, for random products of 2k entries."""
    matrices, weights = orthogonal_group(dim, 2 * k)
    table, everything = weingarten(k, sp.Integer(dim)), list(pairings(2 * k))
    rng = np.random.default_rng(dim + 10 * k)
    for _ in range(8):
        rows, cols = rng.integers(0, dim, (2, 2 * k))
        literal = weights @ np.prod(matrices[:, rows, cols], axis=1)
        fitting = [[p for p in everything if all(z[p[j]] == z[j] for j in range(2 * k))] for z in (rows, cols)]
        formula = sum(table[loop_type(p, q)] for p in fitting[0] for q in fitting[1])
        assert float(formula) == pytest.approx(literal, abs=1e-13)


def test_the_smallest_group_by_hand():
    """O(1) = {1, -1}: E O_11^2 = 1.  O(2): E cos^4 = 3/8, by integration over the circle."""
    assert weingarten(1, sp.Integer(1)) == {(1,): 1}
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    table = weingarten(2, sp.Integer(2))
    total = 3 * (table[(1, 1)] + 2 * table[(2,)])
    assert float(total) == pytest.approx(np.mean(np.cos(angle) ** 4), rel=1e-13)
