"""The door of the linear setting: what is accepted, how it is kept, what is refused and in which words."""

import copy
import json
import pickle
import re

import numpy as np
import pytest

from numerics.linear import InstanceError, Linear

GOOD = {"n": 2, "d": 3, "sigma": 0.5, "source": [0.0, 1.0, 2.0], "target": [1.0, 1.0, 1.0]}
LEARNED = {"n": 2, "d": 3, "sigma": 0.5, "target": [1, 1, 1], "source_teacher": [1, 2, 3], "n_source": 4}

REFUSED = [
    *({name: value} for name in ("n", "d") for value in (0, -3, 10.0, True, "10", None, np.float64(3), [2])),
    *({"sigma": value} for value in (-0.1, float("nan"), float("inf"), "0.5", True, None, 1j, 10**400, [0.5])),
    *({"source": value} for value in ([1.0], [1.0] * 4, [[1.0, 2.0, 3.0]], [], 1.0, "123", {1, 2, 3}, len)),
    *({"target": value} for value in ([1, 2, float("nan")], [1, 2, float("inf")], ["1", "2", "3"], [1, 2, None])),
    *({"target": value} for value in ([True, 1.0, 2.0], [1, 2, 10**400], [1, 2, 1j], [[1], 2, 3], None)),
    *({"target": value} for value in (np.array([True, False, True]), np.array(["1", "2", "3"]))),
    *({name: value} for name in ("spectrum", "test_spectrum") for value in ([1, -1, 1], [0, 0, 0], [1, 1])),
    {"source": None},
    {"source_teacher": [1.0, 2.0, 3.0]},
    {"source_teacher": [1.0, 2.0, 3.0], "n_source": 4},
    {"n_source": 4},
    {"sigma_source": 0.5},
    {"source": None, "source_teacher": [1.0, 2.0, 3.0]},
    {"source": None, "source_teacher": [1.0, 2.0], "n_source": 4},
    {"source": None, "source_teacher": [1.0, 2.0, 3.0], "n_source": 4.0},
    {"source": None, "source_teacher": [1.0, 2.0, 3.0], "n_source": 4, "sigma_source": -1},
]


@pytest.mark.parametrize("fault", REFUSED, ids=lambda fault: re.sub(r"[^a-z_0-9]+", "-", repr(fault))[:60])
def test_bad_input_is_refused_in_one_line_that_names_the_field(fault):
    with pytest.raises(InstanceError) as caught:
        Linear(**GOOD | fault)
    line = str(caught.value)
    assert "\n" not in line
    assert len(line) < 200
    assert any(name in line for name in (*fault, "source"))


def test_long_input_is_not_echoed_in_full():
    with pytest.raises(InstanceError, match=r"^target=.{1,80}needs a list of numbers"):
        Linear(**GOOD | {"target": "x" * 10_000})


@pytest.mark.parametrize(("key", "closest"), [("sigmma", "sigma"), ("sources", "source"), ("Target", "target")])
def test_an_unknown_field_is_refused_with_the_closest_known_one(key, closest):
    with pytest.raises(InstanceError, match=f"unknown field '{key}': did you mean {closest}\\?"):
        Linear.from_fields(GOOD | {key: 1})


@pytest.mark.parametrize("missing", ["n", "d", "sigma", "target", "source"])
def test_a_missing_field_is_named(missing):
    with pytest.raises(InstanceError, match=f"{missing}( is missing|:)"):
        Linear.from_fields({key: value for key, value in GOOD.items() if key != missing})


def test_another_setting_is_refused():
    with pytest.raises(InstanceError, match="setting='deep': needs 'linear'"):
        Linear.from_fields(GOOD | {"setting": "deep"})


def test_text_is_never_evaluated():
    with pytest.raises(InstanceError, match="needs a list of numbers"):
        Linear.from_fields(GOOD | {"target": "[1.0, 1.0, __import__('os').getpid()]"})


@pytest.mark.parametrize("fields", [GOOD, LEARNED, GOOD | {"spectrum": [1, 0, 2], "test_spectrum": [0, 0, 1]}])
def test_fields_round_trip_through_json(fields):
    instance = Linear(**fields)
    assert Linear.from_fields(json.loads(json.dumps(instance.fields()))) == instance
    assert set(fields) <= set(instance.fields())


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_is_equal_hashes_equal_and_stays_read_only(duplicate):
    instance = Linear(**GOOD)
    other = duplicate(instance)
    assert other == instance
    assert hash(other) == hash(instance)
    with pytest.raises(ValueError, match="read-only"):
        other.target[0] = 5.0


def test_instances_that_differ_in_one_number_are_not_equal():
    assert Linear(**GOOD) != Linear(**GOOD | {"sigma": 0.25})
    assert Linear(**GOOD).digest() != Linear(**GOOD | {"source": [0.0, 1.0, 2.5]}).digest()
    assert Linear(**GOOD) != "linear"


def test_minus_zero_is_zero():
    assert hash(Linear(**GOOD | {"sigma": -0.0})) == hash(Linear(**GOOD | {"sigma": 0}))


def test_lists_tuples_and_arrays_of_any_number_type_mean_the_same():
    instances = [Linear(**GOOD | {"target": kind([1, 2, 3])}) for kind in (list, tuple, np.array, np.float32)]
    assert all(instance == instances[0] for instance in instances)


def test_the_array_given_may_change_without_changing_the_instance():
    target = np.ones(3)
    instance = Linear(**GOOD | {"target": target})
    target[0] = 7.0
    assert instance.target[0] == 1.0


def test_an_instance_cannot_be_changed():
    with pytest.raises(AttributeError):
        Linear(**GOOD).n = 7


def test_the_defaults_are_the_identity_and_the_training_covariance():
    assert np.array_equal(Linear(**GOOD).covariance, np.ones(3))
    assert np.array_equal(Linear(**GOOD | {"spectrum": [1, 2, 3]}).risk_weights, [1.0, 2.0, 3.0])
    assert Linear(**LEARNED).sigma_source == 0.0
