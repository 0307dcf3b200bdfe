"""Fine-tuning on one task after the other: formulas, limits, simulators, and the claims about them."""

from itertools import permutations
from types import SimpleNamespace

import numpy as np
import pytest
import sympy as sp

from numerics.sequence import InstanceError, TaskSequence, batch, simulate, streams
from theory.catalogue import keys, result
from theory.evaluation import EvaluationError
from theory.linear.setting import DETERMINED, OVERPARAMETERIZED
from theory.notation import symbol
from theory.sequence import one_task
from verify import Verdict, run
from verify.ledger import Ledger
from verify.plan import plan
from verify.sequence import CLAIMS
from verify.stage_zero.values import known_formula
from verify.suite import refuted_twins

SEED = 20261122
ORDERS = tuple(permutations(range(3)))
KEYS = tuple(key for key in keys() if key.startswith("sequence."))


def fields(*sizes: int, d: int = 12, task: int = 1, sigma: float = 0.4) -> dict[str, object]:
    rng = np.random.default_rng(3)
    tasks = [{"n": n, "sigma": sigma, "target": rng.standard_normal(d).tolist()} for n in sizes]
    return {"tasks": tasks, "d": d, "start": [0.0] * d, "task": task}


def test_a_task_is_drawn_from_one_stream_wherever_it_comes_and_no_two_share_one() -> None:
    one, two, same = TaskSequence.from_fields(fields(3, 20, 3)).tasks
    assert sorted(streams([one, two, same, one])) == [0, 1, 2, 3]
    by_task = {order: dict(zip(order, streams([(one, two, same)[k] for k in order]), strict=True)) for order in ORDERS}
    assert len({tuple(sorted(found.items())) for found in by_task.values()}) == 1


@pytest.mark.parametrize("key", KEYS)
def test_result_is_supported_by_simulation(key: str) -> None:
    assert run([key], seed=SEED).passed


@pytest.mark.parametrize("key", KEYS)
def test_a_wrong_formula_is_refuted(key: str) -> None:
    for outcomes in refuted_twins([key], seed=SEED).values():
        assert {outcome.verdict for outcome in outcomes} == {Verdict.REFUTED}


@pytest.mark.parametrize(("regime", "n", "d"), [(OVERPARAMETERIZED, 4, 12), (DETERMINED, 12, 4)])
def test_one_task_with_its_own_weights_is_linear_fine_tuning(regime: sp.Basic, n: int, d: int) -> None:
    alone = one_task(regime)[0].subs(symbol("squared_between"), 0)
    wanted = known_formula("linear.risk", {"n": n, "d": d, "sigma": 1}).subs(symbol("level"), 1)
    assert sp.cancel(sp.together(alone - wanted)) == 0


def test_one_task_again_and_again_is_learned_but_for_the_noise() -> None:
    one = fields(4)["tasks"][0]
    many = {**fields(4), "tasks": [one] * 200}
    noise = 0.4**2 * 12 / (12 - 4 - 1)
    assert result("sequence.equal").evaluate(**many) == pytest.approx(noise, rel=1e-12)


def test_after_as_many_samples_as_features_what_came_before_is_forgotten() -> None:
    later = fields(3, 5, 20)
    first = {**later, "tasks": later["tasks"][2:]}
    mine = later["tasks"][0]["target"]
    alone = np.sum((np.asarray(first["tasks"][0]["target"]) - np.asarray(mine)) ** 2) + 0.4**2 * 12 / 7
    assert result("sequence.risk").evaluate(**later) == pytest.approx(alone, rel=1e-12)


def test_a_related_task_helps_and_a_foreign_one_does_not() -> None:
    given = fields(3, 6, sigma=0.1)
    old = given["tasks"][0]
    for sign, helps in ((1, True), (-1, False)):
        last = {**given["tasks"][1], "target": [sign * z for z in old["target"]]}
        assert (result("sequence.last_task").evaluate(**{**given, "tasks": [old, last]}) > 0) is helps


def test_a_task_is_forgotten_less_where_it_comes_later() -> None:
    given = fields(4, 4, 4)
    forgot = [result("sequence.forgetting").evaluate(**{**given, "task": k}) for k in (1, 2, 3)]
    assert forgot[2] == 0
    assert forgot[0] > forgot[1] > 0


def test_what_is_alike_comes_last_and_sample_sizes_do_not_matter_without_noise() -> None:
    """Distances 3, 2, 0 and 1 from the weights of task 3."""
    tasks = [{"n": n, "sigma": 0.0, "target": [float(z), 0, 0, 0]} for n, z in ((1, 3), (2, 2), (1, 0), (2, 1))]
    given = {"tasks": tasks, "d": 4, "start": [0.0] * 4, "task": 3}
    assert result("sequence.best_order").evaluate(**given).tolist() == [1, 2, 4, 3]
    given["tasks"] = [{**one, "n": 3 - one["n"]} for one in tasks]
    assert result("sequence.best_order").evaluate(**given).tolist() == [1, 2, 4, 3]


def test_tasks_that_cost_as_much_stay_as_they_are_and_noise_costs() -> None:
    one = {"n": 2, "sigma": 0.5, "target": [0.0] * 6}
    given = {"tasks": [one, one, {**one, "sigma": 0.6}, one], "d": 6, "start": [1.0] * 6, "task": 2}
    assert result("sequence.best_order").evaluate(**given).tolist() == [3, 1, 2, 4]


def test_any_other_order_is_refuted() -> None:
    check = next(c for c in plan(CLAIMS, 0, Ledger(budget=1e-6, pilot_budget=1e-6)) if c.claim.key.endswith("order"))
    true = result("sequence.best_order")
    best = tuple(true.evaluate(**check.case.fields))

    def claimed(order: tuple[int, ...]) -> Verdict:
        said = SimpleNamespace(evaluate=lambda **_: order)
        return check.claim.check(said, check.case, check.level).verdict

    found = {order: claimed(order) for order in permutations(sorted(best))}
    assert found.pop(best) is Verdict.SUPPORTED
    assert set(found.values()) == {Verdict.REFUTED}
    assert {claimed(wrong) for wrong in ((best[0],) * len(best), best[:-1], (*best, 4))} == {Verdict.REFUTED}


@pytest.mark.parametrize("sizes", [(3, 5), (20, 4, 6), (4, 20)])
def test_both_laws_have_one_mean(sizes: tuple[int, ...]) -> None:
    """Six standard errors: a false alarm in 1e8 runs for each comparison."""
    given = TaskSequence.from_fields(fields(*sizes, task=2))
    for column in ("risk", "forgetting", "last_gain"):
        one, other = (
            simulate(given, trials=10_000, seed=SEED, law=law, quantity=column) for law in ("literal", "exact")
        )
        off = np.hypot(one.standard_error, other.standard_error)
        assert abs(one.estimate - other.estimate) <= 6 * off + 1e-9


def test_draws_are_the_same_bits_and_a_prefix() -> None:
    given = TaskSequence.from_fields(fields(4, 20))
    for law in ("exact", "literal"):
        whole, again, part = (batch(given, 5, 1, law, size) for size in (64, 64, 24))
        for name in part:
            assert np.array_equal(whole[name], again[name])
            assert np.array_equal(whole[name][:24], part[name])
    assert given == TaskSequence.from_fields(given.fields())


def test_at_a_threshold_and_for_tasks_that_are_not_there_it_is_refused() -> None:
    for wrong, words in ((fields(11, 3), "outside its domain"), (fields(3, task=2), "outside its domain")):
        with pytest.raises(EvaluationError, match=words):
            result("sequence.risk").evaluate(**wrong)
    with pytest.raises(EvaluationError, match=r"use sequence\.risk"):
        result("sequence.equal").evaluate(**fields(3, 4))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tasks": []}, "tasks"),
        ({"tasks": [{"n": 3}]}, "sigma and target"),
        ({"tasks": [{"n": 0, "sigma": 1, "target": [0.0] * 12}]}, "n of task 1"),
        ({"tasks": [{"n": 3, "sigma": 1, "target": [0.0] * 3}]}, "target of task 1"),
        ({"task": 3}, "there are 2 tasks"),
        ({"strat": 1}, "did you mean start"),
    ],
)
def test_bad_input_is_refused_in_one_line(change: dict[str, object], words: str) -> None:
    with pytest.raises(InstanceError, match=words) as caught:
        TaskSequence.from_fields({**fields(3, 4), **change})
    assert "\n" not in str(caught.value)
