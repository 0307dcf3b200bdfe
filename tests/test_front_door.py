"""The package as a whole: what it imports, its names in Python, and what it does about a hidden layer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import headstart
from headstart.errors import InputError
from headstart.sweeps import grid, parse_sweep
from numerics.linear import Linear
from theory.result import Result

ROOT = Path(__file__).parent.parent
HEAVY = ("sympy", "numpy", "scipy", "numba", "hypothesis", "matplotlib", "theory", "numerics", "verify")
FIELDS = {"n": 2, "d": 5, "sigma": 1, "source": [0, 0, 0, 0, 0], "target": [1, 0, 0, 0, 0]}


def python(code: str, *, cwd: Path = ROOT, path: str = str(ROOT)) -> subprocess.CompletedProcess[str]:
    """Run code in a new interpreter that finds the four packages after whatever lies in `cwd`."""
    prelude = f"import sys; sys.path[:0] = ['', {path!r}]\n"
    command = [sys.executable, "-c", prelude + code]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_import_and_help_load_nothing_heavy() -> None:
    code = """
import headstart
from headstart.cli import main
assert main(["--help"]) == 0
print("LOADED", *sorted({name.split(".")[0] for name in sys.modules}))
"""
    done = python(code)
    assert done.returncode == 0, done.stderr
    loaded = done.stdout.split("LOADED")[1].split()
    assert "typer" in loaded
    assert not set(HEAVY) & set(loaded)


def test_every_public_name_is_there() -> None:
    for name in headstart.__all__:
        assert getattr(headstart, name) is not None
        assert name in dir(headstart)
    with pytest.raises(AttributeError, match="frobnicate"):
        _ = headstart.frobnicate


def test_results_are_found_by_key() -> None:
    assert isinstance(headstart.result("linear.risk"), Result)
    assert headstart.result("linear.risk") in headstart.results()


def test_evaluate_takes_fields_a_mapping_or_an_instance() -> None:
    expected = 0.6 + 2 / 2
    assert headstart.evaluate("linear.risk", **FIELDS).value == pytest.approx(expected)
    assert headstart.evaluate("linear.risk", {"setting": "linear", **FIELDS}).value == pytest.approx(expected)
    assert headstart.evaluate("linear.risk", Linear.from_fields(FIELDS)).value == pytest.approx(expected)
    assert headstart.evaluate("linear.risk", Linear.from_fields(FIELDS), sigma=0).value == pytest.approx(0.6)


def test_simulate_takes_an_instance_or_a_mapping() -> None:
    first = headstart.simulate(Linear.from_fields(FIELDS), trials=100, seed=3)
    second = headstart.simulate({"setting": "linear", **FIELDS}, trials=100, seed=3)
    assert first == second
    with pytest.raises(InputError, match="setting"):
        headstart.simulate(FIELDS, trials=100, seed=3)
    with pytest.raises(InputError, match=r"headstart\.load"):
        headstart.simulate(object(), trials=100, seed=3)


def test_load_gives_a_validated_instance(tmp_path: Path) -> None:
    file = tmp_path / "instance.json"
    file.write_text(json.dumps({"setting": "linear", **FIELDS}))
    assert headstart.load(file) == Linear.from_fields(FIELDS)


@pytest.mark.parametrize("layer", ["theory", "numerics", "verify"])
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_layer_hidden_by_a_file_of_the_user_is_named(tmp_path: Path, layer: str, kind: str) -> None:
    hiding = tmp_path / f"{layer}.py" if kind == "file" else tmp_path / layer / "__init__.py"
    hiding.parent.mkdir(exist_ok=True)
    hiding.write_text("raise SystemExit('the file of the user was run')\n")
    named = hiding if kind == "file" else hiding.parent
    done = python("import headstart\nheadstart.result('linear.risk')", cwd=tmp_path)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("headstart.errors.HiddenLayer: ")
    assert f"{named.resolve()} hides the package {layer} of headstart: rename that {kind}" in last
    done = python("from headstart.cli import main\nsys.exit(main(['list']))", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == f"headstart: {last.split(': ', 1)[1]}\n"


def test_a_folder_without_an_init_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "theory").mkdir()
    done = python("import headstart\nprint(headstart.result('linear.risk').key)", cwd=tmp_path)
    assert done.stdout == "linear.risk\n", done.stderr


def test_python_m_headstart_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "headstart", "prove"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_a_closed_pipe_is_quiet() -> None:
    sweep = "evaluate linear.risk --set d=40 --set sigma=1 --set squared_distance=1 --sweep n=1:500:1"
    command = f"{sys.executable} -m headstart {sweep} | head -1"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_output_survives_a_terminal_without_greek() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "headstart", "show", "linear.risk", "--steps", "--cite"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        env={"PYTHONIOENCODING": "ascii", "PATH": ""},
    )
    assert done.returncode == 0
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("n=10:30:10", (10, 20, 30)),
        ("n=10:35:10", (10, 20, 30)),
        ("n=1:3", (1, 2, 3)),
        ("n=5:5:1", (5,)),
        ("sigma=0.1:0.3:0.1", (0.1, 0.2, 0.3)),
        ("sigma=0:1:0.25", (0.0, 0.25, 0.5, 0.75, 1.0)),
        ("risk=-1:1:1", (-1, 0, 1)),
    ],
)
def test_a_sweep_includes_its_stop_where_a_step_lands_on_it(text: str, values: tuple[float, ...]) -> None:
    sweep = parse_sweep(text)
    assert sweep.values == values
    assert [type(v) for v in sweep.values] == [type(v) for v in values]


def test_a_grid_runs_its_last_sweep_fastest_and_refuses_a_field_twice() -> None:
    cells = list(grid([parse_sweep("n=1:2"), parse_sweep("d=3:4")]))
    assert cells == [{"n": 1, "d": 3}, {"n": 1, "d": 4}, {"n": 2, "d": 3}, {"n": 2, "d": 4}]
    with pytest.raises(InputError, match="one sweep only"):
        list(grid([parse_sweep("n=1:2"), parse_sweep("n=3:4")]))
