"""What a user gets with the package: versions that agree, sources that are cited, the four packages."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import theory.references
from theory.references import Reference

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = ["theory", "numerics", "verify", "headstart"]


def test_the_wheel_holds_the_four_packages() -> None:
    assert PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == PACKAGES


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_typed(package: str) -> None:
    assert (ROOT / package / "__init__.py").is_file()
    assert (ROOT / package / "py.typed").is_file()


def test_version_and_licence_agree_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    version = PROJECT["project"]["version"]
    assert f"\nversion: {version}\n" in citation
    assert f"\n## {version}\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\nlicense: {PROJECT['project']['license']}\n" in citation


def test_every_source_of_the_theory_is_in_the_citation_file() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    sources = [value for value in vars(theory.references).values() if isinstance(value, Reference)]
    assert sources
    for source in sources:
        assert source.title in citation


def test_the_readme_shows_the_two_commands_that_the_checks_run() -> None:
    checks = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ("pip install -q -e . && headstart demo", "pip install -q -e '.[test]' && pytest"):
        assert f"\n{command}\n" in checks


def test_the_front_door_evaluates_no_text() -> None:
    for file in (ROOT / "headstart").rglob("*.py"):
        assert not re.search(r"\b(eval|exec|sympify|parse_expr)\s*\(", file.read_text(encoding="utf-8")), file
