"""The simplest instance at which a claim fails, for a person to look at.

A refutation takes few draws, so that hypothesis can shrink it: it looks, among the instances of the same part of the
domain, for one that is simpler by its own order (small sizes, round numbers) and is refuted in the same regime by the
same test at the same level, with the draws that a run with this seed would make there.  A claim is undecided only after
all the draws that it may cost, at every instance again: there the smallest of the instances tested is taken.  Nothing
here changes a verdict.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample

from theory.catalogue import result
from theory.evaluation import regime_at
from theory.result import Result
from verify import provider
from verify.claim import Case, Claim, Level, Stratum
from verify.evidence import Place
from verify.plan import Check, placed, seed_of
from verify.report import Report, Row
from verify.verdict import Outcome, Verdict
from verify.work import claims_of

SECONDS, TOTAL = 10.0, 60.0
"""How long one claim is shrunk, and all of them together."""
EXAMPLES = 200


@dataclass(frozen=True)
class Failure:
    """A claim that is not supported, the outcome at the simplest instance, and how that was found."""

    key: str
    what: str
    outcome: Outcome
    found: str


def failures(report: Report) -> tuple[Failure, ...]:
    """One for each row that was refuted or left undecided; where nothing was tested there is no instance."""
    claims = {(claim.key, claim.what): claim for claim in claims_of()}
    failed = [row for row in report.rows if row.verdict in (Verdict.REFUTED, Verdict.UNDECIDED)]
    seconds = min(SECONDS, TOTAL / max(1, len(failed)))
    return tuple(
        failure(row, claims.get((row.key, row.check)), result(row.key), report.seed, seconds)
        for row in failed
        if row.outcomes
    )


def failure(row: Row, claim: Claim | None, claimed: Result, seed: int, seconds: float = SECONDS) -> Failure:
    """The simplest one of a row that failed; where its instances were given there is no claim to draw others by."""
    outcome, place = min(_failed(row.outcomes, row.verdict), key=lambda pair: _size(pair[1]))
    known = Failure(row.key, row.check, outcome, "the smallest of the instances that were tested")
    if claim is None or row.verdict is Verdict.UNDECIDED:
        return known
    stratum = next(s for s in claim.strata if s.name == place.stratum)
    shrunk = _shrunk(claim, claimed, stratum, place, seed, seconds)
    return known if shrunk is None else Failure(row.key, row.check, shrunk, "shrunk by hypothesis")


def _failed(outcomes: Sequence[Outcome], verdict: Verdict) -> list[tuple[Outcome, Place]]:
    return [(o, o.place) for o in outcomes if o.verdict is verdict and o.place is not None]


def _size(place: Place) -> tuple[float, ...]:
    """Sizes in the order in which they make an instance hard to look at."""
    return tuple(float(place.fields.get(name, 0)) for name in ("d", "n", "n_source", "depth", "frozen_layers", "sigma"))


def _shrunk(claim: Claim, claimed: Result, stratum: Stratum, place: Place, seed: int, seconds: float) -> Outcome | None:
    """The outcome at what hypothesis finds; None where it meets no failing instance in the time."""
    tried: dict[str, Outcome | None] = {}
    ends = time.monotonic() + seconds

    def fails(case: Case) -> bool:
        name = repr(case.fields)
        if name not in tried:
            late = time.monotonic() > ends
            tried[name] = None if late else _refuted(claim, claimed, stratum.name, case, place, seed)
        return tried[name] is not None

    try:
        case = find(stratum.cases, fails, settings=_settings())
    except NoSuchExample:
        return None
    return tried[repr(case.fields)]


def _refuted(claim: Claim, claimed: Result, stratum: str, case: Case, place: Place, seed: int) -> Outcome | None:
    """The outcome, if this case is of the same regime and refuted too."""
    level: Level = replace(place.level, seed=seed_of(seed, claim, case))
    start = time.perf_counter()
    try:
        if regime_at(claimed, case.fields).name != place.regime:
            return None
        outcome = claim.check(claimed, case, level)
    except (ValueError, ArithmeticError):  # a wrong formula need not have a number everywhere
        return None
    if outcome.verdict is not Verdict.REFUTED:
        return None
    return placed(outcome, Check(claim, stratum, case, level), place.regime, time.perf_counter() - start)


def _settings() -> settings:
    """The same search in every run, with no limit but that of the caller."""
    return settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        backend=provider.NAME,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
