"""Every assumption of every result is dropped: a counterexample, or the note that it is not needed."""

import json
from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest
import sympy as sp

from headstart.cli import main
from tests.nightly import by_night
from theory.catalogue import keys, result
from verify import assumptions, means
from verify.assumptions import Row, Standing, given_data, readings, split, table
from verify.assumptions.cases import bases, dropped
from verify.assumptions.readings import READINGS, averaged_noise
from verify.assumptions.world import draw
from verify.claim import with_values
from verify.verdict import Verdict

SEED = 20261122


NOT_NEEDED = {
    ("linear.bias", "Gaussian design"),
    ("linear.bias", "Gaussian noise"),
    ("linear.variance", "Gaussian noise"),
    ("linear.variance", "fresh target sample"),
    ("linear.noise_law", "given source"),
    ("linear.conditional_risk", "Gaussian noise"),
    ("linear.conditional_risk", "full rank, n < d"),
    ("linear.best_rescaling", "Gaussian design"),
    ("deep_linear.conditional_risk", "fresh target sample"),
    ("deep_linear.solution", "full rank, n < d"),
}
NEEDED = {
    ("linear.bias", "design of full rank"),
    ("linear.variance", "Gaussian design"),
    ("linear.variance", "flat spectrum"),
    ("linear.noise_law", "Gaussian noise"),
    ("linear.conditional_risk", "fresh target sample"),
    ("deep_linear.conditional_risk", "balanced start"),
    ("deep_linear.solution", "all layers trained"),
}


BY_DAY = (
    *("linear.estimator", "linear.conditional_risk", "linear.bias", "linear.variance", "linear.noise_law"),
    *("linear.risk", "linear.benefit", "linear.quantile", "linear.error_moments"),
    *("frozen.probe", "ridge.best_risk", "ridge.risk_exact", "sequence.risk", "relu.kernel"),
)
"""Results of every setting whose assumptions are dropped with every change: a few seconds each."""


@pytest.mark.parametrize("key", keys())
def test_every_assumption_has_something_that_is_dropped_or_defines_a_symbol(key: str) -> None:
    said = result(key)
    tested = {check.assumption for check in given_data.of(said)} | {drop.assumption for drop in dropped(said)}
    left = {assumption.text for assumption in said.given} - tested
    assert all(text.startswith(table.DEFINITIONS) for text in left), left


@pytest.mark.parametrize("key", by_night(keys(), lambda key: key not in BY_DAY))
def test_every_assumption_is_settled_by_a_counterexample_or_not_needed(key: str) -> None:
    """A counterexample that is none: probability <= 1e-9 for each comparison, asymptotically."""
    rows = assumptions.run([key], seed=SEED)
    assert {row.assumption for row in rows} == {assumption.text for assumption in result(key).given}
    assert all(row.passed for row in rows), [row for row in rows if not row.passed]
    for row in rows:
        assert row.interval is None or not row.interval[0] <= (row.formula or 0.0) <= row.interval[1], row
    found = {(row.key, row.what): row for row in rows}
    assert all(found[name].standing is Standing.NOT_NEEDED for name in NOT_NEEDED if name[0] == key)
    for row in (found[name] for name in NEEDED if name[0] == key):
        assert row.standing is Standing.NEEDED
        assert row.formula is not None
        assert row.simulated is not None
        assert not np.isclose(row.formula, row.simulated, rtol=0.01)


PLAIN = ("linear.risk", "linear.noise_law", "linear.quantile", "linear.noise_variance", "deep_linear.frozen_flow")


@pytest.mark.parametrize("key", PLAIN)
def test_a_world_in_which_nothing_is_dropped_supports_the_formula(key: str) -> None:
    drop = dropped(result(key))[0]
    nothing = type(drop)(drop.assumption, "nothing", "as assumed", lambda world: iter([world]))
    at = table._level(key, "nothing", SEED)
    comparisons = list(table._comparisons(result(key), nothing, at))
    row = table._settled(result(key), nothing, comparisons, at)
    assert row.standing is Standing.NOT_NEEDED, row


def test_a_peak_claimed_elsewhere_is_a_counterexample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "LONG", 1 << 12)
    true = result("frozen.peaks")
    (regime,) = true.regimes
    n, n_source = regime.value
    world = bases(true.key)[0]
    told, at = split.told(true.key, world), table._level(true.key, "nothing", SEED)
    for place, verdict in (((n, n_source), Verdict.SUPPORTED), ((n + 3, n_source), Verdict.REFUTED)):
        claimed = with_values(true, {regime.name: sp.Tuple(*place)})
        assert READINGS[true.key](claimed, world, told, at).outcome.verdict is verdict


@pytest.mark.parametrize(
    ("gaps", "verdict"),
    [((1.0, 1.0), Verdict.SUPPORTED), ((1.0, -1.0), Verdict.REFUTED), ((1.0, 0.0), Verdict.UNDECIDED)],
)
def test_an_end_is_the_best_split_if_no_other_split_has_less_risk(gaps: tuple[float, float], verdict: Verdict) -> None:
    rng = np.random.default_rng(3)

    def drawn(_: int) -> SimpleNamespace:
        return SimpleNamespace(over_other_splits=lambda _: [gap + rng.standard_normal(1024) for gap in gaps])

    world = SimpleNamespace(batches=lambda _: map(drawn, count()), base=SimpleNamespace(transferred=np.arange(4)))
    at = table._level("frozen.best_split", "nothing", SEED)
    claimed = SimpleNamespace(evaluate=lambda: 4)
    assert readings.better_end(claimed, world, {}, at).outcome.verdict is verdict


def test_draws_that_vary_more_than_their_pilot_are_no_counterexample(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = means.pilot_variance
    monkeypatch.setattr(means, "pilot_variance", lambda draws: honest(draws) / 50)
    test_a_world_in_which_nothing_is_dropped_supports_the_formula("linear.risk")
    monkeypatch.setattr(means, "pilot_variance", lambda draws: honest(draws) / 5000)
    with pytest.raises(AssertionError, match="undecided"):
        test_a_world_in_which_nothing_is_dropped_supports_the_formula("linear.risk")


def test_an_assumption_without_a_test_is_red() -> None:
    row = table._left_over("linear.bias", "something new")
    assert row.standing is Standing.UNTESTED
    assert not row.passed
    assert not Row("linear.bias", "x", "x", "x", Standing.UNDECIDED).passed


def test_noise_averaged_over_rows_of_a_hadamard_matrix_is_its_mean() -> None:
    world = bases("linear.variance")[0]
    drawn = draw(world, 1, 0)
    exact = world.base.sigma**2 * np.einsum("tjn,j,tjn->t", drawn.inverse, world.base.risk_weights, drawn.inverse)
    np.testing.assert_allclose(averaged_noise(drawn), exact, rtol=1e-10)


def test_the_same_seed_draws_the_same_and_another_seed_does_not() -> None:
    world = bases("linear.risk")[0]
    first, again, other = draw(world, 1, 0), draw(world, 1, 0), draw(world, 2, 0)
    assert np.array_equal(first.risk, again.risk)
    assert not np.array_equal(first.risk, other.risk)


def test_the_command_prints_a_table_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assumptions", "deep_linear.solution"]) == 0
    assert "balanced start" in capsys.readouterr().out
    assert main(["assumptions", "deep_linear.solution", "--json", "--seed", "3"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["seed"] == 3
    assert {row["standing"] for row in told["rows"]} == {"needed", "not needed"}


def test_an_unknown_key_is_one_line_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assumptions", "linear.risc"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_instances_without_an_effect_do_not_settle_what_others_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """An undecided row is needed once a counterexample is found, and else stays undecided."""
    drop, at = dropped(result("linear.risk"))[0], table._level("linear.risk", "anything", SEED)
    for later in (Standing.NOT_NEEDED, Standing.NEEDED):
        standings = {1: Standing.UNDECIDED, 2: Standing.UNDECIDED, 4: later}
        monkeypatch.setattr(
            table, "_settled_at", lambda _, d, __, times, s=standings: Row("", d.assumption, "", "", s[times])
        )
        found = table._searched(result("linear.risk"), drop, at)
        assert found.standing is (Standing.NEEDED if later is Standing.NEEDED else Standing.UNDECIDED)
