"""What `headstart verify --report` writes beside the page, and where it writes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from headstart import api
from headstart.cli import main
from headstart.evidence import write
from headstart.evidence.writing import DATA, JUNIT, PAGE
from headstart.output import plain
from tests.pages import XHTML, classes, section, text
from tests.planted import plant, spoiled
from verify import Report, run

Capsys = pytest.CaptureFixture[str]
KEYS = ("linear.estimator", "linear.bias", "linear.variance", "linear.quantile")


@pytest.fixture(scope="module")
def report() -> Report:
    return run(KEYS)


@pytest.fixture(scope="module")
def folder(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("evidence") / "new"
    assert write(report, (), path) == path / PAGE
    return path


def test_three_files_are_written_and_nothing_else(folder: Path) -> None:
    assert {file.name for file in folder.iterdir()} == {PAGE, DATA, JUNIT}


def test_the_data_can_be_read_back_as_it_was(folder: Path, report: Report) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    data = json.loads((folder / DATA).read_text(encoding="utf-8"), parse_constant=refuse)
    assert data.pop("failing") == []
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", data.pop("written"))
    assert data == plain(report.as_json())


def test_junit_has_a_case_for_each_claim_and_a_failure_for_whatever_is_not_supported(
    folder: Path, report: Report, tmp_path: Path
) -> None:
    write(spoiled(report), (), tmp_path)
    for where, failed in ((folder, 0), (tmp_path, 3)):
        root = ElementTree.parse(where / JUNIT).getroot()
        (suite,) = root.findall("testsuite")
        cases = suite.findall("testcase")
        exact = [f"{found.relation.key}, exactly: {found.relation.name}" for found in report.exact]
        assert exact
        assert [case.get("name") for case in cases] == [*KEYS, *exact]
        found = [case.find("failure") is not None for case in cases]
        assert found == [k < failed or (failed and k == len(KEYS)) for k in range(len(cases))]
        for element in (root, suite):
            assert {name: element.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
                "tests": str(len(cases)), "failures": str(failed + bool(failed)), "errors": "0", "skipped": "0"
            }  # fmt: skip
            assert float(element.get("time", "nan")) >= 0
        assert {p.get("name") for p in suite.iterfind("properties/property")} >= {
            "seed",
            "headstart",
            "budget",
            "spent",
        }
    assert [f.get("type") for f in root.iter("failure")] == ["refuted", "undecided", "vacuous", "refuted"]


def test_a_run_of_nothing_is_written_as_failed(report: Report, tmp_path: Path) -> None:
    write(replace(report, rows=()), (), tmp_path)
    assert "nothing was checked" in text(ElementTree.parse(tmp_path / PAGE).getroot())
    assert not json.loads((tmp_path / DATA).read_text())["passed"]


def test_a_failing_claim_brings_its_instance_and_the_commands(
    capsys: Capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plant(monkeypatch, "linear.bias")
    assert main(["verify", "linear.bias", "--report", "evidence"]) == 1
    captured = capsys.readouterr()
    assert "headstart evaluate linear.bias evidence/failing.linear.bias.json" in captured.out
    assert "wrote evidence/index.html" in captured.err
    assert [file.name for file in tmp_path.iterdir()] == ["evidence"]
    claim = section(ElementTree.parse(tmp_path / "evidence" / PAGE).getroot(), "linear.bias")
    (shown_here,) = classes(claim, "failure")
    instance, commands = (text(block) for block in shown_here.iter(f"{XHTML}pre"))
    assert json.loads(instance) == json.loads((tmp_path / "evidence" / "failing.linear.bias.json").read_text())
    assert "headstart evaluate linear.bias failing.linear.bias.json" in commands
    assert str(tmp_path) not in (tmp_path / "evidence" / PAGE).read_text()
    failure = ElementTree.parse(tmp_path / "evidence" / JUNIT).getroot().find(".//failure")
    assert "headstart simulate failing.linear.bias.json --seed" in (failure.text or "")


@pytest.mark.parametrize("kind", ["a file", "no parent", "a directory in its place"])
def test_a_place_that_cannot_hold_a_report_is_refused_before_the_run(
    kind: str, capsys: Capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(api, "verify", lambda *_, **__: pytest.fail("the run began"))
    (tmp_path / "file").write_text("old")
    (tmp_path / "taken" / PAGE).mkdir(parents=True)
    where = {"a file": "file", "no parent": "not/there", "a directory in its place": "taken"}[kind]
    before = sorted(tmp_path.rglob("*"))
    assert main(["verify", "linear.bias", "--report", where]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert where in captured.err
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "file").read_text() == "old"
