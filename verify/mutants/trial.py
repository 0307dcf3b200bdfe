"""Mutants against the checks of a run: would it have told the wrong formula from the right one?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from theory.catalogue import result
from theory.distribution import Distribution
from theory.evaluation import EvaluationError
from theory.result import Result
from verify.claim import Case
from verify.drawing import keeping
from verify.ledger import Ledger
from verify.mutants.equivalence import proof
from verify.mutants.mutant import Mutant, mutants_of
from verify.plan import Check, examples, plan
from verify.tiers import NIGHTLY, Tier
from verify.verdict import Verdict
from verify.work import claims_of

BELOW = 0.002
"""Differences smaller than this, relative to the value, are below the resolution of a nightly run."""
PROBES = 12
"""Instances of every stratum at which the size of a difference is looked for."""
GRID = np.linspace(0.005, 0.995, 199)
WRONG_NUMBERS = (EvaluationError, ArithmeticError, ValueError, TypeError, AssertionError, RecursionError)
"""What a wrong formula raises where it has no number."""


class Fate(StrEnum):
    """What becomes of a mutant; the last two are failures of the suite."""

    KILLED = "killed"
    EQUIVALENT = "proved equivalent"
    BELOW_RESOLUTION = "below resolution"
    SURVIVED = "survived"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Tried:
    """One mutant: which formula, what is wrong, its fate, its largest relative difference that was seen, and why."""

    key: str
    mutant: str
    fate: Fate
    difference: float
    by: str

    def as_json(self) -> dict[str, str | float]:
        """Plain data."""
        return {
            "key": self.key,
            "mutant": self.mutant,
            "fate": str(self.fate),
            "difference": self.difference,
            "by": self.by,
        }


def tried(
    key: str, *, seed: int = 0, budget: float = 1e-6, tier: Tier = NIGHTLY, part: slice = slice(None)
) -> tuple[Tried, ...]:
    """The fates of a result's mutants, or of part of them, under the checks that this tier makes of it."""
    claims = claims_of([key])
    checks = plan(claims, seed, Ledger(budget=budget, pilot_budget=budget), tier)
    with keeping():
        return tuple(_try(mutant, result(key), checks) for mutant in tuple(mutants_of(result(key)))[part])


def _try(mutant: Mutant, right: Result, checks: Sequence[Check]) -> Tried:
    seen = 0.0
    for check, difference in _most_telling_first(mutant.result, right, checks):
        seen = max(seen, difference if math.isfinite(difference) else 1.0)
        if _is_refuted(mutant.result, check):
            return Tried(right.key, str(mutant), Fate.KILLED, seen, f"{check.claim.what}, {check.stratum}")
    if because := proof(mutant, right):
        return Tried(right.key, str(mutant), Fate.EQUIVALENT, 0.0, because)
    most = max([seen, *(d for d in _differences(mutant.result, right, _probes(checks)) if not math.isnan(d))])
    fate = Fate.SURVIVED if most >= BELOW else Fate.BELOW_RESOLUTION if most > 0 else Fate.UNKNOWN
    return Tried(right.key, str(mutant), fate, most, "")


def _most_telling_first(wrong: Result, right: Result, checks: Sequence[Check]) -> Iterator[tuple[Check, float]]:
    """The checks whose instance tells the two apart: those that do so clearly at once, the others after them.

    Where they agree to rounding, the check says what it says of the right formula.
    """
    later = []
    for check in checks:
        (difference,) = _differences(wrong, right, [check.case])
        if not difference <= 2 * check.level.delta:
            yield check, difference
        elif difference > 1e-12:
            later.append((check, difference))
    yield from sorted(later, key=lambda pair: -pair[1] / pair[0].level.delta)


def _is_refuted(wrong: Result, check: Check) -> bool:
    try:
        return check.claim.check(wrong, check.case, check.level).verdict is Verdict.REFUTED
    except WRONG_NUMBERS:
        return True


def _differences(wrong: Result, right: Result, cases: Sequence[Case]) -> list[float]:
    """Relative differences of the two formulas' values; nan where only a check can tell, as it needs a design."""
    return [_difference(wrong, right, case) for case in cases]


def _difference(wrong: Result, right: Result, case: Case) -> float:
    try:
        expected = right.evaluate(**case.fields)
    except EvaluationError:
        return math.nan
    try:
        found = wrong.evaluate(**case.fields)
    except WRONG_NUMBERS:
        return math.inf
    if isinstance(expected, Distribution):
        at = np.array([expected.quantile(p) for p in GRID])
        return float(np.max(np.abs(found.cdf(at) - expected.cdf(at)))) if isinstance(found, Distribution) else math.inf
    if found == expected:
        return 0.0
    return abs(float(found) / float(expected) - 1) if 0 < abs(expected) < math.inf else math.inf


def _probes(checks: Sequence[Check]) -> list[Case]:
    strata = {id(s): s for check in checks for s in check.claim.strata}
    return [case for stratum in strata.values() for case in examples(stratum.cases, PROBES)]
