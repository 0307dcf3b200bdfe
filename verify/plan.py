"""Every check of a run, before any is made: hypothesis draws the parameters, the ledger reserves the budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeVar

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from verify import provider
from verify.claim import Case, Claim, Level, Stratum
from verify.evidence import Place
from verify.ledger import Ledger, check_seed
from verify.tiers import CHANGE, Tier
from verify.verdict import Outcome

ALPHA_PASS = 1e-6
T = TypeVar("T")


@dataclass(frozen=True)
class Check:
    """One comparison to make: a claim at one case of one stratum, with what it may spend."""

    claim: Claim
    stratum: str
    case: Case
    level: Level

    @property
    def name(self) -> str:
        """What determines the draws, apart from the run's seed."""
        return f"{self.claim.key} / {self.claim.what} / {self.stratum} / {self.level.seed}"


class SharedStream(RuntimeError):
    """Two checks of a run would see the same draws; it must stop."""


SPREAD = 4
"""Hypothesis begins with the simplest examples and goes on near them: so many times more are drawn, and those of
different shapes kept, the later first."""

SAME = 0
"""The seed of the instances of every run that does not draw its own."""


@cache
def examples(strategy: SearchStrategy[T], size: int, seed: int = SAME) -> tuple[T, ...]:
    """So many examples of a strategy: those of the seed, whatever else the process has done."""
    found: list[T] = []

    @hypothesis.seed(seed)
    @settings(
        max_examples=SPREAD * size,
        database=None,
        deadline=None,
        backend=provider.NAME,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def keep(example: T) -> None:
        found.append(example)

    keep()
    distinct = list({repr(example): example for example in found}.values())[::-1]
    firsts: dict[str, T] = {}
    for example in distinct:
        firsts.setdefault(repr(_shape(example)), example)
    chosen = list(firsts.values())
    return (*chosen, *(e for e in distinct if all(e is not c for c in chosen)))[:size]


def _shape(example: object) -> object:
    """The sizes of a case: instances of different shapes are preferred."""
    return [example.fields.get(size) for size in ("n", "d", "n_source")] if isinstance(example, Case) else example


def plan(claims: Iterable[Claim], seed: int, ledger: Ledger, tier: Tier = CHANGE) -> tuple[Check, ...]:
    """The checks of a run: each gets an equal share of its account, and a seed of its own."""
    drawn_from = seed if tier.fresh else SAME
    drawn = [
        (claim, stratum.name, case)
        for claim in claims
        for stratum in claim.strata
        for case in _cases(stratum, tier, drawn_from)
    ]
    share: Callable[[str], float] = {
        account: ledger.share(max(1, sum(c.account == account for c, _, _ in drawn)), account)
        for account in ("certified", "pilot")
    }.__getitem__
    checks = tuple(
        Check(
            claim,
            stratum,
            case,
            Level(
                share(claim.account),
                ALPHA_PASS,
                claim.delta / tier.sharper,
                seed_of(seed, claim, case),
                tier.sharper,
            ),
        )
        for claim, stratum, case in drawn
    )
    _refuse_shared_streams(checks)
    for check in checks:
        ledger.spend(check.name, check.level.alpha, check.claim.account)
    return checks


def _cases(stratum: Stratum, tier: Tier, seed: int) -> tuple[Case, ...]:
    """All that are given, and as many as the tier draws."""
    size = tier.instances * stratum.examples
    return (*stratum.given, *(examples(stratum.cases, size, seed) if size else ()))


def _refuse_shared_streams(checks: Iterable[Check]) -> None:
    """Comparisons of different things must draw from different streams, pilots (at seed ^ 1) included."""
    owners: dict[int, tuple[str, str, str]] = {}
    for check in checks:
        owner = check.claim.key, check.claim.what, repr(check.case)
        if owners.setdefault(check.level.seed | 1, owner) != owner:
            raise SharedStream(f"{check.name} would draw from the stream of another check: seeds must tell them apart")


def placed(outcome: Outcome, check: Check, regime: str, seconds: float) -> Outcome:
    """The outcome with where the comparison was made."""
    fields, arguments = check.case.instance.fields(), dict(check.case.arguments)
    place = Place(check.claim.account, check.stratum, regime, fields, arguments, check.level, seconds)
    return replace(outcome, place=place)


def seed_of(seed: int, claim: Claim, case: Case) -> int:
    """The seed of the draws of a claim at a case, in a run with this seed."""
    return check_seed(seed, f"{claim.key} {claim.what}", case.fields)
