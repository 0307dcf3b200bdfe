"""Ridge towards the source: formulas, limits, simulators, and the claims about them."""

import numpy as np
import pytest
import sympy as sp

from numerics import linear as mc
from numerics.ridge import InstanceError, Ridge, batch, simulate
from numerics.spectral.exact import eigenvalues
from tests.nightly import by_night
from theory.catalogue import keys, result
from theory.notation import KAPPA, symbol
from verify import Verdict, run
from verify.stage_zero.values import known_formula
from verify.suite import refuted_twins

SEED = 20261122
RIDGE = tuple(key for key in keys() if key.startswith("ridge."))
n, d, level, sigma, penalty, gap = map(symbol, ("n", "d", "level", "sigma", "penalty", "squared_distance"))


def instance(samples: int = 6, features: int = 10, **fields: object) -> Ridge:
    rng = np.random.default_rng(3)
    vectors = {name: rng.standard_normal(features).tolist() for name in ("source", "target")}
    return Ridge.from_fields({"n": samples, "d": features, "sigma": 0.6, "penalty": 0.4, **vectors, **fields})


EXPENSIVE = ("ridge.risk_equivalent", "ridge.gain", "ridge.quantile")


@pytest.mark.parametrize("key", by_night(RIDGE, EXPENSIVE.__contains__))
def test_result_is_supported_by_simulation(key: str) -> None:
    assert run([key], seed=SEED).passed


@pytest.mark.parametrize("key", by_night(RIDGE, EXPENSIVE.__contains__))
def test_a_wrong_formula_is_refuted(key: str) -> None:
    for outcomes in refuted_twins([key], seed=SEED).values():
        assert {outcome.verdict for outcome in outcomes} == {Verdict.REFUTED}


def risk_at(**sizes: int) -> sp.Expr:
    found = result("ridge.risk")
    return found.value.subs(KAPPA, found.where[0].equation.rhs).subs({symbol(k): z for k, z in sizes.items()})


@pytest.mark.parametrize(("samples", "features"), [(3, 12), (12, 3)])
def test_without_a_penalty_it_is_linear_fine_tuning_of_many_samples_and_features(samples: int, features: int) -> None:
    size = sp.Symbol("size", positive=True)
    limit = sp.limit(risk_at(n=samples, d=features), penalty, 0)
    exact = known_formula("linear.risk", {"n": samples, "d": features, "sigma": 1})
    many = sp.limit(exact.xreplace({n: samples * size, d: features * size}), size, sp.oo)
    assert sp.cancel(limit - many) == 0


def test_with_an_endless_penalty_the_source_stays() -> None:
    assert sp.limit(risk_at(n=3, d=12), penalty, sp.oo) == level * gap


def test_the_equivalent_of_a_flat_spectrum_is_the_closed_form() -> None:
    fields = instance(spectrum=[1.3] * 10).fields()
    both = [result(f"ridge.{name}").evaluate(**fields) for name in ("risk", "risk_equivalent")]
    assert both[0] == pytest.approx(both[1], rel=1e-12)


def test_the_best_penalty_is_the_best_on_a_grid() -> None:
    fields = {"n": 20, "d": 30, "sigma": 0.7, "level": 1.3, "squared_distance": 2.0}
    best, risk = (result(f"ridge.{name}") for name in ("best_penalty", "risk"))
    at = best.evaluate(**fields)
    grid = [risk.evaluate(**fields, penalty=at * (1 + k / 8)) for k in range(-4, 5)]
    assert int(np.argmin(grid)) == 4
    assert result("ridge.best_risk").evaluate(**fields) == pytest.approx(grid[4], rel=1e-12)


def test_the_source_gains_exactly_where_it_is_nearer_than_zero() -> None:
    for distance, sign in ((0.5, 1), (2.0, -1), (1.0, 0)):
        fields = {"n": 20, "d": 30, "sigma": 0.7, "level": 1.0, "squared_distance": distance, "squared_target": 1.0}
        assert np.sign(round(result("ridge.gain").evaluate(**fields), 12)) == sign


CURVED = {"spectrum": np.linspace(0.3, 2.0, 10).tolist(), "test_spectrum": np.linspace(2.0, 0.5, 10).tolist()}


@pytest.mark.parametrize("samples", [6, 14])
@pytest.mark.parametrize("spectra", [{}, CURVED], ids=["flat", "curved"])
def test_all_laws_have_one_mean(samples: int, spectra: dict[str, object]) -> None:
    """Six standard errors: a false alarm in 1e8 runs for each of five comparisons."""
    given = instance(samples, **spectra)
    laws = ("literal", "fast") if spectra else ("literal", "fast", "exact")
    found = [simulate(given, trials=20_000, seed=SEED, law=law) for law in laws]
    found.append(simulate(given, trials=20_000, seed=SEED + 1, quantity="conditional_risk"))
    found.append(simulate(given, trials=20_000, seed=SEED + 2, quantity="realised_risk"))
    for one in found[1:]:
        assert abs(one.estimate - found[0].estimate) < 6 * np.hypot(one.standard_error, found[0].standard_error)


def test_the_columns_of_both_laws_agree_given_the_design() -> None:
    given = instance(9, 5)
    x, e = mc.target_sample(given.linear, 1, 0)
    fitted = given.fitted(x[None], (x @ given.linear.target + e)[None], given.linear.source[None])[0]
    normal = x.T @ x / 9 + 0.4 * np.eye(5)
    assert np.allclose(
        normal @ (fitted - given.linear.source), x.T @ (x @ (given.linear.target - given.linear.source) + e) / 9
    )
    drawn = batch(given, 1, 0, "literal", 1)
    assert drawn["risk"][0] == pytest.approx(np.sum((fitted - given.linear.target) ** 2))


def test_draws_are_the_same_bits_and_a_prefix() -> None:
    for law in ("fast", "exact", "literal"):
        whole, part = (batch(instance(), 5, 1, law, size) for size in (64, 24))
        assert all(np.array_equal(whole[name][:24], part[name]) for name in part)
    assert instance() == Ridge.from_fields(instance().fields())


def test_large_designs_are_drawn_a_few_at_a_time_and_a_prefix() -> None:
    """Chi-squares of 144 trials of 240 samples are drawn together, but no more are solved than are asked for."""
    given = instance(240, 300)
    whole, part = (batch(given, 5, 1, "exact", size)["even_risk"] for size in (150, 3))
    assert np.array_equal(whole[:3], part)
    assert len(np.unique(whole)) == 150


@pytest.mark.parametrize("m", [1, 2, 7, 40])
def test_eigenvalues_are_those_of_the_whole_matrix(m: int) -> None:
    squares = np.random.default_rng(3).chisquare(5, (2 * m - 1, 6))
    for trial, found in enumerate(eigenvalues(squares, m)):
        root = np.diag(np.sqrt(squares[:m, trial])) + np.diag(np.sqrt(squares[m:, trial]), -1)
        assert np.allclose(found, np.linalg.eigvalsh(root @ root.T), rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"penalty": 0}, "use the setting linear"),
        ({"penalty": -1}, "penalty"),
        ({"penalty": "1"}, "penalty"),
        ({"source_teacher": [0.0] * 10}, "source_teacher"),
        ({"penality": 1}, "did you mean penalty"),
    ],
)
def test_bad_input_is_refused_in_one_line(change: dict[str, object], words: str) -> None:
    with pytest.raises(InstanceError, match=words) as caught:
        instance(**change)
    assert "\n" not in str(caught.value)
    with pytest.raises(InstanceError, match="exact"):
        batch(instance(**CURVED), 1, 0, "exact", 8)
