"""`headstart verify --report`: a page that needs nothing else, looked at in a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib.image import imread

from headstart.evidence import values, write
from headstart.evidence.writing import PAGE
from tests.pages import MATHML, SVG, XHTML, classes, section, text
from tests.planted import spoiled
from theory import catalogue
from theory.latex import latex_of
from verify import Report, run

KEYS = ("linear.estimator", "linear.variance", "linear.quantile", "linear.risk_equivalent")
"""Between them they have every kind of evidence: pairs, intervals and curves, coverages, rates."""
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def report() -> Report:
    return run(KEYS)


@pytest.fixture(scope="module")
def folder(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("evidence") / "new"
    assert write(report, (), path) == path / PAGE
    return path


@pytest.fixture(scope="module")
def page(folder: Path) -> ElementTree.Element:
    return ElementTree.parse(folder / PAGE).getroot()


def test_the_page_needs_nothing_from_elsewhere_and_no_program(folder: Path, page: ElementTree.Element) -> None:
    for element in page.iter():
        assert element.tag.removeprefix(XHTML) not in {"script", "link", "img", "iframe", "object", "embed", "base"}
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            if name.rpartition("}")[2] in {"href", "src", "srcset", "data", "action"}:
                assert value.startswith("#")
    style = text(page.find(f".//{XHTML}style"))
    assert "@import" not in style
    assert "url(" not in style
    addresses = set(re.findall(r"https?://[^\s\"'<]+", (folder / PAGE).read_text(encoding="utf-8")))
    assert addresses == {space.strip("{}") for space in (XHTML, SVG, MATHML)}


def test_every_link_leads_somewhere_and_no_place_is_named_twice(page: ElementTree.Element) -> None:
    places = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(places) == len(set(places))
    links = [element.get("href", "") for element in page.iter(f"{XHTML}a")]
    assert {link.removeprefix("#") for link in links} <= set(places)
    assert len(links) == len(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_every_claim_has_its_formula_verdict_numbers_and_figures(
    key: str, page: ElementTree.Element, report: Report
) -> None:
    claim = section(page, key)
    row = next(row for row in report.rows if row.key == key)
    formulas = {element.get("alttext", "") for element in claim.iter(f"{MATHML}math")}
    for regime in catalogue.result(key).regimes:
        if "threshold" not in regime.name and "sigma" not in regime.name:
            assert any(latex_of(regime.value) in formula for formula in formulas)
    said = text(claim)
    for number in (row.check, row.certificate, str(report.seed), *(outcome.test for outcome in row.outcomes)):
        assert number in said
    assert said.count("✓ supported") == 1 + len(row.outcomes) + (len(row.regimes) if len(row.regimes) > 1 else 0)
    figures = list(claim.iter(f"{XHTML}figure"))
    assert len(figures) == (2 if key == "linear.variance" else 1)
    for figure in figures:
        drawing = figure.find(f".//{SVG}svg")
        assert drawing is not None
        assert drawing.get("role") == "img"
        assert drawing.find(f"{SVG}title") is not None
        assert len(drawing.get("aria-label", "")) > 30
        assert text(figure.find(f"{XHTML}figcaption"))
        assert list(classes(drawing, "theory"))
        assert list(classes(drawing, "mark")) or list(classes(drawing, "dot"))


def test_each_mean_is_drawn_with_its_interval_inside_the_band(page: ElementTree.Element, report: Report) -> None:
    row = next(row for row in report.rows if row.key == "linear.variance")
    first = next(section(page, "linear.variance").iter(f"{XHTML}figure"))
    means = [o for o in row.outcomes if "law" not in o.test]
    whiskers = [e for e in classes(first, "whisker") if e.get("x1") == e.get("x2")]
    assert len(whiskers) == len(means)
    (band,) = classes(first, "band")
    top, height = (float(band.get(name, "nan")) for name in ("y", "height"))
    for whisker in whiskers:
        for end in ("y1", "y2"):
            assert top - 0.02 <= float(whisker.get(end, "nan")) <= top + height + 0.02


def test_headings_go_down_one_level_at_a_time_and_tables_have_headers(page: ElementTree.Element) -> None:
    levels = [int(e.tag[-1]) for e in page.iter() if re.fullmatch(rf"{re.escape(XHTML)}h[1-6]", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    tables = list(page.iter(f"{XHTML}table"))
    assert len(tables) >= 2 + len(KEYS)
    for table in tables:
        assert table.find(f"{XHTML}caption") is not None
        assert all(cell.get("scope") in {"row", "col"} for cell in table.iter(f"{XHTML}th"))
        width = len(table.findall(f"{XHTML}thead/{XHTML}tr/{XHTML}th"))
        assert all(len(line) == width for line in table.iterfind(f"{XHTML}tbody/{XHTML}tr"))
    assert page.get("lang") == "en"


def test_the_budget_is_told_apart_for_pilots(page: ElementTree.Element, report: Report) -> None:
    (budget,) = (table for table in page.iter(f"{XHTML}table") if table.get("class") == "budget")
    certified, pilot = (text(line) for line in budget.iterfind(f"{XHTML}tbody/{XHTML}tr"))
    assert str(report.ledger.checks) in certified
    assert "proved" in certified
    assert str(report.ledger.pilot_checks) in pilot
    assert "asymptotic" in pilot


def test_what_is_not_supported_comes_first(report: Report, tmp_path: Path) -> None:
    write(spoiled(report), (), tmp_path)
    root = ElementTree.parse(tmp_path / PAGE).getroot()
    (failing,) = classes(root, "failing")
    assert [e.get("href") for e in failing.iter(f"{XHTML}a")] == [f"#{key.replace('.', '-')}" for key in KEYS[:3]]
    said = text(root)
    assert "✕ 1 of 4 claims supported: 1 refuted, 1 undecided, 1 vacuous" in said
    assert said.index("Not supported") < said.index("How sure this is") < said.index("Overview")
    first = section(root, KEYS[0])
    marks = list(classes(first, "mark"))
    assert marks
    assert all(mark.get("class") == "mark refuted" for mark in marks)


def test_a_number_that_is_infinite_is_written_out_and_a_single_one_has_its_line(report: Report) -> None:
    (row,) = (row for row in report.rows if row.key == "linear.quantile")
    first, second, *_ = row.outcomes
    endless = replace(second, claimed=float("inf"), observed=float("inf"), evidence=None)
    drawing = ElementTree.fromstring(values.figure([endless, first], "title"))
    assert "claimed ∞, simulated ∞" in text(drawing)
    line = next(e for e in classes(drawing, "theory") if e.tag == f"{SVG}polyline")
    assert len(line.get("points", "").split()) == 2


needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium here")


def browse(page: Path, *options: str) -> str:
    """What headless Chromium says about the page, without a network."""
    command = [
        str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage",
        f"--user-data-dir={page.parent / 'profile'}", "--host-resolver-rules=MAP * ~NOTFOUND",
        *options, page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


@needs_browser
def test_a_browser_without_a_network_shows_everything(folder: Path, page: ElementTree.Element) -> None:
    dom = browse(folder / PAGE, "--dump-dom")
    for name in ("section", "figure", "table", "math", "svg", "details"):
        there = sum(element.tag.rpartition("}")[2] == name for element in page.iter())
        assert there > 0
        assert len(re.findall(rf"<{name}[ >]", dom)) == there
    for key in KEYS:
        assert f'id="{key.replace(".", "-")}"' in dom


@needs_browser
def test_the_page_is_light_by_day_and_dark_by_night(folder: Path, tmp_path: Path) -> None:
    """Ink on paper and the other way round, and more of the page painted than its background."""
    brightness = {}
    for name, setting in (("light", 1), ("dark", 0)):
        picture = tmp_path / f"{name}.png"
        browse(
            folder / PAGE, f"--screenshot={picture}", "--window-size=1000,1400",
            f"--blink-settings=preferredColorScheme={setting}",
        )  # fmt: skip
        seen = imread(picture)[..., :3]
        brightness[name] = float(seen[2, 2].mean())
        assert (abs(seen - seen[2, 2]).max(axis=-1) > 0.3).mean() > 0.01
    assert brightness["light"] > 0.9
    assert brightness["dark"] < 0.2
