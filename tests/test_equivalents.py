"""The asymptotic closure against random matrices, closed forms of the literature, and the exact closure."""

import numpy as np
import pytest
import sympy as sp

from tests.hashes import printed
from theory.calculus.arrays import evaluate_expression
from theory.calculus.closed_forms import closed_form
from theory.calculus.equivalents import deterministic_equivalent, evaluated
from theory.calculus.expressions import Expression, identity, inverse, matrix, pinv, trace
from theory.calculus.fixed_points import ACCURACY, NotCertified, fixed_point
from theory.calculus.letters import Defined, Gaussian
from theory.calculus.pencils import DoesNotLinearise
from theory.calculus.pseudoinverse import null_projection
from theory.notation import covariance, d, n, vector

ridge = sp.Symbol("ridge", positive=True)
S, A, R = covariance("S"), covariance("A"), matrix("R", n, n, symmetric=True)
B, D = matrix("B", d, d), vector("D")
X = matrix("X", n, d, law=Gaussian(S))
Y = matrix("Y", n, d, law=Gaussian(identity(d)))
V = matrix("V", n, d, law=Gaussian(S, R))
G, GY, GV = (inverse(x.T @ x + identity(d) * ridge) for x in (X, Y, V))
Q, QY = null_projection(X), null_projection(Y)
WIDE, TALL = sp.Lt(n, d), sp.Ge(n, d)

n0, n1 = sp.symbols("n0 n1", integer=True, positive=True)
a, b, gamma = sp.symbols("a b gamma", positive=True)
W = matrix("W", n1, n0, law=Gaussian(identity(n0)))
Z = matrix("Z", n0, n, law=Gaussian(identity(n)))
N = matrix("N", n1, n, law=Gaussian(identity(n)))
F = matrix("F", n1, n, law=Defined(W @ Z * a + N * b))
K = inverse(F.T @ F + identity(n) * gamma)


def letters(rows: int, cols: int, rng: np.random.Generator, batch: int) -> dict[str, np.ndarray]:
    """Matrices that do not commute, and a batch of draws of every design."""
    position, along = (np.arange(cols) + 0.5) / cols, (np.arange(rows) + 0.5) / rows
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((cols, cols)))[0]
    given = {
        "S": np.diag(4.0**-position),
        "A": turn @ np.diag(1 + np.sin(4 * position)) @ turn.T,
        "B": 0.3 * np.eye(cols) + np.diag(np.ones(cols - 1), 1),
        "D": np.cos(3 * position)[:, None] / np.sqrt(cols),
        "R": np.diag(1 + 0.5 * np.sin(9 * along)),
    }
    roots = {k: np.linalg.cholesky(given[k]) for k in "SR"}
    x, y, v = (rng.standard_normal((batch, rows, cols)) for _ in range(3))
    return given | {"X": x @ roots["S"].T, "Y": y, "V": roots["R"] @ v @ roots["S"].T}


CASES: dict[str, tuple[Expression, sp.Basic, int]] = {
    "Marchenko-Pastur": (trace(GY), sp.true, 1),
    "anisotropic Marchenko-Pastur": (trace(G), sp.true, 1),
    "ridge bias": (D.T @ G @ S @ G @ D * ridge**2, sp.true, 1),
    "ridge variance": (trace(X @ G @ S @ G @ X.T), sp.true, 1),
    "two-sided covariance": (trace(GV), sp.true, 2),
    "matrices that do not commute": (trace(A @ B @ A @ B @ G), sp.true, 1),
    "two resolvents": (trace(A @ G @ S @ inverse(X.T @ X + S * ridge)), sp.true, 2),
    "ridgeless bias": (D.T @ Q @ A @ Q @ D, WIDE, 1),
    "ridgeless noise": (trace(A @ pinv(X) @ pinv(X).T), WIDE, 1),
    "least squares noise": (trace(A @ pinv(X) @ pinv(X).T), TALL, 0),
    "a product of traces": (trace(S @ Q) * trace(inverse(X @ X.T)), WIDE, 1),
}


@pytest.mark.parametrize("name", CASES)
def test_an_equivalent_is_off_by_a_multiple_of_one_over_n_of_what_random_matrices_give(name: str):
    target, domain, unknowns = CASES[name]
    found = deterministic_equivalent(target, domain)
    assert len(found.unknowns) == unknowns
    scaled = []
    for k in (8, 16, 32):
        rows, cols = (k, 2 * k) if domain != TALL else (2 * k, k)
        numbers = {n: rows, d: cols, ridge: 0.3 * rows}
        draws = letters(rows, cols, np.random.default_rng(7), 24000 // k)
        exact = evaluate_expression(target, draws, numbers)
        value, solution = evaluated(found, draws, numbers)
        assert solution.error <= ACCURACY
        error, noise = exact.mean() / value - 1, 6 * exact.std() / len(exact) ** 0.5 / abs(value)
        scaled.append((k * (abs(error) - noise), k * (abs(error) + noise)))
    assert scaled[2][0] <= 3 * max(scaled[0][1], scaled[1][1])
    assert scaled[2][1] / 32 < 0.2


def test_a_product_of_four_matrices_keeps_its_order():
    """tr[A B A B (I + Z'Z)^-1] and tr[A A B B (I + Z'Z)^-1] differ."""
    values = [
        evaluated(
            deterministic_equivalent(trace(w @ GY)),
            letters(20, 40, np.random.default_rng(0), 1),
            {n: 20, d: 40, ridge: 9},
        )[0]
        for w in (A @ B @ A @ B, A @ A @ B @ B)
    ]
    assert abs(values[0] / values[1] - 1) > 0.01


def test_the_isotropic_resolvent_is_the_stieltjes_transform_of_marchenko_and_pastur():
    """(1/d) tr (X'X/n + a)^-1 = m(a), m = (-(1-g+a) + sqrt((1-g+a)^2 + 4 g a))/(2 g a), g = d/n."""
    g, at = sp.symbols("g at", positive=True)
    m = (-(1 - g + at) + sp.sqrt((1 - g + at) ** 2 + 4 * g * at)) / (2 * g * at)
    found = closed_form(deterministic_equivalent(trace(GY)))
    assert found.unknowns == ()
    assert sp.simplify((n * found.value / d).subs({ridge: n * at, d: g * n}) - m) == 0


def test_the_fixed_point_is_certified_at_aspect_ratio_one_and_a_ridge_of_one_in_a_million():
    r = 1e-6
    truth = (-r + np.sqrt(r * r + 4 * r)) / (2 * r)
    for size in (100, 10**4):
        value, solution = evaluated(deterministic_equivalent(trace(GY)), {}, {n: size, d: size, ridge: r * size})
        assert abs(value / truth - 1) <= ACCURACY
        assert 0 < solution.error <= ACCURACY


def test_random_features_need_two_equations_and_give_what_random_matrices_give():
    """Adlam & Pennington 2020: tau_1 = tr K^-1, tau_2 = tr K^-1 X'X from two coupled equations."""
    first, second = (deterministic_equivalent(t) for t in (trace(K), trace(Z @ K @ Z.T)))
    assert len(first.unknowns) == len(second.unknowns) == 2
    rng, errors = np.random.default_rng(3), []
    for k in (1, 4):
        rows, width, features = 15 * k, 20 * k, 25 * k
        numbers = {
            n: rows,
            n0: width,
            n1: features,
            a: 0.8 / (width * features) ** 0.5,
            b: 0.6 / features**0.5,
            gamma: 0.1,
        }
        z, w, noise = (
            rng.standard_normal((1200 // k, *s)) for s in ((width, rows), (features, width), (features, rows))
        )
        draws = {"Z": z, "W": w, "N": noise}
        errors.append(
            [
                evaluate_expression(t, draws, numbers).mean() / evaluated(found, {}, numbers)[0] - 1
                for t, found in ((trace(K), first), (trace(Z @ K @ Z.T), second))
            ]
        )
    assert np.all(np.abs(errors[1]) < np.abs(errors[0]) / 2)


def test_random_features_satisfy_the_two_equations_of_adlam_and_pennington():
    """z t1 t2 (1 - gamma t1) = (phi/psi) (z t1 t2 + phi (t2 - t1)) = phi (t1 - t2) ((eta - z) t1 + z t2)."""
    sizes, g = {n: 300, n0: 400, n1: 500}, 0.1
    numbers = {**sizes, a: 0.8 / (400 * 500) ** 0.5, b: 0.6 / 500**0.5, gamma: g}
    phi, psi, zeta, rest = 400 / 300, 400 / 500, 0.8**2, 0.6**2
    t1 = evaluated(deterministic_equivalent(trace(K)), {}, numbers)[0] / 300
    t2 = evaluated(deterministic_equivalent(trace(Z @ K @ Z.T)), {}, numbers)[0] / (300 * 400)
    left = zeta * t1 * t2 * (1 - g * t1)
    assert left == pytest.approx(phi / psi * (zeta * t1 * t2 + phi * (t2 - t1)), rel=1e-10)
    assert left == pytest.approx(phi * (t1 - t2) * (rest * t1 + zeta * t2), rel=1e-10)


@pytest.mark.parametrize(
    ("target", "domain"),
    [(D.T @ QY @ A @ QY @ D, WIDE), (trace(A @ pinv(Y) @ pinv(Y).T), WIDE), (trace(A @ pinv(Y) @ pinv(Y).T), TALL)],
)
def test_isotropic_pseudo_inverses_have_closed_forms_without_unknowns(target: Expression, domain: sp.Basic):
    assert deterministic_equivalent(target, domain).unknowns == ()


def test_a_matrix_valued_mean_is_an_expression():
    found = deterministic_equivalent(GY)
    assert isinstance(found.value, Expression)
    value, _ = evaluated(found, {}, {n: 30, d: 20, ridge: 5})
    draws = letters(30, 20, np.random.default_rng(0), 400)
    exact = evaluate_expression(GY, draws, {n: 30, d: 20, ridge: 5}).mean(axis=0)
    assert np.abs(exact - value).max() < 0.05 * value[0, 0]


def test_what_has_no_pencil_is_refused_in_one_line():
    with pytest.raises(DoesNotLinearise, match="say in the domain whether"):
        deterministic_equivalent(trace(pinv(X) @ pinv(X).T))
    with pytest.raises(DoesNotLinearise, match="trace or form that multiplies"):
        deterministic_equivalent(trace(inverse(identity(d) + X.T @ X * trace(X.T @ X))))


k = sp.Symbol("k", integer=True, positive=True)
w, L = matrix("w", n, 1), matrix("L", d, n)
T = matrix("T", d, d, law=Gaussian(identity(d)))
thin = matrix("K", d, k, law=Gaussian(identity(k)))
sketched = matrix("Z", n, k, law=Defined(X @ thin))
again = matrix("Z2", n, d, law=Defined(matrix("H", n, k, law=Gaussian(identity(k))) @ thin.T))
summed = matrix("Z3", n, d, law=Defined(again + X @ S))
REFUSED: dict[str, tuple[Expression, sp.Basic, str]] = {
    "a square of mean 0": ((w.T @ X @ D) ** 2, sp.true, "factor of mean 0"),
    "traces of mean 0": (trace(T) ** 2, sp.true, "factor of mean 0"),
    "a variance": (trace(X.T @ X) ** 2 - trace(S) ** 2 * n**2, sp.true, "leading orders cancel"),
    "a product of unknown rank": (trace(pinv(sketched) @ pinv(sketched).T), sp.Lt(n, k), "full rank needs n < d"),
    "a product whose rank is hidden": (trace(again @ pinv(again)), WIDE, "full rank needs n < k"),
    "a sum of products": (trace(summed @ pinv(summed)), WIDE, "rank of a sum"),
    "an inverse without a domain": (trace(inverse(X @ X.T)), sp.true, "exists only where n <= d"),
    "an inverse that is singular": (trace(inverse(X.T @ X)), WIDE, "exists only where d <= n"),
    "a square pseudo-inverse": (trace(pinv(T) @ pinv(T).T), sp.true, "interpolation threshold"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_equivalent_is_refused(name: str):
    target, domain, why = REFUSED[name]
    with pytest.raises(DoesNotLinearise, match=why):
        deterministic_equivalent(target, domain)


def test_what_is_odd_in_a_design_has_mean_zero():
    assert deterministic_equivalent(w.T @ X @ D).value == 0
    assert deterministic_equivalent(trace(L @ X) * trace(G)).value == 0


@pytest.mark.parametrize("domain", [n < d, d > n, n <= d, d >= n, sp.And(n < d, k < n)])
def test_a_domain_may_be_written_in_any_way(domain: sp.Basic):
    assert deterministic_equivalent(trace(QY), domain).value == d - n


def test_the_names_of_unknowns_and_traces_avoid_those_of_the_target():
    at = letters(6, 12, np.random.default_rng(0), 1)
    values = {
        evaluated(deterministic_equivalent(trace(S @ inverse(X.T @ X + identity(d) * r))), at, {n: 6, d: 12, r: 3})[0]
        for r in sp.symbols("r omega_1 trace_1 omega_2", real=True)
    }
    assert len(values) == 1


def test_a_root_is_chosen_only_where_symbols_are_known_to_be_positive():
    shift = sp.Symbol("shift", real=True)
    found = closed_form(deterministic_equivalent(trace(inverse(Y.T @ Y + identity(d) * shift))))
    assert len(found.unknowns) == 1
    assert evaluated(found, {}, {n: 10, d: 40, shift: 3})[0] == pytest.approx(
        evaluated(deterministic_equivalent(trace(GY)), {}, {n: 10, d: 40, ridge: 3})[0], rel=1e-9
    )
    with pytest.raises(NotCertified):
        evaluated(found, {}, {n: 10, d: 40, shift: -20})


@pytest.mark.parametrize(
    "target", [trace(inverse(X @ A @ X.T + identity(n) * ridge)), trace(inverse(X.T @ R @ X + A))], ids=str
)
def test_inverses_of_matrices_that_are_not_symmetric_arise_and_are_right(target: Expression):
    found, errors = deterministic_equivalent(target), []
    for rows in (12, 24):
        numbers = {n: rows, d: 2 * rows, ridge: rows}
        draws = letters(rows, 2 * rows, np.random.default_rng(2), 600)
        value, _ = evaluated(found, draws, numbers)
        errors.append(evaluate_expression(target, draws, numbers).mean() / value - 1)
    assert abs(errors[1]) < min(0.01, 0.7 * abs(errors[0]))


def test_a_fixed_point_that_is_not_unique_or_not_positive_is_refused():
    with pytest.raises(NotCertified, match="different solutions"):
        fixed_point(lambda z: z**2 / 2 + 0.4, 1)
    with pytest.raises(NotCertified):
        fixed_point(lambda z: -z, 1)


PROGRAM = """
from tests.test_equivalents import CASES, K, trace
from theory.calculus.equivalents import deterministic_equivalent
for target, domain, _ in [*CASES.values(), (trace(K), True, 2)]:
    found = deterministic_equivalent(target, domain)
    print(found.value, found.unknowns, {str(s): str(w) for s, w in found.traces.items()})
"""


def test_the_equations_are_the_same_at_every_hash_seed():
    here, there = printed(PROGRAM)
    assert here == there
    assert len(here) > 1000
