"""Streams: one per key, reproducible, and the same inside compiled code."""

import numpy as np
import pytest

from numerics.instance import InstanceError
from numerics.kernels.design import draw_tall, draw_wide
from numerics.streams import stream


def test_the_same_key_gives_the_same_stream():
    assert np.array_equal(stream(3, 5, 1).standard_normal(100), stream(3, 5, 1).standard_normal(100))


@pytest.mark.parametrize("other", [(4, 5, 1), (3, 6, 1), (3, 5, 0), (5, 3, 1)])
def test_another_seed_batch_or_part_gives_another_stream(other):
    assert not np.intersect1d(stream(3, 5, 1).random(1000), stream(*other).random(1000)).size


@pytest.mark.parametrize("seed", [-1, 1.0, True, "1", None, np.float64(2)])
def test_a_seed_that_is_not_a_non_negative_integer_is_refused_in_one_line(seed):
    with pytest.raises(InstanceError, match=r"^seed=[^\n]*needs a non-negative integer[^\n]*$"):
        stream(seed, 0)


def test_seeds_of_any_size_are_told_apart():
    assert stream(2**200, 0).random() != stream(2**200 + 1, 0).random()


@pytest.mark.parametrize(("batch", "part"), [(-1, 0), (0, -1), (0.0, 0)])
def test_a_batch_or_part_that_is_not_a_non_negative_integer_is_refused(batch, part):
    with pytest.raises(InstanceError, match="needs a non-negative integer"):
        stream(1, batch, part)


def test_compiled_normals_are_those_of_numpy_bit_for_bit():
    scale, rows, noise = np.ones(70), np.empty((50, 70)), np.empty(50)
    draw_wide(stream(1, 2), scale, rows, noise)
    expected = stream(1, 2).standard_normal((50, 71))
    assert np.array_equal(rows, expected[:, :-1])
    assert np.array_equal(noise, expected[:, -1])


def test_the_tall_draw_is_the_wide_one_transposed():
    columns, noise = np.empty((3, 5)), np.empty(5)
    draw_tall(stream(1, 2), columns, noise)
    expected = stream(1, 2).standard_normal((5, 4))
    assert np.array_equal(columns.T, expected[:, :-1])
    assert np.array_equal(noise, expected[:, -1])
