"""Fine-tuning on rows of real tables: what is measured, what a held-out half predicts, and what is said of both."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headstart.reproduction import real_data
from headstart.reproduction.datasets import ALL, wine
from headstart.reproduction.drawing import Drawing
from headstart.reproduction.real_data import HEADS, Cell, halves, sizes
from headstart.reproduction.scattered import chosen, summary
from numerics.instance import InstanceError
from numerics.resampling import Pool, Resampled, risks, simulate

RNG = np.random.default_rng(2)
POOL = Pool(RNG.standard_normal((50, 6)), RNG.standard_normal((50, 2)))
SOURCE = RNG.standard_normal(6)


@pytest.mark.parametrize("n", [3, 6, 20])
def test_a_trial_is_fine_tuning_on_rows_of_the_table_and_its_risk_the_excess_of_the_squared_error(n: int) -> None:
    """Against a solver that starts at the source, and the mean squared error on the whole table."""
    from numerics.streams import stream

    drawn = risks(Resampled(POOL, 1, SOURCE, n), seed=4, number=2, size=3).values
    rng, y = stream(4, 2), POOL.labels[:, 1]
    least = np.mean((y - POOL.x @ np.linalg.lstsq(POOL.x, y)[0]) ** 2)
    for risk in drawn:
        rows = rng.permutation(50)[:n]
        weights = SOURCE + np.linalg.lstsq(POOL.x[rows], y[rows] - POOL.x[rows] @ SOURCE)[0]
        assert risk == pytest.approx(np.mean((y - POOL.x @ weights) ** 2) - least)


def test_directions_that_no_drawn_row_sees_stay_at_the_source() -> None:
    x = np.array([[1.0, 0.0], [2.0, 0.0]])
    pool = Pool(x, x[:, :1])
    assert risks(Resampled(pool, 0, np.array([5.0, 7.0]), 2), seed=0, number=0, size=1).values[0] < 1e-20


def test_the_whole_table_is_learned_without_error_and_more_rows_than_it_has_are_refused() -> None:
    assert simulate(Resampled(POOL, 0, SOURCE, 50), trials=2, seed=1).estimate < 1e-20
    with pytest.raises(InstanceError, match="50 rows of 6 features"):
        Resampled(POOL, 0, SOURCE, 51)


def test_a_run_goes_on_from_its_store_with_the_same_bits(tmp_path: Path) -> None:
    instance, file = Resampled(POOL, 0, SOURCE, 4), tmp_path / "store.db"
    short = simulate(instance, trials=128, seed=3, store=file)
    long, alone = simulate(instance, trials=300, seed=3, store=file), simulate(instance, trials=300, seed=3)
    assert long == alone
    assert short != long


def test_the_halves_share_no_row_and_are_scaled_by_the_held_out_one() -> None:
    cut = halves(wine(), seed=0)
    assert len(cut.held_out.x) + len(cut.tuned_on.x) == 178
    np.testing.assert_allclose(cut.held_out.x.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(cut.held_out.x.std(axis=0), 1)
    assert abs(cut.tuned_on.x.mean()) > 1e-6


def test_all_data_sets_make_at_least_a_hundred_cells() -> None:
    count = 0
    for load in ALL:
        data = load()
        d = halves(data, 0).held_out.x.shape[1]
        below, above = sum(n < d for n in sizes(d)), sum(n > d for n in sizes(d))
        count += sum(below * (1 + len(sources)) + above for sources in data.targets.values())
        assert set(data.targets) | {s for sources in data.targets.values() for s in sources} <= set(data.labels)
    assert count >= 100


def test_real_risks_are_predicted_before_they_are_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One table of the four, one target: half the risks are within a half of their prediction."""
    data = replace(wine(), targets={"grower 0": ("grower 1",)})
    monkeypatch.setattr(real_data, "DATA", (lambda: data,))
    found = real_data.experiment(Drawing(150, 0))
    paths = found.write(tmp_path)
    heads, *rows = csv.reader(paths[2].read_text(encoding="utf-8").splitlines())
    assert tuple(heads) == HEADS
    ratios = np.array([float(row[-1]) for row in rows])
    assert len(rows) == 2 * 5 + 3
    assert np.median(np.abs(ratios - 1)) < 0.5
    assert "reproduction.real_data" in paths[3].read_text(encoding="utf-8")


def cell(source: str, predicted: float, measured: float, n: int = 3) -> Cell:
    return Cell("data", "task", source, n, 10, predicted, 0.9 * predicted, 1.1 * predicted, measured, 0.01)


def test_the_summary_counts_errors_intervals_and_sources_that_were_chosen() -> None:
    cells = [cell("a", 1.0, 1.05), cell("b", 2.0, 1.0), cell("a", 1.0, 1.2, 20), cell("a", 1.0, 4.0, 9)]
    assert chosen(cells) == (0 + 1, 2, pytest.approx(0.05))
    lines = summary(cells)
    assert "4 cells" in lines[0]
    everything = next(line for line in lines if line.strip().startswith("all"))
    assert "35% (300%)" in everything
    assert "50%" in everything
    assert "25%" in everything
