"""What a run found: frozen rows, one a claim, and the budget it spent.  Printing is somebody else's."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from verify.ledger import LedgerReport
from verify.means import ROUNDING
from verify.verdict import Outcome, Verdict, combine, combine_regimes

if TYPE_CHECKING:
    from verify.stage_zero.suite import Finding


@dataclass(frozen=True)
class Row:
    """One claim: its verdict over all its instances, and the numbers of the instance that fitted least well.

    `regimes` has the verdict on each regime of the formula; one that no instance fell in is vacuous, and so is the row.
    """

    key: str
    check: str
    verdict: Verdict
    observed: str
    resolution: str
    instances: int
    draws: int
    certificate: str
    note: str
    seconds: float
    outcomes: tuple[Outcome, ...]
    regimes: tuple[tuple[str, Verdict], ...]

    def as_json(self) -> dict[str, Any]:
        """Plain data, every single outcome included."""
        return {
            "key": self.key,
            "check": self.check,
            "verdict": str(self.verdict),
            "observed": self.observed,
            "resolution": self.resolution,
            "instances": self.instances,
            "draws": self.draws,
            "certificate": self.certificate,
            "note": self.note,
            "seconds": round(self.seconds, 3),
            "regimes": {name: str(verdict) for name, verdict in self.regimes},
            "outcomes": [o.as_json() for o in self.outcomes],
        }


@dataclass(frozen=True)
class Report:
    """All rows of a run, its tier, seed, versions and budget; and what was found of exact relations."""

    rows: tuple[Row, ...]
    seed: int
    versions: dict[str, str]
    ledger: LedgerReport
    tier: str = "change"
    exact: tuple[Finding, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every claim and relation is supported; nothing checked is nothing passed."""
        verdicts = {*(r.verdict for r in self.rows), *(found.verdict for found in self.exact)}
        return bool(self.rows) and verdicts == {Verdict.SUPPORTED}

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "passed": self.passed,
            "tier": self.tier,
            "seed": self.seed,
            "versions": self.versions,
            "ledger": self.ledger.as_json(),
            "rows": [r.as_json() for r in self.rows],
            "exact": [found.as_json() for found in self.exact],
        }


def row(key: str, check: str, by_regime: Mapping[str, Sequence[Outcome]], seconds: float) -> Row:
    """Gather the outcomes of one claim, given for every regime of its formula."""
    outcomes = [o for found in by_regime.values() for o in found]
    regimes = tuple((name, combine(found)) for name, found in by_regime.items())
    notes = {o.note for o in outcomes if o.note}
    notes |= {f"no instance fell in: {name}" for name, found in by_regime.items() if not found}
    worst = max(outcomes, key=deviation, default=None)
    return Row(
        key=key,
        check=check,
        verdict=combine_regimes(verdict for _, verdict in regimes),
        observed="" if worst is None else _observed(worst),
        resolution="" if worst is None else _resolution(worst),
        instances=len(outcomes),
        draws=sum(o.draws for o in outcomes),
        certificate=", ".join(sorted({o.certificate for o in outcomes})),
        note="; ".join(sorted(notes)),
        seconds=seconds,
        outcomes=tuple(outcomes),
        regimes=regimes,
    )


def deviation(outcome: Outcome) -> float:
    """|observed - claimed| in units of the resolution: the support of a claim keeps it below 1."""
    if outcome.verdict is Verdict.REFUTED:
        return math.inf
    gap = abs(outcome.observed - outcome.claimed)
    return gap / outcome.resolution if outcome.resolution > 0 else gap


def _observed(outcome: Outcome) -> str:
    return f"{outcome.observed:.5g} for {outcome.claimed:.5g}"


def _resolution(outcome: Outcome) -> str:
    relative = outcome.relative_resolution
    if relative is None:
        return f"{outcome.resolution:.3g} absolute"
    return f"{100 * relative:.3g}%" if relative > ROUNDING else "rounding"
