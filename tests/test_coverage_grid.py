"""Bounds on a grid of covariances and sizes, and on random instances."""

import json

import pytest

from headstart.cli import main
from theory.catalogue import result
from theory.evaluation import EvaluationError
from theory.result import Result
from verify import grid
from verify.claim import Case, with_values
from verify.grid import CHECKS, RATIOS, SIZES, Cell, Grid, cells, rows, settled, spectra

FEW = Grid(sizes=(), instances=5, seed=2)


def test_every_spectrum_and_ratio_is_on_the_grid_and_every_bound_has_instances() -> None:
    every = cells(Grid(instances=10))
    assert {cell.key for cell in every} == set(CHECKS)
    sizes = {(cell.case.fields["n"], cell.case.fields["d"]) for cell in every}
    assert sizes >= {(max(2, round(ratio * d)), d) for ratio in RATIOS for d in SIZES}
    of_one_size = [cell.case.fields["spectrum"] for cell in every if cell.case.fields["d"] == SIZES[-1]]
    assert {tuple(s) for s in of_one_size} == {tuple(s.tolist()) for s in spectra(SIZES[-1]).values()}


def test_random_instances_keep_their_bounds_and_any_executor_finds_the_same() -> None:
    found = settled(FEW)
    assert {row.key for row in rows(found)} == {"linear.quantile", "linear.worst_direction", "linear.split_bound"}
    assert all(row.passed for row in rows(found)), rows(found)
    seen: list[tuple[int, int]] = []
    assert settled(FEW, "threads:1", lambda *done: seen.append(done)) == found
    assert seen[-1] == (len(found), len(found))


def test_quantiles_that_are_off_are_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    def larger(key: str) -> Result:
        found = result(key)
        return with_values(found, {r.name: r.value * 3 / 2 for r in found.regimes})

    monkeypatch.setattr(grid, "result", larger)
    (first, *_) = rows(settled(FEW))
    assert (first.key, first.verdicts) == ("linear.quantile", {"refuted": 3})
    assert not first.passed


def test_where_every_bound_is_refused_nothing_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(key: str) -> Result:
        raise EvaluationError(key)

    monkeypatch.setattr(grid, "result", refusing)
    assert not any(row.passed for row in rows(settled(FEW)))
    assert main(["coverage", "--instances", "0", "--largest", "0"]) == 2


@pytest.mark.parametrize(("confidence", "key", "wanted"), [(0.99, "linear.quantile", 0.005), (0.5, "x", 0.05)])
def test_a_probability_is_resolved_by_what_may_fail(confidence: float, key: str, wanted: float) -> None:
    cell = cells(FEW)[0]
    other = Cell(key, Case(cell.case.instance, (("confidence", confidence),)))
    assert grid.resolution(other) == pytest.approx(wanted)


def test_the_command_prints_a_line_a_bound(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["coverage", "--instances", "2", "--largest", "0"]
    assert main(asked) == 0
    head, row, last = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["key", "instances"]
    assert row.split()[:4] == ["linear.quantile", "2", "2", "supported"]
    assert last.startswith("2 tests, seed 0")
    assert main([*asked, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["rows"]
    assert (found["key"], found["verdicts"]) == ("linear.quantile", {"supported": 2})
