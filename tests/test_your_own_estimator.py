"""The page on a user's own estimator is a program: what it prints is what it says."""

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parent.parent / "docs" / "your_own_estimator.md").read_text(encoding="utf-8")


@pytest.mark.nightly
def test_the_page_prints_what_it_says():
    blocks = re.findall(r"```(python)?\n(.*?)```", PAGE, flags=re.DOTALL)
    scope: dict[str, Any] = {}
    printed = io.StringIO()
    expected = ""
    with contextlib.redirect_stdout(printed):
        for language, text in blocks:
            if language:
                exec(compile(text, "your_own_estimator.md", "exec"), scope)
            else:
                expected += text
    assert printed.getvalue() == expected
