"""The simulators of tasks partly trained, partly transferred: the same law twice, and instances that are refused.

Statistical tests use fixed seeds and a false-alarm rate of 1e-9 each.
"""

import numpy as np
import pytest
from scipy import stats

from numerics import frozen as mc
from numerics.frozen import exact
from numerics.frozen.literal import literal_batch
from numerics.streams import lanes, stream

FALSE_ALARM, TRIALS = 1e-9, 100_000


def instance(n, n_source, free, learned, transferred, d, **fields):
    """Targets that depend on d alone."""
    given = {"sigma": 0.7, "sigma_source": 0.5, "target": stream(0, d).standard_normal(d)}
    lists = {"free": free, "source_coordinates": learned, "transferred": transferred}
    return mc.Frozen(**{"n": n, "n_source": n_source, "d": d} | given | lists | fields)


MATRIX = (np.eye(7) + 0.3 * stream(1, 7).standard_normal((7, 7))).tolist()
CASES = {
    "both overdetermined": instance(6, 7, [0, 1], [2, 3, 4], [3, 4], 6, task_noise=0.4),
    "both underdetermined": instance(2, 2, [0, 1, 2, 3], [3, 4, 5, 6], [4, 6], 7, task_map=MATRIX, task_noise=0.3),
    "one sample each": instance(1, 1, [0, 1, 2], [3, 4, 5], [3, 5], 6, task_map=[0.5] * 6),
    "at both thresholds": instance(3, 3, [0, 1, 2], [3, 4, 5], [3, 4, 5], 6),
    "one fewer than the parameters": instance(2, 3, [0, 1, 2], [2, 3, 4, 5], [3, 5], 6, task_noise=0.2),
    "nothing transferred": instance(4, 5, [0, 1], [1, 2], [], 5),
    "nothing trained": instance(4, 5, [], [1, 2, 3], [1, 3], 5, task_noise=0.5),
    "no noise": instance(2, 2, [0, 1, 2], [3, 4, 5], [3, 4, 5], 6, sigma=0, sigma_source=0),
    "one parameter each": instance(3, 4, [0], [1], [1], 3),
}
by_name = pytest.mark.parametrize("given", CASES.values(), ids=CASES.keys())


def refuted(first, second):
    """Two-sample Kolmogorov-Smirnov: with 100,000 draws a side it refutes at distance 0.0147, and so detects every pair
    of laws 0.03 apart with the same certainty."""
    return stats.ks_2samp(first.round(9), second.round(9), method="asymp").pvalue < FALSE_ALARM


def marginals(trials):
    """The columns, and mixtures that see their joint law."""
    mixed = {"both": trials["risk"] - 0.5 * trials["source_error"], "parts": trials["noise"] - trials["source_bias"]}
    return dict(trials) | mixed


@by_name
def test_the_exact_law_is_that_of_the_literal_trials(given):
    exact_trials, literal = (marginals(mc.batch(given, 8, 0, law, size=TRIALS)) for law in ("exact", "literal"))
    for name, values in literal.items():
        assert not refuted(exact_trials[name], values), name


@pytest.fixture(scope="module")
def literal():
    """Trials of two regressions each, both with fewer samples than parameters."""
    return marginals(mc.batch(CASES["both underdetermined"], 8, 0, "literal", size=TRIALS))


@pytest.mark.parametrize(
    "change",
    [
        {"n": 3},
        {"n_source": 3},
        {"sigma": 1.2},
        {"sigma_source": 1.5},
        {"task_noise": 0.5},
        {"task_map": np.eye(7).tolist()},
        {"transferred": [4]},
        {"source_coordinates": [4, 5, 6]},
        {"free": [0, 1, 2]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_wrong_twin_of_the_exact_law_is_refuted(change, literal):
    given = CASES["both underdetermined"]
    twin = marginals(mc.batch(mc.Frozen.from_fields(given.fields() | change), 8, 0, "exact", size=TRIALS))
    assert any(refuted(twin[name], literal[name]) for name in literal)


def test_a_literal_trial_is_two_regressions():
    given = CASES["both underdetermined"]
    trials = literal_batch(given, 3, 1, 5)
    fields = given.fields()
    x, source = (stream_of(given, part, rows) for part, rows in ((0, given.n), (1, given.n_source)))
    task = given.task_mean + given.task_noise * normals_of(given, 5)
    for k in range(5):
        learned = np.linalg.pinv(source[k, :, fields["source_coordinates"]].T) @ (
            source[k, :, :-1] @ task[k] + given.sigma_source * source[k, :, -1]
        )
        h = np.zeros(given.d)
        h[given.source_coordinates] = learned
        h[[j for j in range(given.d) if j not in fields["transferred"]]] = 0.0
        left = x[k, :, :-1] @ (given.target - h) + given.sigma * x[k, :, -1]
        h[given.free] = np.linalg.pinv(x[k, :, fields["free"]].T) @ left
        assert trials["risk"][k] == pytest.approx(np.sum((h - given.target) ** 2), rel=1e-9)


def stream_of(given, part, rows):
    """Designs and noises of the first trials of batch 1."""
    from numerics.linear.samples import normals

    return normals(lanes(3, 1, part), 5, rows, given.d + 1)


def normals_of(given, size):
    """Noises of the source task."""
    from numerics.linear.samples import normals

    return normals(lanes(3, 1, 2), size, given.d)


def test_a_direction_in_one_dimension_is_never_nan(monkeypatch):
    """One sample: a normal that is 0 has a direction too."""
    zero = exact.normals
    monkeypatch.setattr(exact, "normals", lambda state, *shape: zero(state, *shape) * (len(shape) > 1))
    found = mc.batch(CASES["one sample each"], 1, 0, "exact", size=64)
    assert all(np.all(np.isfinite(column)) for column in found.values())


@by_name
def test_moments_are_finite_where_the_tails_say(given):
    """A column with a finite second moment has a standard error; the infinite ones are told."""
    found = mc.simulate(given, trials=2000, seed=1)
    assert np.isfinite(found.standard_error) == mc.moment_is_finite(given, "risk", 2)
    assert bool(found.note) != mc.moment_is_finite(given, "risk", 2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"free": [0, 4]}, "both free and transferred"),
        ({"source_coordinates": [3, 4, 5]}, "not in source_coordinates"),
        ({"free": [9]}, "coordinates from 0 to d - 1 = 6"),
        ({"free": [0, 0]}, "names a coordinate twice"),
        ({"free": [True]}, "coordinates from 0 to d - 1"),
        ({"task_map": [1.0]}, "task_map"),
        ({"task_map": [[1.0] * 7] * 6}, "6 rows"),
        ({"task_noise": -1}, "task_noise"),
        ({"n_source": 0}, "n_source"),
        ({"setting": "linear"}, "needs 'frozen'"),
        ({"depth": 2}, "depth"),
    ],
)
def test_bad_input_is_one_line(change, said):
    fields = CASES["both underdetermined"].fields() | change
    with pytest.raises(mc.InstanceError, match=said) as caught:
        mc.Frozen.from_fields(fields)
    assert "\n" not in str(caught.value)


def test_an_instance_is_read_back_from_its_fields_and_cannot_be_changed():
    for given in CASES.values():
        assert mc.Frozen.from_fields(given.fields()) == given
        with pytest.raises(ValueError, match="read-only"):
            given.target[0] = 1.0


def test_the_same_bits_from_the_same_seed_and_others_from_another():
    given = CASES["both underdetermined"]
    first, again, other = (mc.batch(given, seed, 0, size=100)["risk"] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(mc.draws(given, "risk", trials=100, seed=1), first)


def test_instances_that_are_drawn_as_pairs_stay_pairs_to_the_end_of_a_batch():
    """The second of these trains a coordinate more, and takes other numbers from the stream: what is drawn together
    next begins together again.  Were it not so, a pilot from the beginning would bound too small a variance."""
    one = instance(37, 4, [0, 1, 2, 3], [*range(14)], [*range(4, 12)], 14)
    other = instance(37, 4, [0, 1, 2, 3, 4], [*range(14)], [*range(5, 12)], 14)
    step = exact.TOGETHER // 14
    size = 2 * step
    pairs = [exact.exact_batch(given, 5, 1, size)["risk"] for given in (one, other)]
    alike = [np.corrcoef(pairs[0][part], pairs[1][part])[0, 1] for part in (slice(step), slice(step, size))]
    assert min(alike) > 0.5
    assert alike[0] == pytest.approx(alike[1], abs=0.1)
    assert not np.isin(pairs[0][step:], pairs[0][:step]).any()
