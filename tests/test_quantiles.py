"""The sketch: every rank within the bound that it states, whatever the sample, in memory that hardly grows."""

import math

import numpy as np
import pytest

from numerics import quantiles
from numerics.quantiles import CAPACITY, Sketch
from numerics.streams import stream
from numerics.summary import Summary, Tally

LEVELS = (0.001, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999)
SAMPLES = {
    "normal": lambda k, size: stream(3, k).standard_normal(size),
    "heavy tails": lambda k, size: stream(3, k).standard_cauchy(size),
    "rising": lambda k, size: np.arange(k * size, (k + 1) * size, dtype=float),
    "falling": lambda k, size: -np.arange(k * size, (k + 1) * size, dtype=float),
    "few values": lambda k, size: np.floor(3 * stream(3, k).random(size)),
    "all the same": lambda _, size: np.ones(size),
    "blocks far apart": lambda k, size: (-1.0) ** k * 1e6 + stream(3, k).random(size),
}


def sketched(draw, batches, size):
    """The sketch of batches merged as the driver does, and the whole sample."""
    tally, whole = Tally(), [draw(k, size) for k in range(batches)]
    for values in whole:
        tally.add(Summary(sketch=Sketch.of(values)))
    return tally.total.sketch, np.sort(np.concatenate(whole))


@pytest.mark.parametrize("draw", SAMPLES.values(), ids=SAMPLES.keys())
@pytest.mark.parametrize(("batches", "size"), [(1, 5000), (37, 2048), (9, 3001), (200, 999)])
def test_every_quantile_is_a_sample_quantile_of_a_level_within_the_bound(draw, batches, size):
    sketch, whole = sketched(draw, batches, size)
    assert sketch.count == whole.size == batches * size
    for p in LEVELS:
        value = sketch.quantile(p)
        below, upto = (np.searchsorted(whole, value, side) / whole.size for side in ("left", "right"))
        assert below <= p + sketch.rank_error
        assert upto >= p - sketch.rank_error


@pytest.mark.parametrize("draw", SAMPLES.values(), ids=SAMPLES.keys())
def test_every_estimated_rank_is_within_its_two_bounds(draw):
    sketch, whole = sketched(draw, 37, 2048)
    for x in whole[::501]:
        estimated = sum(int(np.sum(values <= x)) << level for level, values in enumerate(sketch.levels))
        true = int(np.searchsorted(whole, x, "right"))
        assert estimated - sketch.over <= true <= estimated + sketch.under


def test_the_bound_is_that_of_the_theory_and_the_memory_grows_with_its_logarithm():
    for doublings in range(9):
        sketch, _ = sketched(SAMPLES["normal"], 2**doublings, 4096)
        assert sketch.over + sketch.under <= sketch.count * len(sketch.levels) / CAPACITY
        assert sum(values.size for values in sketch.levels) <= CAPACITY * len(sketch.levels)
        assert len(sketch.levels) <= 3 + doublings
    assert 0 < sketch.rank_error < 0.004


def test_a_bound_without_its_compactions_is_refuted(monkeypatch):
    """The wrong twin: kept always from the same side, and counted on none."""
    monkeypatch.setattr(quantiles, "compacted", lambda levels, *_: one_sided(levels))
    sketch, whole = sketched(SAMPLES["rising"], 64, 2048)
    assert sketch.rank_error == 0.0
    assert any(np.searchsorted(whole, sketch.quantile(p), "left") / whole.size > p for p in LEVELS)


def one_sided(levels):
    """Halve every full level, keeping the second of each pair."""
    kept, level = list(levels), 0
    while level < len(kept):
        values = kept[level]
        if values.size > CAPACITY:
            even = values.size - values.size % 2
            above = kept[level + 1] if level + 1 < len(kept) else np.zeros(0)
            kept[level : level + 2] = [values[even:], np.sort(np.concatenate([above, values[:even][1::2]]))]
        level += 1
    return Sketch(tuple(kept))


def test_a_small_sample_has_its_own_quantiles():
    values = stream(1, 1).permutation(np.arange(1.0, 101.0))
    sketch = Sketch.of(values[:60]).merge(Sketch.of(values[60:]))
    assert [sketch.quantile(p) for p in (0.0, 0.01, 0.5, 0.505, 1.0)] == [1, 1, 50, 51, 100]
    assert sketch.rank_error == 0.0


def test_no_sample_is_neutral_and_has_no_quantile():
    assert math.isnan(Sketch().quantile(0.5))
    assert Sketch().rank_error == 0.0
    assert Sketch().merge(Sketch.of(np.array([2.0]))).quantile(0.5) == 2.0


def test_a_summary_is_read_back_bit_for_bit():
    sketch, _ = sketched(SAMPLES["heavy tails"], 5, 3001)
    for summary in (Summary(), Summary(sketch=sketch), Summary(sketch=Sketch.of(np.array([math.inf, 1.0])))):
        back = Summary.from_bytes(summary.to_bytes())
        assert back == summary
        assert [back.sketch.quantile(p) for p in LEVELS[1:]] == pytest.approx(
            [summary.sketch.quantile(p) for p in LEVELS[1:]], rel=0, abs=0, nan_ok=True
        )
        assert back.merge(back) == summary.merge(summary)
