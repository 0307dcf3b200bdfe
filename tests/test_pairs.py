"""Trials that are drawn together are as alike at the end of a batch as at its beginning, so that a pilot knows both."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from numerics.frozen import Frozen, exact
from numerics.streams import stream
from theory.catalogue import keys, result
from verify import drawing
from verify.ledger import Ledger
from verify.plan import plan
from verify.work import claims_of, timed

LEVEL = 1e-9
"""Of each comparison of two halves: some thousands are made, at seeds that are fixed."""
FEWEST, MOST = 512, 20
"""Trials that say something, and columns of a check that are held against one another."""
PAIRED = (
    *("linear.benefit", "linear.best_rescaling", "linear.samples_needed", "weight_average.gain"),
    *("frozen.when_freezing_helps", "frozen.less_related_wins", "frozen.best_split", "sequence.best_order"),
    *("deep_linear.best_depth", "relu.pretrained_error"),
)
"""Checks of these compare trial by trial."""
BY_DAY = ("frozen.when_freezing_helps", "frozen.less_related_wins", "sequence.best_order")
"""What is compared takes different numbers from its stream."""
TARGET = stream(0, 14).standard_normal(14)


def instance(free: int) -> Frozen:
    """One that trains so many coordinates takes other numbers from a stream than one that trains another number."""
    given = {"n": 37, "n_source": 4, "d": 14, "sigma": 0.7, "sigma_source": 0.5, "target": TARGET}
    lists = {"free": [*range(free)], "source_coordinates": [*range(14)], "transferred": [*range(free, 12)]}
    return Frozen(**given, **lists)


def drawn_by(key: str, seed: int) -> list[list[np.ndarray]]:
    """For every check of a result, the columns that it draws."""
    found = []
    for check in plan(claims_of([key]), seed, Ledger(budget=1e-6, pilot_budget=1e-6)):
        with drawing.keeping():
            timed(check, result(key))
            shelf = drawing._shelf.get()
            assert shelf is not None
            columns = [np.atleast_2d(np.asarray(drawn)) for drawn in shelf.kept.values()]
        found.append([row for column in columns for row in column if len(row) >= FEWEST][:MOST])
    return found


def changes(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two columns are paired otherwise in the second half: by the laws of how far their ranks are apart."""
    apart = np.abs(stats.rankdata(one) - stats.rankdata(other))
    halves = np.array_split(apart, 2)
    return bool(stats.ks_2samp(*halves).pvalue < LEVEL)


def pairs(columns: list[np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(a, b) for a, b in combinations(columns, 2) if len(a) == len(b)]


@pytest.mark.parametrize(
    "key", [pytest.param(key, marks=() if key in BY_DAY else pytest.mark.nightly) for key in keys()]
)
def test_columns_of_a_check_are_paired_alike_in_both_halves(key: str) -> None:
    every = [pair for columns in drawn_by(key, 3) for pair in pairs(columns)]
    assert every or key not in PAIRED
    assert not any(changes(*pair) for pair in every)


def test_pairs_that_part_within_a_batch_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """As they did when what was drawn together had no stream of its own, but went on with that of the batch."""
    lanes, going_on = exact.lanes, []

    def one_stream(seed: int, number: int, part: int) -> object:
        if part == 0:
            going_on[:] = [lanes(seed, number, part)]
        return going_on[0]

    def paired() -> tuple[np.ndarray, np.ndarray]:
        size = 2 * (exact.TOGETHER // 14)
        one, other = (exact.exact_batch(instance(free), 5, 1, size)["risk"] for free in (4, 5))
        return one, other

    assert not changes(*paired())
    monkeypatch.setattr(exact, "lanes", one_stream)
    assert changes(*paired())
