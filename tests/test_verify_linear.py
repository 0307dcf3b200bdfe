"""Theory against simulation for every linear result; each wrong twin, and each planted fault, must be refuted."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from tests.nightly import by_night
from theory.catalogue import keys, result
from theory.exclusive import exclusive
from theory.notation import BY_NAME
from theory.result import Kind
from verify import Verdict, record, run, suite, work
from verify.claim import scaled, with_values
from verify.ledger import BudgetError, Ledger
from verify.linear import certificates, checks, instances, strata
from verify.mutants.sites import sites
from verify.plan import examples, plan
from verify.record import digest, record_text, recorded, standing
from verify.report import row
from verify.suite import refuted_twins, unclaimed
from verify.verdict import Outcome
from verify.work import claims_of, timed

SEED = 20261122
LINEAR = tuple(key for key in keys() if key.startswith("linear."))


def test_every_result_is_claimed() -> None:
    assert unclaimed() == ()


EXPENSIVE = (
    *("linear.risk_learned_source", "linear.samples_needed", "linear.quantile_any_covariance"),
    *("linear.upper_bound", "linear.lower_bound"),
)


@pytest.mark.parametrize("key", by_night(LINEAR, EXPENSIVE.__contains__))
def test_result_is_supported_by_simulation(key: str) -> None:
    report = run([key], seed=SEED)
    assert report.passed, report.as_json()


@pytest.mark.parametrize("key", by_night(LINEAR, EXPENSIVE.__contains__))
def test_a_formula_wrong_in_one_regime_is_refuted_by_every_check_in_that_regime(key: str) -> None:
    """That can see it: some look at whether a moment is finite, and are not alone."""
    twins = refuted_twins([key], seed=SEED)
    assert list(twins) == [(key, regime.name) for regime in result(key).regimes]
    for regime, outcomes in twins.items():
        seeing = [o for o in outcomes if "is finite" not in o.note and (key, stratum(o)) not in (*HEAVY, *LOOSE)]
        assert {o.verdict for o in seeing} == {Verdict.REFUTED}, (regime, outcomes)


NEVER_NEGATIVE = ("linear.variance", "linear.noise_variance", "linear.risk", "deep_linear.frozen")


@pytest.mark.parametrize("key", NEVER_NEGATIVE)
def test_a_claim_of_nothing_is_refuted_however_little_there_is(key: str) -> None:
    true = result(key)
    for check in plan(claims_of([key]), SEED, Ledger(budget=1e-6, pilot_budget=1e-6)):
        if 0 < true.evaluate(**check.case.fields) < np.inf:
            found, *_ = timed(check, with_values(true, {suite.instantiated(check, true).name: sp.Integer(0)}))
            assert found.verdict is Verdict.REFUTED or "is finite" in found.note, found


HEAVY = [("linear.quantile", stratum.name) for stratum in strata.THRESHOLD]
"""There tails are so heavy that a quantile ten percent too large is exceeded nearly as often."""
LOOSE = [
    ("linear.upper_bound", "n < d, any covariance"),
    ("linear.lower_bound", "n < d, any covariance"),
    ("linear.split_bound", "n < d, many samples"),
]
"""There four fifths of a bound are one, or a tenth, or five fourths of one from below, too."""


def stratum(outcome: Outcome) -> str:
    assert outcome.place is not None
    return outcome.place.stratum


def test_a_quantile_four_times_too_large_is_refuted_at_the_thresholds_too() -> None:
    true = result("linear.quantile")
    wrong = with_values(true, {regime.name: scaled(sp.Integer(4))(regime.value) for regime in true.regimes})
    checks_there = [c for c in plan(claims_of([true.key]), SEED, Ledger()) if (true.key, c.stratum) in HEAVY]
    assert {c.stratum for c in checks_there} == {name for _, name in HEAVY}
    assert {timed(c, wrong)[0].verdict for c in checks_there} == {Verdict.REFUTED}


def test_a_regime_that_no_instance_falls_in_makes_its_result_vacuous(monkeypatch: pytest.MonkeyPatch) -> None:
    (claim,) = claims_of(["linear.bias"])
    below = tuple(s for s in claim.strata if s.name.startswith("n < d"))
    monkeypatch.setattr(work, "claims_of", lambda _: (replace(claim, strata=below),))
    monkeypatch.setattr(work, "planned", work.planned.__wrapped__)
    monkeypatch.setattr(suite, "planned", work.planned)
    report = run(["linear.bias"], seed=SEED)
    assert not report.passed
    assert report.rows[0].regimes == (("n < d", Verdict.SUPPORTED), ("n >= d", Verdict.VACUOUS))
    assert report.rows[0].verdict is Verdict.VACUOUS
    assert report.rows[0].note == "no instance fell in: n >= d"


def test_the_regimes_of_a_result_have_names_of_their_own() -> None:
    for key in keys():
        names = [regime.name for regime in result(key).regimes]
        assert len(set(names)) == len(names)


SIZES = {"n", "d", "n_source", "confidence", "risk", "kappa", "i"}
QUANTITIES = [
    (key, name)
    for key in LINEAR
    if result(key).kind not in (Kind.UPPER_BOUND, Kind.LOWER_BOUND)  # one that is larger, or smaller, is a bound, too
    for name in sorted(
        {str(s) for r in result(key).regimes if isinstance(r.value, sp.Expr) for s in r.value.free_symbols}
    )
    if name in BY_NAME and name not in SIZES
]


CLEAR = 0.1
"""A difference from the right value that few draws show."""


@pytest.mark.parametrize(("key", "name"), by_night(QUANTITIES, lambda pair: pair[0] in EXPENSIVE))
def test_a_wrong_dependence_on_any_quantity_is_refuted(key: str, name: str) -> None:
    symbol = BY_NAME[name].symbol
    true = result(key)
    wrong = with_values(true, {r.name: r.value.subs(symbol, sp.Rational(3, 2) * symbol) for r in true.regimes})
    checked = plan(claims_of([key]), SEED, Ledger())
    apart = [site.difference(wrong) for site in sites(true, [check.case for check in checked])]
    clear_first = sorted(range(len(checked)), key=lambda number: apart[number] < CLEAR)
    assert any(timed(checked[number], wrong)[0].verdict is Verdict.REFUTED for number in clear_first)


def test_the_equivalent_depends_on_source_and_target_through_their_difference() -> None:
    fields = {"n": 4, "d": 8, "sigma": 0.5, "spectrum": [2, 2, 2, 2, 1, 1, 1, 1]}
    near, far = np.linspace(0, 1, 8), np.linspace(1, -1, 8)
    value = result("linear.risk_equivalent").evaluate
    assert value(**fields, source=near, target=far) == pytest.approx(value(**fields, source=0 * far, target=far - near))
    same = value(**fields, source=far, target=far)
    assert same == pytest.approx(value(**fields, source=0 * far, target=0 * far))
    assert same < 0.5 * value(**fields, source=0 * far, target=far)


@pytest.mark.parametrize("column", ["bias", "noise_mean", "conditional_risk"])
def test_a_simulator_that_is_off_by_two_percent_is_refuted(column: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key = {"bias": "linear.bias", "noise_mean": "linear.variance", "conditional_risk": "linear.risk"}[column]
    honest = checks.chunks
    monkeypatch.setattr(checks, "chunks", lambda *given: (1.02 * chunk for chunk in honest(*given)))
    assert not run([key], seed=SEED).passed


def test_a_variance_certificate_that_is_too_small_is_refuted() -> None:
    (claim,) = claims_of(["linear.risk"])
    wrong = replace(claim, check=checks.mean_check("conditional_risk", lambda i: certificates.risk_variance(i) / 10))
    checked = plan([wrong], SEED, Ledger())
    verdicts = [timed(c, result("linear.risk"))[0] for c in checked if c.stratum in ("n < d", "n >= d")]
    assert all(o.verdict is Verdict.REFUTED for o in verdicts)
    assert all("variance certificate refuted" in o.note for o in verdicts)


def test_a_variance_certificate_of_a_learned_source_that_is_too_small_is_refuted() -> None:
    (claim,) = claims_of(["linear.risk_learned_source"])
    tenth = checks.mean_check("conditional_risk", lambda i: certificates.learned_risk_variance(i) / 10)
    checked = plan([replace(claim, check=tenth)], SEED, Ledger())
    outcomes = [timed(c, result(claim.key))[0] for c in checked]
    drawn = [o for o in outcomes if o.test == "sequential mean (Catoni)"]
    assert len(drawn) >= 8
    assert all("variance certificate refuted" in o.note for o in drawn)


def test_the_draws_depend_on_seed_check_and_parameters_alone() -> None:
    alone = run(["linear.benefit"], seed=SEED, executor="threads:1").rows[0]
    together = run(["linear.bias", "linear.benefit"], seed=SEED, executor="threads:3").rows[1]
    assert [o.observed for o in alone.outcomes] == pytest.approx([o.observed for o in together.outcomes], rel=0.01)
    again = run(["linear.benefit"], seed=SEED, executor="threads:2").rows[0]
    assert again.outcomes == alone.outcomes
    other = run(["linear.benefit"], seed=SEED + 1, executor="threads:2").rows[0]
    assert [o.observed for o in other.outcomes[:2]] != [o.observed for o in alone.outcomes[:2]]


def test_a_run_spends_exactly_its_budget_and_no_more() -> None:
    ledger = Ledger()
    plan(claims_of(), SEED, ledger)
    spent = ledger.report()
    assert 0.999 * spent.budget < spent.spent <= spent.budget
    with pytest.raises(BudgetError):
        ledger.spend("one more", 1e-9)


def test_nothing_checked_is_vacuous_and_does_not_pass() -> None:
    assert row("linear.risk", "nothing", {}, 0.0).verdict is Verdict.VACUOUS


def test_a_report_is_json_with_every_outcome() -> None:
    report = run(["linear.estimator"], seed=SEED)
    plain = json.loads(json.dumps(report.as_json()))
    assert plain["passed"] is True
    assert plain["seed"] == SEED
    assert len(plain["rows"][0]["outcomes"]) == plain["rows"][0]["instances"]


def test_progress_is_told_every_row_in_order() -> None:
    told: list[str] = []
    report = run(
        ["linear.bias", "linear.benefit", "linear.estimator"], seed=SEED, progress=lambda r: told.append(r.key)
    )
    assert told == [r.key for r in report.rows]


@pytest.mark.parametrize("key", keys())
def test_the_shipped_record_is_about_the_formulas_as_they_are_and_all_their_steps(key: str) -> None:
    entry = recorded()["results"][key]
    assert entry["digest"] == digest(key)
    assert standing(key).startswith("supported")
    for counted in (entry["steps"], entry["relations"]):
        good, total = counted.split("/")
        assert good == total != "0"


def test_a_record_of_another_formula_says_so_and_a_result_without_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = recorded()["results"]["linear.risk"]
    kept = {"results": {"linear.risk": {**entry, "digest": digest("linear.bias")}}}
    monkeypatch.setattr(record, "recorded", lambda: kept)
    assert standing("linear.risk") == "changed since it was verified"
    assert standing("linear.bias") == "not verified"


def test_a_record_of_some_results_leaves_what_is_recorded_of_others_if_it_is_of_the_same_seed_and_versions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report = run(["linear.estimator"], seed=SEED)
    entry = {"verdict": "undecided", "resolution": "1%", "relations": "0/1", "steps": "0/1", "digest": "0"}
    kept = {"seed": SEED, "versions": report.versions, "results": dict.fromkeys(("linear.estimator", "gone"), entry)}
    monkeypatch.setattr(record, "recorded", lambda: {**kept, "results": {**kept["results"], "linear.risk": entry}})
    found = json.loads(record_text(report))["results"]
    assert set(found) == {"linear.estimator", "linear.risk"}
    assert found["linear.risk"] == entry
    assert (found["linear.estimator"]["verdict"], found["linear.estimator"]["steps"]) == ("supported", "18/18")
    for other in ({"seed": SEED + 1}, {"versions": {}}):
        monkeypatch.setattr(record, "recorded", lambda other=other: {**kept, **other})
        with pytest.raises(ValueError, match="verify all"):
            record_text(report)


def test_instances_cover_both_sides_of_the_threshold_and_the_threshold() -> None:
    for gap in (1, 2, 3):
        (below,) = strata.wide_by(gap)
        assert {c.instance.d - c.instance.n for c in examples(below.cases, 30)} == {gap}
    for gap in (0, 1, 2):
        (above,) = strata.tall_by(gap)
        assert {c.instance.n - c.instance.d for c in examples(above.cases, 30)} == {gap}
    assert all(c.instance.n < c.instance.d for c in examples(instances.wide(), 30))
    assert all(c.instance.n >= c.instance.d for c in examples(instances.tall(), 30))


def test_one_thread_at_a_time_computes_with_symbols() -> None:
    inside: list[int] = []

    @exclusive
    def derive(number: int) -> int:
        inside.append(number)
        time.sleep(0.02)
        assert inside == [number]
        inside.remove(number)
        return number

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(derive, range(4))) == [0, 1, 2, 3]
