"""Streams: one per key, reproducible."""

import numpy as np
import pytest

from numerics.instance import InstanceError
from numerics.streams import lanes, stream


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


def test_the_lanes_are_the_generators_of_numpy_after_their_warm_up():
    words = np.random.SeedSequence(3, spawn_key=(5, 1)).generate_state(24, np.uint64).reshape(3, 8)
    state = lanes(3, 5, 1).reshape(4, 8)
    for lane in range(8):
        generator = np.random.SFC64(0)
        held = generator.state
        held["state"]["state"] = np.array([*words[:, lane], 1], dtype=np.uint64)
        generator.state = held
        generator.random_raw(12)
        assert np.array_equal(generator.state["state"]["state"], state[:, lane])


@pytest.mark.parametrize("other", [(4, 5, 1), (3, 6, 1), (3, 5, 0), (5, 3, 1)])
def test_another_seed_batch_or_part_gives_other_lanes(other):
    assert not np.intersect1d(lanes(3, 5, 1)[:24], lanes(*other)[:24]).size
