"""Formulas made wrong where every layer finds them, and verdicts: for tests of what is said of a claim that fails."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

from headstart import api
from theory import catalogue
from theory.calculus.expressions import Expression
from theory.notation import vector
from theory.result import Equality, Result, Step
from verify import Report, Verdict, simplest, suite, work
from verify.claim import scaled, twin_in
from verify.report import row as gathered


def plant(monkeypatch: pytest.MonkeyPatch, *keys: str) -> None:
    """The first regime of these results off by a twentieth, wherever the suite and the front door look them up."""
    honest = catalogue.result

    def planted(key: str) -> Result:
        found = honest(key)
        return twin_in(found.regimes[0], found, scaled(sp.Rational(21, 20))) if key in keys else found

    for module in (suite, work, simplest, api):
        monkeypatch.setattr(module, "result", planted)


def spoiled(report: Report) -> Report:
    """One claim refuted, one undecided, one vacuous; and the first exact relation refuted."""
    rows = list(report.rows)
    for k, verdict in enumerate((Verdict.REFUTED, Verdict.UNDECIDED)):
        outcomes = [replace(outcome, verdict=verdict) for outcome in rows[k].outcomes]
        rows[k] = gathered(rows[k].key, rows[k].check, {"all <of> it & more": outcomes}, 1.0)
    rows[2] = gathered(rows[2].key, rows[2].check, {"n < d": []}, 1.0)
    exact = (replace(report.exact[0], verdict=Verdict.REFUTED), *report.exact[1:])
    return replace(report, rows=tuple(rows), exact=exact)


WRONG = {
    Equality.PATHWISE: sp.Rational(1001, 1000),
    Equality.IN_EXPECTATION: sp.Rational(11, 10),
    Equality.IN_LAW: sp.Rational(3, 2),
    Equality.ASYMPTOTIC: sp.Rational(13, 10),
    Equality.AT_MOST: sp.Rational(1, 2),
    Equality.AT_MOST_ON_AVERAGE: sp.Rational(1, 4),
}


def wrong_step(step: Step) -> Step:
    """A step with a wrong right-hand side: a wrong factor, or something where there should be nothing."""
    if step.after == 0:
        return replace(step, after=sp.Integer(1))
    if isinstance(step.after, Expression) and not step.after.terms:
        return replace(step, after=vector("u"))
    return replace(step, after=step.after * WRONG[step.equality])
