"""Shallow ReLU networks in the kernel regime."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate

from headstart.cli import main
from numerics.relu import InstanceError, ReLU, batch, draws, flow, simulate
from numerics.relu.averages import product
from numerics.relu.data import Data, Sample, data
from numerics.relu.kernel import kernel, predictions
from numerics.relu.network import moved, steps, train, untrained
from numerics.streams import stream
from tests.nightly import by_night
from theory import catalogue
from theory.calculus.expressions import identity, matrix
from theory.calculus.letters import Gaussian
from theory.catalogue import result
from theory.evaluation import EvaluationError
from theory.relu.setting import directions, kernel_matrix
from verify import Verdict, run
from verify.relu.harmonics import zonal
from verify.suite import refuted_twins

SEED = 20261122
KEYS = catalogue.named("relu")
D = 6


def instance(n: int = 5, **changes: object) -> ReLU:
    source, target = np.linspace(0.2, -0.4, D), np.linspace(-0.3, 0.5, D)
    fields = {"n": n, "d": D, "sigma": 0.1, "source": source.tolist(), "target": target.tolist()}
    return ReLU.from_fields({name: value for name, value in {**fields, **changes}.items() if value is not None})


LEARNED = {"source": None, "source_teacher": [0.3] * D, "n_source": 8, "sigma_source": 0.1}


EXPENSIVE = ("relu.risk_equivalent", "relu.sample_complexity", "relu.pretrained_error")


@pytest.mark.parametrize("key", by_night(KEYS, EXPENSIVE.__contains__))
def test_every_result_is_supported(key: str) -> None:
    assert run([key], seed=SEED).passed


@pytest.mark.parametrize("key", by_night(KEYS, EXPENSIVE.__contains__))
def test_a_wrong_twin_of_every_regime_is_refuted(key: str) -> None:
    for outcomes in refuted_twins([key], seed=SEED).values():
        assert Verdict.REFUTED in {outcome.verdict for outcome in outcomes}


def test_the_kernel_is_a_half_at_equal_inputs_and_zero_at_opposite_and_orthogonal_ones() -> None:
    found = [result("relu.kernel").evaluate(cosine=c) for c in (1, 0, -1)]
    assert found == [0.5, 0, 0]


def test_no_cosine_is_above_one() -> None:
    with pytest.raises(EvaluationError, match="outside its domain"):
        result("relu.kernel").evaluate(cosine=1.5)


def test_no_coefficient_of_the_kernel_is_negative_and_their_series_is_the_kernel() -> None:
    assert all(regime.value.is_nonnegative for regime in result("relu.kernel_expansion").regimes[::2])
    found = [result("relu.kernel_expansion").evaluate(degree=j) for j in range(40)]
    assert min(found) >= 0
    summed = sum(c * 0.5**j for j, c in enumerate(found))
    assert summed == pytest.approx(result("relu.kernel").evaluate(cosine=0.5), rel=1e-12)


def test_the_kernel_is_the_sum_of_its_harmonics() -> None:
    """h(c) = sum_l lambda_l N_l P_l(c), N_l the number of harmonics of degree l in R^3."""
    degrees = [0, 1, *range(2, 60, 2)]
    found = sum(
        result("relu.harmonics").evaluate(d=3, degree=j) * (2 * j + 1) * float(zonal(j, 3, 0.3)) for j in degrees
    )
    assert found == pytest.approx(result("relu.kernel").evaluate(cosine=0.3), abs=1e-4)


def test_the_bound_of_linear_teachers_is_nearly_reached_by_many_samples_and_would_not_be_by_half_of_it() -> None:
    given = instance(200, sigma=0.0)
    most = float(batch(given, SEED, 0, "kernel", 4)["complexity"].max())
    bound = result("relu.linear_teacher_bound").evaluate(source=given.source, target=given.target)
    assert bound / 2 < most < bound


def test_without_samples_left_to_learn_a_network_stays_where_it_is() -> None:
    given = {"X": [[1.0, 0.0], [0.6, 0.8]], "y": [0.5, 0.5], "source": [0.5, 0.25], "point": [1.0, 1.0]}
    for duration in (0.1, 7.0, "inf"):
        told = result("relu.solution").evaluate(**given, duration=duration)
        assert told == pytest.approx(0.75 / np.sqrt(2), rel=1e-12)


def test_length_of_rows_and_points_does_not_matter() -> None:
    given = {"X": [[1.0, 0.0], [0.6, 0.8]], "y": [0.5, 1.0], "source": [0.0, 0.0], "point": [1.0, 1.0]}
    longer = {**given, "X": [[3.0, 0.0], [0.3, 0.4]], "point": [0.2, 0.2]}
    one, other = (result("relu.solution").evaluate(**fields, duration=2.0) for fields in (given, longer))
    assert one == pytest.approx(other, rel=1e-12)


@pytest.mark.parametrize("duration", [0, -1, "forever"])
def test_a_duration_is_positive_or_infinite(duration: object) -> None:
    given = {"X": [[1.0, 0.0]], "y": [0.5], "source": [0.0, 0.0], "point": [1.0, 1.0]}
    with pytest.raises(EvaluationError, match="or inf"):
        result("relu.solution").evaluate(**given, duration=duration)


def test_a_sample_that_the_source_explains_costs_nothing_but_its_noise() -> None:
    quiet = result("relu.risk_equivalent").evaluate(n=20, d=30, sigma=0.0, squared_distance=0.0)
    loud = result("relu.risk_equivalent").evaluate(n=20, d=30, sigma=0.2, squared_distance=0.0)
    assert quiet == 0 < loud


def test_a_farther_source_than_zero_costs_samples() -> None:
    told = {"d": 30, "risk": 0.01, "squared_target": 1.0}
    saved = [result("relu.sample_complexity").evaluate(**told, squared_distance=z) for z in (0.5, 1.0, 2.0)]
    assert saved[0] > 0 == saved[1] > saved[2]


def test_many_source_samples_without_noise_cost_nothing() -> None:
    told = {"n": 20, "d": 10, "sigma_source": 0.0, "squared_teacher": 1.0, "teacher_target": 0.8}
    few, many = (result("relu.pretrained_error").evaluate(**told, n_source=m) for m in (10, 10**6))
    assert abs(many) < 1e-4 * abs(few)


def test_noise_is_refused_where_there_is_no_bound() -> None:
    with pytest.raises(EvaluationError, match=r"use relu\.risk_equivalent"):
        result("relu.bound").evaluate(n=10, d=5, sigma=0.1, squared_distance=1.0, confidence=0.9)


def test_cosines_of_rows_with_themselves_are_one_in_either_layer() -> None:
    x = stream(1, 0).standard_normal((40, 5))
    rows = matrix("X", 40, 5, law=Gaussian(identity(5)))
    from theory.calculus.arrays import evaluate_expression

    found = evaluate_expression(kernel_matrix(rows, result("relu.kernel").regimes[0].value), {"X": x}, {})
    inputs = evaluate_expression(directions(rows), {"X": x}, {})
    assert np.all(np.diagonal(found) == 0.5)
    assert np.allclose(found, kernel(inputs, inputs), rtol=0, atol=1e-15)


def test_an_untrained_network_is_zero_and_source_weights_make_it_linear() -> None:
    network, points = untrained(stream(1, 0), D, 8192), data(instance(), 1, 0, 1).test[0]
    assert np.allclose(network.at(points), 0, atol=1e-12)
    u = np.linspace(0.2, -0.4, D)
    assert np.allclose(moved(network, u).at(points), points @ u, atol=0.05)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_compiled_descent_takes_the_steps_of_the_definition(kind: type) -> None:
    given = data(instance(), 3, 0, 1).target
    network = untrained(stream(2, 0), D, 64, kind)
    weights, signs = network.weights.astype(float), network.signs.astype(float)
    for _ in range(5):
        inner = given.x[0] @ weights
        left = given.y[0] - np.maximum(inner, 0) @ signs / 8
        weights = weights + 0.3 * given.x[0].T @ ((inner >= 0) * np.outer(left, signs)) / 8
    found = steps(network, given.x[0], given.y[0], size=0.3, count=5)
    assert found.weights.dtype == kind
    assert np.allclose(found.weights, weights, atol=1e-5 if kind is np.float32 else 1e-13)


def test_a_network_that_cannot_be_fitted_or_diverges_says_so() -> None:
    given = data(instance(30), 3, 0, 1).target
    network = untrained(stream(2, 0), D, 2)
    with pytest.raises(InstanceError, match="more units") as caught:
        train(network, given.x[0], given.y[0], step=1e9)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("changes", [{}, LEARNED], ids=["given source", "learned source"])
def test_a_wide_network_does_what_kernel_regression_does_on_the_same_data(changes: dict[str, object]) -> None:
    wide = batch(instance(**changes, width=8192), 5, 0, "network", 2)["risk"]
    assert np.allclose(wide, batch(instance(**changes), 5, 0, "kernel", 2)["risk"], rtol=0.2)


TURNS = [np.array(turn) for turn in ([[1, 0], [0, 1]], [[0, -1], [1, 0]], [[1, 0], [0, -1]], [[0, 1], [1, 0]])]
"""A quadratic form in the plane has its mean over all rotations and reflections over these."""


@pytest.mark.parametrize("changes", [{}, LEARNED], ids=["given source", "learned source"])
def test_the_averaged_risk_is_that_of_all_points_of_a_circle_of_turns_and_of_noise_on_one_label_after_another(
    changes: dict[str, object],
) -> None:
    """The risk is quadratic in the noise: its mean is that without, and the mean of both signs on each label."""
    flat = {name: value[:2] if isinstance(value, list) else value for name, value in changes.items()}
    given = instance(sigma=0.5, **{"d": 2, "source": [0.3, -0.2], "target": [0.5, 0.4], **flat})
    angle = np.arange(40_000) * np.pi / 20_000
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)[None]
    drawn = replace(data(given, 5, 0, 1), test=circle)

    def risk(turn: np.ndarray, noise: np.ndarray) -> float:
        at, more = drawn.target.x, noise[: given.n]
        names = ("target", "source_teacher") if changes else ("target", "source")
        weights = {name: (turn @ getattr(given, name)).tolist() for name in names}
        task = ReLU.from_fields({**given.fields(), **weights})
        source = drawn.source
        if source is not None:
            source = Sample(source.x, source.x @ task.source_teacher + noise[given.n :])
        found, _ = predictions(task, Data(Sample(at, at @ task.target + more), source, circle))
        return float(np.mean((found - circle @ task.target) ** 2))

    sizes = [given.sigma] * given.n + [given.sigma_source] * (given.n_source or 0)
    means = []
    for turn in TURNS:
        quiet = risk(turn, np.zeros(len(sizes)))
        either = [(risk(turn, axis) + risk(turn, -axis)) / 2 - quiet for axis in np.diag(sizes)]
        means.append(quiet + sum(either))
    assert batch(given, 5, 0, "averaged", 1)["even_risk"][0] == pytest.approx(np.mean(means), rel=1e-6)


@pytest.mark.parametrize("d", [2, 3, 4, 9, 300, 5000])
def test_the_mean_square_of_the_kernel_over_the_sphere_is_its_series_at_one(d: int) -> None:
    """Against the integral of h^2 over the angle."""

    def density(angle: float) -> float:
        return float(np.sin(angle) ** (d - 2))

    def h_squared(angle: float) -> float:
        return float((np.cos(angle) * (np.pi - angle) / (2 * np.pi)) ** 2 * density(angle))

    off = min(np.pi / 2, 40 / np.sqrt(d))
    ends = np.pi / 2 - off, np.pi / 2 + off
    mean, whole = (integrate.quad(of, *ends, epsabs=0, epsrel=1e-12, limit=200)[0] for of in (h_squared, density))
    assert product(np.ones((1, 1, 1)), d)[0, 0, 0] == pytest.approx(mean / whole, rel={2: 1e-8, 3: 1e-11}.get(d, 1e-12))


@pytest.mark.parametrize("changes", [{}, LEARNED], ids=["given source", "learned source"])
def test_the_averaged_risk_has_the_mean_of_that_on_the_points_of_the_same_trials(changes: dict[str, object]) -> None:
    given, trials = instance(sigma=0.5, **changes), 20_000
    risk = batch(given, 5, 0, "kernel", trials)["risk"]
    averaged = batch(given, 5, 0, "averaged", trials)["even_risk"]
    apart = risk - averaged
    assert abs(np.mean(apart)) < 6 * np.std(apart) / np.sqrt(trials)
    assert np.var(averaged) < np.var(risk) / 2


def test_a_network_has_no_averaged_risk_and_says_which_law_has() -> None:
    with pytest.raises(InstanceError, match="use law='averaged'"):
        simulate(instance(width=8), trials=2, seed=1, quantity="even_risk")
    assert simulate(instance(), trials=2, seed=1, quantity="even_risk").estimate > 0


def test_draws_are_the_same_bits_and_a_prefix() -> None:
    for given, law in ((instance(), "kernel"), (instance(width=64), "network")):
        whole, again, part = (batch(given, 5, 1, law, size) for size in (8, 8, 3))
        for name in part:
            assert np.array_equal(whole[name], again[name])
            assert np.allclose(whole[name][:3], part[name], rtol=1e-9)
        assert given == ReLU.from_fields(given.fields())
    assert len(draws(instance(), "risk", trials=10, seed=1)) == 10


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"width": 7}, "in pairs"),
        ({"width": 40_000}, "in pairs"),
        ({"source": None}, "either source"),
        ({"source_teacher": [0.0] * D}, "either source"),
        ({"source": None, "source_teacher": [0.0] * D}, "n_source is missing"),
        ({"d": 1, "source": [1.0], "target": [1.0]}, "two features"),
        ({"widht": 8}, "did you mean width"),
    ],
)
def test_bad_input_is_refused_in_one_line(changes: dict[str, object], words: str) -> None:
    with pytest.raises(InstanceError, match=words) as caught:
        instance(**changes)
    assert "\n" not in str(caught.value)
    with pytest.raises(InstanceError, match="the width is infinite"):
        batch(instance(), 1, 0, "network", 2)


def test_the_figure_is_drawn_and_says_how_often_the_bound_held(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["plot", "relu.risk", "--to", str(tmp_path / "risk.png"), "--trials", "40"]) == 0
    assert (tmp_path / "risk.png").read_bytes().startswith(b"\x89PNG")
    assert "held on 420 of 420" in capsys.readouterr().err
    assert main(["plot", "relu.risk", "--set", "n=3", "--to", str(tmp_path / "other.png")]) == 2
    assert not (tmp_path / "other.png").exists()


def test_inputs_that_are_nearly_alike_are_not_fitted_in_so_many_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "STEPS", 50)
    x = np.array([[1.0, 0.0], [1.0, 1e-4]])
    with pytest.raises(InstanceError, match="nearly alike"):
        flow.flow(x / np.linalg.norm(x, axis=1, keepdims=True), np.array([1.0, -1.0]), x, (np.zeros(2),) * 2, np.inf)
