"""The simulators of linear probes: the same law twice, and instances that are refused."""

import numpy as np
import pytest
from scipy import stats

from numerics import probe as mc
from numerics.instance import InstanceError
from numerics.streams import stream

FALSE_ALARM, TRIALS = 1e-9, 100_000


def instance(n, m, d, **fields):
    numbers = stream(m, d).standard_normal((d, m + 1))
    given = {"sigma": 0.5, "target": numbers[:, 0], "features": numbers[:, 1:], "spectrum": np.linspace(0.2, 2, d)}
    return mc.Probe(**{"n": n, "d": d, **given, **fields})


def twice_the_same():
    features = stream(5, 5).standard_normal((4, 2))
    return np.column_stack([features, features @ [1.0, -1.0]])


CASES = {
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


def test_fewer_samples_than_features_are_drawn_as_defined_only():
    given = instance(2, 3, 5)
    assert len(mc.draws(given, "risk", trials=10, seed=1)) == 10
    with pytest.raises(InstanceError, match="literal"):
        mc.batch(given, 1, 0, "exact", 10)


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
    ],
)
def test_a_bad_instance_is_refused_in_one_line(wrong):
    with pytest.raises(InstanceError) as caught:
        mc.Probe.from_fields({"n": 5, "d": 4, "sigma": 1.0, "target": [1.0] * 4, "features": [[1.0]] * 4} | wrong)
    assert "\n" not in str(caught.value)


def test_an_instance_is_read_back_from_its_fields():
    for given in CASES.values():
        assert mc.Probe.from_fields(given.fields()) == given
