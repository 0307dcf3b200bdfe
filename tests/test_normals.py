"""The vectorised normals: the same as one lane at a time, accurate, of the right law, independent, and the same bits.

Statistical tests use fixed seeds and a false-alarm rate of 1e-9 each: whoever changes the seeds sees a false
alarm once in a thousand million runs.
"""

import mpmath
import numpy as np
import pytest
from scipy import stats

from numerics.kernels import normals
from numerics.kernels.compiled import strictly_compiled
from numerics.streams import lanes

FALSE_ALARM = 1e-9
NORMAL_LIMIT = float(stats.norm.isf(FALSE_ALARM / 2))
DRAWS = 2**22


def drawn(size, *key):
    """The first `size` normals of a stream."""
    out = np.empty(size)
    normals.fill(lanes(*key), out)
    return out


@pytest.fixture(scope="module")
def many():
    """Four million normals."""
    return drawn(DRAWS, 1, 0, 0)


def test_the_vectors_hold_what_one_lane_at_a_time_gives_bit_for_bit():
    size, state = 1024, lanes(3, 5, 1).reshape(4, 8)
    out = drawn(size, 3, 5, 1).reshape(-1, 2, 8)
    for lane in range(8):
        generator = np.random.SFC64(0)
        held = generator.state
        held["state"]["state"] = state[:, lane].copy()
        generator.state = held
        words = generator.random_raw(size // 8).reshape(-1, 2)
        for pair, expected in zip(words, out[:, :, lane], strict=True):
            assert tuple(expected) == normals.normal_pair(*pair)


def test_a_stream_goes_on_where_it_was_left():
    state, out = lanes(3, 5, 1), np.empty(64)
    for part in (out[:16], out[16:48], out[48:]):
        normals.fill(state, part)
    assert np.array_equal(out, drawn(64, 3, 5, 1))


EXPECTED = [
    "0x1.8df90ade0f6d4p-1",
    "0x1.f5a7534430757p-1",
    "0x1.da868e9223820p-3",
    "0x1.3a341cc4a2616p+0",
    "0x1.3afb0f837abd4p-3",
    "0x1.6f3e582ffbd9bp-2",
    "-0x1.0e54e12da3a95p+0",
    "0x1.619648d50d13fp+0",
    "0x1.e72c7b7fe94cep+0",
    "0x1.95bfc98e3dd78p-1",
    "0x1.0b8ec91bb33c7p+0",
    "-0x1.b7dcfc1220ec8p+0",
    "0x1.6c29bf41aa2acp-3",
    "0x1.90d4435ea66a6p-1",
    "-0x1.fd503487f637ep-3",
    "0x1.e4d422596eb8fp-1",
]


def test_the_bits_do_not_depend_on_the_processor():
    """Only + - * /, fma and sqrt as IEEE 754 defines them: these bits hold everywhere."""
    found = [float(x).hex() for x in drawn(16, 2026, 7, 1)]
    assert found == EXPECTED


@strictly_compiled
def logs(x, out):
    """log of every entry."""
    for k in range(x.size):
        out[k] = normals.log(x[k])


@strictly_compiled
def sines(x, out):
    """sin of every entry."""
    for k in range(x.size):
        out[k] = normals.sine(x[k])


@strictly_compiled
def cosines(x, out):
    """cos of every entry."""
    for k in range(x.size):
        out[k] = normals.cosine(x[k])


def error_in_last_places(function, known, points, least=0.0):
    """The largest error, in units in the last place of the value (or of `least`, where that is larger)."""
    out = np.empty(points.size)
    function(points, out)
    with mpmath.workdps(40):
        errors = [abs(mpmath.mpf(float(y)) - known(mpmath.mpf(float(x)))) for x, y in zip(points, out, strict=True)]
    return max(float(e) / np.spacing(max(abs(y), least)) for e, y in zip(errors, out, strict=True))


def test_the_logarithm_is_right_to_the_last_place():
    """Within one of the larger of |log u| and log 2, which is what the length of a normal needs; at 1 it is 0."""
    near_zero = 1 - np.arange(1, 2**20, 4099) * 2.0**-52
    points = np.concatenate([near_zero, np.linspace(2.0**-12, 1.0, 3000), 2.0 ** -np.arange(53.0)])
    assert error_in_last_places(logs, mpmath.log, points, np.log(2)) < 1
    assert error_in_last_places(logs, mpmath.log, near_zero) < 1


def test_sine_and_cosine_are_right_to_the_last_place():
    """The cosine rounds x^2, 1 - x^2/2 and the result: a quarter, a half and a half of its last place."""
    points = np.concatenate([np.linspace(-np.pi / 4, np.pi / 4, 4001), 2.0 ** -np.arange(2, 60.0)])
    assert error_in_last_places(sines, mpmath.sin, points[points != 0]) < 1
    assert error_in_last_places(cosines, mpmath.cos, points) < 1.25


def test_no_word_gives_an_infinity_and_the_ends_are_those_of_the_grid():
    top = np.uint64(2**64 - 1)
    ends = [normals.normal_pair(np.uint64(word), np.uint64(0)) for word in (0, top)]
    assert np.hypot(*ends[0]) == 0
    assert np.hypot(*ends[1]) == pytest.approx(np.sqrt(104 * np.log(2)), rel=1e-15)


def test_the_law_is_the_normal_law(many):
    """Kolmogorov-Smirnov on four million draws: refutes at distance 0.0016."""
    assert stats.kstest(many, "norm").pvalue > FALSE_ALARM


@pytest.mark.parametrize(("power", "mean", "variance"), [(1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96), (6, 15, 10170)])
def test_the_moments_are_those_of_the_normal_law(many, power, mean, variance):
    assert abs(np.mean(many**power) - mean) < NORMAL_LIMIT * np.sqrt(variance / DRAWS)


@pytest.mark.parametrize("level", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
def test_the_tails_have_the_right_weight_to_six_sigma(level):
    """On 64 million draws; 0.13 are expected beyond six sigma, and 36 beyond five."""
    state, out, beyond, rounds = lanes(4, 0, 0), np.empty(DRAWS), np.zeros(2, dtype=int), 16
    for _ in range(rounds):
        normals.fill(state, out)
        beyond += np.count_nonzero(out > level), np.count_nonzero(out < -level)
    for count in beyond:
        assert stats.binomtest(count, rounds * DRAWS, stats.norm.sf(level)).pvalue > FALSE_ALARM


def uncorrelated(a, b):
    """Whether two sequences of independent normals, and their squares, look independent."""
    limit = NORMAL_LIMIT / np.sqrt(a.size)
    return abs(np.mean(a * b)) < limit and abs(np.mean((a * a - 1) * (b * b - 1))) < 2 * limit


def test_lanes_pairs_and_lags_are_independent(many):
    table = many.reshape(-1, 16)
    for other in range(1, 16):
        assert uncorrelated(table[:, 0], table[:, other])
        assert uncorrelated(table[1:, 0], table[:-1, other])
    assert not uncorrelated(table[:, 0], table[:, 0] * 0.02 + table[:, 1])


@pytest.mark.parametrize("key", [(2, 0, 0), (1, 1, 0), (1, 0, 1)])
def test_streams_are_independent(many, key):
    assert uncorrelated(many, drawn(DRAWS, *key))


def test_a_pair_is_uniform_on_the_circle(many):
    """Two halves of a pair are not only uncorrelated: the angle is uniform, in every sixteenth of the circle."""
    pairs = many.reshape(-1, 2, 8)
    angles = np.arctan2(pairs[:, 0].ravel(), pairs[:, 1].ravel())
    counts = np.histogram(angles, bins=16, range=(-np.pi, np.pi))[0]
    assert stats.chisquare(counts).pvalue > FALSE_ALARM
