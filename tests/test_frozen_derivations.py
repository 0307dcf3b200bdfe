"""What the results of partly transferred tasks and of probes are derived from, assume and refuse."""

from itertools import combinations, product

import numpy as np
import pytest
import sympy as sp

from numerics import probe as mc
from numerics.instance import InstanceError
from theory.catalogue import keys, result
from theory.evaluation import EvaluationError
from theory.frozen import best_split, peaks, probe, risk, source_error
from theory.frozen.best_split import (
    TALL,
    WIDE,
    all_or_none,
    all_trained,
    ends,
    least_residual,
    over_none,
    transferred_error,
)
from theory.frozen.freezing import none_yet
from theory.linear import risk as linear_risk
from theory.notation import symbol
from verify.assumptions import split as split_world

EYE = np.eye(4)


@pytest.mark.parametrize("samples", [3, 4, 9])
def test_what_training_some_costs_over_none_is_the_mean_of_the_risk_over_all_draws_of_them(samples: int) -> None:
    """Weights that differ, so that every sum must be its share; either side of n = p."""
    m, target = 6, [1.0, 2.0, 3.0, 0.5, 1.5, 2.5, 0.7]
    fields = {"n": samples, "n_source": 12, "d": m + 1, "sigma": 0.5, "sigma_source": 0.3, "target": target}
    fields |= {"source_coordinates": list(range(m)), "task_map": [0.5, -1, 1, 2, 0.3, 1, 1], "task_noise": 0.2}
    none = {"free": [], "transferred": list(range(m))}
    error = source_error().evaluate(**fields, **none)
    letters = {least_residual: 0.5**2 + 0.7**2, transferred_error: error}
    letters |= {symbol("squared_transferred"): sum(t**2 for t in target[:m]), symbol("transferred_parameters"): m}
    for p in (p for p in range(1, m) if abs(samples - p) >= 2):
        draws = [(free, [j for j in range(m) if j not in free]) for free in combinations(range(m), p)]
        risks = [risk().evaluate(**fields, free=list(free), transferred=left) for free, left in draws]
        costs = over_none(TALL if p <= samples else WIDE)[0]
        at = {**letters, symbol("n"): samples, symbol("free_parameters"): p}
        assert float(costs.subs(at)) == pytest.approx(np.mean(risks) - risk().evaluate(**fields, **none), rel=1e-12)


def test_no_derivation_of_the_best_split_claims_a_mean_that_is_infinite() -> None:
    """Within one of n = p, where some are trained."""
    some = [over_none(regime)[1] for regime in (TALL, WIDE)] + list(all_or_none())
    sizes = [symbol(name) for name in ("n", "free_parameters", "transferred_parameters")]
    for n, m, off in product(range(1, 8), range(2, 12), (-1, 0, 1)):
        at = dict(zip(sizes, (n, n + off, m), strict=True))
        assert not any(1 <= n + off < m and d.domain.subs(at) == sp.true for d in some), (n, m, off)


def test_everything_that_the_best_split_is_made_of_is_derived() -> None:
    parts = (none_yet(), *all_or_none(), *all_trained()[1], *ends(), *(over_none(at)[1] for at in (TALL, WIDE)))
    assert set(parts) <= set(best_split().derivations)


def test_either_peak_is_derived_from_the_poles_on_its_sides() -> None:
    last = {d.steps[-1].after for d in peaks().derivations}
    for samples in (symbol("n"), symbol("n_source")):
        assert {samples - 1, samples, samples + 1} <= last


def test_features_of_which_none_varies_make_no_probe() -> None:
    with pytest.raises(EvaluationError, match="outside its domain"):
        probe().evaluate(n=9, d=4, sigma=1, target=[1.0] * 4, features=[[0.0]] * 4)


@pytest.mark.parametrize("name", ["layers", "targets"])
def test_layers_and_several_targets_are_for_probes_alone(name: str) -> None:
    with pytest.raises(EvaluationError, match="only a probe"):
        linear_risk().evaluate(n=9, sigma=1, d=4, squared_distance=1, **{name: [EYE] if name == "layers" else EYE})


def test_everything_that_can_be_dropped_of_partly_transferred_tasks_is_assumed_by_a_result() -> None:
    assumed = {a.text for key in keys() if key.startswith("frozen.") for a in result(key).given}
    assert {drop.assumption for drop in split_world.DROPS} <= assumed


def test_a_probe_assumes_the_covariance_of_the_sample_at_test() -> None:
    from verify.assumptions.cases import dropped

    assert "same covariance at test" in {drop.what if hasattr(drop, "what") else drop.name for drop in dropped(probe())}


# probe simulation
def test_units_that_cancel_up_to_rounding_leave_no_direction():
    """0.1 + 0.2 - 0.3 of the first coordinate, 1 + 2 - 3 of the second: not in line with the unit beside it."""
    layers = [[[0.1, 1.0], [0.2, 2.0], [0.3, 3.0]], [[1.0, 1.0, 1.0], [1.0, 1.0, -1.0]], [[1.0, 1.0]]]
    fields = {"n": 9, "d": 2, "sigma": 1.0, "target": [0.1, 1], "layers": layers, "frozen_layers": 2}
    assert mc.Probe.from_fields(fields).count == 1
    assert probe().evaluate(**fields) == pytest.approx(1 / (9 - 1 - 1))


def test_rounding_of_a_wide_layer_is_no_direction_behind_a_narrow_one():
    """A thousand times 0.1 less 100: five ulps, of a layer of a thousand; behind it one of two."""
    k = 1000
    first = np.column_stack([np.append(np.full(k, 0.1), 100.0), np.append(np.ones(k), 1000.0)])
    sums = np.vstack([np.append(np.ones(k), 0.0), np.append(np.zeros(k), 1.0)])
    layers = [layer.tolist() for layer in (first, sums, np.array([[1.0, 1.0], [1.0, -1.0]]), np.ones((1, 2)))]
    fields = {"n": 9, "d": 2, "sigma": 1.0, "target": [0.1, 1], "layers": layers, "frozen_layers": 3}
    assert mc.Probe.from_fields(fields).count == 1
    assert probe().evaluate(**fields) == pytest.approx(1 / (9 - 1 - 1))


@pytest.mark.parametrize("small", [1e-9, 2e-10 * 1.1])
def test_a_feature_that_is_almost_another_counts_where_its_share_is_above_the_limit(small):
    fields = {"n": 9, "d": 3, "sigma": 1.0, "target": [1, 2, 0], "features": [[1, 1], [0, small], [0, 0]]}
    assert mc.Probe.from_fields(fields).count == 2
    assert probe().evaluate(**fields) == pytest.approx(2 / (9 - 2 - 1))


@pytest.mark.parametrize("small", [2e-10 * 0.9, 1e-12, 1e-14])
def test_a_feature_that_may_or_may_not_count_is_refused_on_either_side(small):
    fields = {"n": 9, "d": 3, "sigma": 1.0, "target": [1, 2, 3], "features": [[1, 1], [0, small], [0, 0]]}
    for refuse, error in (
        (mc.Probe.from_fields, InstanceError),
        (lambda given: probe().evaluate(**given), EvaluationError),
    ):
        with pytest.raises(error, match="too little to tell"):
            refuse(fields)


def test_features_that_are_made_of_fewer_are_rounding_and_neither_count_nor_are_refused():
    """Six numbers of four features made of two, many times: what is left is at times more than an ulp."""
    for seed in range(60):
        draws = np.random.default_rng(seed)
        features = draws.standard_normal((6, 2)) @ draws.standard_normal((2, 4))
        fields = {"n": 9, "d": 6, "sigma": 1.0, "target": features[:, 0], "features": features}
        assert mc.Probe.from_fields(fields).count == 2
        assert probe().evaluate(**fields) == pytest.approx(2 / (9 - 2 - 1))


def test_of_several_outputs_linearity_is_derived_before_they_are_summed() -> None:
    steps = ["linear in what the labels vary by", "sum over the outputs"]
    assert [step.rule for step in probe().derivations[-1].steps] == steps
