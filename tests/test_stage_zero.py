"""Exact relations: every result satisfies its own, and each relation refutes a formula that is wrong."""

from collections.abc import Iterator
from functools import cache

import pytest
import sympy as sp
from flint import acb, arb, ctx

from tests.nightly import by_night
from theory.calculus.laws import Beta, BetaPrime
from theory.catalogue import keys, result
from theory.result import Result
from verify import Verdict, stage_zero
from verify.stage_zero.balls import ball, exact, root
from verify.stage_zero.linear_laws import atom_cdf
from verify.stage_zero.moments import moment, variance
from verify.stage_zero.relation import Kind, Relation, Residual, judged
from verify.stage_zero.suite import EQUATIONS, RELATIONS, refuting
from verify.stage_zero.values import value

NAMES = [f"{relation.key}: {relation.name}" for relation in RELATIONS]


def test_every_result_has_an_exact_relation() -> None:
    assert stage_zero.unrelated() == ()
    assert len(set(NAMES)) == len(NAMES)


EXPENSIVE = {
    *("linear.quantile_any_covariance", "deep_linear.quantile", "deep_linear.upper_bound", "frozen.best_split"),
    *("ridge.inverse_moments", "ridge.quantile", "ridge.upper_bound", "ridge.lower_bound", "early_stopping.over_ridge"),
}
"""By day the record stands for their relations."""


@pytest.mark.parametrize(
    "relation",
    [
        pytest.param(relation, id=name, marks=[pytest.mark.nightly] if relation.key in EXPENSIVE else [])
        for relation, name in zip(RELATIONS, NAMES, strict=True)
    ],
)
def test_a_result_satisfies_its_relation_exactly(relation: Relation) -> None:
    assert relation.verdict(result(relation.key)) is Verdict.SUPPORTED


@cache
def refutations(relation: Relation) -> tuple[tuple[str, Verdict], ...]:
    return tuple(refuting(relation).items())


@pytest.mark.parametrize("key", by_night(keys(), (EXPENSIVE | {"deep_linear.risk_exact"}).__contains__))
def test_every_relation_refutes_a_wrong_twin_and_every_regime_has_a_relation_that_does(key: str) -> None:
    refuted = {EQUATIONS}
    for relation in (r for r in RELATIONS if r.key == key):
        found = {name for name, verdict in refutations(relation) if verdict is Verdict.REFUTED}
        assert found, relation.name
        assert all(verdict is not Verdict.UNDECIDED for _, verdict in refutations(relation)), relation.name
        refuted |= found
    assert refuted == {EQUATIONS, *(regime.name for regime in result(key).regimes)}


def _no_residual(_: Result) -> Iterator[Residual]:
    yield from ()


def _wide_ball(_: Result) -> Iterator[Residual]:
    yield arb(0, 1)


def test_a_relation_without_residuals_is_vacuous_and_a_wide_ball_is_undecided() -> None:
    for residuals, verdict in ((_no_residual, Verdict.VACUOUS), (_wide_ball, Verdict.UNDECIDED)):
        relation = Relation("linear.bias", "test", Kind.ENCLOSED, residuals)
        assert relation.verdict(result("linear.bias")) is verdict


def test_a_residual_is_judged_by_cancellation_and_by_a_witness() -> None:
    n, d = sp.symbols("n d", positive=True)
    assert judged((n**2 - d**2) / (n - d) - n - d) is Verdict.SUPPORTED
    assert judged(n / (d + 1) - n / d) is Verdict.REFUTED
    assert judged(sp.oo - n) is Verdict.REFUTED
    assert judged(arb(1, 2.0**-200)) is Verdict.REFUTED
    assert judged(arb("nan")) is Verdict.UNDECIDED


def test_balls_hold_the_numbers_and_refuse_what_they_do_not_know() -> None:
    with ctx.workprec(200):
        assert (
            ball(sp.sqrt(2) ** 3 + sp.log(3) ** sp.Rational(2, 3))
            - arb(2).sqrt() * 2
            - arb(3).log() ** exact(sp.Rational(2, 3))
        ).contains(0)
        found = root(lambda z: z**3 - 2, arb(1), arb(2))
        assert (found**3).contains(2)
        assert found.rad() < 1e-40
    with pytest.raises(ValueError, match="no ball for"):
        ball(sp.gamma(sp.Symbol("x")))
    with pytest.raises(ValueError, match="no change of sign"):
        root(lambda z: z, arb(1), arb(2))


def test_moments_are_infinite_where_the_integral_diverges() -> None:
    half = sp.Rational(1, 2)
    assert moment(BetaPrime(half, 1), 1) == sp.oo
    assert moment(BetaPrime(half, 3), 2) == sp.Rational(3, 4) / 2
    assert moment(Beta(1, half), -1) == sp.oo
    assert variance(BetaPrime(half, 2)) == sp.oo
    assert moment(Beta(2, 3), 1) == sp.Rational(2, 5)


def test_a_law_has_no_value_on_its_branch_cuts() -> None:
    half = sp.Rational(1, 2)
    assert atom_cdf(sp.Integer(1), BetaPrime(half, 3), acb(1, 1)).is_finite()
    assert atom_cdf(sp.Integer(1), BetaPrime(2, half), acb(-0.25)).is_finite()
    assert not atom_cdf(sp.Integer(1), BetaPrime(half, 3), acb(-0.25)).is_finite()
    assert not atom_cdf(sp.Integer(1), Beta(2, half), acb(1.5)).is_finite()


HUGE = {"n": 10**6, "d": 2 * 10**6, "sigma": 1e-8, "level": 1e-6, "squared_distance": 1e6}
NEAR = {"n": 10**6, "d": 10**6 + 4, "sigma": 1e-8, "level": 1e6, "squared_distance": 1e-6}
SCALARS = ("linear.bias", "linear.variance", "linear.risk", "linear.noise_variance")


@pytest.mark.parametrize("key", SCALARS)
@pytest.mark.parametrize("fields", [HUGE, NEAR], ids=["n = d/2", "n = d - 4"])
def test_numbers_at_extreme_sizes_are_the_exact_ones_to_rounding(key: str, fields: dict[str, float]) -> None:
    true = value(result(key), {name: sp.Rational(str(number)) for name, number in fields.items()})
    found = sp.Rational(result(key).evaluate(**fields))
    assert abs(found - true) <= abs(true) / 2**52


def test_a_run_tells_key_relation_kind_and_verdict() -> None:
    (first, *_) = stage_zero.run(["linear.benefit"])
    assert {k: v for k, v in first.as_json().items() if k != "seconds"} == {
        "key": "linear.benefit",
        "relation": "the risk from zero less that from u",
        "kind": "cancels",
        "verdict": "supported",
    }
