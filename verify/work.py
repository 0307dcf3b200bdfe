"""The work of a run: its checks by number, so that any executor makes them, in any process."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import inf, nan
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias, TypeVar

from numerics.instance import InstanceError
from theory.catalogue import result
from theory.evaluation import EvaluationError, regime_at
from theory.result import Result
from verify.claim import Claim
from verify.ledger import Ledger, LedgerReport
from verify.places import Places, claim_at
from verify.plan import Check, placed, plan
from verify.stage_zero.relation import Relation
from verify.stage_zero.suite import relations_of, settled
from verify.tiers import TIERS
from verify.verdict import Outcome, Verdict


class Made(NamedTuple):
    """The outcome of one comparison, how many seconds it took, and the regimes that its result has."""

    outcome: Outcome
    seconds: float
    regimes: tuple[str, ...]


Settled: TypeAlias = tuple[Verdict, float]
"""The verdict on an exact relation, and how many seconds it took."""
T = TypeVar("T")


@dataclass(frozen=True)
class Work:
    """What determines every check of a run and all its draws: which results, how sharply, from which seed.

    `places`: instances that are given beside them; alone, where no result is named.
    """

    keys: tuple[str, ...]
    tier: str
    seed: int
    budget: float
    places: tuple[Places, ...] = ()

    def __call__(self, number: int, _: int) -> Made | Settled:
        """Make the check of this number, or settle the relation."""
        item = planned(self).items[number]
        return settled(item) if isinstance(item, Relation) else timed(item, result(item.claim.key))

    def ready(self) -> None:
        """Plan, so that it is done when the first number is asked for."""
        planned(self)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What is claimed of the results, and at the places."""
        named = claims_of(self.keys) if self._named else ()
        return (*named, *(claim_at(claims_of([at.key]), at) for at in self.places))

    @property
    def relations(self) -> tuple[Relation, ...]:
        """The exact relations of the results."""
        return relations_of(self.keys) if self._named else ()

    @property
    def _named(self) -> bool:
        return bool(self.keys or not self.places)

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "keys": list(self.keys),
            "tier": self.tier,
            "seed": self.seed,
            "budget": self.budget,
            "places": [at.as_json() for at in self.places],
        }


@dataclass(frozen=True)
class Planned:
    """The claims of a run, their checks, exact relations, and the budget that was reserved for the checks."""

    claims: tuple[Claim, ...]
    checks: tuple[Check, ...]
    relations: tuple[Relation, ...]
    ledger: LedgerReport

    @cached_property
    def items(self) -> tuple[Check | Relation, ...]:
        """All checks in order and all relations in order, spread evenly: relations wait for one another, checks not."""
        spread: list[tuple[float, Check | Relation]] = [*_spread(self.checks), *_spread(self.relations)]
        return tuple(item for _, item in sorted(spread, key=itemgetter(0)))

    @property
    def names(self) -> list[str]:
        """One for each of the items."""
        return [f"{x.key} / exactly / {x.name}" if isinstance(x, Relation) else x.name for x in self.items]


def _spread(items: Sequence[T]) -> Iterable[tuple[float, T]]:
    return (((number + 0.5) / len(items), item) for number, item in enumerate(items))


@cache
def planned(work: Work) -> Planned:
    """Every check of a run, the same in every process."""
    ledger = Ledger(budget=work.budget, pilot_budget=work.budget)
    claims = work.claims
    return Planned(claims, plan(claims, work.seed, ledger, TIERS[work.tier]), work.relations, ledger.report())


def claims_of(keys: Sequence[str] | None = None) -> tuple[Claim, ...]:
    """The claims about these results, or about all; an unknown key is refused by the catalogue."""
    from verify import deep_linear, early_stopping, frozen, linear, relu, ridge, sequence, weight_average

    for key in keys or ():
        result(key)
    settings = (linear, deep_linear, frozen, ridge, early_stopping, weight_average, sequence, relu)
    return tuple(c for setting in settings for c in setting.CLAIMS if not keys or c.key in keys)


def timed(check: Check, claimed: Result) -> Made:
    """One comparison and how long it took."""
    start = time.perf_counter()
    try:
        outcome = check.claim.check(claimed, check.case, check.level)
    except (InstanceError, EvaluationError) as error:
        outcome = _not_compared(check, str(error))
    seconds = time.perf_counter() - start
    at = regime_at(claimed, check.case.fields).name
    return Made(placed(outcome, check, at, seconds), seconds, tuple(regime.name for regime in claimed.regimes))


def _not_compared(check: Check, why: str) -> Outcome:
    """Nothing was decided, as draws or the formula's number could not be had: the run goes on, and is red."""
    return Outcome(
        verdict=Verdict.UNDECIDED,
        test=check.claim.what,
        claimed=nan,
        observed=nan,
        resolution=inf,
        relative_resolution=None,
        draws=0,
        certificate="none needed",
        alpha=0.0,
        alpha_pass=0.0,
        note=f"not compared: {why}",
    )
