"""The driver: the same bits whoever computes, merged moments that are those of the whole, honest stopping."""

import itertools
import json
import math
import multiprocessing
import threading
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

from numerics import montecarlo
from numerics.executors import in_order
from numerics.instance import InstanceError
from numerics.moments import Moments
from numerics.streams import stream

SIZE = 64


def normals(number, size):
    """A sampler: standard normals moved by 3."""
    return 3.0 + stream(11, number).standard_normal(size)


def constant(_number, size):
    """A sampler without spread."""
    return np.full(size, 2.5)


def nothing(_number, size):
    """A sampler of zeros: relative precision of a zero mean."""
    return np.zeros(size)


class Late:
    """An executor that runs its tasks last in, first out, once a result is waited for."""

    def __init__(self):
        self.waiting, self.most = [], 0

    def submit(self, task, *arguments):
        """Keep the task for later."""
        late, future = self, Future()

        class Waited(Future):
            """Runs everything that waits, the newest first."""

            def result(self, timeout=None):
                while late.waiting:
                    kept, work, given = late.waiting.pop()
                    kept.set_result(work(*given))
                return future.result(timeout)

        self.waiting.append((future, task, arguments))
        self.most = max(self.most, len(self.waiting))
        return Waited()


@pytest.mark.parametrize("trials", [2, SIZE - 1, SIZE, SIZE + 1, 10 * SIZE + 7])
def test_the_moments_are_those_of_the_draws_put_together(trials):
    moments = montecarlo.run(normals, batch_size=SIZE, trials=trials)
    draws = montecarlo.collect(normals, batch_size=SIZE, trials=trials)
    assert moments.count == draws.size == trials
    assert moments.mean == pytest.approx(np.mean(draws), rel=1e-14)
    assert moments.variance == pytest.approx(np.var(draws, ddof=1), rel=1e-12)
    assert moments.standard_error == pytest.approx(np.std(draws, ddof=1) / math.sqrt(trials), rel=1e-12)


def test_a_small_spread_on_a_large_mean_survives_merging():
    parts = [1e9 + stream(1, k).standard_normal(100) for k in range(50)]
    total = Moments()
    for part in parts:
        total = total.merge(Moments.of(part))
    assert total.variance == pytest.approx(np.var(np.concatenate(parts) - 1e9, ddof=1), rel=1e-6)


def test_no_sample_is_neutral_and_one_value_has_no_standard_error():
    one = Moments.of(np.array([4.0]))
    assert Moments().merge(one) == one.merge(Moments()) == one
    assert Moments.of(np.array([])) == Moments()
    assert math.isnan(one.standard_error)
    assert math.isnan(one.variance)


def test_one_thread_two_threads_two_processes_and_a_late_executor_give_the_same_bits():
    def answer(executor):
        return montecarlo.run(normals, batch_size=SIZE, trials=1000, executor=executor)

    spawn = multiprocessing.get_context("spawn")
    with (
        ThreadPoolExecutor(1) as one,
        ThreadPoolExecutor(2) as two,
        ProcessPoolExecutor(2, spawn) as processes,
    ):
        answers = [answer(executor) for executor in (None, one, two, processes, Late())]
    assert len(set(answers)) == 1


def test_more_trials_extend_the_same_sequence():
    short = montecarlo.collect(normals, batch_size=SIZE, trials=100)
    assert np.array_equal(montecarlo.collect(normals, batch_size=SIZE, trials=500)[:100], short)


def test_only_a_bounded_number_of_batches_is_in_flight():
    late = Late()
    montecarlo.run(constant, batch_size=1, trials=500, executor=late)
    assert late.most <= 2 * (multiprocessing.cpu_count() or 1)


def test_a_precision_stops_after_the_first_batch_that_reaches_it_and_no_later():
    moments = montecarlo.run(normals, batch_size=SIZE, precision=0.005)
    draws = montecarlo.collect(normals, batch_size=SIZE, trials=moments.count)

    def error(count):
        return np.std(draws[:count], ddof=1) / math.sqrt(count) / np.mean(draws[:count])

    assert error(moments.count) <= 0.005
    stops = range(-(-montecarlo.LEAST_TRIALS // SIZE) * SIZE, moments.count, SIZE)
    assert all(error(count) > 0.005 for count in stops)


def test_a_precision_stops_at_the_same_batch_on_every_executor():
    with ThreadPoolExecutor(2) as two:
        answers = [
            montecarlo.run(normals, batch_size=SIZE, precision=0.01, executor=executor)
            for executor in (None, two, Late())
        ]
    assert len(set(answers)) == 1


@pytest.mark.parametrize("sample", [constant, nothing])
def test_a_sampler_without_spread_reaches_any_precision(sample):
    assert montecarlo.run(sample, batch_size=SIZE, precision=1e-9).squares == 0.0


def test_a_failing_batch_raises_its_own_error():
    def sample(number, size):
        if number >= 2:
            raise InstanceError(f"batch {number}")
        return normals(number, size)

    with pytest.raises(InstanceError, match="batch 2"):
        montecarlo.run(sample, batch_size=SIZE, trials=1000)


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
        *({"trials": bad} for bad in (0, 1, -5, 10.0, True, "10")),
        *({"precision": bad} for bad in (0, -0.1, math.nan, math.inf, "0.1", True)),
    ],
)
def test_bad_counts_are_refused_in_one_line(counts):
    with pytest.raises(InstanceError, match=r"^[^\n]*(trials|precision)=[^\n]*$"):
        montecarlo.run(normals, batch_size=SIZE, **counts)


def test_an_estimate_is_strict_json_and_says_what_made_it():
    moments = Moments.of(np.array([1.0, 2.0, 4.0]))
    given = {"seed": 3, "law": "fast", "quantity": "risk", "instance": "abc"}
    plain = montecarlo.estimate(moments, **given).as_json()
    assert plain["standard_error"] == pytest.approx(np.std([1, 2, 4], ddof=1) / math.sqrt(3))
    assert {"estimate", "standard_error", "trials", "seed", "law", "versions"} <= set(plain)
    assert set(plain["versions"]) == {"headstart", "numpy", "numba", "python"}
    noted = montecarlo.estimate(moments, **given, note="the variance is infinite").as_json()
    assert noted["standard_error"] == "inf"
    json.dumps([plain, noted], allow_nan=False)
