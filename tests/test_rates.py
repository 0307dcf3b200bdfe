"""The test of a rate over doubling sizes."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from verify import rates
from verify.rates import RatePoint
from verify.verdict import Outcome, Verdict

LEVELS = {"alpha": 1e-9, "alpha_pass": 1e-6}
SIZES = (25, 50, 100, 200, 400)


def exact(error, sizes=SIZES, limit: float = 3.0) -> list[RatePoint]:
    """The exact mean is limit (1 + error(n)): one draw without variance."""
    return [RatePoint(n, limit, np.array([limit * (1 + error(n))]), 0.0) for n in sizes]


def noisy(error, deviation: float, count: int, seed: int = 1, sizes=SIZES) -> list[RatePoint]:
    rng = np.random.default_rng(seed)
    return [
        RatePoint(n, 3.0, 3.0 * (1 + error(n)) + deviation * rng.standard_normal(count), deviation**2) for n in sizes
    ]


def constant(value: float):
    return lambda _: value


def judge(points: list[RatePoint], delta: float = 0.02, **options: float) -> Outcome:
    return rates.test_rate(points, "closed form", delta=delta, **{**LEVELS, **options})


def test_an_error_of_order_one_over_n_is_supported():
    for sign in (-1, 1):
        assert judge(exact(lambda n, s=sign: s * 2 / n)).verdict is Verdict.SUPPORTED
    assert judge(exact(lambda n: 2 / n, limit=-3.0)).verdict is Verdict.SUPPORTED


def test_it_is_supported_from_draws_too():
    outcome = judge(noisy(lambda n: 2 / n, 0.1, 100_000))
    assert outcome.verdict is Verdict.SUPPORTED
    assert outcome.draws == 500_000
    assert outcome.observed == pytest.approx(2 / 400, rel=0.1)


def test_a_wrong_limit_is_refuted():
    assert judge(exact(lambda n: 0.05 + 2 / n)).verdict is Verdict.REFUTED
    assert judge(noisy(constant(0.05), 0.1, 100_000)).verdict is Verdict.REFUTED


def test_a_slightly_wrong_limit_is_not_supported():
    assert judge(exact(lambda n: 0.005 + 2 / n)).verdict is Verdict.UNDECIDED


def test_a_rate_wrong_by_a_half_is_never_supported_and_refuted_in_the_end():
    assert judge(exact(lambda n: 0.1 / math.sqrt(n))).verdict is Verdict.UNDECIDED
    longer = [25 * 2**k for k in range(6)]
    assert judge(exact(lambda n: 0.1 / math.sqrt(n), longer)).verdict is Verdict.REFUTED
    assert judge(exact(lambda n: 0.1 / math.sqrt(n)), rate=0.5).verdict is Verdict.SUPPORTED


def test_a_faster_rate_than_claimed_is_supported():
    assert judge(exact(lambda n: 30 / n**2)).verdict is Verdict.SUPPORTED


@pytest.mark.parametrize("a", [-2.0, 0.0, 1.0, 2.0])
@pytest.mark.parametrize("b", np.linspace(-200, 200, 41))
def test_two_terms_of_the_expansion_are_never_refuted(a: float, b: float):
    assert judge(exact(lambda n: a / n + b / n**2)).verdict is not Verdict.REFUTED


def test_an_error_that_changes_sign_at_the_first_size_is_supported_by_the_second():
    assert judge(exact(lambda n: 2 / n * (1 - 20 / n))).verdict is Verdict.SUPPORTED


def test_noise_does_not_pass():
    assert judge(noisy(lambda n: 2 / n, 1.0, 100)).verdict is Verdict.UNDECIDED
    assert judge(noisy(constant(0.05), 1.0, 100)).verdict is Verdict.UNDECIDED


def test_an_invisible_error_is_supported_only_as_below_delta_everywhere():
    small = judge(noisy(constant(0.0), 0.1, 100_000))
    assert small.verdict is Verdict.SUPPORTED
    assert "rate is not tested" in small.note
    precise_at_the_end = noisy(constant(0.0), 1.0, 100)[:-1] + noisy(constant(0.0), 0.1, 100_000)[-1:]
    assert judge(precise_at_the_end).verdict is Verdict.UNDECIDED


def test_an_error_still_above_delta_at_the_largest_size_is_undecided():
    assert judge(exact(lambda n: 20 / n)).verdict is Verdict.UNDECIDED


def test_the_level_is_shared_among_the_sizes_when_supporting():
    points = exact(lambda n: 2 / n)[:-1] + noisy(lambda n: 2 / n, 0.1, 100_000)[-1:]
    one, shared = (points[-1].error(level)[1] for level in (1e-6, 1e-6 / 5))
    assert judge(points, (one + shared) / 2).verdict is Verdict.UNDECIDED
    assert judge(points, shared).verdict is Verdict.SUPPORTED


def test_the_level_is_shared_among_the_sizes_when_refuting():
    """The bound of 3 times the anchor is put between the two limits that the last size may have."""
    last = noisy(constant(0.1), 0.1, 100_000)[-1]
    one, shared = (last.error(level)[0] for level in (1e-9, 1e-9 / 5))
    for limit, verdict in (((one + shared) / 2, Verdict.UNDECIDED), (shared * 0.9999, Verdict.REFUTED)):
        points = [*exact(lambda n, c=limit * 400 / 3: c / n)[:-1], last]
        assert judge(points).verdict is verdict


def test_false_refusals_and_wrong_support_do_not_occur_at_their_levels():
    """The intervals are simultaneous at 1e-2, and a lemma's factor of 3 away: 500 runs, none expected."""
    options = {"alpha": 1e-2, "alpha_pass": 1e-2, "delta": 0.02}
    true = [judge(noisy(lambda n: 2 / n, 0.1, 2000, s), **options).verdict for s in range(250)]
    slow = [judge(noisy(lambda n: 0.9 * n**-0.74, 0.1, 2000, s), **options).verdict for s in range(250)]
    assert Verdict.REFUTED not in true
    assert true.count(Verdict.SUPPORTED) > 200
    assert slow.count(Verdict.SUPPORTED) == 0


@pytest.mark.parametrize(
    ("sizes", "limit", "options", "word"),
    [
        ((25, 50, 100), 3.0, {}, "four sizes"),
        ((25, 40, 80, 160), 3.0, {}, "twice the one before"),
        (SIZES, 0.0, {}, "no relative error"),
        (SIZES, 3.0, {"rate": 0.1}, "rate > 1/4"),
        (SIZES, 3.0, {"alpha": 2.0}, "levels"),
    ],
)
def test_input_that_makes_no_test_is_refused(sizes, limit, options, word):
    with pytest.raises(ValueError, match=word):
        judge(exact(lambda n: 1 / n, sizes, limit), **options)


def drawn_at(error, deviation: float, first: int) -> list[Callable[[int], RatePoint]]:
    """At each size, so many draws in the first look."""

    def at(number: int, size: int) -> Callable[[int], RatePoint]:
        return lambda times: noisy(error, deviation, first * times, seed=number, sizes=(size,))[0]

    return [at(number, size) for number, size in enumerate(SIZES)]


def in_looks(sizes: list[Callable[[int], RatePoint]], looks: int = 4, **options: float) -> Outcome:
    return rates.test_rate_in_looks(sizes, "closed form", looks=looks, delta=0.02, **{**LEVELS, **options})


def counted(sizes: list[Callable[[int], RatePoint]], seen: list[list[int]]) -> list[Callable[[int], RatePoint]]:
    """The same, noting how many times the first draws each size was asked for."""

    def noting(number: int, at: Callable[[int], RatePoint]) -> Callable[[int], RatePoint]:
        def noted(times: int) -> RatePoint:
            seen[number].append(times)
            return at(times)

        return noted

    seen.extend([] for _ in sizes)
    return [noting(number, at) for number, at in enumerate(sizes)]


def test_draws_at_a_size_double_until_the_test_decides_and_no_further():
    seen: list[list[int]] = []
    sizes = drawn_at(lambda n: 2 / n, 0.1, 1000)
    outcome = in_looks(counted(sizes, seen), looks=8)
    assert outcome.verdict is Verdict.SUPPORTED
    assert all(times == [2**k for k in range(len(times))] for times in seen)
    assert outcome.draws == sum(1000 * times[-1] for times in seen)
    assert (outcome.alpha, outcome.alpha_pass) == (LEVELS["alpha"], LEVELS["alpha_pass"])
    cheap, dear = len(seen[0]), len(seen[-1])
    assert 1 < dear < cheap, "a draw at the largest size costs 256 times as much"
    assert seen[2] == seen[3] == [1], "nothing depends on sizes between"


@pytest.mark.parametrize("error", [lambda n: 2 / n, constant(0.05)], ids=["true", "wrong limit"])
def test_every_interval_of_every_look_has_its_share_of_the_level(error):
    """A first look that may be followed by three more is judged at a quarter of the level, and nothing is drawn twice
    from the same size: what is asked for again is the same."""
    counts = [int(1.05**k) for k in range(80, 150)]
    alone, shared, expected = [], [], []
    for count in counts:
        points = noisy(error, 0.1, count)
        alone.append(judge(points, alpha=1e-3, alpha_pass=1e-3).verdict)
        shared.append(in_looks([lambda _, p=p: p for p in points], alpha=1e-3, alpha_pass=1e-3).verdict)
        expected.append(judge(points, alpha=1e-3 / 4, alpha_pass=1e-3 / 4).verdict)
    assert shared == expected
    assert shared != alone


def test_draws_that_run_out_leave_the_claim_undecided():
    seen: list[list[int]] = []
    assert in_looks(counted(drawn_at(lambda n: 2 / n, 50.0, 100), seen)).verdict is Verdict.UNDECIDED
    assert max(len(times) for times in seen) == 4


def test_while_no_error_is_seen_only_the_sizes_where_it_may_be_large_are_looked_at_again():
    """The third size begins with few draws: its error is not known to be small until there are more."""
    seen: list[list[int]] = []
    few = lambda times: noisy(constant(0.0), 0.1, 100 * times, seed=9, sizes=(SIZES[2],))[0]  # noqa: E731
    sizes = [*drawn_at(constant(0.0), 0.1, 100_000)[:2], few, *drawn_at(constant(0.0), 0.1, 100_000)[3:]]
    outcome = in_looks(counted(sizes, seen), looks=9)
    assert outcome.verdict is Verdict.SUPPORTED
    assert [len(times) for times in seen] == [1, 1, len(seen[2]), 1, 1]
    assert len(seen[2]) > 1


def test_an_error_that_is_seen_must_fall_however_small_it_is():
    """Below the resolution everywhere, but falling like n^-1/2; or so, as far as the last size tells."""

    def slowly(n: float) -> float:
        return 0.01 * math.sqrt(25 / n)

    assert judge(exact(slowly)).verdict is Verdict.UNDECIDED
    assert judge([*exact(slowly)[:-1], *noisy(slowly, 0.1, 20_000)[-1:]]).verdict is Verdict.UNDECIDED
    assert judge(exact(lambda n: 0.2 / n)).verdict is Verdict.SUPPORTED


def test_a_sharper_bound_at_the_largest_size_is_not_asked_of_the_others():
    """Of noise about nothing, and of an error at one size alone that is between the two bounds, or above both."""
    sharp = {"delta": 0.002, "elsewhere": 0.02}
    silent = noisy(constant(0.0), 0.1, 10_000)
    assert max(p.error(1e-6 / 5)[1] for p in silent) > 0.002
    sure = exact(constant(0.0))[-1:]
    assert judge([*silent[:-1], *sure], **sharp).verdict is Verdict.SUPPORTED
    assert judge(silent, **sharp).verdict is Verdict.UNDECIDED
    for k in range(4):
        moved = noisy(lambda n, k=k: 0.03 * (n == SIZES[k]), 0.1, 10_000)
        assert judge([*moved[:-1], *sure], **sharp).verdict is not Verdict.SUPPORTED or k < 2
