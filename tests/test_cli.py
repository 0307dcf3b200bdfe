"""The command line: what it prints, how it ends, and that bad input costs one line and nothing else."""

from __future__ import annotations

import csv
import errno
import json
import math
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from headstart import api, files
from headstart.cli import main
from headstart.commands import verifying
from headstart.instances import parse_assignments
from theory import catalogue
from verify import record

Capsys = pytest.CaptureFixture[str]

INSTANCE = {
    "setting": "linear",
    "n": 4,
    "d": 10,
    "sigma": 0.5,
    "source": [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    "target": [0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
}
SCALARS = ["--set", "n=10", "--set", "d=40", "--set", "sigma=0.5", "--set", "squared_distance=1"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a good instance file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "instance.json").write_text(json.dumps(INSTANCE))
    return tmp_path


def printed(capsys: Capsys, *arguments: str, code: int = 0) -> str:
    """What a command prints, when it ends as it should and says nothing else."""
    assert main(arguments) == code
    out, err = capsys.readouterr()
    assert err == ""
    return out


def as_json(capsys: Capsys, *arguments: str) -> Any:
    return json.loads(printed(capsys, *arguments, "--json"))


def test_list_has_a_line_for_every_result(capsys: Capsys) -> None:
    lines = printed(capsys, "list").splitlines()
    keys = catalogue.keys()
    for key in keys:
        assert sum(line.split(" ")[0] == key for line in lines) == 1
    rows = as_json(capsys, "list")
    assert [row["key"] for row in rows] == list(keys)
    assert all(set(row) == {"key", "statement", "kind", "standing"} for row in rows)


@pytest.mark.parametrize("key", catalogue.keys())
@pytest.mark.parametrize("form", ["text", "latex", "json"])
def test_show_prints_every_result_in_every_form(capsys: Capsys, key: str, form: str) -> None:
    out = printed(capsys, "show", key, "--steps", "--format", form)
    result = catalogue.result(key)
    if form == "json":
        data = json.loads(out)
        assert data["key"] == key
        assert sum(len(derivation["steps"]) for derivation in data["derivations"]) == len(result.steps)
    if form == "text":
        assert all(step.rule in out for step in result.steps)
        assert all(assumption.text.split()[0] in out for assumption in result.given)


def test_show_cites_in_bibtex(capsys: Capsys) -> None:
    assert "@misc{shachaf2021finetuning" in printed(capsys, "show", "linear.risk", "--cite")


def test_show_defines_what_an_equation_defines(capsys: Capsys) -> None:
    assert "where kappa solves" in printed(capsys, "show", "linear.risk_equivalent")


def test_evaluate_gives_number_regime_and_assumptions(capsys: Capsys) -> None:
    found = as_json(capsys, "evaluate", "linear.risk", *SCALARS)
    assert found["value"] == pytest.approx(30 / 40 + 0.25 * 10 / 29, rel=1e-15)
    assert {"key", "value", "kind", "regime", "given"} <= set(found)
    assert found["key"] == "linear.risk"
    assert "0.83620" in printed(capsys, "evaluate", "linear.risk", *SCALARS)


@pytest.mark.usefixtures("here")
def test_infinite_is_a_string_in_json(capsys: Capsys) -> None:
    assert as_json(capsys, "evaluate", "linear.risk", "instance.json", "--set", "n=10")["value"] == "inf"
    estimate = as_json(capsys, "simulate", "instance.json", "--set", "n=10", "--trials", "50", "--seed", "1")
    assert estimate["standard_error"] == "inf"


def test_a_law_is_told_with_its_mean_and_quantiles(capsys: Capsys) -> None:
    found = as_json(capsys, "evaluate", "linear.risk_law", *SCALARS)
    assert found["mean"] == pytest.approx(30 / 40 + 0.25 * 10 / 29)
    assert list(found["quantiles"].values()) == sorted(found["quantiles"].values())
    assert "quantiles" in printed(capsys, "evaluate", "linear.risk_law", *SCALARS)


def test_a_design_is_given_as_rows(capsys: Capsys) -> None:
    design = ["--set", "X=[[1,0],[0,2],[0,0]]", "--set", "y=[3,4,5]", "--set", "source=[0,0]"]
    assert as_json(capsys, "evaluate", "linear.estimator", *design)["value"] == pytest.approx([3, 2])


@pytest.mark.parametrize(
    ("text", "value"),
    [(".5", 0.5), ("5.", 5.0), ("+0.5", 0.5), ("1e-3", 0.001), ("5.E+0", 5.0), ("+2", 2), (" .5 ", 0.5)],
)
def test_set_takes_decimals_as_people_write_them(capsys: Capsys, text: str, value: float) -> None:
    assert parse_assignments([f"sigma={text}"]) == {"sigma": value}
    assert type(parse_assignments([f"sigma={text}"])["sigma"]) is type(value)
    assert parse_assignments([f"source=[{text},-{text.strip().lstrip('+')}]"]) == {"source": [value, -value]}
    spelled = as_json(capsys, "evaluate", "linear.risk", *SCALARS[:4], *SCALARS[6:], "--set", f"sigma={text}")
    plain = as_json(capsys, "evaluate", "linear.risk", *SCALARS[:4], *SCALARS[6:], "--set", f"sigma={value}")
    assert spelled == plain


@pytest.mark.parametrize(
    "text", ["nan", "-inf", "Infinity", "1e999", ".", "1_0", "0x1", "1.2.3", "5-3", "--5", "2*3", "٣", '"5"', "[.5", ""]
)
def test_set_takes_nothing_but_finite_decimals(capsys: Capsys, here: Path, text: str) -> None:
    assert "number" in refused(capsys, here, ["evaluate", "linear.risk", *SCALARS[:4], "--set", f"sigma={text}"])


@pytest.mark.usefixtures("here")
def test_set_overrides_the_file(capsys: Capsys) -> None:
    plain = as_json(capsys, "evaluate", "linear.risk", "instance.json")
    changed = as_json(capsys, "evaluate", "linear.risk", "instance.json", "--set", "sigma=0")
    assert plain["value"] == pytest.approx(2 * 0.6 + 0.25 * 4 / 5)
    assert changed["value"] == pytest.approx(2 * 0.6)


@pytest.mark.parametrize(("written", "status"), [("inf", 0), ('"inf"', 0), ("-inf", 2), ("nan", 2)])
def test_a_toml_file_may_say_infinitely_many_layers(capsys: Capsys, here: Path, written: str, status: int) -> None:
    vectors = "source = [1, 0, 0, 0]\ntarget = [1, 1, 0, 0]"
    (here / "deep.toml").write_text(f'setting = "deep_linear"\nn = 2\nd = 4\nsigma = 0\ndepth = {written}\n{vectors}')
    assert main(["evaluate", "deep_linear.risk_limit", "deep.toml"]) == status
    assert ("0.5857864376" in capsys.readouterr().out) == (status == 0)


def test_toml_says_the_same_as_json(capsys: Capsys, here: Path) -> None:
    text = "\n".join(f"{name} = {json.dumps(value)}" for name, value in INSTANCE.items())
    (here / "instance.toml").write_text(text)
    names = [f"instance.{ending}" for ending in ("json", "toml")]
    first, second = (as_json(capsys, "evaluate", "linear.risk", name) for name in names)
    assert first == second


@pytest.mark.usefixtures("here")
def test_confidence_and_risk_are_arguments_beside_the_instance(capsys: Capsys) -> None:
    quantile = as_json(capsys, "evaluate", "linear.quantile", "instance.json", "--confidence", "0.95")
    assert quantile["value"] > as_json(capsys, "evaluate", "linear.risk", "instance.json")["value"]
    noiseless = ["instance.json", "--set", "sigma=0", "--risk", "0.5"]
    assert as_json(capsys, "evaluate", "linear.samples_needed", *noiseless)["value"] == 8


def test_sweep_tabulates_and_writes_csv(capsys: Capsys, here: Path) -> None:
    sweep = ["evaluate", "linear.risk", "instance.json", "--sweep", "n=2:14:4", "--sweep", "sigma=0:0.5:0.5"]
    found = as_json(capsys, *sweep, "--csv", "risk.csv")
    assert found["columns"]["n"] == [2, 2, 6, 6, 10, 10, 14, 14]
    assert found["columns"]["sigma"] == [0, 0.5] * 4
    assert found["columns"]["value"][4:6] == [0, "inf"]
    with (here / "risk.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["value"]) for row in rows] == [float(value) for value in found["columns"]["value"]]
    assert [path.name for path in here.iterdir() if path.name.startswith(".")] == []


@pytest.mark.usefixtures("here")
def test_a_cell_outside_the_domain_is_empty_and_said_so(capsys: Capsys) -> None:
    arguments = ["evaluate", "linear.risk_equivalent", "instance.json", "--sweep", "n=8:12:2", "--json"]
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert [value is None for value in found["columns"]["value"]] == [False, True, True]
    assert [cell["n"] for cell in found["without_value"]] == [10, 12]
    assert err.startswith("headstart: no value in 2 of 3 cells")


@pytest.mark.usefixtures("here")
def test_simulate_gives_the_public_fields_and_the_same_bits(capsys: Capsys) -> None:
    arguments = ["simulate", "instance.json", "--trials", "2000", "--seed", "7"]
    first, second = as_json(capsys, *arguments), as_json(capsys, *arguments)
    assert first == second
    assert {"estimate", "standard_error", "trials", "seed", "law"} <= set(first)
    assert (first["trials"], first["seed"]) == (2000, 7)
    assert all(line.split()[1:] for line in printed(capsys, *arguments).splitlines())


@pytest.mark.usefixtures("here")
def test_theory_is_within_six_standard_errors_of_simulation(capsys: Capsys) -> None:
    """False alarms: 2e-9 for a normal mean; the seed is fixed.  Finds errors above 12 standard errors."""
    theory = as_json(capsys, "evaluate", "linear.risk", "instance.json")["value"]
    found = as_json(capsys, "simulate", "instance.json", "--trials", "100000", "--seed", "0")
    assert abs(found["estimate"] - theory) <= 6 * found["standard_error"] < 0.01 * theory


@pytest.mark.parametrize("verdict", ["supported", "refuted", "undecided", "vacuous"])
def test_verify_ends_with_one_unless_everything_is_supported(
    capsys: Capsys, monkeypatch: pytest.MonkeyPatch, verdict: str
) -> None:
    row = SimpleNamespace(
        key="linear.risk", check="mean", verdict=verdict, observed="1 for 1", resolution="1%",
        draws=10, certificate="exact", note="", seconds=0.1, outcomes=(),
    )  # fmt: skip
    ledger = SimpleNamespace(budget=1e-6, pilot_budget=1e-6)
    relation = SimpleNamespace(key="linear.risk", name="bias + variance")
    found = SimpleNamespace(relation=relation, verdict=verdict)
    report = SimpleNamespace(
        rows=[row], exact=[found], passed=verdict == "supported", tier="nightly", seed=0, ledger=ledger,
        as_json=lambda: {"passed": verdict},
    )  # fmt: skip
    monkeypatch.setattr(api, "verify", lambda *_, **__: report)
    code = 0 if verdict == "supported" else 1
    out = printed(capsys, "verify", "linear.risk", code=code)
    assert f"1 checks of 1 results: 1 {verdict}.  Tier nightly, seed 0." in out
    assert f"Exact relations, without a draw: {1 - code} of 1 hold." in out
    assert (f"linear.risk: not exactly so ({verdict}): bias + variance" in out) is bool(code)
    assert json.loads(printed(capsys, "verify", "--json", code=code)) == {"passed": verdict}


def test_verify_goes_on_from_the_checks_that_a_store_holds(capsys: Capsys, here: Path) -> None:
    command = ("verify", "linear.estimator", "--tier", "nightly", "--store", "journal", "--json")
    first = as_json(capsys, *command)
    kept = (here / "journal").read_bytes()
    assert as_json(capsys, *command) == first
    assert (here / "journal").read_bytes() == kept
    assert first["passed"]
    assert first["tier"] == "nightly"
    err = refused(capsys, here, ["verify", "linear.estimator", "--store", "journal"])
    assert "a run with other tier" in err


def test_a_record_that_cannot_be_kept_is_refused_before_the_run(
    capsys: Capsys, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "verify", lambda *_, **__: pytest.fail("the run began"))
    monkeypatch.setattr(record, "place", lambda: here / "record.json")
    monkeypatch.setattr(files.os, "access", lambda *_: False)
    assert "leave --record out" in refused(capsys, here, ["verify", "--record"])


def test_a_record_that_cannot_be_written_costs_one_line_and_changes_nothing(
    capsys: Capsys, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    (here / "record.json").write_text("old")
    monkeypatch.setattr(api, "verify", lambda *_, **__: SimpleNamespace(rows=[], passed=True))
    monkeypatch.setattr(record, "place", lambda: here / "record.json")
    monkeypatch.setattr(record, "record_text", lambda _: "new")
    monkeypatch.setattr(Path, "replace", refuse)
    err = refused(capsys, here, ["verify", "--record"])
    assert "Read-only file system" in err
    assert "leave --record out" in err


def test_a_record_is_kept_and_then_told(capsys: Capsys, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = SimpleNamespace(verdict="supported", resolution="1%")
    rows = [SimpleNamespace(key=key, **vars(row)) for key in catalogue.keys()]  # noqa: SIM118 (a function)
    exact = [SimpleNamespace(relation=SimpleNamespace(key="linear.risk"), verdict=v) for v in ("supported", "refuted")]
    report = SimpleNamespace(rows=rows, exact=exact, passed=True, seed=7, versions={}, as_json=dict)
    monkeypatch.setattr(api, "verify", lambda *_, **__: report)
    monkeypatch.setattr(record, "place", lambda: here / "record.json")
    monkeypatch.setattr(record, "count_steps", lambda *_: dict.fromkeys(catalogue.keys(), "3/3"))
    try:
        printed(capsys, "verify", "--record", "--json")
        assert record.standing("linear.risk") == "supported (1%), 1/2 relations, 3/3 steps"
    finally:
        record.recorded.cache_clear()


GOOD = json.dumps(INSTANCE)
EVALUATE = ["evaluate", "linear.risk", "FILE"]
SIMULATE = ["simulate", "FILE", "--trials", "10", "--seed", "0"]
SWEEP = ["evaluate", "linear.risk", *SCALARS[2:], "--sweep"]
TABULATE = [*EVALUATE, "--sweep", "sigma=0.1:0.3:0.1", "--csv", "out.csv"]
BAD_FILES = {
    "n is not an integer": GOOD.replace('"n": 4', '"n": 4.5'),
    "n is text": GOOD.replace('"n": 4', '"n": "4"'),
    "n is true": GOOD.replace('"n": 4', '"n": true'),
    "n is zero": GOOD.replace('"n": 4', '"n": 0'),
    "d is negative": GOOD.replace('"d": 10', '"d": -10'),
    "sigma is negative": GOOD.replace('"sigma": 0.5', '"sigma": -0.5'),
    "sigma is NaN": GOOD.replace('"sigma": 0.5', '"sigma": NaN'),
    "sigma is infinite": GOOD.replace('"sigma": 0.5', '"sigma": Infinity'),
    "sigma overflows": GOOD.replace('"sigma": 0.5', '"sigma": 1e999'),
    "a vector of another length": GOOD.replace('"target": [0, 1, ', '"target": [0, '),
    "a vector that holds NaN": GOOD.replace('"target": [0, ', '"target": [NaN, '),
    "a vector of text": GOOD.replace('"target": [0, ', '"target": ["__import__(\'os\')", '),
    "a negative eigenvalue": GOOD[:-1] + ', "spectrum": [1, 1, 1, 1, 1, 1, 1, 1, 1, -1]}',
    "an unknown key": GOOD[:-1] + ', "sgima": 1}',
    "a key given twice": GOOD[:-1] + ', "n": 5}',
    "an unknown setting": GOOD.replace('"linear"', '"cubic"'),
    "a setting that is a path": GOOD.replace('"linear"', '"../os"'),
    "no setting": GOOD.replace('"setting": "linear", ', ""),
    "no target": json.dumps({name: value for name, value in INSTANCE.items() if name != "target"}),
    "broken JSON": GOOD[:-5],
    "nested too deeply": "[" * 100_000,
    "a list": "[1, 2]",
    "an integer of many digits": GOOD.replace('"n": 4', '"n": ' + "4" * 5000),
    "empty": "",
    "a risk in the file": GOOD[:-1] + ', "risk": 1}',
}


def refused(capsys: Capsys, here: Path, arguments: list[str]) -> str:
    """The one line that bad input costs: exit code 2, nothing printed, nothing written."""
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert err.startswith("headstart: ")
    assert "Traceback" not in err
    assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before
    return err


def is_swept_away(text: str, command: list[str]) -> bool:
    """Whether what is wrong with a file is replaced by the sweep over sigma."""
    return "--sweep" in command and '"sigma": 0.5' not in text and '"sigma"' in text


@pytest.mark.parametrize(
    ("text", "command"),
    [
        pytest.param(text, command, id=f"{name}, {command[0]} {'sweep' if command is TABULATE else ''}")
        for name, text in BAD_FILES.items()
        for command in (EVALUATE, SIMULATE, TABULATE)
        if not is_swept_away(text, command)
    ],
)
def test_a_bad_instance_file_is_refused_in_one_line(capsys: Capsys, here: Path, text: str, command: list[str]) -> None:
    (here / "bad.json").write_text(text)
    refused(capsys, here, ["bad.json" if part == "FILE" else part for part in command])


BAD_COMMANDS = {
    "an unknown result": (["show", "linear.rsk"], "linear.risk"),
    "an unknown result to export": (["export", "nothing", "--to", "x.tex"], "nothing"),
    "an unknown result to verify": (["verify", "nothing"], "nothing"),
    "an unknown tier": (["verify", "--tier", "weekly"], "weekly"),
    "an unknown executor to verify on": (["verify", "linear.bias", "--executor", "sofa"], "sofa"),
    "a store that is no journal": (["verify", "linear.bias", "--store", "instance.json"], "is not a journal"),
    "a store that is a folder": (["verify", "linear.bias", "--store", "."], "cannot be read or written"),
    "an unknown command": (["prove"], "prove"),
    "a missing argument": (["show"], "KEY"),
    "an unknown format": (["show", "linear.risk", "--format", "html"], "html"),
    "a missing file": (["evaluate", "linear.risk", "none.json"], "none.json"),
    "a directory as file": (["evaluate", "linear.risk", "folder.json"], "folder.json"),
    "a file of another kind": (["evaluate", "linear.risk", "instance.yaml"], ".json or .toml"),
    "bytes that are no text": (["evaluate", "linear.risk", "bytes.json"], "UTF-8"),
    "broken TOML": (["evaluate", "linear.risk", "broken.toml"], "broken"),
    "TOML with a date": (["evaluate", "linear.risk", "date.toml"], "sigma"),
    "a field that is missing": (["evaluate", "linear.risk", "--set", "n=3", "--set", "d=9"], "sigma"),
    "a field that is unknown": (["evaluate", "linear.risk", *SCALARS, "--set", "zeta=1"], "zeta"),
    "an assignment that is code": (
        ["evaluate", "linear.risk", "--set", "n=__import__('os').getcwd()"],
        "number",
    ),
    "an assignment that is text": (["evaluate", "linear.risk", "--set", 'n="ten"'], "number"),
    "an assignment that is NaN": (["evaluate", "linear.risk", "--set", "sigma=NaN"], "number"),
    "an assignment without value": (["evaluate", "linear.risk", "--set", "n"], "name=value"),
    "an assignment given twice": (["evaluate", "linear.risk", "--set", "n=1", "--set", "n=2"], "twice"),
    "a spectrum that is not flat": (
        ["evaluate", "linear.risk", "instance.json", "--set", "spectrum=[2,1,1,1,1,1,1,1,1,1]"],
        "linear.risk_equivalent",
    ),
    "a sweep without an end": (
        [*SWEEP, "n=1"],
        "start:stop:step",
    ),
    "a sweep of words": ([*SWEEP, "n=a:b:c"], "numbers"),
    "a sweep that goes nowhere": (
        [*SWEEP, "n=9:1:1"],
        "start <= stop",
    ),
    "a sweep without a step": ([*SWEEP, "n=1:9:0"], "step > 0"),
    "a sweep to infinity": ([*SWEEP, "n=1:Infinity:1"], "finite"),
    "a sweep that is too long": (
        [*SWEEP, "n=1:1e9:1"],
        "larger step",
    ),
    "a sweep of a field that is set": (["evaluate", "linear.risk", *SCALARS, "--sweep", "n=1:9:1"], "twice"),
    "a sweep without any value": (
        ["evaluate", "linear.risk_equivalent", "instance.json", "--sweep", "n=11:13:1"],
        "linear.risk_equivalent",
    ),
    "a table without a sweep": (["evaluate", "linear.risk", *SCALARS, "--csv", "x.csv"], "--sweep"),
    "a table into a directory": (
        [*SWEEP, "n=1:9:1", "--csv", "folder.json"],
        "directory",
    ),
    "a table into no directory": (
        [*SWEEP, "n=1:9:1", "--csv", "no/x.csv"],
        "directory",
    ),
    "neither trials nor precision": (["simulate", "instance.json", "--seed", "0"], "--trials"),
    "both trials and precision": (
        ["simulate", "instance.json", "--seed", "0", "--trials", "10", "--precision", "0.1"],
        "--trials",
    ),
    "no seed": (["simulate", "instance.json", "--trials", "10"], "--seed"),
    "no trials": (["simulate", "instance.json", "--trials", "0", "--seed", "0"], "trials"),
    "a negative seed": (["simulate", "instance.json", "--trials", "10", "--seed", "-1"], "seed"),
    "an unknown quantity": ([*SIMULATE, "--quantity", "loss"], "loss"),
    "an unknown law": ([*SIMULATE, "--law", "slow"], "slow"),
    "an exact law where there is none": (
        [*SIMULATE, "--law", "exact", "--set", "spectrum=[1,2,3,4,5,6,7,8,9,10]"],
        "exact",
    ),
    "a document without a kind": (["export", "--to", "paper"], ".tex"),
    "a document of another kind": (["export", "--to", "paper.docx"], ".docx"),
    "a document into a directory": (["export", "--to", "folder.tex"], "directory"),
    "a plot without a sweep": (["plot", "linear.risk", "instance.json", "--to", "x.png"], "--sweep"),
    "a plot of another kind": (
        ["plot", "linear.risk", "instance.json", "--sweep", "n=2:8:2", "--to", "x.gif"],
        ".png",
    ),
    "a plot of a law": (["plot", "linear.risk_law", "FILE", "--sweep", "n=1:3", "--to", "x.png"], "number"),
    "a plot outside the domain": (
        ["plot", "linear.risk_equivalent", "instance.json", "--sweep", "n=12:14:1", "--to", "x.png"],
        "linear.risk_equivalent",
    ),
}


@pytest.mark.parametrize(("command", "named"), BAD_COMMANDS.values(), ids=BAD_COMMANDS.keys())
def test_a_bad_command_is_refused_in_one_line_that_names_what_is_wrong(
    capsys: Capsys, here: Path, command: list[str], named: str
) -> None:
    (here / "folder.json").mkdir()
    (here / "folder.tex").mkdir()
    (here / "instance.yaml").write_text("n: 1")
    (here / "bytes.json").write_bytes(b"\xff\xfe\x00{")
    (here / "broken.toml").write_text("n = = 1")
    dated = 'setting = "linear"\nn = 1\nd = 2\nsigma = 2020-01-01\ntarget = [0, 1]\nsource = [1, 0]\n'
    (here / "date.toml").write_text(dated)
    command = ["instance.json" if part == "FILE" else part for part in command]
    assert named in refused(capsys, here, command)


def test_a_table_outside_reach_keeps_the_file_that_was_there(capsys: Capsys, here: Path) -> None:
    (here / "risk.csv").write_text("old")
    refused(capsys, here, ["evaluate", "linear.risk", "instance.json", "--sweep", "n=0:0:1", "--csv", "risk.csv"])
    assert (here / "risk.csv").read_text() == "old"


@pytest.mark.usefixtures("here")
def test_an_interrupt_costs_one_line_and_ends_with_130(capsys: Capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "simulate", interrupted)
    assert main(["simulate", "instance.json", "--trials", "10", "--seed", "0"]) == 130
    assert capsys.readouterr().err == "headstart: interrupted\n"


def test_an_error_that_is_ours_is_not_blamed_on_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(api, "result", broken)
    with pytest.raises(ValueError, match="a bug"):
        main(["show", "linear.risk"])


def test_help_is_printed_without_a_command(capsys: Capsys) -> None:
    assert "simulate" in printed(capsys)
    assert math.isfinite(len(printed(capsys, "--version")))


@pytest.mark.parametrize("command", ["show", "verify", "evaluate"])
def test_a_derivation_that_stops_is_said_in_one_line(
    command: str, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stops() -> None:
        raise ZeroDivisionError("a rule of the engine\nis wrong")

    monkeypatch.setitem(catalogue.SOURCES, "linear.broken", "theory.linear.risk")
    monkeypatch.setattr(import_module("theory.linear.risk"), "broken", stops, raising=False)
    assert main((command, "linear.broken")) == 1
    out, err = capsys.readouterr()
    assert out == ""
    stopped = "linear.broken: its derivation stops with ZeroDivisionError: a rule of the engine is wrong"
    assert err == f"headstart: {stopped}\n"


def test_an_instance_of_another_setting_is_refused_and_not_read_as_something_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything that linear.risk needs is in a probe with more samples than features, but for what is trained."""
    file = tmp_path / "probe.json"
    fields = {"setting": "probe", "n": 9, "d": 2, "sigma": 1, "target": [1, 2], "features": [[1], [0]]}
    file.write_text(json.dumps(fields), encoding="utf-8")
    assert main(["evaluate", "frozen.probe", str(file)]) == 0
    for key in ("linear.risk", "frozen.risk"):
        assert main(["evaluate", key, str(file)]) == 2
        assert "setting='probe'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "executor"),
    [([], "processes"), (["linear.bias"], "threads"), (["--executor", "threads:1"], "threads:1")],
)
def test_all_results_are_checked_in_processes_and_those_that_are_named_on_threads(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], executor: str
) -> None:
    asked: list[dict[str, Any]] = []

    def verify(*_: str, **how: Any) -> Any:
        asked.append(how)
        return SimpleNamespace(rows=(), exact=(), passed=True)

    monkeypatch.setattr(api, "verify", verify)
    monkeypatch.setattr(verifying, "emit_verdicts", lambda _: None)
    monkeypatch.setattr(verifying, "reproductions", lambda _: ())
    assert main(["verify", *arguments]) == 0
    assert [how["executor"] for how in asked] == [executor]
