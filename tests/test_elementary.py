"""Compiled logarithms and exponentials: right to the last places, at both ends too, and the same in a lane as alone."""

import mpmath
import numpy as np
import pytest

from numerics.kernels import elementary as kernel
from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.vectors import load, store


@strictly_compiled
def in_lanes(function, x, out):
    """`function` of eight entries at a time."""
    for at in range(0, x.size, 8):
        store(out, at, function(load(x, at)))


@strictly_compiled
def one_by_one(function, x, out):
    """`function` of every entry."""
    for at in range(x.size):
        out[at] = function(x[at])


@strictly_compiled
def shares(q, p, out):
    """log q of every entry, p = 1 - q."""
    for at in range(q.size):
        out[at] = kernel.log_of_share(q[at], p[at])


def found(function, points):
    """The values at `points`, in lanes."""
    x = np.concatenate([points, np.ones(-points.size % 8)])
    out, alone = np.empty((2, x.size))
    in_lanes(function, x, out)
    one_by_one(function, x, alone)
    assert np.array_equal(out, alone)
    return out[: points.size]


def errors(values, known, points):
    """How far each value is from the known function, to 40 digits."""
    with mpmath.workdps(40):
        return np.array([float(abs(v - known(mpmath.mpf(float(x))))) for v, x in zip(values, points, strict=True)])


def test_the_logarithm_is_right_to_the_last_place():
    """Within one of the larger of |log u| and log 2; near 1 within one of itself, and at 1 it is 0."""
    near_one = 1 - np.arange(1, 2**20, 4099) * 2.0**-52
    points = np.concatenate([near_one, np.linspace(2.0**-12, 4.0, 3000), 2.0 ** -np.arange(53.0), [2.3e-308, 1e308]])
    out = found(kernel.log, points)
    apart = errors(out, mpmath.log, points)
    assert np.all(apart < np.spacing(np.maximum(np.abs(out), np.log(2))))
    assert np.all(apart[: near_one.size] < np.spacing(np.abs(out[: near_one.size])))


def test_the_logarithm_of_a_share_is_accurate_where_the_other_share_is_small():
    p = np.concatenate([np.geomspace(1e-300, 0.5, 1000), np.linspace(0.25, 0.35, 1000), 1 - np.geomspace(1e-16, 0.5)])
    out = np.empty(p.size)
    shares(1 - p, p, out)
    smaller = np.where(p < 0.5, p, 1 - p)
    known = [mpmath.log1p if small else mpmath.log for small in p < 0.5]
    with mpmath.workdps(40):
        exact = [f(mpmath.mpf(float(-x if f is mpmath.log1p else x))) for f, x in zip(known, smaller, strict=True)]
        apart = np.array([float(abs(v / k - 1)) for v, k in zip(out, exact, strict=True)])
    assert np.all(apart < 2 * np.finfo(float).eps)


@pytest.mark.parametrize(("function", "known"), [(kernel.exp, mpmath.exp), (kernel.expm1, mpmath.expm1)])
def test_the_exponential_is_right_to_two_of_the_last_places(function, known):
    points = np.concatenate([np.linspace(-700, 700, 3001), np.linspace(-2, 2, 3001), np.geomspace(1e-300, 1, 500)])
    points = np.concatenate([points, -points])
    out = found(function, points)
    assert np.all(errors(out, known, points) < 2 * np.spacing(np.abs(out)))


def test_the_exponential_ends_at_zero_and_at_infinity():
    points = np.array([-np.inf, -1e9, -708.5, 709.5, 1e9, np.inf, 0.0, -0.0])
    assert np.array_equal(found(kernel.exp, points), [0, 0, 0, np.inf, np.inf, np.inf, 1, 1])
    assert np.array_equal(found(kernel.expm1, points), [-1, -1, -1, np.inf, np.inf, np.inf, 0, 0])


def test_log_two_is_split_so_that_its_products_are_exact():
    with mpmath.workdps(60):
        assert abs(mpmath.mpf(kernel.LOG_TWO_HIGH) + kernel.LOG_TWO_LOW - mpmath.log(2)) < mpmath.mpf(2) ** -85
        assert all(mpmath.mpf(kernel.LOG_TWO_HIGH) * k == kernel.LOG_TWO_HIGH * k for k in range(2048))
