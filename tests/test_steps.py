"""Every step of every derivation is checked by numbers, in the sense it claims, and so is a wrong twin of it."""

from dataclasses import replace

import pytest
import sympy as sp

from theory.calculus.expressions import Expression
from theory.notation import vector
from theory.result import Equality, Step
from verify.step_suite import check, distinct_steps
from verify.verdict import Verdict

SEED = 20261122
STEPS = distinct_steps()
WRONG = {
    Equality.PATHWISE: sp.Rational(1001, 1000),
    Equality.IN_EXPECTATION: sp.Rational(11, 10),
    Equality.IN_LAW: sp.Rational(3, 2),
    Equality.ASYMPTOTIC: sp.Rational(13, 10),
}


def planted(step: Step) -> Step:
    """The step with a wrong right-hand side: a wrong factor, or something where there should be nothing."""
    if step.after == 0:
        return replace(step, after=sp.Integer(1))
    if isinstance(step.after, Expression) and not step.after.terms:
        return replace(step, after=vector("u"))
    return replace(step, after=step.after * WRONG[step.equality])


@pytest.mark.parametrize("name", STEPS)
def test_step_is_supported_as_derived_and_refuted_with_a_wrong_factor(name: str) -> None:
    step, derivation = STEPS[name]
    for tried, verdict in ((step, Verdict.SUPPORTED), (planted(step), Verdict.REFUTED)):
        outcome = check(name, tried, derivation, SEED)
        assert outcome.verdict is verdict, outcome
