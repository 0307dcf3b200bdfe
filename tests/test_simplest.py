"""What a claim that fails leaves behind: the simplest instance, as a file, and commands that show the same again."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from headstart import files
from headstart.cli import main
from tests.planted import plant
from theory import catalogue
from verify import Verdict, run, simplest
from verify.report import row as gathered
from verify.simplest import failure, failures
from verify.suite import claims_of

Capsys = pytest.CaptureFixture[str]


def test_a_wrong_formula_is_shrunk_to_the_smallest_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """At n = 1 and d = 2 the wrong formula is refuted as anywhere in its regime."""
    plant(monkeypatch, "linear.bias")
    (found,) = failures(run(["linear.bias"]))
    place = found.outcome.place
    assert place is not None
    assert found.found == "shrunk by hypothesis"
    assert found.outcome.verdict is Verdict.REFUTED
    assert (place.fields["n"], place.fields["d"]) == (1, 2)
    assert place.regime == catalogue.result("linear.bias").regimes[0].name


def test_the_simplest_instance_is_the_same_in_every_run(monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, "linear.bias")
    first, second = (failures(run(["linear.bias"], seed=3))[0].outcome.place for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.fields == second.fields
    assert first.level == second.level


def test_without_time_to_shrink_the_smallest_instance_tested_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, "linear.bias")
    (row,) = run(["linear.bias"]).rows
    (claim,) = claims_of(["linear.bias"])
    found = failure(row, claim, simplest.result("linear.bias"), 0, seconds=-1.0)
    failed = [o for o in row.outcomes if o.verdict is Verdict.REFUTED]
    assert found.found == "the smallest of the instances that were tested"
    assert found.outcome in failed
    assert found.outcome.place is not None
    assert found.outcome.place.fields["d"] == min(o.place.fields["d"] for o in failed if o.place is not None)


def test_an_undecided_claim_is_not_drawn_again() -> None:
    (row,) = run(["linear.bias"]).rows
    (claim,) = claims_of(["linear.bias"])
    undecided = [replace(o, verdict=Verdict.UNDECIDED) for o in row.outcomes]
    by_regime = {"n < d": undecided[:2], "n >= d": undecided[2:]}
    refusing = replace(claim, check=lambda *_: pytest.fail("a check was made"))
    found = failure(gathered(row.key, row.check, by_regime, 1.0), refusing, catalogue.result(row.key), 0)
    assert found.outcome.place is not None
    assert found.outcome.place.fields["d"] == min(o.place.fields["d"] for o in undecided if o.place is not None)


def test_a_true_claim_has_no_failing_instance() -> None:
    assert failures(run(["linear.bias"])) == ()


def commands(out: str) -> list[list[str]]:
    return [shlex.split(line)[1:] for line in out.splitlines() if line.startswith("  headstart ")]


@pytest.mark.parametrize("key", ["linear.bias", "linear.quantile", "deep_linear.mirror_potential", "linear.estimator"])
def test_the_commands_that_are_printed_run_and_disagree_again(
    key: str, capsys: Capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plant(monkeypatch, key)
    assert main(["verify", key]) == 1
    out = capsys.readouterr().out
    assert f"{key} is refuted" in out
    assert f"failing.{key}.json" in out
    told = commands(out)
    assert ["verify", key, "--tier", "change", "--seed", "0"] in told
    names = {"linear.bias": 3, "linear.quantile": 3, "deep_linear.mirror_potential": 2, "linear.estimator": 1}
    assert len(told) == names[key]
    found = {}
    for command in told[:-1]:
        assert main([*command, "--json"]) == 0
        found[command[0]] = json.loads(capsys.readouterr().out)
    if key == "linear.bias":
        simulated = found["simulate"]
        assert abs(simulated["estimate"] - found["evaluate"]["value"]) > 6 * simulated["standard_error"]
        assert simulated["estimate"] == pytest.approx(found["evaluate"]["value"] / 1.05, rel=0.01)
    if key == "linear.quantile":
        assert "--confidence" in told[0]


def test_a_failing_instance_that_cannot_be_written_does_not_hide_the_verdict(
    capsys: Capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plant(monkeypatch, "linear.bias")
    monkeypatch.setattr(files.os, "access", lambda *_: False)
    assert main(["verify", "linear.bias"]) == 1
    captured = capsys.readouterr()
    assert '"setting": "linear"' in captured.out
    assert "cannot be written to" in captured.err
    assert list(tmp_path.iterdir()) == []


def test_json_of_a_failing_run_holds_the_instance(
    capsys: Capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plant(monkeypatch, "linear.bias")
    assert main(["verify", "linear.bias", "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["failing"]
    assert found["instance"] == json.loads((tmp_path / found["file"]).read_text())
    assert found["commands"][0] == "headstart evaluate linear.bias failing.linear.bias.json"
