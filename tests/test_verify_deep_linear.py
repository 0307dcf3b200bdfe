"""Theory against simulation for every result on deep linear networks; each wrong twin must be refuted."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import sympy as sp

from tests.nightly import by_night
from theory.catalogue import keys, result
from theory.notation import SOURCE, TARGET, symbol
from theory.result import Result
from verify import Verdict, run
from verify.claim import with_values
from verify.deep_linear import checks
from verify.ledger import Ledger
from verify.plan import plan
from verify.suite import refuted_twins
from verify.work import claims_of, timed

SEED = 20261122
KEYS = tuple(key for key in keys() if key.startswith("deep_linear."))
EXPENSIVE = {"deep_linear.upper_bound", "deep_linear.quantile", "deep_linear.risk_exact"}
"""By day the record stands for these."""
L, squared_source, squared_target = symbol("depth"), symbol("squared_source"), symbol("squared_target")


@pytest.mark.parametrize("key", by_night(KEYS, EXPENSIVE.__contains__))
def test_result_is_supported_by_simulation(key: str) -> None:
    report = run([key], seed=SEED)
    assert report.passed, report.as_json()


@pytest.mark.parametrize("key", KEYS)
def test_a_formula_wrong_in_one_regime_is_refuted_by_every_check_in_that_regime(key: str) -> None:
    twins = refuted_twins([key], seed=SEED)
    assert list(twins) == [(key, regime.name) for regime in result(key).regimes]
    for regime, outcomes in twins.items():
        assert {o.verdict for o in outcomes} == {Verdict.REFUTED}, (regime, outcomes)


def edited(true: Result, change: Callable[[sp.Basic], sp.Basic]) -> Result:
    """The same result with every formula and every equation that defines its numbers changed."""
    values = {r.name: change(r.value) for r in true.regimes if isinstance(r.value, sp.Basic)}
    where = tuple(replace(implicit, equation=change(implicit.equation)) for implicit in true.where)
    return replace(with_values(true, values), where=where)


def refuted(wrong: Result) -> bool:
    """Whether some check refutes it."""
    return any(timed(c, wrong)[0].verdict is Verdict.REFUTED for c in plan(claims_of([wrong.key]), SEED, Ledger()))


def depth_as(other: sp.Expr) -> Callable[[sp.Basic], sp.Basic]:
    return lambda formula: formula.subs(L, other)


def swapped(formula: sp.Basic) -> sp.Basic:
    return formula.xreplace(
        {squared_source: squared_target, squared_target: squared_source, TARGET: SOURCE, SOURCE: TARGET}
    )


HALVED = 2 / (1 + 1 / L)
"""2 - 2/L becomes 1 - 1/L."""
WITH_A_ROOT = ("norm", "risk_exact", "risk_limit", "risk_equivalent")


@pytest.mark.parametrize("name", WITH_A_ROOT)
def test_a_stretch_with_half_the_exponent_is_refuted(name: str) -> None:
    assert refuted(edited(result(f"deep_linear.{name}"), depth_as(HALVED)))


@pytest.mark.parametrize("name", ["risk_exact", "risk_limit", "risk_equivalent", "best_depth", "frozen", "frozen_flow"])
def test_exchanging_source_and_target_is_refuted(name: str) -> None:
    assert refuted(edited(result(f"deep_linear.{name}"), swapped))


@pytest.mark.parametrize("name", ["norm", "risk_exact", "mirror_potential"])
def test_the_formula_of_another_depth_is_refuted(name: str) -> None:
    assert refuted(edited(result(f"deep_linear.{name}"), depth_as(L + 1)))


def test_a_best_depth_of_one_layer_more_is_refuted() -> None:
    true = result("deep_linear.best_depth")
    assert refuted(with_values(true, {true.regimes[-1].name: true.regimes[-1].value + 1}))


def test_a_flow_without_its_change_of_time_is_refuted() -> None:
    true = result("deep_linear.flow")
    (regime,) = true.regimes
    assert refuted(with_values(true, {regime.name: regime.value * squared_source ** (1 / L - 1)}))


def test_training_that_forgets_nothing_of_the_source_off_the_data_is_refuted_beyond_one_layer() -> None:
    true = result("deep_linear.solution")
    wrong = with_values(true, {true.regimes[0].name: result("linear.estimator").regimes[0].value})
    for check in plan(claims_of([true.key]), SEED, Ledger()):
        instance = check.case.instance
        same = instance.n >= instance.d or instance.depth == 1
        assert timed(check, wrong)[0].verdict is (Verdict.SUPPORTED if same else Verdict.REFUTED)


def test_a_simulator_that_is_off_by_ten_percent_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = checks.chunks
    monkeypatch.setattr(checks, "chunks", lambda *given: (1.1 * chunk for chunk in honest(*given)))
    assert not run(["deep_linear.frozen_flow"], seed=SEED).passed
