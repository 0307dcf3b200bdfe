"""Mutants against the checks of a run: would it have told the wrong formula from the right one?"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from theory.catalogue import result
from theory.exclusive import exclusive
from theory.result import Result
from verify.claim import Level
from verify.drawing import keeping
from verify.ledger import Ledger
from verify.mutants.equivalence import proof
from verify.mutants.mutant import Mutant, mutants_of
from verify.mutants.sites import WRONG_NUMBERS, Site, sites
from verify.plan import Check, examples, plan
from verify.stage_zero.relation import Relation
from verify.stage_zero.suite import relations_of
from verify.tiers import NIGHTLY, Tier
from verify.verdict import Verdict
from verify.work import claims_of

BELOW, CLEAR = 0.002, 0.005
"""Differences smaller than the first, relative to the value, are below the resolution of a nightly run; from the second
on all must be seen."""
PROBES = 12
"""Instances of every stratum at which the size of a difference is looked for."""
SEEN, ROUNDING = 1e-5, 1e-9
"""A larger difference than the first is not due to quadrature: there is nothing to prove.  One below the second is none
that was seen."""


class Fate(StrEnum):
    """What becomes of a mutant; the last two are failures of the suite."""

    EXACTLY = "killed exactly"
    """An exact relation of stage zero refutes it, without a draw."""
    KILLED = "killed by draws"
    EQUIVALENT = "proved equivalent"
    BELOW_RESOLUTION = "below resolution"
    SURVIVED = "survived"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Tried:
    """One mutant: which formula, what is wrong, its fate, its largest relative difference that was seen, and why.

    There is no difference where none was looked for: an exact relation refutes it, be it ever so small.
    """

    key: str
    mutant: str
    fate: Fate
    difference: float | None
    by: str

    def as_json(self) -> dict[str, str | float | None]:
        """Plain data."""
        return {
            "key": self.key,
            "mutant": self.mutant,
            "fate": str(self.fate),
            "difference": self.difference,
            "by": self.by,
        }


@dataclass(frozen=True)
class Look:
    """A round of all checks: every mutant that differs at an instance by more than so many resolutions is judged."""

    sharp: bool
    least: float

    def level(self, check: Check) -> Level:
        """The level of the change tier or of the run: a mutant meets either once, and each has half of the budget."""
        given = replace(check.level, alpha=check.level.alpha / 2)
        return given if self.sharp else replace(given, delta=check.claim.delta, sharper=1.0)


GLANCE, *CLOSER = Look(sharp=False, least=2.0), Look(sharp=True, least=2.0), Look(sharp=True, least=0.0)
"""What a change would have shown needs few draws."""


@dataclass
class Suspect:
    """A mutant on trial: how far it is from the right formula at each instance, and its fate once it is settled."""

    mutant: Mutant
    at: dict[int, float] = field(default_factory=dict)
    fate: Tried | None = None

    @property
    def seen(self) -> float:
        """The largest difference so far."""
        return max(map(_bounded, self.at.values()), default=0.0)

    def difference(self, number: int, site: Site) -> float:
        """From the right formula, at the instance of this number."""
        if number not in self.at:
            self.at[number] = site.difference(self.mutant.result)
        return self.at[number]


def tried(
    key: str, *, seed: int = 0, budget: float = 1e-6, tier: Tier = NIGHTLY, part: slice = slice(None)
) -> tuple[Tried, ...]:
    """The fates of a result's mutants, or of part of them, under the checks that this tier makes of it."""
    with warnings.catch_warnings(action="ignore"):  # wrong formulas overflow, and leave the real numbers
        return _tried(key, seed, budget, tier, part)


def _tried(key: str, seed: int, budget: float, tier: Tier, part: slice) -> tuple[Tried, ...]:
    right = result(key)
    checks = plan(claims_of([key]), seed, Ledger(budget=budget, pilot_budget=budget), tier)
    places = sites(right, [check.case for check in checks])
    suspects = [Suspect(mutant) for mutant in tuple(mutants_of(right))[part]]
    _judge_exactly(suspects, relations_of([key]))
    _judge(suspects, checks, places, GLANCE)
    for one in _open(suspects):
        if one.seen <= SEEN and (because := proof(one.mutant, right)):
            one.fate = Tried(key, str(one.mutant), Fate.EQUIVALENT, 0.0, because)
    for look in CLOSER:
        _judge([one for one in suspects if one.seen >= BELOW], checks, places, look)
    probes = _probes(right, checks)
    return tuple(_settled(one, right, probes) for one in suspects)


def _open(suspects: Sequence[Suspect]) -> list[Suspect]:
    return [one for one in suspects if one.fate is None]


def _judge_exactly(suspects: Sequence[Suspect], relations: Sequence[Relation]) -> None:
    """The relations of stage zero."""
    for one in suspects:
        if name := next((r.name for r in relations if _refutes(r, one.mutant.result)), ""):
            one.fate = Tried(one.mutant.result.key, str(one.mutant), Fate.EXACTLY, None, name)


@exclusive
def _refutes(relation: Relation, wrong: Result) -> bool:
    try:
        return relation.verdict(wrong) is Verdict.REFUTED
    except WRONG_NUMBERS:
        return True


def _judge(suspects: Sequence[Suspect], checks: Sequence[Check], places: Sequence[Site], look: Look) -> None:
    """Check after check, so that all mutants share its draws, and no more than those are kept."""
    for number, (check, place) in enumerate(zip(checks, places, strict=True)):
        level = look.level(check)
        with keeping():
            for one in _open(suspects):
                difference = one.difference(number, place)
                if look.least * level.delta < difference > ROUNDING and _is_refuted(one.mutant.result, check, level):
                    by = f"{check.claim.what}, {check.stratum}"
                    one.fate = Tried(check.claim.key, str(one.mutant), Fate.KILLED, one.seen, by)


def _is_refuted(wrong: Result, check: Check, level: Level) -> bool:
    try:
        return check.claim.check(wrong, check.case, level).verdict is Verdict.REFUTED
    except WRONG_NUMBERS:
        return True


def _settled(one: Suspect, right: Result, probes: Sequence[Site]) -> Tried:
    """The fate of a mutant, with its largest difference: looked for at the probes where none that is clear was seen."""
    if one.fate is not None and one.fate.fate in (Fate.EXACTLY, Fate.EQUIVALENT):
        return one.fate
    most = one.seen
    for site in probes if most < CLEAR else ():
        most = max(most, _bounded(site.difference(one.mutant.result)))
        if most >= CLEAR:
            break
    if one.fate is not None:
        return replace(one.fate, difference=most)
    fate = Fate.SURVIVED if most >= BELOW else Fate.BELOW_RESOLUTION if most > ROUNDING else Fate.UNKNOWN
    return Tried(right.key, str(one.mutant), fate, most, "")


def _bounded(difference: float) -> float:
    return 1.0 if math.isinf(difference) else difference


def _probes(right: Result, checks: Sequence[Check]) -> tuple[Site, ...]:
    strata = {id(s): s for check in checks for s in check.claim.strata}
    return sites(right, [case for stratum in strata.values() for case in examples(stratum.cases, PROBES)])
