"""The door of the deep linear setting: what is accepted, how it is kept, what is refused and in which words."""

import copy
import json
import math
import pickle
import re

import numpy as np
import pytest

from headstart.errors import InputError
from headstart.instances import build, parse_assignments, read_fields, simulator
from numerics import deep_linear
from numerics.deep_linear import DeepLinear, InstanceError

GOOD = {"n": 2, "d": 3, "sigma": 0.5, "source": [0.0, 1.0, 2.0], "target": [1.0, 1.0, 1.0], "depth": 3}

REFUSED = [
    *({"depth": value} for value in (0, -1, 2.0, True, "3", "INF", " inf", "infinity", None, math.nan, -math.inf, [3])),
    *({"depth": value} for value in (10**7, 10**400)),
    *({"frozen_layers": value} for value in (-1, 4, 1.0, True, "1", None)),
    *({"widths": value} for value in ([2], [2, 2, 2], [2, 0], [2, 1.5], [True, 2], "22", 2, {2, 3})),
    *({"n": value} for value in (0, 2.0, "10")),
    *({"sigma": value} for value in (-0.1, math.nan, "0.5")),
    *({"source": value} for value in (None, [1.0], [0.0, 0.0, 0.0], "123", [1, 2, math.inf])),
    *({"target": value} for value in (None, [1.0], ["1", "2", "3"])),
    *({name: value} for name in ("spectrum", "test_spectrum") for value in ([1, -1, 1], [0, 0, 0], [1, 1])),
    {"depth": "inf", "frozen_layers": 1},
    {"depth": "inf", "widths": [3]},
    {"depth": "inf", "spectrum": [1.0, 0.0, 0.0]},
    {"depth": "inf", "source": [0.0, 0.0, 0.0]},
]


@pytest.mark.parametrize("fault", REFUSED, ids=lambda fault: re.sub(r"[^a-z_0-9]+", "-", repr(fault))[:60])
def test_bad_input_is_refused_in_one_line_that_names_the_field(fault):
    with pytest.raises(InstanceError) as caught:
        DeepLinear(**GOOD | fault)
    line = str(caught.value)
    assert "\n" not in line
    assert len(line) < 200
    assert any(name in line for name in fault)


@pytest.mark.parametrize("name", ["source_teacher", "n_source", "sigma_source"])
def test_a_learned_source_is_refused(name):
    with pytest.raises(InstanceError, match=f"^{name}: [^\n]*give source instead"):
        DeepLinear.from_fields(GOOD | {name: 1})


@pytest.mark.parametrize(("key", "closest"), [("dept", "depth"), ("frozen", "frozen_layers"), ("width", "widths")])
def test_an_unknown_field_is_refused_with_the_closest_known_one(key, closest):
    with pytest.raises(InstanceError, match=f"unknown field '{key}': did you mean {closest}\\?"):
        DeepLinear.from_fields(GOOD | {key: 1})


@pytest.mark.parametrize("missing", ["n", "d", "sigma", "target", "source", "depth"])
def test_a_missing_field_is_named(missing):
    with pytest.raises(InstanceError, match=f"missing field {missing}"):
        DeepLinear.from_fields({key: value for key, value in GOOD.items() if key != missing})


def test_another_setting_is_refused():
    with pytest.raises(InstanceError, match="setting='linear': needs 'deep_linear'"):
        DeepLinear.from_fields(GOOD | {"setting": "linear"})


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"depth": "inf"},
        {"widths": [5, 1]},
        {"frozen_layers": 3},
        {"spectrum": [1, 0, 2], "test_spectrum": [0, 0, 1]},
    ],
)
def test_fields_round_trip_through_json(change):
    instance = DeepLinear(**GOOD | change)
    fields = json.loads(json.dumps(instance.fields(), allow_nan=False))
    assert fields["setting"] == "deep_linear"
    assert fields["depth"] == change.get("depth", 3)
    assert DeepLinear.from_fields(fields) == instance
    assert set(GOOD | change) <= set(fields)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
@pytest.mark.parametrize("depth", [3, "inf"])
def test_a_copy_is_equal_hashes_equal_and_stays_read_only(duplicate, depth):
    instance = DeepLinear(**GOOD | {"depth": depth})
    other = duplicate(instance)
    assert other == instance
    assert hash(other) == hash(instance)
    with pytest.raises(ValueError, match="read-only"):
        other.target[0] = 5.0
    with pytest.raises(AttributeError):
        other.depth = 7


@pytest.mark.parametrize("change", [{"depth": 4}, {"depth": "inf"}, {"frozen_layers": 1}, {"widths": [3, 3]}, {"n": 3}])
def test_instances_that_differ_in_one_number_are_not_equal(change):
    assert DeepLinear(**GOOD) != DeepLinear(**GOOD | change)
    assert DeepLinear(**GOOD).digest() != DeepLinear(**GOOD | change).digest()


def test_infinity_may_be_a_word_or_a_number():
    assert DeepLinear(**GOOD | {"depth": "inf"}) == DeepLinear(**GOOD | {"depth": math.inf})
    assert DeepLinear(**GOOD | {"depth": np.int64(3)}) == DeepLinear(**GOOD)
    assert DeepLinear(**GOOD | {"depth": "inf"}).depth == math.inf


def test_one_layer_may_start_at_zero():
    assert not DeepLinear(**GOOD | {"depth": 1, "source": [0, 0, 0]}).source.any()


def test_the_word_inf_is_a_depth_in_files_and_assignments_and_nothing_else(tmp_path):
    file = tmp_path / "instance.json"
    file.write_text(json.dumps({"setting": "deep_linear"} | GOOD | {"depth": "inf"}))
    instance = build(read_fields(file) | parse_assignments(["sigma=0"]))
    assert (instance.depth, instance.sigma) == (math.inf, 0.0)
    assert build(read_fields(file) | parse_assignments(["depth=2"])).depth == 2
    assert parse_assignments(["depth=inf"]) == {"depth": "inf"}
    assert simulator(instance) is deep_linear
    for text in ("n=inf", "sigma=inf", "depth=-inf", "depth=Infinity", "depth=[inf]", "depth=float('inf')"):
        with pytest.raises(InputError, match=f"^--set {re.escape(text)}: the value must be a number"):
            parse_assignments([text])
