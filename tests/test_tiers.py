"""How sharp a run is, and how an interrupted run goes on."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from numerics.instance import InstanceError
from verify import Report, Verdict, run, work
from verify.journal import Journal, JournalError
from verify.ledger import Ledger
from verify.lines import code_digest
from verify.plan import plan
from verify.report import Row
from verify.tiers import CHANGE, NIGHTLY, RELEASE, TIERS, UnknownTier, tier_named
from verify.verdict import Outcome
from verify.work import Work, claims_of, planned

SEED = 20261122
KEYS = ["linear.bias", "linear.estimator"]
WORK = Work(tuple(KEYS), "change", SEED, 1e-6)


def test_a_sharper_tier_resolves_as_much_more_at_every_check() -> None:
    for tier, delta in ((CHANGE, 0.01), (NIGHTLY, 0.002), (RELEASE, 0.001)):
        checks = plan(claims_of(["linear.risk"]), SEED, Ledger(), tier)
        assert {c.level.delta for c in checks} == {delta}
        assert {c.level.sharper for c in checks} == {0.01 / delta}


def test_the_change_tier_looks_at_the_same_instances_from_one_seed_and_others_from_a_new_one() -> None:
    assert CHANGE.seed() == CHANGE.seed() == 0
    assert len({NIGHTLY.seed() for _ in range(20)}) > 1
    assert NIGHTLY.seed(7) == 7
    cases = {
        (tier.name, seed): [repr(c.case) for c in plan(claims_of(["linear.risk"]), seed, Ledger(), tier)]
        for tier in TIERS.values()
        for seed in (1, 2)
    }
    assert cases["change", 1] == cases["change", 2]
    assert cases["nightly", 1] != cases["nightly", 2]
    assert len(cases["release", 1]) > len(cases["nightly", 1])


def test_a_tier_that_there_is_not_is_refused_in_one_line() -> None:
    with pytest.raises(UnknownTier, match="no such tier; use change, nightly, release"):
        tier_named("weekly")


@pytest.mark.parametrize("tier", TIERS)
def test_a_run_of_any_tier_spends_its_budget_and_no_more(tier: str) -> None:
    spent = planned(Work((), tier, SEED, 1e-6)).ledger
    assert 0.999e-6 < spent.spent <= 1e-6
    assert 0.999e-6 < spent.pilot_spent <= 1e-6


def told(report: Report) -> list[tuple[str, tuple[Outcome, ...]]]:
    return [(row.key, row.outcomes) for row in report.rows]


def test_a_report_says_its_tier_and_seed() -> None:
    plain = run(["linear.estimator"], tier="nightly", seed=SEED).as_json()
    assert (plain["tier"], plain["seed"], plain["passed"]) == ("nightly", SEED, True)


def test_every_executor_makes_the_same_checks() -> None:
    alone, apart = (run(KEYS, seed=SEED, executor=name).rows for name in ("threads:1", "processes:1"))
    assert [told_of(row) for row in alone] == [told_of(row) for row in apart]


def told_of(row: Row) -> list[object]:
    """What was found, without how long it took."""
    return [row.regimes, *[(o.verdict, o.draws, o.observed) for o in row.outcomes]]


def test_those_who_watch_are_told_every_check() -> None:
    counts: list[tuple[int, int]] = []
    report = run(KEYS, seed=SEED, watch=lambda done, total: counts.append((done, total)))
    total = sum(row.instances for row in report.rows) + len(report.exact)
    assert counts == [(k, total) for k in range(1, total + 1)]


@pytest.mark.parametrize("torn", [0, 1, 30])
def test_an_interrupted_run_goes_on_from_the_checks_that_are_done(tmp_path: Path, torn: int) -> None:
    """Whole lines are kept, and what a kill tore off is made again: the same outcomes, from a seed that was fresh."""
    whole = run(["linear.estimator"], tier="nightly", store=tmp_path / "whole")
    lines = (tmp_path / "whole").read_bytes().splitlines(keepends=True)
    part = tmp_path / "part"
    part.write_bytes(b"".join(lines[:6]) + lines[6][:torn])
    again = run(["linear.estimator"], tier="nightly", store=part)
    assert again.seed == whole.seed
    assert told(again) == told(whole)
    kept, made = part.read_bytes().splitlines(), [json.loads(line) for line in lines]
    assert kept[:6] == [line.strip() for line in lines[:6]]
    assert {json.loads(line).get("check") for line in kept} == {line.get("check") for line in made}


def test_a_finished_run_is_read_and_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = run(KEYS, seed=SEED, store=tmp_path / "journal")
    monkeypatch.setattr(Work, "__call__", lambda *_: pytest.fail("a check was made again"))
    assert told(run(KEYS, seed=SEED, store=tmp_path / "journal")) == told(report)


def test_a_verdict_that_is_not_green_is_kept_as_it_was(tmp_path: Path) -> None:
    """An outcome with infinite numbers and a refusal come back from the file, and make the run red."""
    report = run(KEYS, seed=SEED, store=tmp_path / "journal")
    first = planned(WORK).checks[0].name
    heading, *lines = (tmp_path / "journal").read_text().splitlines()
    entries = sorted((json.loads(line) for line in lines), key=lambda entry: entry["check"] != first)
    entries[0]["outcome"] |= {"verdict": "refuted", "observed": float("inf")}
    (tmp_path / "journal").write_text("\n".join([heading, *map(json.dumps, entries)]) + "\n")
    again = run(KEYS, seed=SEED, store=tmp_path / "journal")
    assert report.passed
    assert not again.passed
    assert again.rows[0].outcomes[0].observed == float("inf")
    assert again.rows[0].verdict is Verdict.REFUTED


OTHERS = {
    "seed": replace(WORK, seed=SEED + 1),
    "tier": replace(WORK, tier="nightly"),
    "keys": replace(WORK, keys=("linear.risk",)),
    "budget": replace(WORK, budget=1e-5),
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_journal_of_another_run_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    file = tmp_path / "journal"
    Journal.at(file, WORK, resumed=False)
    before = file.read_bytes()
    with pytest.raises(JournalError, match=f"a run with other {name}"):
        Journal.at(file, OTHERS[name], resumed=False)
    assert file.read_bytes() == before


def test_what_cannot_be_drawn_is_undecided_and_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (claim,) = claims_of(["linear.bias"])

    def refuse(*_: object) -> Outcome:
        raise InstanceError("width=32: not trained")

    refused = replace(claim, check=refuse)
    monkeypatch.setattr(work, "claims_of", lambda _: (refused, *claims_of(["linear.estimator"])))
    planned.cache_clear()
    store = tmp_path / "journal"
    report = run(KEYS, seed=SEED, store=store)
    assert not report.passed
    assert [row.verdict for row in report.rows] == [Verdict.UNDECIDED, Verdict.SUPPORTED]
    assert {outcome.note for outcome in report.rows[0].outcomes} == {"not compared: width=32: not trained"}
    again = run(KEYS, seed=SEED, store=store)
    assert [row.verdict for row in again.rows] == [Verdict.UNDECIDED, Verdict.SUPPORTED]
    assert "nan" in json.dumps(report.as_json(), allow_nan=False)
    planned.cache_clear()


def test_the_journal_of_other_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "journal"
    Journal.at(file, WORK, resumed=False)
    monkeypatch.setattr("verify.lines.code_digest", lambda: code_digest()[::-1])
    with pytest.raises(JournalError, match="a run with other code"):
        Journal.at(file, WORK, resumed=True)


@pytest.mark.parametrize("text", [b"{}\n", b"no journal", b"[1]\n", b"\xff\n", b'{"format": 1}\n{}\n'])
def test_what_is_no_journal_is_refused_and_left_alone(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "notes"
    file.write_bytes(text)
    with pytest.raises(JournalError, match="is not a journal"):
        Journal.at(file, WORK, resumed=True)
    assert file.read_bytes() == text


def test_a_place_where_no_journal_can_be_is_refused_in_one_line(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere" / "journal"):
        with pytest.raises(JournalError, match="cannot be read or written"):
            Journal.at(place, WORK, resumed=True)
