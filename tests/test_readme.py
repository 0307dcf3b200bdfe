"""README.md shows what the commands print, and only commands that there are."""

import re
from pathlib import Path

import pytest

from headstart.cli import main

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\n(.*?)^```", TEXT, flags=re.M | re.S)
SHOWN = [part for block in BLOCKS for part in re.split(r"^\$ ", block, flags=re.M) if part.startswith("headstart ")]
EXACT = {
    part.split("\n", 1)[0]: part.split("\n", 1)[1]
    for part in SHOWN
    if "\n" in part.strip() and " simulate " not in part
}


def printed(command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "160")
    assert main(command.split()[1:]) == 0
    return capsys.readouterr().out


def rounded(text: str) -> str:
    """The text with 14 significant digits where a number has more."""
    return re.sub(r"\d\.\d{14,}", lambda match: f"{float(match[0]):.14g}", text)


def test_the_two_commands_stand_at_the_top() -> None:
    lines = TEXT.splitlines()
    assert lines[2].strip().startswith("pip install -e . && headstart demo")
    assert lines[3].strip().startswith("pip install -e '.[test]' && pytest")


@pytest.mark.parametrize("command", EXACT)
def test_readme_shows_what_the_command_prints(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To 14 digits: the last bits of logarithms and powers are the machine's."""
    found, said = printed(command, capsys, monkeypatch), EXACT[command]
    assert [line.rstrip() for line in rounded(found).splitlines()] == rounded(said).splitlines()


def test_readme_shows_what_was_simulated(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """All but the versions: the bits are the same everywhere."""
    ((command, shown),) = (part.split("\n", 1) for part in SHOWN if " simulate " in part and "\n" in part.strip())
    told = printed(command, capsys, monkeypatch).splitlines()
    said, found = ([" ".join(line.split()) for line in lines] for lines in (shown.splitlines(), told))
    assert [line for line in found if not line.startswith("versions")] == [
        line for line in said if not line.startswith("versions")
    ]


def test_readme_shows_the_list_of_results(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    shown = TEXT.split("<!-- the output of: headstart list -->\n```\n")[1].split("```")[0]
    listed = [line.rstrip() for line in printed("headstart list", capsys, monkeypatch).splitlines()]
    assert listed == shown.splitlines()


def test_readme_derives_what_it_shows(capsys: pytest.CaptureFixture[str]) -> None:
    ((code, shown),) = re.findall(r"^```python\n([^`]*?)^```\n\n```\n(.*?)^```", TEXT, flags=re.M | re.S)
    exec(compile(code, "README.md", "exec"), {})  # our own file, not text from outside
    assert capsys.readouterr().out == shown


def test_readme_python_example_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code, _ = re.findall(r"^```python\n(.*?)^```", TEXT, flags=re.M | re.S)
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), names)  # our own file, not text from outside
    assert repr(names["risk"].evaluate(n=30, d=60, sigma=0.5, squared_distance=0.3)) in code  # type: ignore[attr-defined]
    assert (tmp_path / "appendix.tex").exists()
