"""The vectorised normals: the same as one lane at a time, accurate, of the right law, independent, and the same bits.

Statistical tests use fixed seeds and a false-alarm rate of 1e-9 each: whoever changes the seeds sees a false
alarm once in a thousand million runs.
"""

import numpy as np
import pytest
from scipy import stats

from numerics.kernels import normals
from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.vectors import load, store
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


def fused(a, b, c):
    """a b + c in float64, then in float32: one rounding, but where two meet in a tie, as for none of these words."""
    return (a.astype(float) * b + c).astype(np.float32)


def emulated(first, second):
    """The transform one operation of NumPy after the other, in float32; words of 32 bits."""
    one, half_pi = np.float32(1), np.float32(np.pi / 2)
    u = fused(first.astype(np.float32), 2.0**-32, 2.0**-33)
    bits = u.view(np.uint32) - np.uint32(0x3F3504F3) + np.uint32(0x3F800000)
    k = (bits >> np.uint32(23)).astype(np.float32) - np.float32(127)
    f = ((bits & np.uint32(0x7FFFFF)) + np.uint32(0x3F3504F3)).view(np.float32) - one
    s = f / (np.float32(2) + f)
    z = s * s
    r = normals.L4
    for coefficient in (normals.L3, normals.L2, normals.L1):
        r = fused(z, float(r) if np.ndim(r) == 0 else r.astype(float), float(coefficient))
    length = np.sqrt(np.float32(-2) * fused(k, float(np.float32(np.log(2))), (f - s * (f - r * z)).astype(float)))
    x = (((second >> np.uint32(9)) | np.uint32(0x3F800000)).view(np.float32) - np.float32(1.5)) * half_pi
    z = x * x
    p = fused(z, float(normals.S3), float(normals.S2))
    p = fused(z, p.astype(float), float(normals.S1))
    across = length * fused(x * z, p.astype(float), x.astype(float))
    p = fused(z, float(normals.C3), float(normals.C2))
    p = fused(z, p.astype(float), float(normals.C1))
    along = length * fused(z * z, p.astype(float), fused(z, -0.5, 1.0).astype(float))
    along = np.where(second & np.uint32(2), -along, along)
    reflected = (second & np.uint32(1)).astype(bool)
    return np.where(reflected, across, along), np.where(reflected, along, across)


def test_the_vectors_hold_what_numpy_gives_one_operation_after_the_other_bit_for_bit():
    size, state = 4096, lanes(3, 5, 1).reshape(4, 8)
    out, words = drawn(size, 3, 5, 1), np.empty((size // 32, 2, 8), np.uint64)
    for lane in range(8):
        generator = np.random.SFC64(0)
        held = generator.state
        held["state"]["state"] = state[:, lane].copy()
        generator.state = held
        words[:, :, lane] = generator.random_raw(size // 16).reshape(-1, 2)
    halves = words.view(np.uint32)
    expected = np.stack(emulated(halves[:, 0], halves[:, 1]), axis=1)
    assert np.array_equal(out.reshape(-1, 2, 16), expected.astype(float))


def test_a_stream_goes_on_where_it_was_left():
    state, out = lanes(3, 5, 1), np.empty(128)
    for part in (out[:32], out[32:96], out[96:]):
        normals.fill(state, part)
    assert np.array_equal(out, drawn(128, 3, 5, 1))


def test_scaled_normals_are_the_normals_scaled():
    scale, out = np.linspace(0.5, 2, 96), np.empty(96)
    normals.fill_scaled(lanes(3, 5, 1), scale, 0, scale.size, out, 0)
    assert np.array_equal(out, scale * drawn(96, 3, 5, 1))


EXPECTED = [
    "-0x1.a6935e0000000p-4",
    "0x1.891e380000000p-3",
    "0x1.0f89340000000p-2",
    "0x1.6129be0000000p-1",
    "-0x1.36689c0000000p-1",
    "0x1.1d81200000000p-2",
    "0x1.22a43c0000000p-5",
    "-0x1.8d97c60000000p-2",
    "-0x1.c615480000000p-4",
    "0x1.c186580000000p+0",
    "-0x1.f131c00000000p-5",
    "0x1.4674740000000p-1",
    "-0x1.f838060000000p-3",
    "-0x1.3d2c380000000p+0",
    "0x1.418fd20000000p+1",
    "0x1.b32fb40000000p-2",
    "0x1.61357c0000000p-1",
    "0x1.e13b1a0000000p-2",
    "0x1.c4a2c80000000p-3",
    "-0x1.b4a35c0000000p-1",
    "0x1.71c7fa0000000p-1",
    "0x1.41f58e0000000p+0",
    "-0x1.d692f20000000p-1",
    "0x1.1c02480000000p-2",
    "0x1.5c21dc0000000p+0",
    "-0x1.03db940000000p+1",
    "0x1.7b425a0000000p+0",
    "0x1.644f6e0000000p+0",
    "0x1.59e0d20000000p-7",
    "-0x1.2ac8240000000p-2",
    "0x1.cef98a0000000p-2",
    "0x1.3d61fe0000000p-1",
]


def test_the_bits_do_not_depend_on_the_processor():
    """Only + - * /, fma and sqrt as IEEE 754 defines them: these bits hold everywhere."""
    found = [float(x).hex() for x in drawn(32, 2026, 7, 1)]
    assert found == EXPECTED


@strictly_compiled
def logs(x, out):
    """log of every entry."""
    for k in range(0, x.size, 16):
        store(out, k, normals.log(load(x, k)))


@strictly_compiled
def sines(x, out):
    """sin of every entry."""
    for k in range(0, x.size, 16):
        store(out, k, normals.sine(load(x, k)))


@strictly_compiled
def cosines(x, out):
    """cos of every entry."""
    for k in range(0, x.size, 16):
        store(out, k, normals.cosine(load(x, k)))


@strictly_compiled
def lengths(words, out):
    """The length for every word."""
    for k in range(0, words.size, 16):
        store(out, k, normals.length(load(words, k)))


def error_in_last_places(function, known, points):
    """The largest error, in units in the last place of the float32 value; NumPy's float64 is exact beside it."""
    points = np.resize(points.astype(np.float32), -(-points.size // 16) * 16)
    out = np.empty_like(points)
    function(points, out)
    return np.max(np.abs(out - known(points.astype(float))) / np.spacing(np.abs(out)))


def test_logarithm_sine_and_cosine_are_right_to_the_last_places():
    """A 23-bit grid, and points near 0; the errors allowed are those of the operations, from the last place up.

    log: k log 2 with log 2 rounded, f - s (f - R), and their sum.  sin: x + x z p, with z and x z rounded.
    cos: 1 - z/2 + z z p.
    """
    near = np.concatenate(
        [2.0 ** -np.arange(33.0), 1 - np.arange(1, 2**20, 61) * 2.0**-24, np.linspace(2e-3, 1, 99999)]
    )
    assert error_in_last_places(logs, np.log, near[near < 1]) < 2
    points = np.concatenate([np.linspace(-np.pi / 4, np.pi / 4, 2**16 + 1), 2.0 ** -np.arange(2, 60.0)])
    assert error_in_last_places(sines, np.sin, points[points != 0]) < 1.5
    assert error_in_last_places(cosines, np.cos, points) < 1.5


def every_length():
    """(words, how many words have the same float32, lengths): one word for each float32 that words are rounded to."""
    for begin in range(0, 2**24, 2**22):
        yield np.arange(begin, begin + 2**22, dtype=np.uint32), 1
    for k in range(24, 32):
        for half in (0, 1):
            yield (2**k + np.arange(half * 2**22, (half + 1) * 2**22) * 2 ** (k - 23)).astype(np.uint32), 2 ** (k - 23)


def test_every_length_is_right_and_their_mean_square_is_two():
    """All: within 2.5 last places of sqrt(-2 log u) for the float32 u, the mean square within 5e-8 of its own."""
    square, worst = 0.0, 0.0
    for words, count in every_length():
        out = np.empty(words.size, np.float32)
        lengths(words, out)
        u = (words * 2.0**-32 + 2.0**-33).astype(np.float32)
        known = np.sqrt(-2 * np.log(u.astype(float)))
        worst = max(worst, float(np.max(np.abs(out - known) / np.spacing(np.maximum(out, np.float32(1e-30))))))
        square += count * float(np.sum(out.astype(float) ** 2))
    assert worst < 2.5
    assert abs(square / 2**32 / 2 - 1) < 5e-8


def test_no_word_gives_an_infinity_and_the_ends_are_those_of_the_grid():
    words, out = np.repeat(np.array([0, 2**32 - 1], np.uint32), 8), np.empty(16, np.float32)
    lengths(words, out)
    assert out[8] == 0
    assert out[0] == pytest.approx(np.sqrt(66 * np.log(2)), rel=1e-7)


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
    table = many.reshape(-1, 32)
    for other in range(1, 32):
        assert uncorrelated(table[:, 0], table[:, other])
        assert uncorrelated(table[1:, 0], table[:-1, other])
    assert not uncorrelated(table[:, 0], table[:, 0] * 0.03 + table[:, 1])


@pytest.mark.parametrize("key", [(2, 0, 0), (1, 1, 0), (1, 0, 1)])
def test_streams_are_independent(many, key):
    assert uncorrelated(many, drawn(DRAWS, *key))


def test_a_pair_is_uniform_on_the_circle(many):
    """Two halves of a pair are not only uncorrelated: the angle is uniform, in every sixteenth of the circle."""
    pairs = many.reshape(-1, 2, 16)
    angles = np.arctan2(pairs[:, 0].ravel(), pairs[:, 1].ravel())
    counts = np.histogram(angles, bins=16, range=(-np.pi, np.pi))[0]
    assert stats.chisquare(counts).pvalue > FALSE_ALARM
