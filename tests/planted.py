"""Formulas made wrong where every layer finds them, for tests of what is said about a claim that fails."""

from __future__ import annotations

import pytest
import sympy as sp

from headstart import api
from theory import catalogue
from theory.result import Result
from verify import simplest, suite
from verify.claim import scaled, twin_in


def plant(monkeypatch: pytest.MonkeyPatch, *keys: str) -> None:
    """The first regime of these results off by a twentieth, wherever the suite and the front door look them up."""
    honest = catalogue.result

    def planted(key: str) -> Result:
        found = honest(key)
        return twin_in(found.regimes[0], found, scaled(sp.Rational(21, 20))) if key in keys else found

    for module in (suite, simplest, api):
        monkeypatch.setattr(module, "result", planted)
