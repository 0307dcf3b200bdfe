"""Run claims: theory against simulation, in parallel, with a stated budget of false alarms."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from numerics.versions import versions
from theory.catalogue import keys as catalogue_keys
from theory.catalogue import result
from theory.evaluation import regime_at
from theory.result import Regime, Result
from verify.claim import Claim, twin_in
from verify.ledger import Ledger
from verify.plan import Check, placed, plan
from verify.report import Report, Row, row
from verify.verdict import Outcome, Verdict

Progress = Callable[[Row], None]


def claims_of(keys: Sequence[str] | None = None) -> tuple[Claim, ...]:
    """The claims about these results, or about all; an unknown key is refused by the catalogue."""
    from verify import deep_linear, linear

    for key in keys or ():
        result(key)
    return tuple(c for c in (*linear.CLAIMS, *deep_linear.CLAIMS) if not keys or c.key in keys)


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
    for claim in claims:
        result(claim.key)
    checks = plan(claims, seed, ledger)
    rows = _rows(claims, checks, progress, workers or min(4, 1 + (os.cpu_count() or 1)))
    return Report(rows, seed, versions(), ledger.report())


def _rows(claims: Sequence[Claim], checks: Sequence[Check], progress: Progress | None, workers: int) -> tuple[Row, ...]:
    found = []
    with ThreadPoolExecutor(workers) as pool:
        running = {
            claim: [(c, pool.submit(timed, c, result(claim.key))) for c in checks if c.claim is claim]
            for claim in reversed(claims)  # the last draw most
        }
        for claim in claims:
            futures = running[claim]
            claimed = result(claim.key)
            done = [(instantiated(c, claimed), *f.result()) for c, f in futures]
            by_regime = {r.name: [o for at, o, _ in done if at == r] for r in claimed.regimes}
            found.append(row(claim.key, claim.what, by_regime, sum(s for _, _, s in done)))
            if progress:
                progress(found[-1])
    return tuple(found)


def instantiated(check: Check, claimed: Result) -> Regime:
    """The regime of the formula that is tested."""
    return regime_at(claimed, check.case.fields)


def timed(check: Check, claimed: Result) -> tuple[Outcome, float]:
    """One comparison and how long it took."""
    start = time.perf_counter()
    outcome = check.claim.check(claimed, check.case, check.level)
    seconds = time.perf_counter() - start
    return placed(outcome, check, instantiated(check, claimed).name, seconds), seconds


def refuted_twins(
    keys: Sequence[str] | None = None, *, seed: int = 0, budget: float = 1e-6
) -> dict[tuple[str, str], tuple[Verdict, ...]]:
    """For every regime of every result, the verdicts on the result made wrong in that regime alone, by the checks whose
    instance falls in it: all must be refuted, and there must be one."""
    found: dict[tuple[str, str], tuple[Verdict, ...]] = {}
    for claim in (claims := claims_of(keys)):
        claimed = result(claim.key)
        checks = plan((claim,), seed, Ledger(budget=budget / len(claims), pilot_budget=budget / len(claims)))
        landed = [(check, instantiated(check, claimed)) for check in checks]
        for regime in claimed.regimes:
            wrong = twin_in(regime, claimed, claim.twin)
            found[claim.key, regime.name] = tuple(timed(c, wrong)[0].verdict for c, at in landed if at == regime)
    return found


def unclaimed() -> tuple[str, ...]:
    """Results that nothing checks."""
    claimed = {claim.key for claim in claims_of()}
    return tuple(key for key in catalogue_keys() if key not in claimed)
