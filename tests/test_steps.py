"""Every step of every derivation is checked by numbers, in the sense it claims, and so is a wrong twin of it."""

import numpy as np
import pytest

from tests.nightly import SHARE, by_night
from tests.planted import wrong_step
from theory.result import Equality
from verify import steps
from verify.draws import growing
from verify.step_suite import check, distinct_steps
from verify.verdict import Verdict

SEED = 20261122
STEPS = distinct_steps()


def expensive(name: str) -> bool:
    """Leading orders of what has a penalty, a time, layers or a kernel: many draws show their rate."""
    step, _ = STEPS[name]
    return step.equality is Equality.ASYMPTOTIC and any(part in name for part in ("penalty", "tr(K", " c ", "H^-1"))


BY_DAY = {name for name in list(STEPS)[::SHARE] if not expensive(name)}


@pytest.mark.parametrize("name", by_night(STEPS, lambda name: name not in BY_DAY))
def test_step_is_supported_as_derived_and_refuted_with_a_wrong_factor(name: str) -> None:
    step, derivation = STEPS[name]
    for tried, verdict in ((step, Verdict.SUPPORTED), (wrong_step(step), Verdict.REFUTED)):
        outcome = check(name, tried, derivation, SEED)
        assert outcome.verdict is verdict, outcome


def test_chunks_of_an_asymptotic_step_are_draws_of_their_own() -> None:
    """Else as many looks as one likes would be at the same numbers."""
    step = next(s for s, _ in STEPS.values() if s.equality is Equality.ASYMPTOTIC)
    size = tuple(growing(steps.FIRST, steps.ASPECT)[0].items())
    first, second, other = (steps._chunk(step.before, size, *at) for at in ((1, 0), (1, 1), (2, 0)))
    assert not np.isin(second, first).any()
    assert not np.isin(other, first).any()
