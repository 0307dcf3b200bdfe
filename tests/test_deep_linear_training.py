"""Training of deep linear networks on the matrices: flows and descent against the closed form of the limit.

Instances: X = U diag(s) V' with random orthogonal U, V and s uniform in [1, 3], so that X'X has condition number
at most 9 and every limit is reached; y = X t + noise of a tenth of |t|; u of any direction and |u|/|t|
log-uniform in [0.1, 10], so that starts are far below, near and far above the limit.
"""

import doctest
import importlib
from dataclasses import dataclass

import numpy as np
import pytest
from beartype import beartype
from jaxtyping import TypeCheckError, jaxtyped
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from numerics.deep_linear import descent, deviations, flow, layerwise
from numerics.deep_linear import weights as networks
from numerics.instance import InstanceError
from numerics.kernels import rosenbrock
from numerics.streams import stream

DEPTHS = range(1, 9)
PER_DEPTH = 40  # 320 instances in all


@dataclass(frozen=True)
class Training:
    """Data, start, depth and frozen layers of one training."""

    x: np.ndarray
    y: np.ndarray
    u: np.ndarray
    depth: int
    frozen: int = 0

    def start(self, seed=0):
        """A balanced start of widths between 1 and 4 and random directions."""
        rng = stream(20, seed)
        return networks.balanced(self.u, self.depth, widths=rng.integers(1, 5, self.depth - 1).tolist(), rng=rng)

    def layered(self, tolerance=1e-9, seed=0):
        """The limit of the layerwise flow."""
        run = layerwise.layer_flow(self.x, self.y, self.start(seed), frozen=self.frozen, tolerance=tolerance)
        return networks.end_to_end(run.weights)

    def direct(self):
        """The limit of the end-to-end flow."""
        arrays = (self.x[None], self.y[None], self.u[None])
        return flow.end_to_end_flow(*arrays, self.depth, frozen=self.frozen)[0]

    def error(self, h, exponent=None):
        """|h - closed form| / |closed form|, or over |u| where the limit is 0."""
        limit = closed_form(self, exponent)
        return np.linalg.norm(h - limit) / (np.linalg.norm(limit) or np.linalg.norm(self.u))


def closed_form(given, exponent=None):
    """P h = X+ y and Q h = (|h|/|u|)^(1-1/L) Q u; h = c u behind frozen layers, c >= 0 if two or more train.

    `exponent` stands for 1 - 1/L.
    """
    x, y, u, depth = given.x, given.y, given.u, given.depth
    if given.frozen:
        c = (x @ u) @ y / np.sum((x @ u) ** 2)
        return (c if given.frozen == depth - 1 else max(c, 0.0)) * u
    power = 1 - 1 / depth if exponent is None else exponent
    row, length = np.linalg.pinv(x) @ y, np.linalg.norm(u)
    off = u - np.linalg.pinv(x) @ (x @ u) if x.shape[0] < x.shape[1] else np.zeros_like(u)
    most = 2 * np.sqrt(length**2 + depth * row @ row) + 1
    r = brentq(lambda r: r**2 - row @ row - (r / length) ** (2 * power) * off @ off, 1e-9 * most, most, rtol=1e-15)
    return row + (r / length) ** power * off


def training(depth, number, n=None, d=None, frozen=0):
    """Instance `number` of this depth: n < d unless said otherwise."""
    rng = stream(21, depth, number)
    d = int(rng.integers(3, 9)) if d is None else d
    n = int(rng.integers(1, d)) if n is None else n
    rank = min(n, d)
    left, right = (np.linalg.qr(rng.standard_normal((size, rank)))[0] for size in (n, d))
    x = left * rng.uniform(1, 3, rank) @ right.T
    t, u, e = rng.standard_normal(d), rng.standard_normal(d), rng.standard_normal(n)
    u *= 10 ** rng.uniform(-1, 1) * np.linalg.norm(t) / np.linalg.norm(u)
    return Training(x, x @ t + 0.1 * np.linalg.norm(t) * e, u, depth, frozen)


def instances(depth):
    """40 instances: half train every layer at n < d, a quarter at n >= d, a quarter with frozen layers."""
    wide = [training(depth, k) for k in range(PER_DEPTH // 2)]
    tall = [training(depth, k, d=4, n=4 + k % 3) for k in range(100, 100 + PER_DEPTH // 4)]
    behind = [training(depth, k, frozen=k % depth) for k in range(200, 200 + PER_DEPTH // 4)]
    return [*wide, *tall, *behind]


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_flow_of_the_layers_ends_at_the_closed_form(depth):
    assert max(given.error(given.layered()) for given in instances(depth)) < 1e-6


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_flow_of_the_product_ends_at_the_closed_form(depth):
    assert max(given.error(given.direct()) for given in instances(depth)) < 1e-8


@pytest.mark.parametrize("depth", [2, 3, 5, 8])
def test_wrong_exponents_are_refuted(depth):
    given = training(depth, 0)
    for wrong in (1 - 1 / (depth + 1), 1 - 1 / (2 * depth), 1 - 2 / depth, 0.0):
        assert given.error(given.direct(), wrong) > 1e-4
        assert given.error(given.layered(), wrong) > 1e-4


@pytest.mark.parametrize("depth", [1, 2, 3, 8])
def test_the_reduction_to_singular_coordinates_is_exact(depth):
    """Against the d-dimensional equation in the clock dtau = |b|^(2-2/L) dt, by an Adams-BDF method."""
    given = training(depth, 3, n=3, d=7)

    def velocity(_, b):
        g = given.x.T @ (given.x @ b - given.y)
        return -g - (depth - 1) * (b @ g) / (b @ b) * b

    long = 30 / np.linalg.svd(given.x, compute_uv=False)[-1] ** 2
    whole = solve_ivp(velocity, (0, long), given.u, method="LSODA", rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(given.direct(), whole.y[:, -1], rtol=0, atol=1e-8 * np.linalg.norm(whole.y[:, -1]))


def test_a_step_of_the_rosenbrock_method_errs_in_the_sixth_power_of_its_length():
    """Order 5 leaves h^6 a step, its embedded order 4 an estimate of h^5: halving divides by 64 and by 32."""
    squares, gains, start = np.array([2.0, 1.0, 0.0]), np.array([1.0, -2.0, 0.0]), np.array([0.7, 0.4, 0.5])

    def end(steps):
        state, increments, work = start.copy(), np.empty((8, 3)), np.empty((4, 3))
        for _ in range(steps[1]):
            rosenbrock.trial_step(squares, gains, state, 3.0, steps[0], increments, work)
            state[:] = work[0]
        return state, np.linalg.norm(increments[7])

    errors, estimates = [], []
    for h in (0.04, 0.02, 0.01):
        state, estimate = end((h, 1))
        errors.append(np.linalg.norm(state - end((h / 16, 16))[0]))
        estimates.append(estimate)
    np.testing.assert_allclose(np.log2(np.divide(errors[:-1], errors[1:])), 6, atol=0.3)
    np.testing.assert_allclose(np.log2(np.divide(estimates[:-1], estimates[1:])), 5, atol=0.3)


def test_a_batch_is_its_trials_one_by_one():
    batch = [training(3, k, n=4, d=9) for k in range(20)]
    x, y, u = (np.array([getattr(given, name) for given in batch]) for name in ("x", "y", "u"))
    ends = flow.end_to_end_flow(x, y, u, 3)
    np.testing.assert_allclose(ends, [given.direct() for given in batch], rtol=1e-12)


@pytest.mark.parametrize("condition", [1e1, 1e2, 1e3])
def test_the_flow_of_the_product_does_not_mind_the_condition_number(condition):
    rng = stream(22, 0)
    left, right = (np.linalg.qr(rng.standard_normal((size, 5)))[0] for size in (5, 6))
    x = left * np.geomspace(1, 1 / condition, 5) @ right.T
    given = Training(x, x @ rng.standard_normal(6), rng.standard_normal(6), 4)
    assert given.error(given.direct()) < 1e-8


def test_repeated_and_null_rows_of_the_design_change_nothing():
    given = training(3, 5, n=3, d=7)
    x, y = np.vstack([given.x, given.x[0], np.zeros(7)]), np.array([*given.y, given.y[0], 4.0])
    assert Training(x, y, given.u, 3).error(Training(x, y, given.u, 3).direct()) < 1e-8
    nothing = flow.end_to_end_flow(np.zeros((1, 2, 7)), np.ones((1, 2)), given.u[None], 3)
    np.testing.assert_allclose(nothing[0], given.u, rtol=1e-14)


@pytest.mark.parametrize("depth", [2, 3, 5, 8])
def test_the_flow_conserves_balance(depth):
    given = training(depth, 7)
    run = layerwise.layer_flow(given.x, given.y, given.start(), tolerance=1e-9)
    assert networks.imbalance(given.start()) < 1e-15
    assert networks.imbalance(run.weights) < 1e-8
    coarse = layerwise.fast_gradient_descent(given.x, given.y, given.start(), fraction=1.0)
    assert networks.imbalance(coarse.weights) > 1e-6


def test_the_flow_conserves_an_imbalance():
    given = training(3, 8)
    start = deviations.unbalanced(given.start(), 0.3)
    end = layerwise.layer_flow(given.x, given.y, start, tolerance=1e-9).weights
    for i in range(2):
        before, after = (w[i].T @ w[i] - w[i + 1] @ w[i + 1].T for w in (start, end))
        np.testing.assert_allclose(after, before, atol=1e-7 * np.linalg.norm(start[0]) ** 2)


@pytest.mark.parametrize("depth", [2, 4, 8])
def test_widths_and_directions_do_not_matter(depth):
    given = training(depth, 9)
    ends = [given.layered(seed=seed) for seed in range(5)]
    starts = [networks.balanced(given.u, depth), networks.balanced(given.u, depth, widths=[1] * (depth - 1))]
    ends += [networks.end_to_end(layerwise.layer_flow(given.x, given.y, s, tolerance=1e-9).weights) for s in starts]
    np.testing.assert_allclose(ends, ends[:1] * len(ends), atol=2e-6 * np.linalg.norm(ends[0]))


@pytest.mark.parametrize("depth", DEPTHS[1:])
def test_descent_deviates_in_proportion_to_its_step(depth):
    """With error a s + b s^2 + ..., halving s divides it by 2 (1 + bs/2a + ...), Richardson leaves order s^2."""
    for number in range(4):
        given = training(depth, 300 + number)
        runs = [
            layerwise.fast_gradient_descent(given.x, given.y, given.start(), fraction=f, tolerance=1e-9)
            for f in (0.2, 0.1, 0.05)
        ]
        ends = [networks.end_to_end(run.weights) for run in runs]
        first, second, third = (given.error(end) for end in ends)
        assert 1.8 < first / second < 2.2
        assert 1.9 < second / third < 2.1
        assert abs(second / third - 2) < 0.75 * abs(first / second - 2) + 1e-3
        assert given.error(2 * ends[2] - ends[1]) < 1e-4
        assert third > 100 * runs[2].residual


def test_descent_of_depth_one_or_with_enough_samples_deviates_at_no_step():
    for given in (training(1, 11), training(4, 11, n=5, d=4), training(4, 11, frozen=3)):
        run = layerwise.fast_gradient_descent(
            given.x, given.y, given.start(), frozen=given.frozen, fraction=0.5, tolerance=1e-11
        )
        assert given.error(networks.end_to_end(run.weights)) < 1e-9


@pytest.mark.parametrize(("depth", "frozen"), [(1, 0), (2, 0), (2, 1), (4, 0), (4, 2)])
def test_compiled_descent_takes_the_steps_of_the_written_out_one(depth, frozen):
    given = training(depth, 12)
    given = Training(given.x, given.x @ given.u * 2, given.u, depth) if frozen else given
    control = {"frozen": frozen, "fraction": 0.3, "tolerance": 1e-6}
    runs = [f(given.x, given.y, given.start(), **control) for f in RUNNERS]
    assert runs[0].step == runs[1].step
    assert abs(runs[0].steps - runs[1].steps) <= 1
    for one, other, begun in zip(runs[0].weights, runs[1].weights, given.start(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6 * np.linalg.norm(begun))
    assert max(run.residual for run in runs) <= 1e-6


def test_the_gradients_of_the_layers_are_those_of_the_loss():
    given, small = training(4, 13), 1e-6
    layers = given.start()
    gradients = descent.layer_gradients(given.x, given.y, layers)
    for i, layer in enumerate(layers):
        for place in np.ndindex(layer.shape):
            losses = []
            for sign in (1, -1):
                moved = [w.copy() for w in layers]
                moved[i][place] += sign * small
                losses.append(np.sum((given.y - given.x @ networks.end_to_end(moved)) ** 2) / 2)
            assert (losses[0] - losses[1]) / (2 * small) == pytest.approx(gradients[i][place], rel=1e-5, abs=1e-4)


def facing_away(depth, frozen):
    """An instance whose least-squares coefficient along the start is -1/2."""
    given = training(depth, 14, n=3, d=5)
    return Training(given.x, -0.5 * given.x @ given.u, given.u, depth, frozen)


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_the_last_layer_alone_learns_a_negative_coefficient(depth):
    given = facing_away(depth, depth - 1)
    np.testing.assert_allclose(given.direct(), -0.5 * given.u, rtol=1e-8)
    np.testing.assert_allclose(given.layered(), -0.5 * given.u, rtol=1e-6)


@pytest.mark.parametrize(("depth", "frozen"), [(3, 1), (4, 1), (4, 2), (8, 1), (8, 6)])
def test_two_trained_layers_or_more_shrink_to_the_saddle_and_keep_the_sign(depth, frozen):
    given = facing_away(depth, frozen)
    run = layerwise.layer_flow(given.x, given.y, given.start(), frozen=frozen)
    end = networks.end_to_end(run.weights)
    assert 0 < end @ given.u <= 1e-9 * given.u @ given.u
    assert run.residual == pytest.approx(1 / 3, rel=1e-6)  # |A'X'y| over |A'X'y| + |A'X'Xu|: not a minimum
    assert not given.direct().any()


@pytest.mark.parametrize("trained", [3, 4, 6])
def test_descent_nears_the_saddle_as_a_power_of_time(trained):
    """dw/dt = -a w^(2 - 2/M) gives |b| ~ t^(-M/(M-2)) for M > 2 trained layers."""
    given = facing_away(trained + 1, 1)
    counts = [200_000, 400_000]
    path = layerwise.descent_path(given.x, given.y, given.start(), counts, frozen=1, fraction=0.5) @ given.u
    assert np.all(path > 0)
    assert np.log2(path[0] / path[1]) == pytest.approx(trained / (trained - 2), rel=0.02)


def test_descent_of_two_trained_layers_nears_the_saddle_exponentially_until_rounding_drives_it_off():
    """The saddle is unstable: imbalance of a rounding error grows again, and the sign is lost to the minimum."""
    given = facing_away(3, 1)
    counts = [300, 400, 500, 100_000]
    path = layerwise.descent_path(given.x, given.y, given.start(), counts, frozen=1, fraction=0.1) @ given.u
    assert np.all(path[:3] > 0)
    assert path[2] < 0.1 * path[1] < 0.01 * path[0]
    assert np.log(path[1] / path[2]) == pytest.approx(np.log(path[0] / path[1]), rel=0.02)
    assert path[3] == pytest.approx(-0.5 * given.u @ given.u)


@pytest.mark.parametrize("d", [1, 4])
@pytest.mark.parametrize(("depth", "end"), [(1, 2.0), (2, 0.0), (5, 0.0)])
def test_a_start_on_the_wrong_side_of_a_row_space_of_one_dimension_ends_at_the_saddle(d, depth, end):
    u = -stream(23, d).standard_normal(d)
    x = -u[None] / np.linalg.norm(u)
    given = Training(x, np.array([2.0]), u, depth)
    np.testing.assert_allclose(given.direct(), end * x[0], atol=1e-9)


def test_descent_into_the_saddle_is_not_called_converged():
    given = facing_away(4, 1)
    with pytest.raises(InstanceError, match=r"^[^\n]*relative gradient 3\.\de-01 [^\n]*saddle[^\n]*$"):
        layerwise.fast_gradient_descent(given.x, given.y, given.start(), frozen=1, most=10_000)


@pytest.mark.parametrize("depth", [2, 3, 6])
def test_deviations_grow_in_proportion_to_imbalance_and_step(depth):
    given = training(depth, 15, n=3, d=6)
    for function in (deviations.imbalance_deviations, deviations.step_deviations):
        sizes, distances = function(given.x, given.y, given.u, depth, [0.005, 0.01, 0.02])
        assert np.all(np.abs(np.diff(np.log2(distances)) - 1) < 0.1)
        np.testing.assert_allclose(sizes[1:] / sizes[:-1], 2)


def test_a_strong_imbalance_may_turn_the_part_outside_the_row_space_around_and_balance_never():
    turned = []
    for number in range(400, 420):
        given = training(2, number, n=3, d=6)
        off = given.u - np.linalg.pinv(given.x) @ (given.x @ given.u)
        runs = [layerwise.layer_flow(given.x, given.y, deviations.unbalanced(given.start(), s)) for s in (0.0, 1.5)]
        balanced, uneven = (networks.end_to_end(run.weights) @ off for run in runs)
        assert balanced > 0
        turned.append(uneven < 0)
    assert 0 < sum(turned) < 20


RUNNERS = (descent.gradient_descent, layerwise.fast_gradient_descent)
ONE = np.ones((1, 1))


@pytest.mark.parametrize("runner", [*RUNNERS, layerwise.layer_flow])
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"y": np.ones(2)}, "needs \\(n, d\\)"),
        ({"weights": [ONE, np.ones((2, 1))]}, "needs \\(n, d\\)"),
        ({"frozen": 2}, "frozen=2"),
        ({"tolerance": 0.0}, "tolerance=0.0"),
        ({"tolerance": 1e-7, "most": 2}, "after 2 steps"),
    ],
)
def test_a_bad_training_is_refused_in_one_line(runner, fault, said):
    arguments = {"x": ONE, "y": np.array([3.0]), "weights": [ONE, ONE]} | fault
    with pytest.raises(InstanceError, match=rf"^[^\n]*{said}[^\n]*$"):
        runner(**arguments)


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_step_above_the_stable_one_is_refused(runner):
    with pytest.raises(InstanceError, match=r"fraction=1\.5"):
        runner(ONE, np.array([3.0]), [ONE, ONE], fraction=1.5)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"x": ONE}, "needs \\(trials, n, d\\)"),
        ({"depth": 0}, "depth=0"),
        ({"frozen": 4}, "frozen=4"),
        ({"tolerance": 0.1}, "tolerance=0.1"),
        ({"u": np.zeros((1, 1))}, "u = 0"),
    ],
)
def test_a_bad_flow_is_refused_in_one_line(fault, said):
    arguments = {"x": ONE[None], "y": ONE, "u": ONE, "depth": 3} | fault
    with pytest.raises(InstanceError, match=rf"^[^\n]*{said}[^\n]*$"):
        flow.end_to_end_flow(**arguments)


def test_a_flow_that_rounding_holds_at_a_saddle_that_it_only_passes_is_refused():
    rng = np.random.default_rng(0)
    x, u = rng.standard_normal((4, 3, 5)), rng.standard_normal((4, 5))
    y = -np.einsum("tnd,td->tn", x, u)
    assert np.all(np.any(flow.end_to_end_flow(x, y, u, 64) != 0, axis=1))
    with pytest.raises(InstanceError, match="so near the saddle 0"):
        flow.end_to_end_flow(x, y, u, 4096)


def test_a_flow_that_does_not_end_is_refused(monkeypatch):
    monkeypatch.setattr(flow, "MOST_STEPS", 3)
    with pytest.raises(InstanceError, match="1 trials has no limit after 3 steps"):
        training(3, 1).direct()


def test_a_bad_start_is_refused_in_one_line():
    for call in (
        lambda: networks.balanced(np.zeros(2), 2),
        lambda: networks.balanced(np.ones(2), 0),
        lambda: networks.balanced(np.ones(2), 3, widths=[1]),
        lambda: networks.balanced(np.ones(2), 2, widths=[0]),
    ):
        with pytest.raises(InstanceError, match=r"^[^\n]*$"):
            call()


def test_everything_frozen_stays():
    given = training(3, 2, frozen=3)
    assert np.array_equal(given.direct(), given.u)


@pytest.mark.parametrize(
    ("function", "good", "bad"),
    [
        (networks.end_to_end, ([ONE, ONE],), ([ONE[0], ONE[0]],)),
        (networks.balanced, (np.ones(2), 2), (np.ones((2, 2)), 2)),
        (flow.end_to_end_flow, (ONE[None], ONE, ONE, 2), (ONE[None], ONE, np.ones((2, 1)), 2)),
        (descent.stable_step, (ONE, np.ones(1), [ONE]), (ONE, np.ones(2), [ONE])),
    ],
)
def test_arguments_and_array_shapes_are_those_of_the_signatures(function, good, bad):
    checked = jaxtyped(function, typechecker=beartype)
    checked(*good)
    with pytest.raises(TypeCheckError):
        checked(*bad)


@pytest.mark.parametrize("module", ["weights", "descent", "layerwise", "flow", "deviations"])
def test_the_examples_run(module):
    result = doctest.testmod(importlib.import_module(f"numerics.deep_linear.{module}"))
    assert result.attempted > 0
    assert result.failed == 0
