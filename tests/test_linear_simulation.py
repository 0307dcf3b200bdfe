"""Three simulators of linear fine-tuning, each testing the others.

Statistical tests use fixed seeds and a false-alarm rate of 1e-9 each: whoever changes the seeds sees a false
alarm once in a thousand million runs.
"""

import doctest
import importlib
import json
import math
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
from beartype import beartype
from jaxtyping import TypeCheckError, jaxtyped
from scipy import stats

from numerics import linear as mc
from numerics.linear import descent, fast
from numerics.linear.columns import as_batch
from numerics.linear.literal import pseudo_inverse, rotated_rows
from numerics.linear.problem import problem, reduced
from numerics.streams import stream

FALSE_ALARM = 1e-9
NORMAL_LIMIT = float(stats.norm.isf(FALSE_ALARM / 2))  # 6.1 standard errors


def instance(n, d, **fields):
    """An instance with sources, targets and spectra that depend on d alone."""
    rng = stream(0, d)
    vectors = {"source": rng.standard_normal(d), "target": rng.standard_normal(d)}
    return mc.Linear(**{"n": n, "d": d, "sigma": 0.7} | vectors | fields)


def spread(d):
    """Eigenvalues between 1/2 and 2."""
    return stream(1, d).uniform(0.5, 2.0, d)


def learned(n, d, n_source, **fields):
    """An instance whose source is learned from n_source samples."""
    teacher = stream(2, d).standard_normal(d)
    given = {"source": None, "source_teacher": teacher, "n_source": n_source, "sigma_source": 0.3}
    return instance(n, d, **given | fields)


GAPPED = np.array([0.0, 1.0, 2.0, 0.5, 1.5, 0.0, 1.0, 0.7, 1.2, 0.0])
CASES = {
    "n<d": instance(4, 10),
    "n=d-1": instance(9, 10),
    "n=d": instance(10, 10),
    "n=d+1": instance(11, 10),
    "n>d": instance(17, 10),
    "n=1": instance(1, 10),
    "d=1, n=1": instance(1, 1),
    "d=1, n=3": instance(3, 1),
    "larger, n<d": instance(23, 61, spectrum=spread(61)),
    "larger, n>d": instance(61, 23, spectrum=spread(23)),
    "no noise, n<d": instance(4, 10, sigma=0),
    "no noise, n>d": instance(14, 10, sigma=0),
    "source at the target": instance(4, 10, source=np.ones(10), target=np.ones(10)),
    "spectrum, n<d": instance(4, 10, spectrum=spread(10)),
    "spectrum, n>d": instance(14, 10, spectrum=spread(10)),
    "flat spectrum at 3": instance(4, 10, spectrum=[3.0] * 10),
    "decaying spectrum": instance(5, 20, spectrum=2.0 ** -np.arange(20)),
    "shift, n<d": instance(4, 10, test_spectrum=np.arange(10)),
    "flat shift, n<d": instance(4, 10, spectrum=spread(10), test_spectrum=np.full(10, 2.0)),
    "shift, n>d": instance(14, 10, spectrum=spread(10), test_spectrum=np.arange(10)),
    "null directions, n<rank": instance(5, 10, spectrum=GAPPED),
    "null directions, rank<=n<d": instance(8, 10, spectrum=GAPPED),
    "null directions seen by the test, n<rank": instance(5, 10, spectrum=GAPPED, test_spectrum=np.arange(1, 11)),
    "null directions seen by the test, n>d": instance(12, 10, spectrum=GAPPED, test_spectrum=np.arange(1, 11)),
    "only null directions tested": instance(5, 10, spectrum=GAPPED, test_spectrum=(GAPPED == 0) * 1.0),
    "learned source, n_source<d": learned(5, 10, 4, spectrum=spread(10)),
    "learned source, n_source>d": learned(5, 10, 15, spectrum=spread(10)),
    "learned source, noiseless": learned(5, 10, 4, sigma=0, sigma_source=0),
    "learned source forgotten": learned(12, 10, 4),
    "learned source, null directions tested": learned(4, 10, 5, spectrum=GAPPED, test_spectrum=np.arange(1, 11)),
    "learned source, n_source>rank": learned(4, 10, 9, spectrum=GAPPED, test_spectrum=np.arange(1, 11)),
}
EXACT = {
    "n<d": instance(2, 5),
    "n=d-1": instance(4, 5),
    "n=1": instance(1, 5, spectrum=[3.0] * 5),
    "null directions": instance(2, 5, spectrum=[0.0, 2.0, 2.0, 2.0, 2.0]),
    "n=d": instance(5, 5),
    "n>d, any spectrum": instance(8, 5, spectrum=[4.0, 3.0, 2.0, 1.0, 0.5]),
    "rank<=n<d": instance(4, 5, spectrum=[4.0, 0.0, 0.0, 1.0, 0.5]),
    "learned and forgotten": learned(8, 5, 3),
}


def by_name(cases):
    """Parametrise a test by named instances."""
    return pytest.mark.parametrize("given", cases.values(), ids=cases.keys())


def by_singular_values(given, seed, number, size):
    """The trials of the fast law, as the definition says: by singular values of the designs that it draws."""
    return as_batch(*rotated_rows(problem(given), seed, number, np.ones(size, dtype=bool)).T)


@by_name(CASES)
def test_fast_trials_are_those_by_singular_values_to_rounding(given):
    trials, known = mc.batch(given, 5, 3, "fast", size=60), by_singular_values(given, 5, 3, 60)
    assert set(trials) == set(known) == set(mc.COLUMNS)
    for name in mc.COLUMNS:
        np.testing.assert_allclose(trials[name], known[name], rtol=1e-8, atol=1e-10)


def test_near_singular_designs_are_recomputed_and_agree_too():
    given = instance(12, 12)
    _, doubtful = fast.compiled_columns(reduced(problem(given)), 1, 0, 2000)
    assert 2 <= doubtful.sum() <= 500
    fast_trials, known = mc.batch(given, 1, 0, "fast", size=2000), by_singular_values(given, 1, 0, 2000)
    for name in ("noise_mean", "noise"):
        np.testing.assert_allclose(fast_trials[name], known[name], rtol=1e-7)


@pytest.mark.parametrize(("n_source", "small"), [(11, 1e-7), (12, 1.0)], ids=["wide", "square"])
def test_near_singular_source_designs_are_recomputed_and_agree_too(n_source, small):
    given = learned(3, 12, n_source, sigma=0, spectrum=[1.0] * 10 + [small] * 2)
    _, doubtful = fast.compiled_columns(reduced(problem(given)), 1, 0, 3000)
    assert doubtful.any()
    fast_trials, known = mc.batch(given, 1, 0, "fast", size=3000), by_singular_values(given, 1, 0, 3000)
    np.testing.assert_allclose(fast_trials["bias"], known["bias"], rtol=1e-7)


def test_a_steep_spectrum_is_simulated_to_rounding_while_float64_resolves_it():
    given = instance(20, 60, spectrum=2.0 ** -np.arange(60))
    trials, known = mc.batch(given, 1, 0, "fast", size=20), by_singular_values(given, 1, 0, 20)
    for name in mc.COLUMNS:
        np.testing.assert_allclose(trials[name], known[name], rtol=1e-8)


@pytest.mark.parametrize("law", ["fast", "literal"])
def test_a_design_that_float64_cannot_resolve_is_refused_in_one_line(law):
    given = instance(30, 40, spectrum=10.0 ** -np.arange(40))
    with pytest.raises(mc.InstanceError, match=r"^[^\n]*float64 cannot resolve[^\n]*$"):
        mc.batch(given, 1, 0, law, size=5)


def test_least_squares_has_the_same_risk_whatever_the_spectrum():
    steep, flat = instance(14, 10, spectrum=10.0 ** -(4.0 * np.arange(10))), instance(14, 10)
    np.testing.assert_allclose(mc.batch(steep, 1, 0)["risk"], mc.batch(flat, 1, 0)["risk"], rtol=1e-12)


def test_null_directions_add_their_error_exactly():
    given = CASES["null directions seen by the test, n>d"]
    lost = GAPPED == 0
    constant = np.sum(given.risk_weights[lost] * (given.target - given.source)[lost] ** 2)
    assert np.all(mc.batch(given, 1, 0, size=10)["bias"] == constant)


def test_a_design_draw_is_the_first_trial_of_its_batch():
    given = CASES["null directions seen by the test, n<rank"]
    x, e = mc.target_sample(given, 4, 2)
    assert np.all(x[:, GAPPED == 0] == 0)
    expected = mc.batch(given, 4, 2, "literal", size=1)["risk"]
    np.testing.assert_allclose(mc.excess_risk_given_design(x, e[None, :], given), expected, rtol=1e-10)


@by_name({key: given for key, given in CASES.items() if not given.learned})
def test_the_conditional_risk_is_the_average_over_noise_of_the_right_covariance(given):
    x, _ = mc.target_sample(given, 4, 2)
    corners = given.sigma * math.sqrt(given.n) * np.vstack([np.eye(given.n), -np.eye(given.n)])
    averaged = np.mean(mc.excess_risk_given_design(x, corners, given))
    known = mc.batch(given, 4, 2, "literal", size=1)["conditional_risk"][0]
    assert averaged == pytest.approx(known, rel=1e-7, abs=1e-10)


@pytest.mark.parametrize(("n", "d"), [(4, 10), (9, 12), (14, 10), (1, 1)])
def test_gradient_descent_ends_at_the_estimator(n, d):
    given = instance(n, d, spectrum=spread(d))
    x, e = mc.target_sample(given, 3, 0)
    y = x @ given.target + e
    run = mc.gradient_descent(x, y, given.source, tolerance=1e-12)
    limit = given.source + np.linalg.pinv(x) @ (y - x @ given.source)
    np.testing.assert_allclose(run.weights, limit, rtol=1e-6, atol=1e-7)
    assert run.residual == pytest.approx(np.linalg.norm(x.T @ (y - x @ run.weights)), abs=1e-12)


def test_gradient_descent_from_the_solution_takes_no_step():
    x, _ = mc.target_sample(CASES["n<d"], 3, 0)
    assert mc.gradient_descent(x, x @ np.ones(10), np.ones(10), tolerance=1e-10).steps == 0


def test_gradient_descent_refuses_what_it_cannot_finish(monkeypatch):
    x, e = mc.target_sample(CASES["n<d"], 3, 0)
    with pytest.raises(mc.InstanceError, match="tolerance=0"):
        mc.gradient_descent(x, e, np.zeros(10), tolerance=0)
    with pytest.raises(mc.InstanceError, match="needs \\(n, d\\)"):
        mc.gradient_descent(x, e, np.zeros(9), tolerance=1e-3)
    monkeypatch.setattr(descent, "MOST_STEPS", 3)
    with pytest.raises(mc.InstanceError, match="after 3 steps"):
        mc.gradient_descent(x, e, np.zeros(10), tolerance=1e-12)


TRIALS = 100_000


def refuted(first, second):
    """Two-sample Kolmogorov-Smirnov at a false-alarm rate of 1e-9.

    With 100,000 draws a side it refutes at distance 0.0147, and so detects every pair of laws 0.03 apart
    with the same certainty.
    """
    return stats.ks_2samp(first, second, method="asymp").pvalue < FALSE_ALARM


ROTATED = (
    "n=1",
    "n=d-1",
    "n=d",
    "shift, n<d",
    "shift, n>d",
    "null directions, n<rank",
    "learned source, n_source<d",
    "learned source, n_source>d",
)


def joint(trials):
    """The columns, and a mixture that sees how bias and noise go together."""
    return dict(trials) | {"joint": trials["risk"] - trials["bias"] - 0.5 * trials["noise"]}


@by_name({name: CASES[name] for name in ROTATED})
def test_rotating_the_samples_changes_no_law(given):
    """The fast law draws triangular designs, the literal one draws them in full: two samples of 100,000 each.

    Refutes at distance 0.0147, and so detects every pair of laws 0.03 apart with the same certainty.
    """
    fast_trials, literal_trials = (joint(mc.batch(given, 8, 0, law, size=TRIALS)) for law in ("fast", "literal"))
    for name, values in literal_trials.items():
        assert not refuted(fast_trials[name].round(9), values.round(9)), name


@pytest.mark.parametrize("wrong", [{"n": 5}, {"sigma": 1.0}, {"spectrum": spread(10)[::-1]}])
def test_a_wrong_twin_of_the_rotated_law_is_refuted(wrong):
    given = CASES["spectrum, n<d"]
    fast_trials = mc.batch(mc.Linear.from_fields(given.fields() | wrong), 8, 0, size=TRIALS)["risk"]
    assert refuted(fast_trials, mc.batch(given, 8, 0, "literal", size=TRIALS)["risk"])


@by_name(EXACT)
def test_the_exact_law_is_the_law_of_the_literal_trials(given):
    exact, literal = (mc.batch(given, 8, 0, law, size=TRIALS) for law in ("exact", "literal"))
    assert not refuted(exact["risk"], literal["risk"])
    assert not refuted(exact["noise"], literal["noise"])
    if given.n < np.count_nonzero(given.covariance):
        assert not refuted(exact["bias"], literal["bias"])
    else:
        assert not exact["bias"].any()


def test_wrong_twins_of_the_exact_law_are_refuted():
    given, rng = instance(2, 5), stream(10, 0)
    n, d, gap = 2, 5, float(np.sum((given.target - given.source) ** 2))
    literal = mc.batch(given, 8, 0, "literal", size=TRIALS)
    bias, noise = literal["bias"], literal["noise"]

    def hotelling(top, bottom):
        return given.sigma**2 * rng.chisquare(top, TRIALS) / rng.chisquare(bottom, TRIALS)

    assert not refuted(bias, gap * rng.beta((d - n) / 2, n / 2, TRIALS))
    assert refuted(bias, gap * rng.beta(n / 2, (d - n) / 2, TRIALS))
    assert not refuted(noise, hotelling(n, d - n + 1))
    assert refuted(noise, hotelling(n, d - n))
    assert refuted(noise, hotelling(n, d - n + 2))
    assert refuted(noise, hotelling(n + 1, d - n + 1))
    assert refuted(noise, given.sigma * hotelling(n, d - n + 1))


MEANS = {
    "n<d": (instance(10, 40), 0.75, 0.49 * 10 / 29),
    "n=d-5": (instance(15, 20), 0.25, 0.49 * 15 / 4),
    "n>d": (instance(40, 10), 0.0, 0.49 * 10 / 29),
    "no noise": (instance(10, 40, sigma=0), 0.75, 0.0),
}


@pytest.mark.parametrize("law", ["exact", "fast", "literal"])
@pytest.mark.parametrize(("given", "lost", "variance"), MEANS.values(), ids=MEANS.keys())
def test_the_mean_is_the_known_one(given, lost, variance, law):
    """(1 - n/d) |D|^2 + s^2 n/(d-n-1), or s^2 d/(n-d-1), within 6.1 standard errors (false alarm 1e-9)."""
    known = lost * float(np.sum((given.target - given.source) ** 2)) + variance
    for quantity in ("risk", "realised_risk"):
        found = mc.simulate(given, trials=2000, seed=12, law=law, quantity=quantity)
        assert abs(found.estimate - known) <= NORMAL_LIMIT * found.standard_error


@pytest.mark.parametrize("n_source", [4, 15])
def test_a_learned_source_has_the_known_mean_distance(n_source):
    given = learned(4, 10, n_source)
    t, w, share = given.target, given.source_teacher, n_source / 10
    few = t @ t - 2 * share * t @ w + share * w @ w + 0.09 * n_source / (10 - n_source - 1)
    many = (t - w) @ (t - w) + 0.09 * 10 / (n_source - 11)
    found = mc.simulate(given, trials=50_000, seed=13, quantity="bias")
    known = (1 - 4 / 10) * (few if n_source < 10 else many)
    assert abs(found.estimate - known) <= NORMAL_LIMIT * found.standard_error


def test_averaging_the_noise_exactly_keeps_the_mean_and_shrinks_the_error():
    given = instance(10, 20, sigma=3.0)
    averaged, realised = (
        mc.simulate(given, trials=20_000, seed=1, law="fast", quantity=quantity)
        for quantity in ("risk", "realised_risk")
    )
    error = math.hypot(averaged.standard_error, realised.standard_error)
    assert abs(averaged.estimate - realised.estimate) <= NORMAL_LIMIT * error
    assert averaged.standard_error < 0.8 * realised.standard_error
    assert "averaged exactly" in averaged.law
    assert "averaged" not in realised.law


@pytest.mark.parametrize("law", ["fast", "exact"])
def test_threads_processes_and_trial_counts_do_not_change_a_bit(law):
    given = instance(10, 40) if law == "fast" else instance(100, 400)
    trials = mc.batch_size(given, law) * 2 + 100
    spawn = multiprocessing.get_context("spawn")
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(2) as two, ProcessPoolExecutor(2, spawn) as pool:
        drawn = [mc.draws(given, "risk", trials=trials, seed=6, law=law, executor=e) for e in (None, one, two, pool)]
        made = {mc.simulate(given, trials=trials, seed=6, law=law, executor=e).estimate for e in (None, two, pool)}
    assert all(np.array_equal(draws, drawn[0]) for draws in drawn)
    assert len(made) == 1
    prefix = mc.draws(given, "risk", trials=70, seed=6, law=law)
    assert np.array_equal(prefix, drawn[0][:70])
    assert not np.intersect1d(prefix, mc.draws(given, "risk", trials=70, seed=7, law=law)).size


def test_the_estimate_is_the_mean_of_its_draws():
    given = instance(4, 10)
    found = mc.simulate(given, trials=5000, seed=3, law="fast")
    draws = mc.draws(given, "conditional_risk", trials=5000, seed=3)
    assert found.estimate == pytest.approx(np.mean(draws), rel=1e-13)
    assert found.standard_error == pytest.approx(np.std(draws, ddof=1) / math.sqrt(5000), rel=1e-12)
    assert (found.trials, found.seed, found.instance) == (5000, 3, given.digest())


def test_a_precision_is_reached():
    found = mc.simulate(instance(10, 40), precision=0.002, seed=3, law="fast")
    assert found.standard_error <= 0.002 * found.estimate
    assert found.trials % mc.batch_size(instance(10, 40)) == 0


@pytest.mark.parametrize(
    ("n", "moment"),
    [(7, "variance"), (8, "variance"), (9, "mean"), (10, "mean"), (11, "mean"), (12, "variance")],
)
def test_an_infinite_moment_is_said_and_a_precision_refused(n, moment):
    found = mc.simulate(instance(n, 10), trials=100, seed=1)
    assert found.standard_error == math.inf
    assert f"infinite {moment}" in found.note
    assert "\n" not in found.note
    json.dumps(found.as_json(), allow_nan=False)
    with pytest.raises(mc.InstanceError, match=r"^precision=0.1: [^\n]*give trials"):
        mc.simulate(instance(n, 10), precision=0.1, seed=1)


@pytest.mark.parametrize(
    ("given", "quantity", "most"),
    [
        (instance(6, 10), "risk", 2),
        (instance(7, 10), "risk", 1),
        (instance(8, 10), "noise", 1),
        (instance(9, 10), "conditional_risk", 0),
        (instance(9, 10), "bias", 9),
        (instance(9, 10, sigma=0), "risk", 9),
        (instance(10, 10), "risk", 0),
        (instance(12, 10), "noise_mean", 1),
        (instance(14, 10), "noise_mean", 2),
        (instance(6, 10, spectrum=GAPPED), "risk", 0),
        (CASES["only null directions tested"], "risk", 9),
        (learned(4, 10, 9), "bias", 0),
        (learned(4, 10, 9, sigma_source=0), "bias", 9),
        (learned(4, 10, 9), "noise", 3),
        (learned(14, 10, 9), "risk", 2),
    ],
)
def test_the_finite_moments_are_those_of_an_inverse_chi_square(given, quantity, most):
    assert [mc.moment_is_finite(given, quantity, order) for order in range(1, 10)] == [k <= most for k in range(1, 10)]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (instance(4, 10, spectrum=spread(10)), "the spectrum is not flat but for a few values"),
        (instance(4, 10, test_spectrum=np.arange(10)), "the spectrum is not flat but for a few values"),
        (instance(14, 10, test_spectrum=np.arange(10)), "test_spectrum differs"),
        (learned(4, 10, 5), "the source is learned"),
    ],
)
def test_the_exact_law_is_refused_where_none_is_known(given, reason):
    with pytest.raises(mc.InstanceError, match=f"law='exact': {reason}"):
        mc.draws(given, "risk", trials=10, seed=1, law="exact")
    assert mc.simulate(given, trials=10, seed=1).law.startswith("fast")


@pytest.mark.parametrize("quantity", ["noise_mean", "conditional_risk"])
def test_the_exact_law_has_no_average_over_noise_given_a_design(quantity):
    with pytest.raises(mc.InstanceError, match=f"quantity={quantity}: [^\n]*draws bias, noise, risk only"):
        mc.simulate(instance(4, 10), trials=10, seed=1, law="exact", quantity=quantity)
    with pytest.raises(mc.InstanceError, match=f"quantity={quantity}: [^\n]*draws bias, noise, risk only"):
        mc.draws(instance(4, 10), quantity, trials=10, seed=1, law="exact")
    assert mc.simulate(instance(4, 10), trials=10, seed=1, quantity=quantity).law.startswith("fast")


@pytest.mark.parametrize(
    "fault",
    [{"law": "quick"}, {"law": 3}, {"quantity": "loss"}, {"quantity": None}, {"seed": -1}, {"trials": 0}],
)
def test_a_bad_request_is_refused_in_one_line(fault):
    with pytest.raises(mc.InstanceError, match=r"^\w+=[^\n]*$"):
        mc.simulate(instance(4, 10), **{"trials": 10, "seed": 1} | fault)


@pytest.mark.parametrize("fault", [{"size": 0}, {"size": 2.0}, {"number": -1}, {"law": "quick"}])
def test_a_bad_batch_is_refused_in_one_line(fault):
    with pytest.raises(mc.InstanceError, match=r"^\w+=[^\n]*$"):
        mc.batch(instance(4, 10), **{"seed": 1, "number": 0} | fault)


def test_a_seed_of_any_integer_type_ends_up_in_the_json():
    found = mc.simulate(instance(4, 10), trials=10, seed=np.int64(5))
    assert json.loads(json.dumps(found.as_json()))["seed"] == 5


def test_a_design_of_another_shape_or_a_learned_source_is_refused():
    x, e = mc.target_sample(CASES["n<d"], 3, 0)
    with pytest.raises(mc.InstanceError, match="needs \\(4, 10\\)"):
        mc.excess_risk_given_design(x.T, e[None, :], CASES["n<d"])
    with pytest.raises(mc.InstanceError, match="needs \\(4, 10\\)"):
        mc.excess_risk_given_design(x, e, CASES["n<d"])
    with pytest.raises(mc.InstanceError, match="the source is learned"):
        mc.excess_risk_given_design(x, e[None, :], learned(4, 10, 5))


X, E = mc.target_sample(CASES["n<d"], 3, 0)


@pytest.mark.parametrize(
    ("function", "good", "bad"),
    [
        (mc.excess_risk_given_design, (X, E[None, :], CASES["n<d"]), (X, E, CASES["n<d"])),
        (pseudo_inverse, (X, 4), (E, 4)),
        (mc.target_sample, (CASES["n<d"], 1, 2), (3, 1, 2)),
        (mc.batch, (CASES["n<d"], 1, 2, "fast", 3), (CASES["n<d"], 1, 2, "fast", 3.0)),
    ],
)
def test_arguments_and_array_shapes_are_those_of_the_signatures(function, good, bad):
    checked = jaxtyped(function, typechecker=beartype)
    checked(*good)
    with pytest.raises(TypeCheckError):
        checked(*bad)


EXAMPLES = [
    "streams",
    *(f"linear.{name}" for name in ("model", "literal", "descent", "existence", "sampling")),
]


@pytest.mark.parametrize("module", [*EXAMPLES, "linear.simulation"])
def test_the_examples_run(module):
    result = doctest.testmod(importlib.import_module(f"numerics.{module}"))
    assert result.attempted > 0
    assert result.failed == 0
