"""Compiled chi-squares: of the right law for any degrees of freedom, independent, and the same bits.

Statistical tests use fixed seeds and a false-alarm rate of 1e-9 each.
"""

import numpy as np
import pytest
from scipy import stats

from numerics.kernels import chi_squares as kernel
from numerics.streams import lanes

FALSE_ALARM, DRAWS = 1e-9, 2**20
DEGREES = [1, 2, 3, 10, 151, 10**6]


def drawn(degrees, size, *key):
    """So many chi-squares of so many degrees of freedom."""
    out = np.empty(size)
    kernel.chi_squares(lanes(*key), np.full(8, float(degrees)), out)
    return out


@pytest.mark.parametrize("degrees", DEGREES)
def test_the_law_is_the_chi_square_law(degrees):
    """Kolmogorov-Smirnov on a million draws: refutes at distance 0.0032."""
    assert stats.kstest(drawn(degrees, DRAWS, 1, 0), "chi2", args=(degrees,)).pvalue > FALSE_ALARM


@pytest.mark.parametrize(("degrees", "wrong"), [(1, 1.02), (2, 2.05), (10, 10.1), (151, 151.5)])
def test_a_little_more_freedom_is_refuted(degrees, wrong):
    assert stats.kstest(drawn(degrees, DRAWS, 1, 0), "chi2", args=(wrong,)).pvalue < FALSE_ALARM


@pytest.mark.parametrize("degrees", DEGREES)
def test_mean_and_variance_are_the_known_ones(degrees):
    limit, x = stats.norm.isf(FALSE_ALARM / 2), drawn(degrees, DRAWS, 2, 0)
    squared = (x - degrees) ** 2
    fourth = 12 * degrees * (degrees + 4)
    assert abs(np.mean(x) - degrees) < limit * np.sqrt(2 * degrees / DRAWS)
    assert abs(np.mean(squared) - 2 * degrees) < limit * np.sqrt((fourth - (2 * degrees) ** 2) / DRAWS)


def test_each_lane_has_its_own_degrees_of_freedom_and_none_is_zero():
    degrees, out = np.arange(16.0), np.empty(16 * 2**14)
    kernel.chi_squares(lanes(3, 0), degrees, out)
    table = out.reshape(2, -1, 8).transpose(0, 2, 1).reshape(16, -1)
    assert not table[0].any()
    for freedom in range(1, 16):
        assert stats.kstest(table[freedom], "chi2", args=(freedom,)).pvalue > FALSE_ALARM
    correlations = np.corrcoef(table[1:])[np.triu_indices(15, 1)]
    assert np.max(np.abs(correlations)) < stats.norm.isf(FALSE_ALARM / 2 / 105) / np.sqrt(table.shape[1])


EXPECTED = [
    "0x1.83708ce02e518p+2",
    "0x1.524ceaa76a421p+2",
    "0x1.22058d4ad6044p+1",
    "0x1.8422b17421483p+2",
    "0x1.17f1b18b49828p+2",
    "0x1.c3f682a80842ep+2",
    "0x1.c6f112a8397dap+1",
    "0x1.e70cf29e30d9ap+1",
]


def test_the_bits_do_not_depend_on_the_processor():
    """Only + - * /, fma and sqrt as IEEE 754 defines them: these bits hold everywhere."""
    assert [float(x).hex() for x in drawn(7, 8, 2026, 7)] == EXPECTED
