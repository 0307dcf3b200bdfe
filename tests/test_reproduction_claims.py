"""The agreement of an experiment is a claim: its result, at its own instances, by the comparison of the result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import verify
from headstart.cli import main
from headstart.errors import InputError
from headstart.reproduction import experiments
from headstart.reproduction.claims import places_of, split
from theory.catalogue import result
from verify.claim import Level, twin_in
from verify.places import Places, claim_at
from verify.verdict import Verdict
from verify.work import claims_of

LEVEL = Level(alpha=1e-6, alpha_pass=1e-6, delta=0.01, seed=5)


def few(name: str, count: int) -> Places:
    """The first instances of the only result of an experiment."""
    (at,) = places_of(name)
    return replace(at, cases=at.cases[:count])


@pytest.mark.parametrize("name", experiments())
def test_every_experiment_says_where_its_results_are_compared(name: str) -> None:
    found = places_of(name)
    assert found
    for at in found:
        assert claim_at(claims_of([at.key]), at).strata[0].given == at.cases
        assert len({repr(case.fields) for case in at.cases}) == len(at.cases) > 0


def test_the_places_are_supported_and_only_their_regimes_count() -> None:
    report = verify.run([], seed=2, places=[few("layers", 3)])
    (row,) = report.rows
    assert report.passed
    assert row.instances == 3
    assert row.check.endswith("reproduction.layers")
    assert len(row.regimes) < len(result("frozen.probe").regimes)


def test_a_formula_that_is_wrong_is_refuted_at_the_places() -> None:
    at = few("layers", 1)
    claim = claim_at(claims_of([at.key]), at)
    claimed = result(at.key)
    (case,) = at.cases
    wrong = claimed
    for regime in claimed.regimes:
        wrong = twin_in(regime, wrong, claim.twin)
    assert claim.check(claimed, case, LEVEL).verdict is Verdict.SUPPORTED
    assert claim.check(wrong, case, LEVEL).verdict is Verdict.REFUTED


def test_an_interrupted_run_goes_on_and_that_of_other_places_is_refused(tmp_path: Path) -> None:
    from verify.journal import JournalError

    journal, places = tmp_path / "journal", [few("layers", 2)]
    first = verify.run([], seed=2, places=places, store=journal)
    lines = journal.read_text(encoding="utf-8").splitlines(keepends=True)
    journal.write_text("".join(lines[:2]), encoding="utf-8")
    again = verify.run([], seed=2, places=places, store=journal)
    assert [r.observed for r in again.rows] == [r.observed for r in first.rows]
    with pytest.raises(JournalError, match="places"):
        verify.run([], seed=2, places=[replace(places[0], digest="other")], store=journal)


def test_results_and_experiments_are_named_side_by_side_and_a_wrong_name_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    results, places = split(["linear.risk", "reproduction.depth", "reproduction.layers", "reproduction.depth"])
    assert results == ("linear.risk",)
    assert [at.name for at in places] == ["reproduction.depth", "reproduction.layers"]
    assert {at.name.partition(".")[2] for at in split(["reproduction"])[1]} == set(experiments())
    with pytest.raises(InputError, match="no such experiment"):
        split(["reproduction.none"])
    assert main(["verify", "reproduction.none"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
