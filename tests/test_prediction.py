"""A user's own table before fine-tuning: what is predicted, how sure it is, and files that are refused."""

from __future__ import annotations

import doctest
import json
import re
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from headstart.cli import main
from headstart.errors import InputError
from headstart.prediction import Prediction, outlook, predict, read_table, read_weights, table
from headstart.prediction.outlook import sizes_looked_at
from headstart.prediction.ways import Ways
from numerics import estimation, resampling
from numerics.estimation import Fit
from theory import many
from theory.catalogue import result

Capsys = pytest.CaptureFixture[str]
D, SIGMA = 8, 0.4
RNG = np.random.default_rng(7)
TARGET = RNG.standard_normal(D) / np.sqrt(D)
SOURCES = {"near": TARGET + 0.1 * RNG.standard_normal(D), "far": TARGET + RNG.standard_normal(D)}


def sample(rows: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = 2 + rng.standard_normal((rows, D)) * np.linspace(1.5, 0.5, D)
    return x, 1 + x @ TARGET + SIGMA * rng.standard_normal(rows)


def named(found: Prediction) -> dict[str, float]:
    return {option.name: option.risk.value for option in found.options}


def test_where_the_fit_is_the_truth_the_risks_are_those_of_the_catalogue() -> None:
    law, source = Fit(10**6, np.linspace(2, 0.5, D), np.eye(D), TARGET, SIGMA**2), SOURCES["near"]
    risks = dict(zip(Ways({"near": source}).names, Ways({"near": source}).risks(law, [5], truth=True)[0], strict=True))
    fields = {"d": D, "sigma": SIGMA, "target": TARGET.tolist(), "spectrum": law.eigenvalues.tolist()}
    tuned = result("linear.risk_equivalent").evaluate(**fields, n=5, source=source.tolist())
    assert risks["fine-tune from near"] == pytest.approx(tuned)
    frozen = result("frozen.probe").evaluate(**fields, n=5, features=[[float(w)] for w in source])
    assert risks["frozen: refit near"] == pytest.approx(frozen)
    assert risks["near as it is"] == pytest.approx(law.eigenvalues @ (TARGET - source) ** 2)


def test_fine_tuning_all_weights_is_exact_where_the_fit_is_the_truth_and_infinite_next_to_the_threshold() -> None:
    law, ways = Fit(10**6, np.linspace(2, 0.5, D), np.eye(D), TARGET, SIGMA**2), Ways(SOURCES)
    risks = ways.risks(law, [4, D - 1], truth=True) * ways.exact(law, [4, D - 1])
    fields = {"n": 4, "d": D, "sigma": SIGMA, "target": TARGET.tolist(), "spectrum": law.eigenvalues.tolist()}
    for way, source in enumerate([np.zeros(D), *SOURCES.values()]):
        exact = result("linear.risk_any_covariance").evaluate(**fields, source=source.tolist())
        assert risks[0, way] == pytest.approx(exact)
        assert risks[1, way] == np.inf


def test_a_near_source_is_the_one_to_start_from_and_with_many_samples_none_is() -> None:
    few = named(predict(*sample(200), SOURCES, samples=4, redrawn=40))
    assert few["fine-tune from near"] < few["fine-tune from zero"] < few["fine-tune from far"]
    many = named(predict(*sample(200), SOURCES, samples=40, redrawn=40))
    assert many["fine-tune from near"] == many["fine-tune from far"] == many["fine-tune from zero"]


def test_the_prediction_is_near_the_truth_and_its_interval_narrows_with_the_sample() -> None:
    x, y = sample(5000)
    wide, narrow = (predict(x[:k], y[:k], SOURCES, samples=4, redrawn=100) for k in (60, 5000))
    law = Fit(10**9, np.linspace(1.5, 0.5, D) ** 2, np.eye(D), TARGET, SIGMA**2)
    ways = Ways(SOURCES)
    risks = ways.risks(law, [4], truth=True)[0] * ways.exact(law, [4])[0]
    truth = dict(zip(ways.names, risks, strict=True))
    for one, other in zip(sorted(wide.options, key=str), sorted(narrow.options, key=str), strict=True):
        assert one.name == other.name
        assert other.risk.value == pytest.approx(truth[other.name], rel=0.15)
        assert other.risk.high - other.risk.low < one.risk.high - one.risk.low
        assert one.risk.low <= one.risk.value <= one.risk.high
    assert wide.noise.low < SIGMA**2 < wide.noise.high


def test_the_samples_needed_are_those_at_which_the_risk_falls_below_what_is_wanted() -> None:
    sizes = sizes_looked_at(D)
    assert all(a < b for a, b in pairwise(sizes))
    found = predict(*sample(300), SOURCES, risk=0.02, redrawn=40)
    for option in found.options:
        estimate, low, high = option.needed
        if estimate is not None:
            assert low is not None
            assert low <= estimate
            assert high is None or estimate <= high
            risks = named(predict(*sample(300), SOURCES, samples=estimate, redrawn=40))
            assert risks[option.name] <= 0.02


def test_the_same_seed_gives_the_same_and_another_other_intervals() -> None:
    first, again, other = (predict(*sample(60), SOURCES, redrawn=30, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"samples": 0}, "samples=0"),
        ({"risk": -1.0}, "risk=-1.0"),
        ({"confidence": 1.0}, "confidence=1.0"),
        ({"redrawn": 3}, "redrawn=3"),
    ],
)
def test_questions_without_an_answer_are_refused(arguments: dict[str, float], why: str) -> None:
    with pytest.raises(InputError, match=why):
        predict(*sample(60), SOURCES, **arguments)  # type: ignore[arg-type]


def test_sources_of_another_length_that_are_zero_or_missing_are_refused() -> None:
    for sources, why in (({"u": np.ones(3)}, "3 weights"), ({"u": np.zeros(D)}, "are zero"), ({}, "no source")):
        with pytest.raises(InputError, match=why):
            predict(*sample(60), sources)


@pytest.mark.parametrize("module", [estimation, resampling, many, outlook], ids=lambda module: module.__name__)
def test_examples_in_docstrings_run(module: ModuleType) -> None:
    outcome = doctest.testmod(module)
    assert outcome.attempted
    assert not outcome.failed


def test_labels_without_noise_are_refused() -> None:
    x, _ = sample(60)
    with pytest.raises(InputError, match="without noise"):
        predict(x, x @ TARGET, SOURCES)


HEADER = ",".join([*(f"x{k}" for k in range(D)), "label"])


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    data, weights = tmp_path / "table.csv", tmp_path / "near.json"
    rows = "\n".join(",".join(map(repr, row)) for row in np.column_stack(sample(60)).tolist())
    data.write_text(f"{HEADER}\n{rows}\n", encoding="utf-8")
    weights.write_text(json.dumps(SOURCES["near"].tolist()), encoding="utf-8")
    return data, weights


def command(data: Path, weights: Path, target: str = "label") -> list[str]:
    return ["predict", "--data", str(data), "--target", target, "--source-weights", str(weights)]


def test_the_command_says_what_the_function_says(files: tuple[Path, Path], capsys: Capsys) -> None:
    assert main([*command(*files), "--samples", "4", "--risk", "0.1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    found = predict(*sample(60), {"near": SOURCES["near"]}, samples=4, risk=0.1)
    assert {o["name"]: o["risk"]["value"] for o in told["options"]} == named(found)
    assert main([*command(*files), "--samples", "4"]) == 0
    out = capsys.readouterr().out
    assert "start: fine-tune from near" in out
    assert "freeze: " in out
    assert sorted(path.name for path in files[0].parent.iterdir()) == ["near.json", "table.csv"]


BAD_TABLES = {
    "1,2\n": "first line holds numbers",
    "": "is empty",
    f"{HEADER}\n": "no rows",
    f"{HEADER}\n" + "1,2\n": "line 2: 2 values for 9 columns",
    f"{HEADER}\n" + "1,2,,4,5,6,7,8,9\n": "line 2: x2 is missing",
    f"{HEADER}\n" + "1,2,NA,4,5,6,7,8,9\n": "line 2: x2 is missing",
    f"{HEADER}\n" + "1,2,red,4,5,6,7,8,9\n": r"x2 is text \('red'\)",
    f"{HEADER}\n" + "1,2,inf,4,5,6,7,8,9\n": "x2 is not finite",
    f"{HEADER}\n" + "1,2,3,4,5,6,7,8,9\n2,3,3,5,6,7,8,9,1\n": "column x2 is constant",
    "a,a,label\n1,2,3\n": "column a is there twice",
    "label\n1\n2\n": "label is the only column",
    "a,b\n1,2\n": "no column label; its columns are a, b",
    "a,lable\n1,2\n": "did you mean lable?",
    f"{HEADER}\n" + "1,2,3,4,5,6,7,8,9\n2,4,1,5,6,7,8,9,1\n": "needs 11 rows at least",
}


@pytest.mark.parametrize(("text", "why"), BAD_TABLES.items())
def test_a_bad_table_gets_one_line_and_nothing_is_written(
    text: str, why: str, files: tuple[Path, Path], capsys: Capsys
) -> None:
    data, weights = files
    data.write_text(text, encoding="utf-8")
    assert main(command(data, weights)) == 2
    out, error = capsys.readouterr()
    assert not out
    assert error.count("\n") == 1
    assert re.search(why, error), error
    assert sorted(path.name for path in data.parent.iterdir()) == ["near.json", "table.csv"]


def test_a_table_that_is_larger_than_the_memory_is_refused_before_it_is_read(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    monkeypatch.setattr(table, "free_memory", lambda: 1000.0)
    monkeypatch.setattr(table, "_rows", lambda *_: pytest.fail("it was read"))
    assert main(command(*files)) == 2
    assert "take fewer columns or rows" in capsys.readouterr().err


def test_a_file_that_is_not_there_or_no_text_is_refused(files: tuple[Path, Path], capsys: Capsys) -> None:
    data, weights = files
    assert main(command(data.with_name("none.csv"), weights)) == 2
    assert "cannot be read" in capsys.readouterr().err
    data.write_bytes(b"a,b\n\xff\xfe,1\n")
    assert main(command(data, weights)) == 2
    assert "no CSV file in UTF-8" in capsys.readouterr().err


BAD_WEIGHTS = {
    "[1, 2]": "2 weights for 8 features",
    "{": "no list of numbers",
    "7": "no list of numbers",
    "[true, 1, 1, 1, 1, 1, 1, 1]": "no list of numbers",
    '["a", 1, 1, 1, 1, 1, 1, 1]': "no list of numbers",
    "[Infinity, 1, 1, 1, 1, 1, 1, 1]": "not finite",
    '{"x0": 1}': "no weight for x1",
    '{"z": 1}': "z is no feature",
}


@pytest.mark.parametrize(("text", "why"), BAD_WEIGHTS.items())
def test_bad_source_weights_get_one_line(text: str, why: str, files: tuple[Path, Path], capsys: Capsys) -> None:
    data, weights = files
    weights.write_text(text, encoding="utf-8")
    assert main(command(data, weights)) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert why in error


def test_weights_are_read_from_lists_objects_and_text(tmp_path: Path) -> None:
    columns = ("a", "b")
    for name, text in (("u.json", "[1, 2.5]"), ("v.json", '{"b": 2.5, "a": 1}'), ("w.txt", "1,\n2.5\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert read_weights(tmp_path / name, columns).tolist() == [1.0, 2.5]


def test_a_source_that_is_given_twice_is_refused(files: tuple[Path, Path], capsys: Capsys) -> None:
    assert main([*command(*files), "--source-weights", str(files[1])]) == 2
    assert "twice" in capsys.readouterr().err


def test_the_label_is_no_feature_wherever_it_stands(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,label,b\n1,2,3\n4,5,7\n", encoding="utf-8")
    found = read_table(tmp_path / "t.csv", "label")
    assert found.columns == ("a", "b")
    assert found.x.tolist() == [[1, 3], [4, 7]]
    assert found.y.tolist() == [2, 5]
