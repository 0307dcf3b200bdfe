"""Moments merge to those of the whole, bit for bit the same on every machine."""

import doctest
import importlib
import math
from itertools import pairwise

import numpy as np
import pytest

from numerics.moments import Moments
from numerics.streams import stream
from numerics.summary import Summary, Tally


def parts(count, size=50):
    """Skewed samples, one after another."""
    return [stream(1, k).standard_exponential(size) ** 2 for k in range(count)]


def merged(samples):
    """The moments of samples merged in order."""
    total = Moments()
    for sample in samples:
        total = total.merge(Moments.of(sample))
    return total


def tallied(samples):
    """The moments of samples merged pairwise."""
    tally = Tally()
    for sample in samples:
        tally.add(Summary(Moments.of(sample)))
    return tally.moments


@pytest.mark.parametrize("total", [merged, tallied])
@pytest.mark.parametrize("count", [1, 2, 3, 7, 64])
def test_merged_moments_are_those_of_the_whole(total, count):
    found, whole = total(parts(count)), np.concatenate(parts(count))
    apart = whole - np.mean(whole)
    second, third, fourth = (np.mean(apart**k) for k in (2, 3, 4))
    assert found.count == whole.size
    assert found.mean == pytest.approx(np.mean(whole), rel=1e-14)
    assert found.variance == pytest.approx(np.var(whole, ddof=1), rel=1e-12)
    assert found.skewness == pytest.approx(third / second**1.5, rel=1e-12)
    assert found.kurtosis == pytest.approx(fourth / second**2, rel=1e-12)


def test_samples_of_unequal_sizes_merge_to_the_whole():
    samples = [np.arange(k, dtype=float) ** 2 for k in (1, 5, 2, 40)]
    found, whole = merged(samples), Moments.of(np.concatenate(samples))
    for name in ("count", "mean", "squares", "cubes", "fourths"):
        assert getattr(found, name) == pytest.approx(getattr(whole, name), rel=1e-13)


def test_a_small_spread_on_a_large_mean_survives_merging():
    samples = [1e9 + stream(1, k).standard_normal(100) for k in range(50)]
    whole = np.concatenate(samples) - 1e9
    found = tallied(samples)
    assert found.variance == pytest.approx(np.var(whole, ddof=1), rel=1e-6)
    assert found.kurtosis == pytest.approx(np.mean((whole - whole.mean()) ** 4) / np.var(whole) ** 2, rel=1e-6)


def test_no_sample_is_neutral_and_one_value_has_no_standard_error():
    one = Moments.of(np.array([4.0]))
    assert Moments().merge(one) == one.merge(Moments()) == one
    assert Moments.of(np.array([])) == Moments()
    assert math.isnan(one.standard_error)
    assert math.isnan(one.variance)
    assert math.isnan(one.skewness)
    assert math.isnan(one.kurtosis)


def test_values_too_large_for_their_powers_are_infinite_and_raise_nothing():
    huge = Moments.of(np.array([1e200, -1e200, 3e199]))
    assert huge.variance == math.inf
    assert not math.isfinite(huge.merge(huge).fourths)


def test_every_merge_has_the_bits_of_this_table():
    """Additions, products and quotients of float64 in a fixed order: the same on every machine."""
    samples = [np.array([1.0, 2.5, 4.0]), np.array([-0.1]), np.array([1 / 3, 7.0, 1e-3, 2.0])]
    found = merged(samples)
    assert [value.hex() for value in (found.mean, found.squares, found.cubes, found.fourths)] == BITS


BITS = ["0x1.0bbfd44f30782p+1", "0x1.4aee5504b5a12p+5", "0x1.8b654936aa0f0p+6", "0x1.436787daf8e71p+9"]


def test_pairwise_merging_forgets_less_than_merging_one_by_one():
    """Errors grow like the logarithm of the number of batches, not like the number."""
    samples = [np.full(1, 0.1 * (k % 7)) for k in range(2**16)]
    exact = math.fsum(float(sample[0]) for sample in samples) / len(samples)
    assert abs(tallied(samples).mean - exact) <= 16 * math.ulp(exact)


def test_the_tally_holds_a_summary_for_each_digit_of_their_number():
    tally = Tally()
    sizes = []
    for _ in range(1000):
        tally.add(Summary(Moments.of(np.ones(1))))
        sizes.append(len(tally._waiting))
    assert max(sizes) <= 10
    assert tally.moments.count == 1000


def test_the_tally_gives_the_same_bits_in_the_same_order_and_others_in_another():
    samples = parts(37)
    assert tallied(samples) == tallied(samples)
    assert any(tallied(samples) != tallied(samples[k:] + samples[:k]) for k, _ in pairwise(range(1, 6)))


@pytest.mark.parametrize("module", ["moments", "quantiles"])
def test_the_examples_run(module):
    result = doctest.testmod(importlib.import_module(f"numerics.{module}"))
    assert result.attempted > 0
    assert result.failed == 0
