"""The error budget, and the seeds of the checks."""

import json

import numpy as np
import pytest

from verify.ledger import BudgetError, Ledger, check_seed


@pytest.mark.parametrize("checks", [1, 3, 7, 1000, 12345])
def test_all_reserved_slots_can_be_spent_and_not_one_more(checks: int):
    ledger = Ledger(budget=1e-6)
    alpha = ledger.share(checks)
    for slot in range(checks):
        ledger.spend(f"check {slot}", alpha)
    report = ledger.report()
    assert (report.checks, report.spent) == (checks, pytest.approx(1e-6))
    assert report.spent <= report.budget
    with pytest.raises(BudgetError, match="one too many"):
        ledger.spend("one too many", alpha)
    assert ledger.report() == report


def test_the_pilot_account_is_its_own():
    ledger = Ledger(budget=1e-6, pilot_budget=1e-3)
    ledger.spend("a", ledger.share(1, "pilot"), "pilot")
    report = ledger.report()
    assert (report.checks, report.pilot_checks, report.spent) == (0, 1, 0)
    assert report.pilot_spent == pytest.approx(1e-3)


def test_the_same_check_again_is_free_and_a_retry_at_another_level_is_refused():
    ledger = Ledger()
    ledger.spend("a", 6e-7)
    ledger.spend("a", 6e-7)
    assert ledger.report().checks == 1
    with pytest.raises(BudgetError, match="no retries"):
        ledger.spend("a", 1e-7)


def test_an_error_is_one_line():
    with pytest.raises(BudgetError) as caught:
        Ledger().spend("a", 0.5)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("budget", [0.0, 1.0, -1.0])
def test_a_budget_must_be_a_probability(budget: float):
    with pytest.raises(ValueError, match="between 0 and 1"):
        Ledger(budget)


def test_slots_and_levels_are_validated():
    with pytest.raises(ValueError, match="at least one slot"):
        Ledger().share(0)
    with pytest.raises(ValueError, match="no probability"):
        Ledger().spend("a", -0.1)


def test_a_report_can_be_written_as_json():
    assert json.loads(json.dumps(Ledger().report().as_json()))["budget"] == 1e-6


def test_a_seed_depends_on_the_run_the_check_and_every_parameter():
    base = (1, "linear.risk", {"n": 10, "d": 30})
    others = [
        (2, "linear.risk", {"n": 10, "d": 30}),
        (1, "linear.law", {"n": 10, "d": 30}),
        (1, "linear.risk", {"n": 11, "d": 30}),
        (1, "linear.risk", {"n": 30, "d": 10}),
        (1, "linear.risk", {"n": 10}),
    ]
    seeds = {check_seed(*case) for case in (base, *others)}
    assert len(seeds) == 6
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_a_seed_does_not_depend_on_order_or_on_numpy():
    plain = check_seed(1, "c", {"n": 10, "spectrum": [1.0, 2.0]})
    assert plain == check_seed(1, "c", {"spectrum": np.array([1.0, 2.0]), "n": np.int64(10)})


def test_a_seed_is_the_same_on_every_machine():
    assert check_seed(1, "linear.risk", {"n": 10, "sigma": 0.5}) == 2023747856257722187


def test_a_parameter_without_canonical_form_is_refused():
    with pytest.raises(TypeError, match="canonical form"):
        check_seed(1, "c", {"n": object()})
