"""Every step of every derivation is checked by numbers, in the sense it claims, and so is a wrong twin of it."""

import pytest

from tests.planted import wrong_step
from verify.step_suite import check, distinct_steps
from verify.verdict import Verdict

SEED = 20261122
STEPS = distinct_steps()


@pytest.mark.parametrize("name", STEPS)
def test_step_is_supported_as_derived_and_refuted_with_a_wrong_factor(name: str) -> None:
    step, derivation = STEPS[name]
    for tried, verdict in ((step, Verdict.SUPPORTED), (wrong_step(step), Verdict.REFUTED)):
        outcome = check(name, tried, derivation, SEED)
        assert outcome.verdict is verdict, outcome
