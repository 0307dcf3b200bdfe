"""Which cases wait for the night: `pytest -m nightly` runs them.

By day the shipped record stands for the comparisons of expensive results, and for most steps: a formula or a step that
has changed since is red (`test_the_shipped_record_is_about_the_formulas_as_they_are_and_all_their_steps`), and a new
record takes them all.
"""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

SHARE = 3
"""Of many cases of one kind, one in so many is run by day."""


def by_night(cases: Iterable[Any], expensive: Callable[[Any], bool]) -> list[Any]:
    """Cases to parametrize a test with, the expensive ones marked."""
    return [pytest.param(*_tuple(case), marks=pytest.mark.nightly) if expensive(case) else case for case in cases]


def _tuple(case: Any) -> tuple[Any, ...]:
    return case if isinstance(case, tuple) else (case,)
