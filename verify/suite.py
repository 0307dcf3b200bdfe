"""Run claims: theory against simulation, in parallel, with a stated budget of false alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from numerics.executors import in_order
from numerics.versions import versions
from numerics.workers import workers
from theory.catalogue import keys as catalogue_keys
from theory.catalogue import result
from theory.evaluation import regime_at
from theory.result import Regime, Result
from verify.claim import Claim, twin_in
from verify.journal import Journal, watched
from verify.ledger import Ledger
from verify.places import Places
from verify.plan import Check, plan
from verify.report import Report, Row, row
from verify.stage_zero.relation import Relation
from verify.stage_zero.suite import Finding
from verify.tiers import tier_named
from verify.verdict import Outcome
from verify.work import Made, Settled, Work, claims_of, planned, timed

Progress = Callable[[Row], None]
Watch = Callable[[int, int], None]


def run(
    keys: Sequence[str] | None = None,
    *,
    tier: str = "change",
    seed: int | None = None,
    budget: float = 1e-6,
    progress: Progress | None = None,
    watch: Watch | None = None,
    executor: str = "threads",
    store: str | Path | None = None,
    places: Sequence[Places] = (),
) -> Report:
    """Check the claims about `keys` (all by default), and their exact relations.

    The report passes only if every one is supported.

    At `places`, results are compared by the claim about them at instances that are given; they are all that is checked
    where no keys are named.

    `budget` bounds the probability that any true claim with a certified variance is refused; checks with a pilot
    variance have a budget of the same size of their own, asymptotic.  Draws depend on (seed, check, parameters) alone,
    so that neither the `executor` (see `numerics.workers`) nor the order matters.  A `store` is a file that keeps
    finished checks: an interrupted run of the same goes on from them, with its seed, to the same verdicts.
    `progress` is told each row as soon as it and those before it are done; `watch` how many checks of how many are.
    Raises `verify.tiers.UnknownTier` and `verify.journal.JournalError`.
    """
    sharpness = tier_named(tier)
    work = Work(tuple(keys or ()), tier, sharpness.seed(seed), budget, tuple(places))
    journal = None if store is None else Journal.at(store, work, resumed=seed is None)
    work = work if journal is None else journal.work
    with workers(executor) as pool:
        pool.prepare(work.ready)
        with watched(work, journal, watch) as shelf:
            every = [1] * len(planned(work).items)
            with closing(in_order(work, every, pool.executor, workers=len(every), shelf=shelf)) as made:
                exact: list[Finding] = []
                rows = _rows(work, _checks(work, made, exact.append), progress)
    return Report(rows, work.seed, versions(), planned(work).ledger, tier, tuple(exact))


def _checks(work: Work, made: Iterator[Made | Settled], keep: Callable[[Finding], None]) -> Iterator[Made]:
    """What was made of the checks; what was found of the relations between them is kept."""
    for item, found in zip(planned(work).items, made, strict=True):
        if isinstance(found, Made):
            yield found
        elif isinstance(item, Relation):
            keep(Finding(item, *found))


def _rows(work: Work, made: Iterator[Made], progress: Progress | None) -> tuple[Row, ...]:
    """The checks of a claim follow one another: a row is done with the last of them."""
    found, plan_ = [], planned(work)
    for claim in plan_.claims:
        done = [next(made) for check in plan_.checks if check.claim is claim]
        found.append(row(claim.key, claim.what, _by_regime(claim, done), sum(each.seconds for each in done)))
        if progress:
            progress(found[-1])
    assert next(made, None) is None  # relations that come after the last check
    return tuple(found)


def _by_regime(claim: Claim, done: Sequence[Made]) -> dict[str, list[Outcome]]:
    """The outcomes in every regime; nothing is said of those without, unless the claim is about all."""
    outcomes = [(each.outcome.place.regime, each.outcome) for each in done if each.outcome.place is not None]
    names = done[0].regimes if done else [regime.name for regime in result(claim.key).regimes]
    found = {name: [outcome for at, outcome in outcomes if at == name] for name in names}
    return found if claim.everywhere else {name: there for name, there in found.items() if there}


def instantiated(check: Check, claimed: Result) -> Regime:
    """The regime of the formula that is tested."""
    return regime_at(claimed, check.case.fields)


def refuted_twins(
    keys: Sequence[str] | None = None, *, seed: int = 0, budget: float = 1e-6
) -> dict[tuple[str, str], tuple[Outcome, ...]]:
    """For every regime of every result, what the checks whose instance falls in it say of the result made wrong in that
    regime alone."""
    found: dict[tuple[str, str], tuple[Outcome, ...]] = {}
    for claim in (claims := claims_of(keys)):
        claimed = result(claim.key)
        checks = plan((claim,), seed, Ledger(budget=budget / len(claims), pilot_budget=budget / len(claims)))
        landed = [(check, instantiated(check, claimed)) for check in checks]
        for regime in claimed.regimes:
            wrong = twin_in(regime, claimed, claim.twin)
            found[claim.key, regime.name] = tuple(timed(c, wrong)[0] for c, at in landed if at == regime)
    return found


def unclaimed() -> tuple[str, ...]:
    """Results that nothing checks."""
    claimed = {claim.key for claim in claims_of()}
    return tuple(key for key in catalogue_keys() if key not in claimed)
