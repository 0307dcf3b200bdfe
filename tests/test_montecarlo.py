"""The driver: the same bits whoever computes, merged moments that are those of the whole, honest stopping."""

import itertools
import json
import math
import multiprocessing
import signal
import threading
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

from numerics import montecarlo
from numerics.estimate import INTERRUPTED, Recipe, checked_levels, estimate
from numerics.executors import in_order
from numerics.instance import InstanceError
from numerics.moments import Moments
from numerics.stopping import LEAST_TRIALS, Goal
from numerics.streams import stream
from numerics.summary import Summary, SummaryOf, Trials

SIZE = 64


def normals(number, size):
    """Standard normals moved by 3."""
    return 3.0 + stream(11, number).standard_normal(size)


def sample(number, size):
    """The same with a companion of the same mean and more variance, as exact averaging leaves it."""
    values = normals(number, size)
    return Trials(values, 3.0 + 2.0 * (values - 3.0))


def constant(_number, size):
    """Draws without spread."""
    return Trials(np.full(size, 2.5))


def nothing(_number, size):
    """Zeros: relative precision of a zero mean."""
    return Trials(np.zeros(size))


TASK = SummaryOf(sample, sketched=True)


def run(task=TASK, executor=None, **goal):
    """The summary of a run."""
    return montecarlo.run(task, Goal(**goal), batch_size=SIZE, executor=executor).total


class Late(Executor):
    """Runs its tasks last in, first out, in batches of at least two: completion is out of order."""

    def __init__(self):
        self.waiting, self.most = [], 0

    def submit(self, task, /, *arguments):
        """Keep the task; a thread that comes later runs all that wait, the newest first."""
        future = Future()
        self.waiting.append((future, task, arguments))
        self.most = max(self.most, len(self.waiting))
        if len(self.waiting) == 1:
            threading.Timer(0.005, self.work).start()
        return future

    def work(self):
        """Run everything that waits."""
        while self.waiting:
            future, task, arguments = self.waiting.pop()
            future.set_result(task(*arguments))


@pytest.mark.parametrize("trials", [2, SIZE - 1, SIZE, SIZE + 1, 10 * SIZE + 7])
def test_the_moments_are_those_of_the_draws_put_together(trials):
    moments = run(trials=trials).moments
    draws = montecarlo.collect(normals, batch_size=SIZE, trials=trials)
    assert moments.count == draws.size == trials
    assert moments.mean == pytest.approx(np.mean(draws), rel=1e-14)
    assert moments.variance == pytest.approx(np.var(draws, ddof=1), rel=1e-12)
    assert moments.standard_error == pytest.approx(np.std(draws, ddof=1) / math.sqrt(trials), rel=1e-12)


def test_one_thread_two_threads_two_processes_and_a_late_executor_give_the_same_bits():
    spawn = multiprocessing.get_context("spawn")
    with (
        ThreadPoolExecutor(1) as one,
        ThreadPoolExecutor(2) as two,
        ProcessPoolExecutor(2, spawn) as processes,
    ):
        answers = [run(trials=1000, executor=executor) for executor in (None, one, two, processes, Late())]
    assert len(set(answers)) == 1


def test_any_batch_run_on_its_own_is_the_one_of_the_whole_run():
    kept = Kept()
    montecarlo.run(TASK, Goal(trials=10 * SIZE), batch_size=SIZE, shelf=kept)
    assert sorted(kept.batches) == [(number, SIZE) for number in range(10)]
    assert all(TASK(number, size) == summary for (number, size), summary in kept.batches.items())


class Kept:
    """A shelf in memory."""

    def __init__(self, batches=()):
        self.batches = dict(batches)

    def get(self, number, size):
        """What is kept, or None."""
        return self.batches.get((number, size))

    def put(self, number, size, value):
        """Keep it; a batch that is there already was drawn in vain."""
        assert (number, size) not in self.batches
        self.batches[number, size] = value


@pytest.mark.parametrize("there", [[0], [9], [0, 1, 2], [3, 7], range(10), range(20)])
def test_a_run_that_finds_some_batches_draws_the_others_and_has_the_same_bits(there):
    kept = Kept({(number, SIZE): TASK(number, SIZE) for number in there})
    before = set(kept.batches)
    drawn = []

    def task(number, size):
        drawn.append((number, size))
        return TASK(number, size)

    found = montecarlo.run(task, Goal(trials=10 * SIZE), batch_size=SIZE, shelf=kept, executor=Late()).total
    assert found == run(trials=10 * SIZE)
    assert set(drawn) == {(number, SIZE) for number in range(10)} - before


def test_a_finished_batch_is_kept_while_an_earlier_one_still_runs():
    kept, released = Kept(), threading.Event()

    def task(number, size):
        if number == 0:
            assert released.wait(10)
        return TASK(number, size)

    class Releasing(Kept):
        """Lets batch 0 go when two others are kept."""

        def put(self, number, size, value):
            super().put(number, size, value)
            if len(self.batches) == 2:
                assert 0 not in [number for number, _ in self.batches]
                released.set()

    kept = Releasing()
    montecarlo.run(task, Goal(trials=5 * SIZE), batch_size=SIZE, shelf=kept, workers=2)
    assert len(kept.batches) == 5


def test_more_trials_extend_the_same_sequence():
    short = montecarlo.collect(normals, batch_size=SIZE, trials=100)
    assert np.array_equal(montecarlo.collect(normals, batch_size=SIZE, trials=500)[:100], short)


def test_only_a_bounded_number_of_batches_is_in_flight():
    late = Late()
    run(SummaryOf(constant), trials=500 * SIZE, executor=late)
    assert late.most <= 2 * (multiprocessing.cpu_count() or 1)


def test_a_precision_stops_after_the_first_batch_that_reaches_it_and_no_later():
    moments = run(precision=0.005).moments
    draws = montecarlo.collect(normals, batch_size=SIZE, trials=moments.count)

    def error(count):
        return np.std(draws[:count], ddof=1) / math.sqrt(count) / np.mean(draws[:count])

    assert error(moments.count) <= 0.005
    stops = range(-(-LEAST_TRIALS // SIZE) * SIZE, moments.count, SIZE)
    assert all(error(count) > 0.005 for count in stops)


def test_a_precision_stops_at_the_same_batch_on_every_executor():
    with ThreadPoolExecutor(2) as two:
        answers = [run(precision=0.01, executor=executor) for executor in (None, two, Late())]
    assert len(set(answers)) == 1


def test_seconds_end_a_run_after_a_whole_batch_and_the_bits_are_those_of_its_trials():
    found = run(seconds=0.05)
    assert found.moments.count % SIZE == 0
    assert found == run(trials=found.moments.count)


def test_the_first_of_trials_and_seconds_to_come_true_ends_a_run():
    assert run(trials=100, seconds=1e6).moments.count == 100
    assert run(trials=10**12, seconds=0.01).moments.count < 10**12


@pytest.mark.parametrize("draw", [constant, nothing])
def test_draws_without_spread_reach_any_precision(draw):
    assert run(SummaryOf(draw), precision=1e-9).moments.squares == 0.0


def test_a_failing_batch_raises_its_own_error_when_its_turn_comes():
    def task(number, size):
        if number >= 2:
            raise InstanceError(f"batch {number}")
        return TASK(number, size)

    with pytest.raises(InstanceError, match="batch 2"):
        run(task, trials=1000)
    assert run(task, trials=2 * SIZE) == run(trials=2 * SIZE)


def test_an_interrupt_gives_what_is_done_in_order_and_a_resume_the_rest():
    kept, seen = Kept(), []

    def watch(moments):
        seen.append(moments.count)
        if len(seen) == 5:
            signal.raise_signal(signal.SIGINT)

    outcome = montecarlo.run(TASK, Goal(trials=100 * SIZE), batch_size=SIZE, shelf=kept, watch=watch)
    assert outcome.interrupted
    assert outcome.total == run(trials=5 * SIZE)
    assert len(kept.batches) >= 5
    whole = montecarlo.run(TASK, Goal(trials=100 * SIZE), batch_size=SIZE, shelf=kept)
    assert not whole.interrupted
    assert whole.total == run(trials=100 * SIZE)


def test_an_interrupt_before_the_first_batch_goes_through():
    def task(_number, _size):
        signal.raise_signal(signal.SIGINT)
        time.sleep(0.2)

    with pytest.raises(KeyboardInterrupt):
        run(task, trials=1000)


def test_closing_early_leaves_no_thread_behind():
    results = in_order(lambda number, _size: number, itertools.repeat(1))
    assert [next(results), next(results)] == [0, 1]
    before = threading.active_count()
    results.close()
    assert threading.active_count() < before


@pytest.mark.parametrize(
    "counts",
    [
        {},
        {"trials": 10, "precision": 0.1},
        {"trials": 10, "precision": 0.1, "seconds": 1},
        *({"seconds": bad} for bad in (0, -1, math.nan, math.inf, "1", True)),
        *({"trials": bad} for bad in (0, 1, -5, 10.0, True, "10")),
        *({"precision": bad} for bad in (0, -0.1, math.nan, math.inf, "0.1", True)),
    ],
)
def test_bad_counts_are_refused_in_one_line(counts):
    with pytest.raises(InstanceError, match=r"^[^\n]*(trials|precision|seconds)=[^\n]*$"):
        Goal(**counts)


def recipe(**changes):
    """What a run of the task above would say of itself."""
    given = {"instance": {"setting": "linear"}, "digest": "abc", "quantity": "risk", "column": "risk", "law": "fast"}
    return Recipe(**given | {"seed": 3, "batch_size": SIZE, "sketched": True, "note": "", "finite": 4} | changes)


def test_an_estimate_is_strict_json_and_says_what_made_it():
    total = Summary(Moments.of(np.array([1.0, 2.0, 4.0])))
    plain = estimate(recipe(), total).as_json()
    assert plain["standard_error"] == pytest.approx(np.std([1, 2, 4], ddof=1) / math.sqrt(3))
    assert {"estimate", "standard_error", "trials", "seed", "law", "versions"} <= set(plain)
    assert set(plain["versions"]) == {"headstart", "numpy", "numba", "python"}
    noted = estimate(recipe(note="the variance is infinite"), total).as_json()
    assert noted["standard_error"] == "inf"
    json.dumps([plain, noted], allow_nan=False)


def test_an_estimate_tells_the_gain_in_variance_of_exact_averaging():
    found = estimate(recipe(), run(trials=1000))
    assert found.gain == pytest.approx(4.0, rel=1e-12)
    assert estimate(recipe(), run(SummaryOf(constant), trials=1000)).gain is None


def test_an_estimate_tells_no_moment_that_is_infinite():
    total = run(trials=1000)
    for finite in range(5):
        found = estimate(recipe(finite=finite), total)
        told = [found.variance, found.gain, found.skewness, found.kurtosis]
        assert [value is not None for value in told] == [finite >= order for order in (2, 2, 3, 4)]


def test_quantiles_are_those_of_the_quantity_as_drawn():
    total = run(trials=1000)
    found = estimate(recipe(), total, levels=(0.5, 0.9))
    draws = 3.0 + 2.0 * (montecarlo.collect(normals, batch_size=SIZE, trials=1000) - 3.0)
    assert found.quantiles == {"0.5": np.sort(draws)[499], "0.9": np.sort(draws)[899]}
    assert found.rank_error == 0.0
    assert estimate(recipe(), total).quantiles == {}


def test_an_interrupted_estimate_says_how_to_go_on():
    assert estimate(recipe(), run(trials=100), interrupted=True).stopped == INTERRUPTED
    assert estimate(recipe(), run(trials=100)).stopped == ""


@pytest.mark.parametrize("levels", [0.5, "0.5", [0], [1], [0.5, 1.5], [math.nan], ["0.5"], [True]])
def test_bad_levels_are_refused_in_one_line(levels):
    with pytest.raises(InstanceError, match=r"^quantiles=[^\n]*$"):
        checked_levels(levels)


def test_a_recipe_is_read_back_and_every_part_of_it_changes_its_checksum():
    given = recipe()
    assert Recipe.from_json(given.to_json()) == given
    changes = [
        {"instance": {"setting": "deep_linear"}}, {"digest": "abd"}, {"quantity": "bias"}, {"column": "bias"},
        {"law": "exact"}, {"seed": 4}, {"batch_size": 128}, {"sketched": False}, {"versions": {"numpy": "0"}},
        {"processor": "another"},
    ]  # fmt: skip
    assert len({recipe(**change).checksum for change in [{}, *changes]}) == len(changes) + 1
