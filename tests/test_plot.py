"""Plots: the formula through the simulations, and honesty about what is infinite."""

from __future__ import annotations

import builtins
import math
from pathlib import Path
from typing import Any

import pytest

import headstart
from headstart import plotting
from headstart.cli import main
from headstart.errors import InputError

Capsys = pytest.CaptureFixture[str]

INSTANCE = {"setting": "linear", "n": 2, "d": 6, "sigma": 0.5, "source": [0] * 6, "target": [1] * 6}


VALUES = (2, 4, 6, 8)


def drawn(to: Path, key: str = "linear.risk", values: tuple[float, ...] = VALUES, name: str = "n") -> Any:
    return plotting.draw(headstart.result(key), INSTANCE, name, values, to=to, seed=0, trials=100)


@pytest.mark.parametrize(("ending", "magic"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_a_plot_is_written_whole(tmp_path: Path, ending: str, magic: bytes) -> None:
    drawing = drawn(tmp_path / f"risk.{ending}")
    assert drawing.path.read_bytes().startswith(magic)
    assert [path.name for path in tmp_path.iterdir()] == [f"risk.{ending}"]


def test_the_same_seed_draws_the_same_bytes(tmp_path: Path) -> None:
    first, second = (drawn(tmp_path / f"{k}.png").path.read_bytes() for k in (1, 2))
    assert first == second


def test_infinite_variance_is_drawn_as_a_median_and_said(tmp_path: Path) -> None:
    drawing = drawn(tmp_path / "risk.png")
    assert any("infinite variance at 4, 6, 8" in note for note in drawing.notes)
    instance = plotting.build({**INSTANCE, "n": 6})
    point = plotting._point("linear.risk", instance, 6, seed=0, trials=100)
    assert point.is_median
    assert math.isfinite(point.height)


def test_a_result_that_is_no_simulated_mean_is_a_line_and_said(tmp_path: Path) -> None:
    drawing = drawn(tmp_path / "bias.png", "linear.bias")
    assert any("only the line is drawn" in note for note in drawing.notes)


def test_a_formula_that_ends_leaves_a_gap_and_says_so(tmp_path: Path) -> None:
    drawing = drawn(tmp_path / "gap.png", "linear.risk_equivalent")
    assert any("no value at 3 of 7 places" in note for note in drawing.notes)


def test_a_decimal_field_can_run(tmp_path: Path) -> None:
    assert drawn(tmp_path / "sigma.png", values=(0.0, 0.5, 1.0), name="sigma").path.exists()
    assert len(plotting._between((0.0, 0.5, 1.0))) == plotting.FINE + 1
    assert plotting._between((2, 4)) == [2, 3, 4]


def test_from_python_a_plot_takes_an_instance_and_a_range(tmp_path: Path) -> None:
    instance = plotting.build(INSTANCE)
    path = headstart.plot("linear.risk", instance, ("n", range(1, 4)), to=tmp_path / "risk.png", trials=50)
    assert path.exists()


def test_no_matplotlib_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **options: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ModuleNotFoundError(name)
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"headstart\[plot\]"):
        drawn(tmp_path / "risk.png")
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_where_it_drew(tmp_path: Path, capsys: Capsys) -> None:
    instance, to = tmp_path / "i.json", tmp_path / "risk.png"
    instance.write_text(str(INSTANCE).replace("'", '"'))
    sweep = ["--sweep", "n=1:2", "--trials", "50"]
    assert main(["plot", "linear.risk", str(instance), *sweep, "--to", str(to)]) == 0
    assert capsys.readouterr().out == f"wrote {to}\n"
