"""The algebra of the compiled kernels, in both layouts: a trial in each lane, and one trial alone."""

import numpy as np
import pytest

from numerics.kernels import factored, lanes, memory, rows, single
from numerics.kernels.chi_squares import chi_squares
from numerics.kernels.samples import draw_tall, draw_wide, rotation
from numerics.linear import samples
from numerics.streams import lanes as generators
from numerics.streams import stream

SHAPES = [(1, 1), (2, 3), (3, 7), (4, 4), (5, 9), (8, 30), (13, 40), (24, 97)]
LAYOUTS = pytest.mark.parametrize("together", [8, 1], ids=["eight together", "one alone"])


def laid_out(z, together):
    """The matrices z (together, m, k) as the kernels hold them, and how long a row is."""
    m, k = z.shape[1:]
    across = 8 * rows.width(k, together)
    x = np.zeros((rows.padded(m), across))
    x[:m, : k * together if together == 8 else k] = z.transpose(1, 2, 0).reshape(m, -1) if together == 8 else z[0]
    return x.ravel(), across


def as_matrices(flat, m, together):
    """The matrices of a flat array, (together, m, m)."""
    whole = rows.padded(m)
    if together == 8:
        return flat.reshape(whole, whole, 8).transpose(2, 0, 1)[:, :m, :m]
    return flat.reshape(1, whole, -1)[:, :m, :m]


def prepared(m, k, together):
    """Random matrices, zero below their diagonals, their layout, and what `factored.factor` makes of them."""
    z = np.triu(stream(20, m).standard_normal((together, m, k + m)))
    z[:, np.arange(m), np.arange(m)] = np.sqrt(m + 1.0)
    x, _ = laid_out(z, together)
    whole = rows.padded(m)
    lower, reciprocals = factored.matrix(whole, together), np.empty(whole * together)
    w, trusted = rows.room(m, together), np.zeros(together, dtype=bool)
    if w is not None:
        w[:] = 0.0
        single.gram(x, whole, 0, x.size // whole, w)
    factored.factor(x, m, whole, True, w, lower, reciprocals, trusted)
    return z, x, w, lower, reciprocals, trusted


def coefficients(b, together):
    """One number for each row and trial, b (together, m), as sums over rows."""
    out = np.zeros((rows.padded(b.shape[1]), 8))
    out[: b.shape[1], :together] = b.T
    return out.ravel()


@LAYOUTS
@pytest.mark.parametrize(("m", "k"), SHAPES)
def test_the_factor_is_that_of_the_gram_matrix(m, k, together):
    z, _, _, lower, reciprocals, trusted = prepared(m, k, together)
    expected = np.linalg.cholesky(z @ z.transpose(0, 2, 1))
    found = as_matrices(lower, m, together)
    found = np.tril(found) if together == 8 else np.triu(found).transpose(0, 2, 1)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    diagonal = np.diagonal(expected, axis1=1, axis2=2)
    np.testing.assert_allclose(reciprocals[: m * together].reshape(m, together).T, 1 / diagonal, rtol=1e-12)
    assert trusted.all()


@LAYOUTS
@pytest.mark.parametrize(("m", "k"), SHAPES)
def test_a_solve_is_a_solve(m, k, together):
    z, _, w, lower, reciprocals, _ = prepared(m, k, together)
    sides = stream(21, m).standard_normal((2, together, m))
    found = [coefficients(b, together) for b in sides]
    factored.solve(lower, reciprocals, w, *found)
    for b, x in zip(sides, found, strict=True):
        expected = np.linalg.solve(z @ z.transpose(0, 2, 1), b[..., None])[..., 0]
        np.testing.assert_allclose(x.reshape(-1, 8)[:m, :together].T, expected, atol=1e-10)


@LAYOUTS
@pytest.mark.parametrize(("m", "k"), SHAPES)
def test_the_inverse_is_the_inverse(m, k, together):
    z, _, _, lower, reciprocals, _ = prepared(m, k, together)
    module = lanes if together == 8 else single
    transposed, out = np.empty(lower.size), np.empty(lower.size)
    module.invert(lower, reciprocals, transposed)
    module.inverse(transposed, rows.padded(m), out)
    gram = z @ z.transpose(0, 2, 1)
    found = as_matrices(transposed, m, together).transpose(0, 2, 1)
    np.testing.assert_allclose(found, np.linalg.inv(np.linalg.cholesky(gram)), atol=1e-11)
    np.testing.assert_allclose(as_matrices(out, m, together), np.linalg.inv(gram), atol=1e-10)


def sums(value, together):
    """A sum over a row, trial by trial."""
    return value if together == 8 else value.sum(keepdims=True)


@LAYOUTS
@pytest.mark.parametrize(("m", "k"), SHAPES)
def test_the_traces_are_those_of_the_pseudo_inverse(m, k, together):
    z, x, w, lower, reciprocals, _ = prepared(m, k, together)
    weights, value = stream(22, m).uniform(0.5, 2, k + m), np.empty(8)
    pinv = np.linalg.pinv(z)
    row = rows.laid_out(weights, together)
    factored.pseudo_inverse_square(x, lower, reciprocals, w, row, value)
    expected = np.einsum("tki,k,tki->t", pinv, weights, pinv)
    np.testing.assert_allclose(sums(value, together), expected, rtol=1e-9)
    factored.inverse_trace(lower, reciprocals, m, w, weights[:m], value)
    expected = np.einsum("tii,i->t", np.linalg.inv(z @ z.transpose(0, 2, 1)), weights[:m])
    np.testing.assert_allclose(sums(value, together), expected, rtol=1e-9)


@LAYOUTS
@pytest.mark.parametrize(("m", "k"), SHAPES)
def test_a_product_with_a_vector_and_a_combination_of_rows(m, k, together):
    z, x, *_ = prepared(m, k, together)
    v, c = stream(23, m).standard_normal(k + m), stream(24, m).standard_normal((2, together, m))
    out = np.empty(8 * rows.padded(m))
    rows.apply(x, rows.laid_out(v, together), out)
    found = out.reshape(-1, 8)[:m]
    np.testing.assert_allclose(found.T if together == 8 else found.sum(1)[None], z @ v, atol=1e-12)
    first, second = (coefficients(part, together).reshape(-1, 8) for part in c)
    if together == 1:
        first, second = (np.repeat(part[:, :1], 8, axis=1) for part in (first, second))
    across = 8 * rows.width(k + m, together)
    one, other = np.empty(across), np.empty(across)
    rows.combine(x, first.ravel(), second.ravel(), one, other)
    for part, combined in zip(c, (one, other), strict=True):
        expected = np.einsum("tmk,tm->tk", z, part)
        found = combined.reshape(-1, 8).T if together == 8 else combined[None, : k + m]
        np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize(("n", "together"), [(6, 1), (6, 8), (19, 8), (20, 8)])
def test_a_drawn_design_is_a_scaled_one_with_its_diagonal_from_chi_squares_where_it_is_turned(n, together):
    d, scale = 37, stream(25, 0).uniform(0.5, 2, 37)
    everything, state = np.ones(together, dtype=bool), generators(1, 2)
    x, e = samples.rotated(state, n, 1.0, scale, everything, together)
    z, same = samples.rotated(generators(1, 2), n, 1.0, np.ones(d), everything, together)
    np.testing.assert_array_equal(x, z * scale)
    np.testing.assert_array_equal(e, same)
    turn = rotation(n, d, together)
    assert (turn.degrees.size == 0) == (together == 8 and n < 20)
    if turn.degrees.size == 0:
        assert np.count_nonzero(z) == z.size
        return
    assert np.array_equal(np.tril(z[:, :, :n], -1), np.zeros_like(z[:, :, :n]))
    chi_squares(generators(1, 2), turn.degrees, turn.squares)
    squares = turn.squares[: n * together].reshape(n, together).T
    np.testing.assert_array_equal(z[:, np.arange(n), np.arange(n)], np.sqrt(squares))


@pytest.mark.parametrize(("n", "d"), [(3, 40), (5, 1100), (70, 600), (517, 530)])
def test_a_design_alone_is_drawn_and_multiplied_panel_by_panel(n, d):
    """Its panels of 512 columns are as long as rows are, or cut, and the products are those of all of them."""
    m, rng = rows.padded(n), stream(26, d)
    scale, vector = rows.laid_out(rng.uniform(0.5, 2, d), 1), rows.laid_out(rng.standard_normal(d), 1)
    x, along, noise = np.zeros(m * scale.size + 32), np.empty(8 * m), np.empty(rows.filled(n))
    w = rows.room(n, 1)
    draw_wide(generators(1, 2), n, scale, rotation(n, d, 1), vector, x, along, noise, w)
    design = x[: m * scale.size].reshape(m, -1)
    everything = np.ones(1, dtype=bool)
    z, e = samples.rotated(generators(1, 2), n, 1.0, scale[:d], everything, 1)
    np.testing.assert_array_equal(design[:n, :d], z[0])
    np.testing.assert_array_equal(noise[:n], e[0])
    assert not design[n:].any()
    assert not design[:, d:].any()
    np.testing.assert_allclose(along.reshape(-1, 8).sum(1), design @ vector, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(np.triu(w.reshape(m, -1)[:, :m]), np.triu(design @ design.T), rtol=1e-12, atol=1e-9)


@LAYOUTS
@pytest.mark.parametrize(("n", "d"), [(3, 1), (4, 4), (9, 5), (40, 13)])
def test_a_tall_design_is_drawn_as_its_factor(n, d, together):
    """What is solved by it: L'^-1 e is R^-1 e, R the rows of the design that are not zero."""
    turn, m = rotation(n, d, together), rows.padded(d)
    lower, noise = factored.matrix(m, together), np.empty(rows.filled(d * together))
    reciprocals, pivots = np.empty((2, m * together))
    draw_tall(generators(1, 2), d, turn, lower, reciprocals, pivots, noise)
    r, e = samples.rotated(generators(1, 2), n, 1.0, np.ones(d), np.ones(together, dtype=bool), together)
    b = coefficients(e, together)
    factored.solve_backward(lower, reciprocals, rows.room(d, together), b)
    expected = np.linalg.solve(r, e[..., None])[..., 0]
    np.testing.assert_allclose(b.reshape(-1, 8)[:d, :together].T, expected, rtol=1e-9)
    np.testing.assert_allclose(pivots[: d * together].reshape(d, together).T, np.diagonal(r, axis1=1, axis2=2) ** 2)


@LAYOUTS
@pytest.mark.parametrize("fault", [0.0, -1.0, 1e-8, np.nan, np.inf])
def test_a_matrix_that_is_not_clearly_positive_definite_is_not_trusted(fault, together):
    """The Gram matrix of the rows e1, sqrt(fault) e2: its pivots are 1 and `fault`, or not numbers."""
    z = np.zeros((together, 2, 3))
    z[:, 0, 0], z[:, 1, 1] = 1.0, np.sqrt(fault) if not fault < 0 else np.nan
    x, _ = laid_out(z, together)
    lower, trusted = factored.matrix(4, together), np.ones(together, dtype=bool)
    w = rows.room(2, together)
    if w is not None:
        w[:] = 0.0
        single.gram(x, 4, 0, x.size // 4, w)
    factored.factor(x, 2, 4, True, w, lower, np.empty(4 * together), trusted)
    assert not trusted.any()


def test_small_designs_are_done_together_and_large_ones_alone():
    assert rows.together(10, 40) == rows.together(50, 200) == 8
    assert rows.together(100, 1000) == rows.together(2000, 20000) == 1


@pytest.mark.parametrize("size", [1, 8, 1000])
def test_room_for_vectors_begins_at_a_cache_line(size):
    rooms = [memory.aligned(size) for _ in range(50)] + [memory.aligned_zeros(size) for _ in range(50)]
    assert all(room.ctypes.data % 64 == 0 and room.size == size for room in rooms)
    assert not any(room.any() for room in rooms[50:])
    assert rows.laid_out(np.ones(size), 8).ctypes.data % 64 == 0
