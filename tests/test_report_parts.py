"""What the page of a report is made of: escaped text, formulas, numbers and scales."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from headstart.evidence.formulas import definitions, formula, maths
from headstart.evidence.markup import Markup, tag
from headstart.evidence.numbers import shown
from headstart.evidence.scales import Scale, spanning
from tests.pages import MATHML
from theory import catalogue


def test_every_formula_of_the_catalogue_becomes_mathml() -> None:
    for key in catalogue.keys():  # noqa: SIM118 (a function)
        found = catalogue.result(key)
        root = ElementTree.fromstring(tag("div", formula(found), *definitions(found)))
        formulas = list(root.iter(f"{MATHML}math"))
        assert formulas, key
        for element in formulas:
            assert "\\" not in "".join(element.itertext()), element.get("alttext")
            assert element.get("alttext")
            assert not [e for e in element.iter() if e.tag == f"{MATHML}merror"]


def test_text_is_escaped_and_markup_is_not() -> None:
    assert tag("p", "n < d & <b>", tag("b", "bold"), title='"quoted"', class_=None) == (
        '<p title="&quot;quoted&quot;">n &lt; d &amp; &lt;b&gt;<b>bold</b></p>'
    )
    assert isinstance(maths("n < d"), Markup)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.0, "0"), (1.2345678, "1.235"), (1e-6, "10⁻⁶"), (-2.5e-7, "−2.5 × 10⁻⁷"), (float("inf"), "∞"), (None, "")],
)
def test_numbers_are_shown_as_people_write_them(number: float | None, text: str) -> None:
    assert shown(number) == text


@pytest.mark.parametrize("values", [[0.0], [3.0, 3.0], [-2.0, 5.0], [1e-9, 1e9], [0.01, 0.9], [1e-300, 2e-300], [1e8]])
def test_a_scale_holds_its_values_and_has_ticks_that_do_not_crowd(values: list[float]) -> None:
    scale = spanning(values, 10.0, 110.0)
    assert all(10 <= scale(value) <= 110 for value in values)
    assert 1 <= len(scale.ticks) <= 7
    assert all(scale.low <= tick * (1 + 1e-9) and tick <= scale.high * (1 + 1e-9) for tick in scale.ticks)
    assert Scale(0, 1, 0, 100)(5) == 100
