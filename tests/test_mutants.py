"""Formulas made wrong on purpose: what is made, what is proved to say the same, and that the checks refute the rest."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from scipy.optimize import linprog

from headstart.cli import main
from tests.nightly import SHARE, by_night
from theory.calculus.events import LeastOver
from theory.catalogue import keys, result
from theory.notation import d, n, symbol
from verify.ledger import Ledger
from verify.lines import JournalError
from verify.mutants import choices, radicals, tally, trial
from verify.mutants.equivalence import BRANCHES, proof
from verify.mutants.formulas import slips
from verify.mutants.guards import grid, guard_slips
from verify.mutants.mutant import Mutant, mutants_of
from verify.mutants.tally import Tally, try_all
from verify.mutants.trial import Fate, Tried, tried
from verify.plan import plan
from verify.stage_zero import frozen_means
from verify.stage_zero.suite import relations_of
from verify.tiers import CHANGE
from verify.verdict import Verdict
from verify.work import claims_of, timed

SEED = 20261122
x, y = sp.symbols("x y", positive=True)


def wrong_forms(formula: sp.Expr) -> set[sp.Basic]:
    return {wrong for _, wrong in slips(formula)}


def test_every_slip_of_the_pen_is_made() -> None:
    assert {n / (d - n), n / (d - n - 2), -n / (d - n - 1), sp.Rational(201, 200) * n / (d - n - 1)} <= wrong_forms(
        n / (d - n - 1)
    )
    assert {x**2 + y, x**4 + y, x ** sp.Rational(5, 2) + y, x**-3 + y, x**6 + y} <= wrong_forms(x**3 + y)
    assert {x, y, x - y, y - x, x + sp.Rational(199, 200) * y} <= wrong_forms(x + y)
    assert d / n in wrong_forms(n / d)


@pytest.mark.parametrize("key", by_night(keys(), lambda key: key.endswith("_bound") or key not in keys()[::SHARE]))
def test_no_mutant_is_the_formula_as_it_is_written(key: str) -> None:
    made = [(m.result.regimes, m.result.where) for m in mutants_of(result(key))]
    assert made
    assert (result(key).regimes, result(key).where) not in made


def test_a_guard_is_moved_turned_negated_and_dropped() -> None:
    found = {wrong for _, wrong in guard_slips(sp.Lt(n, d))}
    assert {sp.Lt(n, d + 1), sp.Lt(n, d - 1), sp.Le(n, d), sp.Ge(n, d), sp.true} == found


def test_guards_that_no_sizes_tell_apart_are_told_to_be_one() -> None:
    points = grid([sp.Lt(n, d), sp.Le(n, d - 1), sp.Le(n, d)])
    first, second, third = (points.selected([c]) for c in (sp.Lt(n, d), sp.Le(n, d - 1), sp.Le(n, d)))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, third)


def test_comparisons_of_one_thing_with_two_numbers_are_told_to_belong_together() -> None:
    conditions = sp.Gt(x - y, 0), sp.Gt(x - y, 1), sp.Le(y - x, -1)
    points = grid(conditions)
    positive, above_one, at_least_one = (points.selected([c]) >= 0 for c in conditions)
    assert np.all(positive[at_least_one])
    assert np.all(at_least_one[above_one])
    assert np.any(at_least_one & ~above_one)


def test_whole_numbers_below_a_whole_number_are_at_most_one_less() -> None:
    task, count = symbol("task"), symbol("task_count")
    conditions = sp.Lt(task, count), sp.Le(task, count - 1), sp.Le(task, count)
    below, one_less, at_most = map(grid(conditions).selected, ([c] for c in conditions))
    assert np.array_equal(below, one_less)
    assert not np.array_equal(below, at_most)


ONCE_ALIVE = {
    "relu.kernel": ("Abs(cosine) < 1",),
    "relu.kernel_expansion": ("degree >= 2 dropped", "Ne(degree, 2)"),
    "relu.risk_equivalent": ("d >= 3", "d > 2"),
    "relu.sample_complexity": ("d >= 3", "d > 2"),
    "relu.pretrained_error": ("d >= 3", "d > 2"),
    "relu.bound": ("d >= 3", "d > 2"),
    "ridge.best_penalty": ("squared_distance > 1",),
    "ridge.upper_bound": ("1/power x 1.005", "power x 0.995"),
    "ridge.lower_bound": ("1/power x 1.005", "power x 0.995"),
    "sequence.equal": ("samples_each + 3", "d > samples_each + 2"),
    "sequence.last_task": (
        "task <= task_count - 1",
        "d > samples[j]), (0, True))",
    ),
    "weight_average.best_mix": ("d >= n + 3", "n > d + 2", "squared_distance > 1"),
    "weight_average.gain": ("level*squared_distance x 1.005", "squared_distance -> squared_distance + 1"),
    "linear.risk_equivalent": ("n < d - 1", "n <-> d"),
    "linear.split_bound": ("n < d - 1", "n <-> d"),
    "linear.quoted_bound": ("gap[i] <-> target[i]", "sqrt(n))) x 0.995"),
    "linear.error_moments": ("n < d - 1", "d/2 - n/2 - 1/2"),
    "linear.risk_learned_source": ("n < d -> n <= d",),
    "frozen.source_error": ("n_source inverted",),
    "deep_linear.risk_equivalent": ("norm x 1.005", "n < d - 1"),
    "early_stopping.best_time": ("-> -2*sqrt(d)*level*place/sqrt(n) in a sum",),
    "frozen.peaks": ("source_residual > 1", "transferred_parameters > 1"),
    "frozen.task_similarity": ("transferred_parameters > 1",),
    "frozen.risk": ("transferred_parameters - 1", "n_source x 1.005"),
    "frozen.best_split": (
        *("n -> d once", "n x 1.005", "transferred_error >= trained_error"),
        "transferred_parameters x 0.995",
    ),
    "frozen.less_related_wins": (
        "transferred_parameters > 1",
        "n dropped",
        "similarity + 1 dropped",
        "n_source dropped",
    ),
    "early_stopping.descent_risk": ("sign of -step_size*x + 1",),
    "early_stopping.over_ridge": ("time > 1",),
    "deep_linear.norm": ("Eq(depth, 2)", "squared_source > 1", "squared_source > 0 negated"),
    "deep_linear.quantile": ("d >= n + 3", "n >= 3"),
    "deep_linear.upper_bound": ("n < d - 1",),
    "deep_linear.risk_exact": ("d >= 3", "Eq(depth, 2)", "seen x 1.005", "squared_source + squared_target)"),
    "ridge.risk_exact": ("n >= 4", "taken apart at 2"),
    "ridge.risk_equivalent": ("n*penalty/kappa -> 201*n*penalty/(200*kappa) in a sum", "n -> n + 1"),
    "linear.risk_any_covariance": ("taken apart at -4", "taken apart at 2"),
    "linear.inverse_moments": ("sign of sin(phi)", "2 -> -2"),
    "ridge.inverse_moments": ("sign of sin(phi)", "2 -> -2"),
    "deep_linear.risk_limit": ("n < d - 1", "201*n*sigma**2/(200*level*(d - n)) in a sum", "depth x 1.005"),
}
"""Mutants that neither a relation nor a draw told from the formula, nor a proof, until all mutants were tried."""


def test_the_positive_root_of_a_cubic_solves_it_and_one_that_is_off_or_negative_does_not() -> None:
    p, q = sp.symbols("p q", nonnegative=True)
    inside = sp.cbrt(p**3 / 27 + q / 2 + sp.sqrt(q**2 / 4 + p**3 * q / 27))
    root = p / 3 + inside + p**2 / (9 * inside)  # Cardano: x^3 = p x^2 + q
    assert radicals.solves(x**3 - p * x**2 - q, x, root)
    assert not radicals.solves(x**3 - p * x**2 - q, x, root * sp.Rational(201, 200))
    assert not radicals.solves(x**3 - p * x**2 - q * sp.Rational(201, 200), x, root)
    larger, smaller = ((p + sign * sp.sqrt(p**2 + 4 * q)) / 2 for sign in (1, -1))
    assert radicals.solves(x**2 - p * x - q, x, larger)
    assert not radicals.solves(x**2 - p * x - q, x, smaller)


SLOW = ("frozen.best_split", "deep_linear.quantile")


@pytest.mark.parametrize("key", by_night(ONCE_ALIVE, SLOW.__contains__))
def test_mutants_that_once_were_alive_are_refuted_without_a_draw_or_proved_to_be_the_formula(key: str) -> None:
    true = result(key)
    found = [m for m in mutants_of(true) if m.what.endswith(ONCE_ALIVE[key])]
    assert len(found) >= len(ONCE_ALIVE[key])
    for mutant in found:
        refuted = any(trial._refutes(relation, mutant.result) for relation in relations_of([key]))
        assert refuted or proof(mutant, true), str(mutant)


def test_an_equation_times_a_number_has_the_same_root_and_is_no_mutant() -> None:
    assert not [m for m in mutants_of(result("deep_linear.solution")) if m.what.endswith("norm**2 x 1.005 in c")]


def mutant_with(key: str, value: sp.Expr) -> Mutant:
    true = result(key)
    wrong = replace(true, regimes=(replace(true.regimes[0], value=value), *true.regimes[1:]))
    return Mutant(wrong, "formula", true.regimes[0].name, "by hand")


def test_what_cancels_is_proved_equivalent_and_a_small_difference_is_not() -> None:
    value = result("linear.bias").regimes[0].value
    same = mutant_with("linear.bias", sp.expand(value))
    other = mutant_with("linear.bias", value * (1 + sp.Rational(1, 10**12)))
    assert proof(same, result("linear.bias"))
    assert not proof(other, result("linear.bias"))


def test_a_choice_inside_an_equation_is_the_same_unless_some_sizes_tell() -> None:
    true = result("frozen.risk")
    equations = [m for m in mutants_of(true) if m.part == "equation" and m.where == "transferred_error"]
    proved = [m for m in equations if proof(m, true) == BRANCHES]
    names = {m.what for m in proved}
    assert "2 -> 199/100 in a sum" in names
    assert "2 -> 0 in a sum" not in names
    many = [point for point in frozen_means._many_points() if int(point["d"]) in frozen_means.MANY]
    for mutant in proved:
        for point in many:
            values = [frozen_means._named(each, "transferred_error", point) for each in (true, mutant.result)]
            assert values[0] == values[1], mutant


def test_which_sizes_can_be_is_what_a_solver_of_linear_programs_says() -> None:
    rng = np.random.default_rng(3)
    symbols = [symbol(name) for name in ("n", "n_source", "task")]
    answers = Counter()
    for _ in range(300):
        rows = rng.choice([0, 0, 1, -1, 1, -1, 200, -199, 201], size=(rng.integers(1, 7), 3))
        offsets = rng.integers(-4, 5, size=len(rows))
        sides = sp.Matrix(rows.tolist()) * sp.Matrix(symbols) + sp.Matrix(offsets.tolist())
        solver = linprog(np.zeros(3), A_ub=-rows, b_ub=offsets, bounds=[(1, None), (1, None), (0, None)])
        assert choices._feasible(frozenset(sides)) == (solver.status == 0)
        answers[solver.status] += 1
    assert min(answers[0], answers[2]) > 50


def test_a_guard_that_is_wider_only_where_an_earlier_one_holds_is_the_same() -> None:
    right = result("frozen.risk")
    at = next(k for k, w in enumerate(right.where) if w.symbol.name == "transferred_error")
    given = right.where[at]
    samples, learned = symbol("n_source"), symbol("source_parameters")
    guard = samples < learned
    less, more = samples * sp.Rational(199, 200), samples * sp.Rational(201, 200)
    for other, same in (
        (less < learned, True),
        (learned > less, True),
        (less <= learned, True),
        (more < learned, False),
    ):
        branches = [(value, condition.xreplace({guard: other})) for value, condition in given.formula.args]
        for number in range(4, len(branches)):
            one = [
                pair if k == number else old
                for k, (pair, old) in enumerate(zip(branches, given.formula.args, strict=True))
            ]
            equation = sp.Eq(given.symbol, sp.Piecewise(*one, evaluate=False), evaluate=False)
            where = (*right.where[:at], replace(given, equation=equation), *right.where[at + 1 :])
            wrong = Mutant(replace(right, where=where), "equation", given.symbol.name, "a guard")
            assert bool(proof(wrong, right)) is same


def test_a_variable_and_its_negative_may_be_taken_for_each_other_in_what_is_defined_by_both() -> None:
    right = result("deep_linear.risk_exact")
    at = next(k for k, w in enumerate(right.where) if w.symbol.name == "across")
    given = right.where[at]
    for factor, same in ((sp.Integer(-1), True), (sp.Rational(-201, 200), False)):
        equation = sp.Eq(given.symbol, factor * given.formula, evaluate=False)
        where = (*right.where[:at], replace(given, equation=equation), *right.where[at + 1 :])
        assert bool(proof(Mutant(replace(right, where=where), "equation", "across", "a sign"), right)) is same


def test_an_order_by_a_positive_multiple_is_the_same_and_by_a_negative_one_is_not() -> None:
    right = result("sequence.best_order")
    (regime,) = right.regimes
    score = regime.value.args[0]
    for factor, same in ((sp.Rational(199, 200), True), (sp.Integer(-1), False), (score, False)):
        value = regime.value.func(factor * score, *regime.value.args[1:])
        wrong = replace(right, regimes=(replace(regime, value=value),))
        assert bool(proof(Mutant(wrong, "formula", regime.name, "a multiple"), right)) is same


def test_what_vanishes_with_a_sum_may_be_anything_where_the_sum_does() -> None:
    true = result("frozen.risk")
    vanishing = [r for r in true.regimes if "residual = 0" in r.name and "free_parameters <= n" in r.name]
    (silent,) = vanishing
    for regime, same in ((silent, True), (true.regimes[1], False)):
        value = regime.value + next(s for s in regime.value.free_symbols if s.name == "transferred_error")
        wrong = replace(true, regimes=tuple(replace(r, value=value) if r is regime else r for r in true.regimes))
        assert bool(proof(Mutant(wrong, "formula", regime.name, "twice"), true)) is same


SUBSET = {"linear.bias": 4, "linear.estimator": 8, "linear.variance": 20, "linear.risk": 30, "deep_linear.flow": 30}
"""Every so many-th mutant of these is tried with every change."""


@pytest.fixture
def drawn_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """No exact relation takes part."""
    monkeypatch.setattr(trial, "relations_of", lambda _: ())


@pytest.mark.parametrize("key", SUBSET)
@pytest.mark.usefixtures("drawn_only")
def test_by_draws_alone_no_mutant_survives_and_none_is_unknown(key: str) -> None:
    fates = Counter(t.fate for t in tried(key, seed=SEED, part=slice(0, None, SUBSET[key])))
    assert fates[Fate.KILLED] >= 5
    assert set(fates) <= {Fate.KILLED, Fate.EQUIVALENT, Fate.BELOW_RESOLUTION}


def test_a_bound_that_is_too_large_is_killed_exactly_and_by_no_draws() -> None:
    """Draws cannot: it is a bound all the same."""
    loose = mutant_with("linear.split_bound", sp.Rational(201, 200) * result("linear.split_bound").regimes[0].value)
    relations = relations_of(["linear.split_bound"])
    assert any(relation.verdict(loose.result) is Verdict.REFUTED for relation in relations)
    (claim,) = claims_of(["linear.split_bound"])
    (check, *_) = plan([claim], SEED, Ledger(budget=1e-6))
    assert timed(check, loose.result)[0].verdict is Verdict.SUPPORTED


def test_what_an_exact_relation_refutes_is_not_drawn_and_has_no_difference() -> None:
    found = tried("linear.bias", seed=SEED, tier=CHANGE, part=slice(0, None, 8))
    killed = [t for t in found if t.fate is Fate.EXACTLY]
    assert killed
    assert all(t.difference is None and t.by for t in killed)


def test_one_mutant_in_so_many_is_tried_and_the_seed_says_which() -> None:
    every, some, other = (
        {t.mutant for t in try_all(["relu.kernel"], seed=seed, tier="change", every=share).tried}
        for seed, share in ((4, 1), (4, 7), (5, 7))
    )
    count = sum(1 for _ in mutants_of(result("relu.kernel")))
    assert len(some) <= -(-count // 7)
    assert some <= every
    assert some != other


def test_variables_that_are_bound_are_no_part_of_a_formula() -> None:
    z = sp.Symbol("z", positive=True)
    index = sp.Symbol("k", integer=True)
    for formula in (sp.Sum(index * x, (index, 1, 4)), LeastOver(x + z, z), sp.Product(x + index, (index, 1, 4))):
        for wrong in wrong_forms(formula):
            assert all(part.args[1:] == formula.args[1:] for part in wrong.atoms(type(formula)))
    assert LeastOver(x - z, z) in wrong_forms(LeastOver(x + z, z))


@pytest.mark.usefixtures("drawn_only")
def test_a_check_that_supports_everything_lets_mutants_survive(monkeypatch: pytest.MonkeyPatch) -> None:
    (claim,) = claims_of(["linear.bias"])
    lazy = replace(claim, check=lambda *given: replace(claim.check(result("linear.bias"), *given[1:]), note=""))
    monkeypatch.setattr(trial, "claims_of", lambda _: (lazy,))
    fates = Counter(t.fate for t in tried("linear.bias", seed=SEED, tier=CHANGE, part=slice(0, None, 8)))
    assert fates[Fate.SURVIVED] >= 3
    assert fates[Fate.KILLED] == 0


@pytest.mark.usefixtures("drawn_only")
def test_a_check_that_is_undecided_kills_no_wrong_coefficient(monkeypatch: pytest.MonkeyPatch) -> None:
    (claim,) = claims_of(["linear.bias"])

    def undecided(*given: object) -> object:
        return replace(claim.check(*given), verdict=Verdict.UNDECIDED)  # type: ignore[arg-type]

    monkeypatch.setattr(trial, "claims_of", lambda _: (replace(claim, check=undecided),))
    found = tried("linear.bias", seed=SEED, tier=CHANGE, part=slice(0, None, 8))
    assert {t.fate for t in found if 0 < (t.difference or 0.0) < 0.5} == {Fate.SURVIVED}


def test_any_executor_tries_the_same_mutants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "BATCH", 20)
    told: list[tuple[int, int]] = []
    found = try_all(["linear.estimator"], seed=SEED, tier="change", watch=lambda *given: told.append(given))
    assert told == [(20, 79), (40, 79), (60, 79), (79, 79)]
    assert [t.fate for t in found.tried] == [t.fate for t in tried("linear.estimator", seed=SEED, tier=CHANGE)]


def fated(fate: Fate) -> Tally:
    return Tally((Tried("linear.bias", "formula", fate, 0.1, ""),), "nightly", 1)


def test_an_interrupted_run_goes_on_from_the_batches_that_are_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "BATCH", 20)
    store = tmp_path / "journal"
    whole = try_all(["linear.estimator"], seed=SEED, tier="change", store=store)
    lines = store.read_text(encoding="utf-8").splitlines(keepends=True)
    assert len(lines) > 3
    store.write_text("".join(lines[:3]) + lines[3][:40], encoding="utf-8")
    begun = []

    def counted(*given: Any, **more: Any) -> tuple[Tried, ...]:
        begun.append(given)
        return tried(*given, **more)

    monkeypatch.setattr(tally, "tried", counted)
    again = try_all(["linear.estimator"], tier="change", store=store)
    assert (again.seed, again.tried) == (SEED, whole.tried)
    assert len(begun) == len(lines) - 3
    assert sorted(store.read_text(encoding="utf-8").splitlines()[:3]) == sorted(map(str.rstrip, lines[:3]))
    with pytest.raises(JournalError, match="a run with other every"):
        try_all(["linear.estimator"], seed=SEED, tier="change", every=2, store=store)


@pytest.mark.parametrize("fate", Fate)
def test_the_command_ends_with_one_if_a_mutant_survived_or_is_unknown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, fate: Fate
) -> None:
    monkeypatch.setattr("headstart.api.mutants", lambda *_, **__: fated(fate))
    code = int(fate in (Fate.SURVIVED, Fate.UNKNOWN))
    assert main(["mutants", "linear.bias", "--json"]) == code
    plain = json.loads(capsys.readouterr().out)
    assert plain["passed"] is (code == 0)
    assert plain["counts"]["linear.bias"][str(fate)] == 1
    assert main(["mutants", "linear.bias"]) == code
    assert "1 mutants of 1 results.  Tier nightly, seed 1." in capsys.readouterr().out


def test_the_tally_tells_how_many_of_those_that_differ_clearly_were_killed() -> None:
    fates = ((Fate.KILLED, 0.003), (Fate.SURVIVED, 0.004), (Fate.KILLED, 1.0), (Fate.EQUIVALENT, 0.0))
    tally = Tally(tuple(Tried("linear.bias", "", fate, apart, "") for fate, apart in fates), "nightly", 1)
    assert list(tally.power().values()) == [(1, 2), (1, 1)]


def test_results_are_printed_one_by_one_and_progress_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mutants", "linear.estimator", "--seed", "1", "--executor", "threads"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[1].split()[:4] == ["linear.estimator", "70", "3", "6"]
    assert err == "headstart: 79 of 79 mutants tried\n"


def test_no_mutants_are_no_evidence() -> None:
    assert not Tally((), "nightly", 1).passed
