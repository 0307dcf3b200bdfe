"""Whether a true formula is ever refused: the whole suite from seeds that nobody has seen, every run recorded.

    python -m benchmarks.fresh_seeds --runs 10                    # of the tier change
    python -m benchmarks.fresh_seeds --runs 1 --tier nightly

Appends a line for each run to docs/fresh_seeds.csv and prints what all lines together say: the exact upper limit of
Clopper and Pearson, at 95%, for the probability that a check of a true formula is refused.  Ends with status 1 if any
check was not supported.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import secrets
import sys
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from verify.suite import run
from verify.tiers import TIERS
from verify.verdict import Verdict

RECORD = Path(__file__).resolve().parents[1] / "docs" / "fresh_seeds.csv"
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Run:
    """One run of the suite, and what was not supported in it."""

    date: str
    tier: str
    seed: int
    checks: int
    draws: int
    seconds: int
    refuted: int
    undecided: int
    vacuous: int
    where: str


def made(tier: str, seed: int, store: str | None = None) -> Run:
    """Run the suite; `store` keeps what every check took."""
    began = time.monotonic()
    report = run(tier=tier, seed=seed, executor="processes", store=store)
    outcomes = [outcome for row in report.rows for outcome in row.outcomes]
    count = {verdict: sum(outcome.verdict is verdict for outcome in outcomes) for verdict in Verdict}
    empty = sum(row.verdict is Verdict.VACUOUS for row in report.rows)
    where = " ".join(row.key for row in report.rows if row.verdict is not Verdict.SUPPORTED)
    spent = round(time.monotonic() - began)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    draws = sum(outcome.draws for outcome in outcomes)
    kinds = count[Verdict.REFUTED], count[Verdict.UNDECIDED], empty
    return Run(today, tier, seed, len(outcomes), draws, spent, *kinds, where)


def append(line: Run) -> None:
    """One more line in the record."""
    new = not RECORD.exists()
    with RECORD.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Run)], lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(asdict(line))


def said() -> str:
    """All recorded runs together."""
    from scipy import stats

    with RECORD.open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    checks, refuted = (sum(int(line[name]) for line in lines) for name in ("checks", "refuted"))
    limit = stats.beta.ppf(CONFIDENCE, refuted + 1, checks - refuted) if refuted < checks else 1.0
    return f"{len(lines)} runs, {checks} checks, {refuted} refused: at most {limit:.2g} of them, with confidence 0.95"


def main() -> int:
    """So many runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--tier", choices=list(TIERS), default="change")
    parser.add_argument("--store", help="a file in which every finished check is kept, of one run")
    asked = parser.parse_args()
    if asked.store and asked.runs != 1:
        parser.error(f"--store {asked.store} with --runs {asked.runs}: a file keeps one run; add --runs 1")
    good = True
    for _ in range(asked.runs):
        line = made(asked.tier, secrets.randbelow(2**32), asked.store)
        append(line)
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        good = good and not line.where
    sys.stdout.write(said() + "\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
