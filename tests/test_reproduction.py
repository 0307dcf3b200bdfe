"""The papers' experiments: theory and simulation in one figure, the numbers beside it, written whole or not at all."""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from headstart.cli import main
from headstart.commands import reproducing
from headstart.errors import InputError
from headstart.figures import Point
from headstart.reproduction import PLOTS, TRIALS, experiments, reproduce
from headstart.reproduction.covariance import correlations
from headstart.reproduction.drawing import Drawing
from headstart.reproduction.experiment import Experiment
from headstart.reproduction.freezing import FEATURES, SAMPLES, SOURCE_SAMPLES, UNRELATED
from headstart.reproduction.layers import KEPT, WIDTHS, probe
from headstart.reproduction.samples_saved import needed
from headstart.reproduction.transfer import task
from numerics.probe import Probe
from theory.catalogue import result

Capsys = pytest.CaptureFixture[str]
FAR = 5.0
"""Standard errors: of 33 independent means one is that far away once in 50 000 seeds."""


@cache
def reproduced(name: str) -> Experiment:
    return reproduce(name)


@pytest.fixture(scope="module")
def depth() -> Experiment:
    return reproduced("depth")


SIMULATED = [name for name in experiments() if name != "real_data"]
"""Real data has tests of its own: its rows have no law that a theory is exact for."""


@pytest.mark.parametrize("name", SIMULATED)
def test_simulated_means_are_where_the_theory_is_and_the_numbers_are_written(tmp_path: Path, name: str) -> None:
    found = reproduced(name)
    worst, count = found.worst
    assert worst < FAR
    paths = found.write(tmp_path)
    assert [path.suffix for path in paths] == [".png", ".pdf", ".csv", ".txt"]
    assert paths[0].read_bytes().startswith(b"\x89PNG")
    assert paths[1].read_bytes().startswith(b"%PDF")
    rows = list(csv.DictReader(paths[2].read_text(encoding="utf-8").splitlines()))
    means = [r for r in rows if float(r["standard_error"]) < np.inf]
    assert len(means) >= count
    gaps = [abs(float(r["simulated"]) - float(r["theory"])) / float(r["standard_error"]) for r in means]
    assert max(gaps) == pytest.approx(worst)
    assert found.finding in paths[3].read_text(encoding="utf-8")


def test_a_theory_that_is_wrong_would_be_seen(depth: Experiment) -> None:
    (panel,) = depth.panels
    curves = tuple(replace(c, expected=tuple(1.1 * e for e in c.expected)) for c in panel.curves)
    assert replace(depth, panels=(replace(panel, curves=curves),)).worst[0] > FAR


def test_more_layers_help_a_rescaled_target_alone_and_in_the_end_the_scale_is_forgotten(depth: Experiment) -> None:
    short, equal, long = (curve.expected for curve in depth.panels[0].curves)
    assert list(short) == sorted(short, reverse=True)
    assert list(long) == sorted(long, reverse=True)
    assert list(equal) == sorted(equal)
    np.testing.assert_allclose([short[-1], long[-1]], equal[-1], rtol=1e-6)


def test_the_command_lists_and_writes_and_says_how_well_they_agree(
    tmp_path: Path, capsys: Capsys, depth: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["reproduce", "list"]) == 0
    assert all(name in capsys.readouterr().out for name in ("depth",))
    monkeypatch.setattr(reproducing, "computed", lambda *_: depth)
    assert main(["reproduce", "depth", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert out.count("wrote ") == 4
    assert depth.finding in out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["reproduce", "no_such"], "no such experiment"),
        (["reproduce", "depth", "--scale", "huge"], "quick or full"),
    ],
)
def test_a_wrong_name_gets_one_line(arguments: list[str], why: str, capsys: Capsys) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert why in error
    assert error.count("\n") == 1


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path, depth: Experiment) -> None:
    with pytest.raises(InputError, match="no directory"):
        depth.write(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def test_a_full_run_draws_more() -> None:
    assert TRIALS["full"] > 10 * TRIALS["quick"]


@pytest.mark.parametrize("key", PLOTS)
def test_an_experiment_of_partly_transferred_tasks_is_a_plot_of_its_own(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    found = reproduced(PLOTS[key])
    monkeypatch.setattr("headstart.reproduction.computed", lambda *_: found)
    assert main(["plot", key, "--to", str(tmp_path / "here.png")]) == 0
    assert (tmp_path / "here.png").read_bytes().startswith(b"\x89PNG")
    assert "wrote" in capsys.readouterr().out
    assert main(["plot", key, "--to", str(tmp_path / "there.png"), "--set", "n=3"]) == 2
    assert "instances of its own" in capsys.readouterr().err


def expected(name: str) -> list[dict[float, float]]:
    """The theory at the points of every curve."""
    (panel,) = reproduced(name).panels
    return [dict(zip([p.at for p in c.points], c.expected, strict=True)) for c in panel.curves]


def test_the_error_peaks_where_samples_and_parameters_are_as_many() -> None:
    for name, peaks in (("source_size", (20, 40)), ("target_size", (10, 30, 50)), ("freezing", (30, 30, 30))):
        (panel,) = reproduced(name).panels
        for peak, curve in zip(peaks, panel.curves, strict=True):
            infinite = [x for x, height in curve.line if height == np.inf]
            assert infinite == [peak - 1, peak, peak + 1]


def test_a_less_related_source_wins_where_the_source_does_not_see_everything() -> None:
    for curve in expected("similarity"):
        best = min(curve, key=curve.__getitem__)
        assert best < 1
        assert curve[best] < curve[1.0]
    (panel,) = reproduced("similarity").panels
    all_but_five, ten, ten_of_few = (min(curve.line, key=lambda place: place[1] or np.inf) for curve in panel.curves)
    assert ten_of_few[0] < ten[0] < all_but_five[0]


def test_with_few_target_samples_the_model_that_trains_least_wins_and_with_many_the_one_that_trains_most() -> None:
    least, some, most = expected("target_size")
    assert least[3] < some[3] < most[3]
    assert most[147] < some[147] < least[147]


def test_beyond_its_peak_more_source_data_only_help() -> None:
    for peak, curve in zip((20, 40), expected("source_size"), strict=True):
        beyond = [curve[n] for n in sorted(curve) if n >= peak + 2]
        assert beyond == sorted(beyond, reverse=True)


def test_freezing_everything_wins_for_the_same_task_and_loses_for_an_unrelated_one() -> None:
    same, _, other = expected("freezing")
    assert same[60.0] < same[0.0]
    assert other[60.0] > other[0.0]


def test_the_least_risk_of_all_numbers_of_frozen_coordinates_is_at_an_end_and_best_split_says_at_which() -> None:
    (panel,) = reproduced("freezing").panels
    for noise, curve in zip(UNRELATED, panel.curves, strict=True):
        risks = dict(curve.line)
        fields = task(FEATURES, 0, FEATURES, n=SAMPLES, n_source=SOURCE_SAMPLES, task_noise=noise)
        found = result("frozen.best_split").evaluate(**fields)
        assert found in (0, FEATURES)
        assert risks[found] == min(risk for risk in risks.values() if risk is not None)


def test_the_larger_the_sample_the_fewer_layers_are_best_kept() -> None:
    (panel,) = reproduced("layers").panels
    best = [min(curve.line, key=lambda place: place[1] or np.inf)[0] for curve in panel.curves]
    assert best == [4, 3, 1]


def test_every_layer_that_is_kept_leaves_fewer_weights_to_learn_and_misses_more_of_the_target() -> None:
    kept = [Probe.from_fields(probe(k, 60)) for k in KEPT]
    assert [one.count for one in kept] == list(WIDTHS[:-1])
    assert all(before.unexplained < after.unexplained for before, after in pairwise(kept))


def test_measures_with_the_covariance_rank_sources_by_their_risk_and_those_without_do_not() -> None:
    """With a flat covariance the distance alone tells the risk; over all covariances neither it nor the angle does."""
    distance, angle, split, leading = reproduced("covariance").panels
    flat = [correlations(panel.curves[:1])[0] for panel in (distance, leading)]
    assert min(flat) > 0.98
    every = [correlations(panel.curves)[0] for panel in (distance, angle, split, leading)]
    assert max(every[:2]) < every[2] < every[3]
    assert all(correlations(leading.curves[k : k + 1])[0] > 0.9 for k in range(4))


def test_of_two_sources_as_far_away_each_saves_more_samples_somewhere() -> None:
    (small, large) = (dict(curve.line) for curve in reproduced("samples_saved").panels[1].curves)
    both = sorted(small.keys() & large.keys())
    assert small[both[0]] < large[both[0]]
    assert small[both[-1]] > large[both[-1]]


def test_a_curve_that_never_falls_below_what_is_tolerated_needs_no_number_of_samples() -> None:
    falling = [Point(1, 3.0, 0.1), Point(3, 1.0, 0.2)]
    found = needed(falling, 2.5)
    assert found is not None
    assert found.height == pytest.approx(1.5)
    assert found.error == pytest.approx(np.hypot(0.75 * 0.1, 0.25 * 0.2))
    assert needed(falling, 0.5) is None


def test_frozen_layers_never_learn_a_target_across_the_source_and_training_all_layers_does() -> None:
    trained, one, two = (curve.expected for curve in reproduced("frozen_layers").panels[1].curves)
    assert min(one) >= 1
    assert min(two) >= 1
    assert trained[-1] < 0.1


def test_a_run_that_is_interrupted_keeps_its_batches_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    """The second point is interrupted; the same command, on one thread, ends with the bits of an undisturbed run."""
    undisturbed, store = tmp_path / "undisturbed", tmp_path / "store.db"
    undisturbed.mkdir()
    reproduced("layers").write(undisturbed)
    drawn, simulated = [], Drawing.point

    def interrupted(self: Drawing, *arguments: object, **named: object) -> object:
        drawn.append(1)
        if len(drawn) == 2:
            raise KeyboardInterrupt
        return simulated(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Drawing, "point", interrupted)
    command = ["reproduce", "layers", "--out", str(tmp_path), "--store", str(store)]
    assert main(command) == 130
    assert "to go on" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store.db", "undisturbed"]
    assert main([*command, "--executor", "threads:1"]) == 0
    for ending in (".csv", ".txt"):
        written = (tmp_path / f"layers{ending}").read_text(encoding="utf-8")
        assert written == (undisturbed / f"layers{ending}").read_text(encoding="utf-8")
