"""Run claims: theory against simulation, in parallel, with a stated budget of false alarms."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from numerics.versions import versions
from theory.catalogue import keys as catalogue_keys
from theory.catalogue import result
from theory.result import Result
from verify.claim import Claim
from verify.ledger import Ledger
from verify.plan import Check, plan
from verify.report import Report, Row, row
from verify.verdict import Outcome

Progress = Callable[[Row], None]


def claims_of(keys: Sequence[str] | None = None) -> tuple[Claim, ...]:
    """The claims about these results, or about all; an unknown key is refused by the catalogue."""
    from verify.linear import CLAIMS

    for key in keys or ():
        result(key)
    return tuple(c for c in CLAIMS if not keys or c.key in keys)


def run(
    keys: Sequence[str] | None = None,
    *,
    seed: int = 0,
    budget: float = 1e-6,
    progress: Progress | None = None,
    workers: int | None = None,
) -> Report:
    """Check the claims about `keys` (all by default).  The report passes only if every one is supported.

    `budget` bounds the probability that any true claim with a certified variance is refused; checks with a pilot
    variance have a budget of the same size of their own, asymptotic.  Draws depend on (seed, check, parameters) alone.
    `progress` is told each row as soon as it and those before it are done.
    """
    ledger = Ledger(budget=budget, pilot_budget=budget)
    claims = claims_of(keys)
    checks = plan(claims, seed, ledger)
    derived = {claim.key: result(claim.key) for claim in claims}
    rows = _rows(claims, checks, derived, progress, workers or min(4, os.cpu_count() or 1))
    return Report(rows, seed, versions(), ledger.report())


def _rows(
    claims: Sequence[Claim],
    checks: Sequence[Check],
    derived: dict[str, Result],
    progress: Progress | None,
    workers: int,
) -> tuple[Row, ...]:
    found = []
    with ThreadPoolExecutor(workers) as pool:
        running = {
            claim: [pool.submit(timed, c, derived[c.claim.key]) for c in checks if c.claim is claim] for claim in claims
        }
        for claim, futures in running.items():
            done = [f.result() for f in futures]
            found.append(row(claim.key, claim.what, [o for o, _ in done], sum(s for _, s in done)))
            if progress:
                progress(found[-1])
    return tuple(found)


def timed(check: Check, claimed: Result) -> tuple[Outcome, float]:
    """One comparison and how long it took."""
    start = time.perf_counter()
    return check.claim.check(claimed, check.case, check.level), time.perf_counter() - start


def refuted_twins(keys: Sequence[str] | None = None, *, seed: int = 0, budget: float = 1e-6) -> dict[str, Row]:
    """The same comparisons with each result's wrong twin in its place: every row must be refuted."""
    claims = claims_of(keys)
    checks = plan(claims, seed, Ledger(budget=budget, pilot_budget=budget))
    twins = {claim.key: claim.twin(result(claim.key)) for claim in claims}
    return {r.key: r for r in _rows(claims, checks, twins, None, min(4, os.cpu_count() or 1))}


def unclaimed() -> tuple[str, ...]:
    """Results that nothing checks."""
    claimed = {claim.key for claim in claims_of()}
    return tuple(key for key in catalogue_keys() if key not in claimed)
