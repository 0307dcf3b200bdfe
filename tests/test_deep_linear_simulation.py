"""Three simulators of deep linear fine-tuning, each testing the others, and the flow they shortcut.

Statistical tests use fixed seeds and a false-alarm rate of 1e-9 each: whoever changes the seeds sees a false
alarm once in a thousand million runs.
"""

import doctest
import importlib
import json
import math
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import mpmath
import numpy as np
import pytest
from scipy import integrate, stats

from numerics import deep_linear as mc
from numerics import linear
from numerics.deep_linear import closed
from numerics.deep_linear.columns import as_batch
from numerics.deep_linear.reference import rotated_rows
from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.deep_linear import coefficient, log_coefficient, log_excess, log_start
from numerics.kernels.deep_linear_batches import Unseen
from numerics.kernels.deep_linear_laws import wide_degrees, wide_law
from numerics.kernels.vectors import load, store
from numerics.linear.samples import chi_squares, normals
from numerics.streams import lanes, stream

FALSE_ALARM = 1e-9
DEPTHS = [*range(1, 9), 1000, "inf"]
GAPPED = np.array([0.0, 1.0, 2.0, 0.5, 1.5, 0.0, 1.0, 0.7, 1.2, 0.0])


def instance(n, d, depth=3, **fields):
    """An instance with sources and targets that depend on d alone."""
    rng = stream(0, d)
    vectors = {"source": rng.standard_normal(d), "target": rng.standard_normal(d)}
    return mc.DeepLinear(**{"n": n, "d": d, "sigma": 0.7, "depth": depth} | vectors | fields)


def facing(n, d, factor, depth=3, **fields):
    """An instance whose target is a multiple of its source."""
    source = stream(0, d).standard_normal(d)
    return instance(n, d, depth, source=source, target=factor * source, **fields)


SHAPES = {
    "n<d": (4, 10, {}),
    "n=d-1": (9, 10, {}),
    "n=d": (10, 10, {}),
    "n>d": (17, 10, {}),
    "n=1": (1, 10, {}),
    "d=1": (2, 1, {}),
    "d=1, opposite": (2, 1, {"source": [1.0], "target": [-0.5]}),
    "d=2": (1, 2, {}),
    "d=2, n=2": (2, 2, {}),
    "no noise": (4, 10, {"sigma": 0}),
    "nothing to learn": (4, 10, {"sigma": 0, "target": [0.0] * 10}),
    "nothing to learn, n>d": (14, 10, {"sigma": 0, "target": [0.0] * 10}),
    "target 0": (4, 10, {"target": [0.0] * 10}),
    "spectrum": (4, 10, {"spectrum": np.arange(1, 11)}),
    "shift": (4, 10, {"test_spectrum": np.arange(10)}),
    "steep, n>d": (14, 10, {"spectrum": 10.0 ** -(2.0 * np.arange(10))}),
    "null directions, n<rank": (5, 10, {"spectrum": GAPPED, "test_spectrum": np.arange(1, 11)}),
    "null directions, n>=rank": (8, 10, {"spectrum": GAPPED, "test_spectrum": np.arange(1, 11)}),
    "only null directions tested": (8, 10, {"spectrum": GAPPED, "test_spectrum": (GAPPED == 0) * 1.0}),
    "one direction seen": (3, 2, {"spectrum": [1.0, 0.0], "test_spectrum": [1.0, 1.0]}),
}


def by_singular_values(given, seed, number, size):
    """The trials of the closed law by singular values and bisection, on the designs that it draws."""
    if given.frozen_layers:
        return mc.batch(given, seed, number, "reference", size=size)
    return as_batch(rotated_rows(given, seed, number, np.ones(size, dtype=bool)))


def same_trials(given, size=40):
    """They agree to rounding."""
    closed_trials, known = mc.batch(given, 5, 3, "closed", size=size), by_singular_values(given, 5, 3, size)
    assert set(closed_trials) == set(known)
    for name, values in closed_trials.items():
        scale = 1e-10 * (1 + np.linalg.norm(given.source) + np.linalg.norm(given.target))
        np.testing.assert_allclose(values, known[name], rtol=1e-7, atol=scale, err_msg=name)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize(("n", "d", "fields"), SHAPES.values(), ids=SHAPES.keys())
def test_closed_trials_are_those_by_singular_values_to_rounding(n, d, fields, depth):
    same_trials(instance(n, d, depth, **fields))


@pytest.mark.parametrize("frozen", [1, 2, 3, 4])
@pytest.mark.parametrize(("n", "d", "fields"), SHAPES.values(), ids=SHAPES.keys())
def test_closed_trials_are_those_by_singular_values_with_frozen_layers(n, d, fields, frozen):
    same_trials(instance(n, d, 4, frozen_layers=frozen, **fields))


@pytest.mark.parametrize("factor", [1.0, -1.0, 1e-8, 1e8])
@pytest.mark.parametrize("depth", [2, 5, 1000, "inf"])
def test_a_target_along_the_source_of_any_size_is_no_exception(depth, factor):
    same_trials(facing(4, 10, factor, depth))
    same_trials(facing(10, 10, factor, depth))


def test_near_singular_designs_are_recomputed_and_agree_too():
    given = instance(12, 12, spectrum=[1.0] * 9 + [1e-8] * 3)
    _, doubtful = closed.compiled_rows(given, 1, 0, 2000)
    assert doubtful.any()
    closed_trials, known = mc.batch(given, 1, 0, "closed", size=2000), by_singular_values(given, 1, 0, 2000)
    for name in ("risk", "norm", "coefficient"):
        np.testing.assert_allclose(closed_trials[name], known[name], rtol=1e-6)


@pytest.mark.parametrize(("law", "linear_law"), [("closed", "fast"), ("reference", "literal")])
@pytest.mark.parametrize(("n", "d", "fields"), SHAPES.values(), ids=SHAPES.keys())
def test_one_layer_is_the_linear_setting_trial_by_trial(n, d, fields, law, linear_law):
    given = instance(n, d, 1, **fields)
    expected = linear.batch(given.linear, 5, 3, linear_law, size=60)["risk"]
    found = mc.batch(given, 5, 3, law, size=60)
    np.testing.assert_allclose(found["risk"], expected, rtol=1e-9, atol=1e-9)
    assert np.all(found["coefficient"] == 1)


def exact_coefficient(a, p, depth):
    """c to 40 digits by bisection on log z, in the equation as it stands in the docstring of the kernel."""
    with mpmath.workdps(40):
        a2, q = mpmath.mpf(a) ** 2, 1 - mpmath.mpf(p)
        if depth == 1:
            return mpmath.mpf(1)
        if depth == "inf":
            return mpmath.sqrt(a2 / mpmath.mpf(p))
        low = max(mpmath.log(q), mpmath.log(a2) / depth)
        high = max(mpmath.log(2 * q), mpmath.log(2 * a2) / depth)
        for _ in range(130):
            middle = (low + high) / 2
            z = mpmath.exp(middle)
            low, high = (low, middle) if z - q > a2 * z ** (1 - depth) else (middle, high)
        return mpmath.exp((depth - 1) * low / 2)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("a", [1e-8, 0.3, 1.0, 1e8])
def test_the_root_has_twelve_digits_and_mostly_fifteen(depth, a):
    worst = 0.0
    for p in (2.0**-30, 0.125, 0.5, 0.75, 1 - 2.0**-20):
        known = exact_coefficient(a, p, depth)
        found = math.exp(log_coefficient(2 * math.log(a), p, 1 - p, float(depth)))
        worst = max(worst, float(abs(found / known - 1)))
    assert worst < 1e-13


@pytest.mark.parametrize("depth", [2.0, 2.5, 3.0, 5.0, 1000.0])
def test_the_search_begins_near_the_root_and_ends_at_it(depth):
    roots = np.geomspace(1e-12, 300, 400)
    log_b = (depth - 1) * roots + roots + np.log(-np.expm1(-roots))
    starts = np.array([log_start(b, depth) for b in log_b])
    assert np.all((roots * 0.79 < starts) & (starts < roots * 1.06))
    np.testing.assert_allclose([log_excess(b, depth) for b in log_b], roots, rtol=1e-12)


def test_the_root_without_data_or_without_an_unseen_part():
    assert coefficient(0.0, 0.75, 0.25, 3.0) == pytest.approx(0.25, rel=1e-15)
    assert coefficient(0.0, 1.0, 0.0, 3.0) == 0.0
    assert coefficient(8.0, 1.0, 0.0, 3.0) == pytest.approx(2.0, rel=1e-15)
    assert coefficient(0.0, 0.0, 0.0, 1.0) == 1.0
    assert coefficient(9.0, 1.0, 3.0, np.inf) == pytest.approx(3.0, rel=1e-15)


@strictly_compiled
def in_lanes(fitted, seen, kept, depth, out):
    """The coefficients, eight at a time."""
    for at in range(0, out.size, 8):
        store(out, at, coefficient(load(fitted, at), load(seen, at), load(kept, at), depth))


@pytest.mark.parametrize("depth", [1.0, 2.0, 5.0, 1000.0, np.inf])
def test_a_trial_is_the_same_to_the_bit_beside_any_others(depth):
    fitted, seen, kept = 10.0 ** stream(3, 0).uniform(-8, 8, (3, 4096))
    fitted[::7], kept[::5] = 0.0, 0.0
    out, shifted = np.empty((2, 4096))
    in_lanes(fitted, seen, kept, depth, out)
    in_lanes(*(np.roll(x, 3) for x in (fitted, seen, kept)), depth, shifted)
    assert np.array_equal(np.roll(out, 3), shifted)
    assert np.array_equal(out, [coefficient(*trial, depth) for trial in zip(fitted, seen, kept, strict=True)])


@pytest.mark.parametrize(("n", "d", "depth"), [(2, 4, 2), (3, 5, 3), (4, 3, 2), (1, 2, 4)])
def test_the_end_to_end_flow_ends_there(n, d, depth):
    given = instance(n, d, depth)
    x, e = linear.target_sample(given.linear, 4, 0)
    y = x @ given.target + e

    def velocity(_, b):
        gradient, square = x.T @ (x @ b - y), b @ b
        return -(gradient + (depth - 1) * b * (b @ gradient) / square)

    end = integrate.solve_ivp(velocity, (0, 400), given.source, method="LSODA", rtol=1e-10, atol=1e-12).y[:, -1]
    found = mc.batch(given, 4, 0, "reference", size=1)
    assert np.linalg.norm(end) == pytest.approx(found["norm"][0], rel=1e-6)
    assert np.sum((end - given.target) ** 2) == pytest.approx(found["risk"][0], rel=1e-6)


@pytest.mark.parametrize(
    ("frozen", "law"), [(4, lambda s: 1 + 0 * s), (3, lambda s: s), (2, lambda s: np.maximum(s, 0))]
)
def test_frozen_layers_leave_a_slope_or_its_positive_part(frozen, law):
    given = instance(3, 10, 4, frozen_layers=frozen)
    found = mc.batch(given, 4, 0, size=1)["coefficient"]
    x, e = linear.target_sample(given.linear, 4, 0)
    along = x @ given.source
    np.testing.assert_allclose(found, law(along @ (x @ given.target + e) / (along @ along)), rtol=1e-12)


TRIALS = 100_000
EXACT = {
    "n<d": (2, 5, {}),
    "n=d-1": (4, 5, {}),
    "n=1": (1, 5, {"spectrum": [3.0] * 5}),
    "d=2": (1, 2, {}),
    "d=3": (2, 3, {}),
    "no noise": (2, 5, {"sigma": 0}),
    "target along the source": (2, 5, {"target": stream(0, 5).standard_normal(5)}),
    "null directions": (2, 5, {"spectrum": [0.0, 2, 2, 2, 2], "test_spectrum": [3.0, 1, 1, 1, 1]}),
    "n=d": (5, 5, {}),
    "n>d": (8, 5, {}),
    "rank<=n<d": (4, 5, {"spectrum": [0.0, 2, 2, 0, 2], "test_spectrum": [3.0, 1, 1, 0, 1]}),
    "d=1": (2, 1, {}),
    "d=1, opposite": (2, 1, {"source": [1.0], "target": [-0.5]}),
    "one direction seen": (1, 2, {"spectrum": [1.0, 0.0], "test_spectrum": [1.0, 1.0]}),
}


def refuted(first, second):
    """Two-sample Kolmogorov-Smirnov at a false-alarm rate of 1e-9, ties from rounding counted as ties.

    With 100,000 draws a side it refutes at distance 0.0147, and so detects every pair of laws 0.03 apart
    with the same certainty.
    """
    return stats.ks_2samp(first.round(9), second.round(9), method="asymp").pvalue < FALSE_ALARM


def marginals(trials):
    """The columns, and two mixtures of them that see their joint law."""
    mixed = {"joint": trials["risk"] - trials["norm"] * trials["coefficient"]}
    mixed |= {"square": trials["fitted"] - trials["kept"] * trials["risk"]} if "kept" in trials else {}
    return dict(trials) | mixed


@pytest.mark.parametrize("shape", ["n<d", "n=d", "n>d", "spectrum", "null directions, n<rank"])
def test_rotating_the_samples_changes_no_law(shape):
    """Two samples of 100,000: refutes at distance 0.0147, and so detects every pair of laws 0.03 apart."""
    n, d, fields = SHAPES[shape]
    given = instance(n, d, 3, **fields)
    rotated, literal = (marginals(mc.batch(given, 8, 0, law, size=100_000)) for law in ("closed", "reference"))
    for name, values in literal.items():
        assert not refuted(rotated[name], values), name


@pytest.mark.parametrize("depth", [1, 2, 4, "inf"])
@pytest.mark.parametrize(("n", "d", "fields"), EXACT.values(), ids=EXACT.keys())
def test_the_exact_law_is_the_law_of_the_closed_trials(n, d, fields, depth):
    given = instance(n, d, depth, **fields)
    exact, closed_trials = (marginals(mc.batch(given, 8, 0, law, size=TRIALS)) for law in ("exact", "closed"))
    for name, values in closed_trials.items():
        assert not refuted(exact[name], values), name


@pytest.mark.parametrize("frozen", [1, 2, 3])
@pytest.mark.parametrize(
    ("n", "d", "fields"), [(2, 5, {}), (7, 5, {}), (5, 10, {"spectrum": GAPPED, "test_spectrum": np.arange(1, 11)})]
)
def test_the_exact_law_with_frozen_layers_needs_no_flat_spectrum(n, d, fields, frozen):
    given = instance(n, d, 3, frozen_layers=frozen, **fields)
    exact, closed_trials = (marginals(mc.batch(given, 8, 0, law, size=TRIALS)) for law in ("exact", "closed"))
    for name, values in closed_trials.items():
        assert not refuted(exact[name], values), name


def test_wrong_twins_of_the_exact_law_are_refuted():
    given = instance(2, 5, 3, sigma=1.0)
    reach = float(np.linalg.norm(given.source))
    parallel = float(given.source @ given.target) / reach
    across = math.sqrt(given.target @ given.target - parallel**2)
    right = {"level": 1.0, "test": 1.0, "sigma": 1.0, "reach": reach, "parallel": parallel}
    right |= {"across": across, "depth": 3.0}
    drawn = mc.batch(given, 8, 0, "closed", size=TRIALS)["risk"]

    def twin(n=2, r=5, **changes):
        table, state = np.zeros((5, TRIALS)), lanes(9, 0)
        squares, normal = chi_squares(state, wide_degrees(n, r), TRIALS), normals(state, 2, TRIALS)
        wide_law(squares, normal, *(right | changes).values(), Unseen(0.0, 0.0, 0.0, 0.0), table)
        return table[0]

    assert not refuted(drawn, twin())
    wrong = [{"n": 3}, {"r": 6}, {"sigma": 1.2}, {"depth": 1.0}, {"depth": math.inf}, {"parallel": -parallel}]
    for change in wrong:
        assert refuted(drawn, twin(**change)), change


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (instance(4, 10, spectrum=np.arange(1, 11)), "the spectrum is not flat"),
        (instance(4, 10, test_spectrum=np.arange(10)), "test_spectrum is not flat"),
    ],
)
def test_the_exact_law_is_refused_where_none_is_known(given, reason):
    with pytest.raises(mc.InstanceError, match=f"law='exact': {reason}"):
        mc.draws(given, "risk", trials=10, seed=1, law="exact")
    assert mc.simulate(given, trials=10, seed=1).law.startswith("closed")
    assert mc.simulate(instance(4, 10), trials=10, seed=1).law.startswith("exact")


@pytest.mark.parametrize("law", ["closed", "exact"])
def test_threads_processes_and_trial_counts_do_not_change_a_bit(law):
    given = instance(20, 80)
    trials = mc.batch_size(given, law) * 2 + 100
    spawn = multiprocessing.get_context("spawn")
    with ThreadPoolExecutor(2) as two, ProcessPoolExecutor(2, spawn) as pool:
        drawn = [mc.draws(given, "risk", trials=trials, seed=6, law=law, executor=e) for e in (None, two, pool)]
        made = {mc.simulate(given, trials=trials, seed=6, law=law, executor=e).estimate for e in (None, two)}
    assert all(np.array_equal(draws, drawn[0]) for draws in drawn)
    assert len(made) == 1
    prefix = mc.draws(given, "risk", trials=70, seed=6, law=law)
    assert np.array_equal(prefix, drawn[0][:70])
    assert not np.intersect1d(prefix, mc.draws(given, "risk", trials=70, seed=7, law=law)).size


@pytest.mark.parametrize(
    ("given", "quantity", "most"),
    [
        (instance(6, 10), "risk", 2),
        (instance(6, 10), "fitted", 2),
        (instance(6, 10), "norm", 4),
        (instance(6, 10, 2), "coefficient", 9),
        (instance(7, 10, 2), "coefficient", 7),
        (instance(6, 10), "kept", 12),
        (instance(9, 10), "risk", 0),
        (instance(6, 10, sigma=0), "risk", 12),
        (instance(9, 10, 1), "coefficient", 12),
        (instance(2, 10, "inf"), "risk", 0),
        (instance(3, 10, "inf"), "risk", 1),
        (instance(3, 10, "inf"), "coefficient", 2),
        (instance(3, 10, "inf"), "fitted", 3),
        (instance(3, 10, "inf", sigma=0), "norm", 2),
        (facing(3, 10, 2.5, "inf", sigma=0), "risk", 12),
        (instance(14, 10, "inf"), "risk", 2),
        (instance(3, 10, frozen_layers=2), "risk", 1),
        (instance(30, 10, frozen_layers=1), "risk", 12),
        (instance(3, 10, frozen_layers=1), "norm", 2),
        (instance(3, 10, frozen_layers=3), "risk", 12),
        (facing(3, 10, -2, frozen_layers=2, sigma=0), "risk", 12),
        (instance(10, 10, 2, spectrum=GAPPED, test_spectrum=(GAPPED == 0) * 1.0), "risk", 3),
    ],
)
def test_the_finite_moments_are_those_of_inverse_chi_squares(given, quantity, most):
    orders = range(1, 13)
    assert [mc.moment_is_finite(given, quantity, order) for order in orders] == [k <= most for k in orders]


@pytest.mark.parametrize(
    ("given", "moment"),
    [(instance(8, 10), "variance"), (instance(10, 10), "mean"), (instance(2, 10, "inf"), "mean")],
)
def test_an_infinite_moment_is_said_and_a_precision_refused(given, moment):
    found = mc.simulate(given, trials=100, seed=1)
    assert found.standard_error == math.inf
    assert f"infinite {moment}" in found.note
    assert "\n" not in found.note
    json.dumps(found.as_json(), allow_nan=False)
    with pytest.raises(mc.InstanceError, match=r"^precision=0.1: [^\n]*give trials"):
        mc.simulate(given, precision=0.1, seed=1)


def test_a_precision_is_reached():
    found = mc.simulate(instance(10, 40), precision=0.01, seed=3, law="closed")
    assert found.standard_error <= 0.01 * found.estimate


@pytest.mark.parametrize(
    "fault",
    [{"law": "fast"}, {"law": 3}, {"quantity": "bias"}, {"quantity": None}, {"seed": -1}, {"trials": 0}],
)
def test_a_bad_request_is_refused_in_one_line(fault):
    with pytest.raises(mc.InstanceError, match=r"^\w+=[^\n]*$"):
        mc.simulate(instance(4, 10), **{"trials": 10, "seed": 1} | fault)


def test_frozen_layers_have_no_unseen_part():
    given = instance(4, 10, frozen_layers=1)
    for refused in (
        lambda: mc.simulate(given, trials=9, seed=1, quantity="kept"),
        lambda: mc.batch(given, 1, 0)["kept"],
    ):
        with pytest.raises(mc.InstanceError, match=r"^quantity=kept: [^\n]*use risk, norm, coefficient\.$"):
            refused()


@pytest.mark.parametrize("module", ["model", "existence", "sampling", "simulation"])
def test_the_examples_run(module):
    result = doctest.testmod(importlib.import_module(f"numerics.deep_linear.{module}"))
    assert result.attempted > 0
    assert result.failed == 0
