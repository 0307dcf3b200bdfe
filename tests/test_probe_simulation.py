"""The simulators of linear probes: the same law twice, and instances that are refused."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from numerics import probe as mc
from numerics.instance import InstanceError
from numerics.streams import stream
from theory.frozen import probe

FALSE_ALARM, TRIALS = 1e-9, 100_000


def instance(n, m, d, **fields):
    numbers = stream(m, d).standard_normal((d, m + 1))
    given = {"sigma": 0.5, "target": numbers[:, 0], "features": numbers[:, 1:], "spectrum": np.linspace(0.2, 2, d)}
    return mc.Probe(**{"n": n, "d": d, **given, **fields})


def twice_the_same():
    features = stream(5, 5).standard_normal((4, 2))
    return np.column_stack([features, features @ [1.0, -1.0]])


def network(n, kept, widths, **fields):
    """Random layers of these widths, the first of them d; several targets, one of them predicted."""
    numbers = stream(7, n)
    layers = [numbers.standard_normal((b, a)) for a, b in pairwise(widths)]
    targets = numbers.standard_normal((widths[0], widths[-1]))
    given = {"sigma": 0.5, "targets": targets, "spectrum": np.linspace(0.2, 2, widths[0])}
    return mc.Probe(**{"n": n, "d": widths[0], "layers": layers, "frozen_layers": kept, **given, **fields})


CASES = {
    "two outputs of three features": network(6, 1, [5, 3, 2]),
    "three outputs of two features": network(4, 1, [5, 2, 3]),
    "as many outputs as features and samples": network(2, 2, [4, 3, 2, 2]),
    "two outputs, everything retrained": network(7, 0, [4, 3, 2]),
    "two outputs, all layers kept but the last": network(6, 2, [4, 3, 3, 2]),
    "two outputs, no noise": network(6, 1, [5, 3, 2], sigma=0.0),
    "three of five": instance(7, 3, 5),
    "one": instance(4, 1, 4),
    "all": instance(6, 4, 4),
    "as many as samples": instance(3, 3, 5),
    "two of three are independent": instance(5, 3, 4, features=twice_the_same()),
    "no noise": instance(5, 2, 4, sigma=0.0),
    "flat": instance(5, 2, 4, spectrum=None),
    "directions that do not vary": instance(5, 3, 4, spectrum=[1.0, 2.0, 0.0, 0.0]),
}


def refuted(first, second):
    return stats.ks_2samp(first.round(9), second.round(9), method="asymp").pvalue < FALSE_ALARM


@pytest.mark.parametrize("given", CASES.values(), ids=CASES.keys())
def test_the_exact_law_is_that_of_the_literal_trials(given):
    exact, literal = (mc.batch(given, 8, 0, law, size=TRIALS) for law in ("exact", "literal"))
    assert all(not refuted(exact[name], literal[name]) for name in mc.COLUMNS)


@pytest.mark.parametrize("change", [{"n": 8}, {"sigma": 0.8}, {"spectrum": [1.0] * 5}, {"target": [1.0] * 5}])
def test_a_wrong_twin_of_the_exact_law_is_refuted(change):
    given = CASES["three of five"]
    twin = mc.Probe.from_fields(given.fields() | change)
    assert refuted(mc.batch(twin, 8, 0, "exact", size=TRIALS)["risk"], mc.batch(given, 8, 0, "literal", TRIALS)["risk"])


@pytest.mark.parametrize("change", [{"n": 7}, {"sigma": 0.6}, {"frozen_layers": 0}])
def test_a_wrong_twin_of_the_law_of_several_outputs_is_refuted(change):
    given = CASES["two outputs of three features"]
    twin = mc.Probe.from_fields(given.fields() | change)
    assert refuted(mc.batch(twin, 8, 0, "exact", size=TRIALS)["risk"], mc.batch(given, 8, 0, "literal", TRIALS)["risk"])


def test_layers_retrained_by_gradient_descent_end_at_least_squares_on_the_features_kept():
    """Six samples, two layers behind one that is kept, two outputs: trained until nothing moves."""
    given = network(9, 1, [4, 3, 3, 2], spectrum=None)
    numbers = stream(3, 3)
    x, e = numbers.standard_normal((9, 4)), numbers.standard_normal((9, 2))
    y, (first, *layers) = x @ given.targets + 0.5 * e, (np.array(layer) for layer in given.layers)
    seen = x @ first.T
    for _ in range(60_000):
        hidden = seen @ layers[0].T
        error = (hidden @ layers[1].T - y) / 9
        steps = (error @ layers[1]).T @ seen, error.T @ hidden
        layers = [layer - 0.02 * step for layer, step in zip(layers, steps, strict=True)]
    found = (layers[1] @ layers[0] @ first).T
    np.testing.assert_allclose(found, given.basis @ np.linalg.lstsq(seen, y)[0], atol=1e-8)


def test_a_network_is_the_probe_on_what_its_first_layers_make_of_the_features():
    given = CASES["two outputs of three features"]
    plain = {k: v for k, v in given.fields().items() if k not in ("layers", "frozen_layers")}
    same = mc.Probe.from_fields(plain | {"features": given.layers[0].T.tolist()})
    assert np.array_equal(mc.batch(given, 1, 0, "literal", 50)["risk"], mc.batch(same, 1, 0, "literal", 50)["risk"])


def test_fewer_samples_than_features_are_drawn_as_defined_only():
    given = instance(2, 3, 5)
    assert len(mc.draws(given, "risk", trials=10, seed=1)) == 10
    with pytest.raises(InstanceError, match="literal"):
        mc.batch(given, 1, 0, "exact", 10)


@pytest.mark.parametrize("law", ["exact", "literal"])
@pytest.mark.parametrize("name", ["three of five", "two outputs of three features", "three outputs of two features"])
def test_the_first_trials_do_not_depend_on_how_many_are_drawn(name, law):
    few, many = (mc.batch(CASES[name], 8, 0, law, size)["risk"] for size in (100, 6000))
    assert np.array_equal(few, many[:100])


def test_a_layer_that_is_as_narrow_as_what_is_kept_may_be_retrained():
    assert network(6, 1, [4, 1, 1, 2]).count == 1


def test_features_that_are_nearly_the_same_count_as_two_and_little_that_is_missed_is_not_nothing():
    features = np.column_stack([np.eye(4)[0], np.eye(4)[0] + 1e-5 * np.eye(4)[2]])
    given = mc.Probe(n=9, d=4, sigma=0, target=[1, 0, 0, 1e-5], features=features)
    assert given.count == 2
    assert given.unexplained == pytest.approx(1e-10)


ILL_CONDITIONED = {
    "a short feature": {"d": 3, "target": [1, 2, 3], "features": [[1, 0], [0, 1e-11], [0, 0]]},
    "a long direction": {"d": 3, "target": [1, 2, 3], "features": np.eye(3).tolist(), "spectrum": [1, 1, 1e30]},
    "a short direction": {"d": 3, "target": [1, 2, 3], "features": np.eye(3).tolist(), "spectrum": [1e-22, 1, 1]},
    "many layers": {"d": 3, "target": [1, 2, 3], "layers": [*[np.diag([1, 0.1, 1]).tolist()] * 12, [[1, 1, 1]]]},
    "a large target beside a small one": {"d": 2, "targets": [[1e13, 0], [0, 1]], "features": [[1], [0]]},
    "nearly the same twice": {"d": 3, "target": [0, 1, 0], "features": [[1, 1], [1, 1 + 2**-13], [1, 1]]},
    "the same twice": {"d": 3, "target": [0, 1, 0], "features": [[1, 3], [2, 6], [1, 3]]},
    "a direction that does not vary": {"d": 2, "targets": np.eye(2).tolist(), "spectrum": [1, 0],
                                       "layers": [[[1, 0]], [[1], [1]]]},
}  # fmt: skip
EXPECTED = {
    "a short feature": (2, 9.0), "a long direction": (3, 0.0), "a short direction": (3, 0.0), "many layers": (3, 0.0),
    "a large target beside a small one": (1, 1.0), "nearly the same twice": (2, 0.0), "the same twice": (1, 1 / 3),
    "a direction that does not vary": (1, 0.0),
}  # fmt: skip


@pytest.mark.parametrize("name", ILL_CONDITIONED)
def test_theory_and_simulation_see_the_same_features_and_miss_the_same(name):
    """By hand; at n = 9 both then have the same risk, and at n = m the same infinite or finite one."""
    fields = {"n": 9, "sigma": 0.0, **ILL_CONDITIONED[name]}
    if name == "many layers":
        fields["frozen_layers"] = 12
    given = mc.Probe.from_fields(fields)
    assert given.count == EXPECTED[name][0]
    assert given.unexplained == pytest.approx(EXPECTED[name][1], rel=1e-9)
    for n in (given.count, 9):
        there = mc.Probe.from_fields(fields | {"n": n})
        found = probe().evaluate(**there.fields())
        assert np.isfinite(found) == mc.moment_is_finite(there, "risk", 1)
    m, missed = EXPECTED[name]
    assert found == pytest.approx(missed + missed * m / (9 - m - 1), rel=1e-9)


def test_a_feature_that_may_or_may_not_count_is_refused_on_either_side():
    fields = {"n": 9, "d": 3, "sigma": 1.0, "target": [1, 2, 3], "features": [[1, 1], [0, 1e-12], [0, 0]]}
    for refuse, error in ((mc.Probe.from_fields, InstanceError), (lambda given: probe().evaluate(**given), ValueError)):
        with pytest.raises(error, match="too little to tell"):
            refuse(fields)


def test_units_that_cancel_leave_no_direction():
    """Rounding is no feature: the second unit takes 0.1 + 0.2 - 0.3 of the first."""
    layers = [[[0.1, 0.0], [0.2, 0.0], [0.3, 0.0]], [[1.0, 1.0, 1.0], [1.0, 1.0, -1.0]], [[1.0, 1.0]]]
    fields = {"n": 9, "d": 2, "sigma": 1.0, "target": [1, 0], "layers": layers, "frozen_layers": 2}
    assert mc.Probe.from_fields(fields).count == 1
    assert probe().evaluate(**fields) == pytest.approx(1 / (9 - 1 - 1))


def test_a_first_output_without_residual_leaves_a_ratio_of_nothing():
    given = mc.Probe(n=2, d=2, sigma=0, targets=np.eye(2), features=[[1], [0]])
    assert mc.moment_is_finite(given, "ratio", 1)
    assert not mc.moment_is_finite(given, "risk", 1)


def test_labels_without_noise_vary_where_the_features_miss_something():
    assert not mc.moment_is_finite(instance(5, 3, 5, sigma=0.0), "risk", 2)
    assert mc.moment_is_finite(instance(5, 4, 4, sigma=0.0), "risk", 2)


def test_nothing_left_to_learn_is_learned_exactly():
    given = instance(6, 4, 4, sigma=0.0)
    assert np.all(mc.batch(given, 1, 0, "literal", 50)["risk"] < 1e-20)


@pytest.mark.parametrize(
    ("n", "finite"), [(3, [False, False]), (4, [False, False]), (5, [True, False]), (6, [True, False]), (7, [True] * 2)]
)
def test_the_mean_is_finite_two_samples_beyond_the_features_and_the_variance_four(n, finite):
    assert [mc.moment_is_finite(instance(n, 3, 5), "risk", order) for order in (1, 2)] == finite


def test_simulating_an_infinite_mean_says_so():
    assert "infinite mean" in mc.simulate(instance(3, 3, 5), trials=100, seed=1).note


@pytest.mark.parametrize(
    "wrong",
    [
        {"features": [[1.0]] * 3},
        {"features": [[1.0], [1.0, 2.0], [0.0], [1.0]]},
        {"features": [[0.0]] * 4},
        {"features": [1.0, 2.0, 3.0, 4.0]},
        {"features": [[1.0], ["x"], [1.0], [0.0]]},
        {"sigma": -1.0},
        {"spectrum": [0.0] * 4},
        {"target": None},
        {"targets": [[1.0]] * 4},
        {"features": None},
        {"frozen_layers": 1},
        {"layers": [[[1.0] * 4]]},
        {"features": None, "layers": []},
        {"features": None, "layers": [[1.0] * 4]},
        {"features": None, "layers": [[[1.0] * 3]]},
        {"features": None, "layers": [[[1.0] * 4]], "frozen_layers": 1},
        {"features": None, "layers": [[[1e60, 0.0, 0.0, 0.0]], *[[[1e60]]] * 6], "frozen_layers": 6},
        {"features": [[1.0, 1.0], [0.0, 1e-12], [0.0, 0.0], [0.0, 0.0]]},
        {"features": [[1], [0], [0], [True]]},
        {"features": None, "layers": [[[1.0] * 4]], "frozen_layers": -1},
        {"features": None, "layers": [[[1.0] * 4], [[1.0], [1.0]]]},
        {"features": None, "target": None, "targets": np.eye(4)[:, :2], "layers": [np.eye(4)[:1], np.ones((2, 1))]},
    ],
)
def test_a_bad_instance_is_refused_in_one_line(wrong):
    with pytest.raises(InstanceError) as caught:
        mc.Probe.from_fields({"n": 5, "d": 4, "sigma": 1.0, "target": [1.0] * 4, "features": [[1.0]] * 4} | wrong)
    assert "\n" not in str(caught.value)


def test_an_instance_is_read_back_from_its_fields():
    for given in CASES.values():
        assert mc.Probe.from_fields(given.fields()) == given
