"""What the simulators, checks and experiments of partly transferred tasks and of probes say, refuse and refute."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import sympy as sp

from headstart.reproduction import freezing, layers, reproduce
from headstart.reproduction.freezing import FEATURES, SAMPLES, SOURCE_SAMPLES
from headstart.reproduction.layers import KEPT, probe
from headstart.reproduction.transfer import task
from numerics import frozen as mcf
from numerics import probe as mc
from numerics.frozen import Frozen
from numerics.instance import InstanceError
from numerics.probe import Probe, laws
from tests.test_probe_simulation import CASES, instance, network
from theory.catalogue import result
from theory.frozen import best_split, peaks
from theory.frozen import probe as probe_result
from verify import paired
from verify.claim import Case, twin_in
from verify.frozen import peaks as peak_checks
from verify.frozen import probes, splits
from verify.frozen.claims import CLAIMS
from verify.ledger import Ledger
from verify.plan import plan
from verify.stage_zero.suite import RELATIONS
from verify.verdict import Verdict

CHECKS = plan(CLAIMS, 0, Ledger(budget=1e-6, pilot_budget=1e-6))


def check_of(key, stratum):
    return next(c for c in CHECKS if c.claim.key == key and c.stratum.startswith(stratum))


def test_a_quantity_that_is_no_column_is_refused():
    for refuse in (
        lambda: mc.draws(CASES["one"], "rsk", trials=9, seed=1),
        lambda: mc.moment_is_finite(CASES["one"], "rsk", 1),
    ):
        with pytest.raises(InstanceError, match="no such column"):
            refuse()


def test_units_of_the_features_and_features_of_nothing_make_no_difference():
    features = np.array([[1.0, 0.5, 0.0], [0.0, 1.0, 0.0], [0.3, 0.2, 0.0], [0.0, 0.0, 0.0]])
    plain, scaled = (
        mc.batch(instance(6, 3, 4, features=features * units), 1, 0, "literal", 50)["risk"]
        for units in (1.0, [1.0, 1e-13, 1.0])
    )
    np.testing.assert_allclose(scaled, plain, rtol=1e-9)


@pytest.mark.parametrize(("n", "finite"), [(1, [True, True]), (2, [True, False]), (4, [False, False])])
def test_far_fewer_samples_than_features_have_moments_too(n, finite):
    given = instance(n, 5, 6)
    assert [mc.moment_is_finite(given, "risk", order) for order in (1, 2)] == finite


def test_simulating_an_infinite_variance_says_so():
    assert "infinite variance" in mc.simulate(instance(5, 3, 5), trials=100, seed=1).note
    assert mc.simulate(instance(7, 3, 5), trials=100, seed=1).note == ""


def test_as_many_samples_as_features_are_drawn_by_the_exact_law():
    given = CASES["as many as samples"]
    assert np.array_equal(mc.batch(given, 1, 0, "auto", 50)["risk"], mc.batch(given, 1, 0, "exact", 50)["risk"])


def test_an_instance_cannot_be_changed():
    given = CASES["two outputs of three features"]
    for array in (given.targets, given.spectrum, *given.layers, CASES["one"].features, CASES["one"].target):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


def test_no_number_of_layers_is_not_false():
    with pytest.raises(InstanceError, match="frozen_layers"):
        mc.Probe.from_fields(CASES["two outputs, everything retrained"].fields() | {"frozen_layers": False})


HALF_BETTER = {
    "n": 20,
    "n_source": 60,
    "d": 4,
    "target": [1, 1, 0.01, 0.01],
    "task_map": [-1.0] * 4,
    "task_noise": 0,
    "free": [],
    "source_coordinates": [0, 1, 2, 3],
    "transferred": [0, 1, 2, 3],
    "sigma": 6.5,
    "sigma_source": 0.1,
}


def test_half_of_them_that_are_better_trained_than_none_or_all_are_a_counterexample(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The large ones alone are trained, and not drawn."""
    case, check = Case(Frozen.from_fields(HALF_BETTER)), check_of("frozen.best_split", "n > transferred")
    honest = splits.draws_of
    monkeypatch.setattr(splits, "draws_of", lambda one, number: honest(one, number)[:1])
    assert check.claim.check(best_split(), case, check.level).verdict is Verdict.REFUTED


@pytest.mark.parametrize("claimed", [sp.Rational(1, 2), sp.Rational(9, 2), -1, 5])
def test_a_split_that_is_no_number_of_coordinates_is_refuted(claimed: sp.Expr) -> None:
    case = Case(Frozen.from_fields({**HALF_BETTER, "sigma": 20}))
    check = check_of("frozen.best_split", "n > transferred")
    assert check.claim.check(best_split(), case, check.level).verdict is Verdict.SUPPORTED
    wrong = twin_in(best_split().regimes[1], best_split(), lambda _: sp.sympify(claimed))
    assert check.claim.check(wrong, case, check.level).verdict is Verdict.REFUTED


def test_splits_share_the_levels_of_their_check_and_those_without_four_moments_are_not_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case, check = Case(Frozen.from_fields(HALF_BETTER)), check_of("frozen.best_split", "n > transferred")
    levels, honest = [], paired.mean_interval

    def recorded(gap: np.ndarray, variance: float, alpha: float) -> tuple[float, float]:
        levels.append(alpha)
        return honest(gap, variance, alpha)

    monkeypatch.setattr(paired, "mean_interval", recorded)
    check.claim.check(best_split(), case, check.level)
    assert sorted(levels) == sorted([check.level.alpha / 2, check.level.alpha_pass / 2] * 2)
    levels.clear()
    near = Case(Frozen.from_fields({**HALF_BETTER, "n": 6 + 4}))
    assert mcf.moment_is_finite(splits.draws_of(near.instance, 4)[0], "risk", 1)
    check.claim.check(best_split(), near, check.level)
    assert len(levels) == 2


@pytest.mark.parametrize("gone", [(1, 0), (0, 1)])
def test_a_peak_at_no_parameters_is_refuted(gone: tuple[int, int]) -> None:
    check = check_of("frozen.peaks", "few samples")
    wrong = twin_in(
        peaks().regimes[0], peaks(), lambda place: sp.Tuple(*(p * (1 - g) for p, g in zip(place, gone, strict=True)))
    )
    assert check.claim.check(wrong, check.case, check.level).verdict is Verdict.REFUTED


def test_the_two_peaks_share_the_level_of_their_check(monkeypatch: pytest.MonkeyPatch) -> None:
    check, used, honest = check_of("frozen.peaks", "few samples"), [], peak_checks.law_outcome

    def recorded(cdf, drawn, at):
        used.append((at.alpha, at.alpha_pass))
        return honest(cdf, drawn, at)

    monkeypatch.setattr(peak_checks, "law_outcome", recorded)
    found = check.claim.check(peaks(), check.case, check.level)
    assert tuple(map(sum, zip(*used, strict=True))) == pytest.approx((check.level.alpha, check.level.alpha_pass))
    assert found.alpha == pytest.approx(check.level.alpha)


def test_a_risk_below_its_bound_is_no_infinite_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    check, honest = check_of("frozen.probe", "n = features + 0"), probes.sample
    assert check.claim.check(probe_result(), check.case, check.level).verdict is Verdict.SUPPORTED
    monkeypatch.setattr(
        probes, "sample", lambda one, name, *rest: honest(one, name, *rest) / (2 if name == "risk" else 1)
    )
    assert check.claim.check(probe_result(), check.case, check.level).verdict is not Verdict.SUPPORTED


@cache
def reproduced(name):
    return reproduce(name)


def test_curves_and_places_of_the_layers_say_what_is_drawn_there() -> None:
    (panel,) = reproduced("layers").panels
    assert [name for _, name in panel.ticks] == [f"{k}\n({Probe.from_fields(probe(k, 60)).count})" for k in KEPT]
    for curve in panel.curves:
        n = int(curve.label.removeprefix("$n$ = "))
        for point, height in zip(curve.points, curve.expected, strict=True):
            assert height == result("frozen.probe").evaluate(**probe(int(point.at), n))


def test_curves_of_the_frozen_coordinates_say_which_task_they_are_of() -> None:
    (panel,) = reproduced("freezing").panels
    for curve in panel.curves:
        noise = float(curve.label.rsplit(" = ", 1)[1])
        for k in (0, 20, 60):
            fields = task(FEATURES, FEATURES - k, FEATURES, n=SAMPLES, n_source=SOURCE_SAMPLES, task_noise=noise)
            assert dict(curve.line)[k] == result("frozen.risk").evaluate(**fields)


def test_what_is_said_of_the_layers_and_the_frozen_coordinates_is_what_is_found() -> None:
    (panel,) = reproduced("layers").panels
    best = [min(curve.line, key=lambda place: place[1] or np.inf)[0] for curve in panel.curves]
    assert ("the larger the sample is, the fewer layers are best kept" in layers.SHOWN) == (
        best == sorted(best, reverse=True)
    )
    (panel,) = reproduced("freezing").panels
    ends = [min(curve.line, key=lambda place: place[1] or np.inf)[0] in (0, FEATURES) for curve in panel.curves]
    assert ("The least is always at an end, all frozen or all trained" in freezing.SHOWN) == all(ends)


@pytest.mark.parametrize("n", range(3, 9))
def test_residuals_that_vary_together_have_a_root(n):
    """Four features of five leave one direction to six outputs: rounding makes some eigenvalues negative."""
    given = network(n, 1, [5, 4, 6], sigma=0.0)
    root = laws.residual_root(given)
    np.testing.assert_allclose(root @ root, given.left.T @ given.left, atol=1e-9)


def test_a_best_split_that_answers_where_every_risk_is_infinite_is_refuted() -> None:
    true, name = result("frozen.best_split"), "the least of all risks"
    (relation,) = (r for r in RELATIONS if (r.key, r.name) == ("frozen.best_split", name))
    *some, last = true.regimes
    wide = replace(true, regimes=(*some, replace(last, condition=sp.true)))
    assert relation.verdict(wide) is Verdict.REFUTED


def test_a_source_without_a_variance_leaves_a_mean_that_is_tested_and_a_wrong_one_is_refuted():
    """22 source samples for 20 coordinates: the mean of the risk is finite, its variance is not."""
    given = Frozen.from_fields(task(60, 10, 20, n=40, n_source=22))
    assert mcf.moment_is_finite(given, "risk", 1)
    assert not mcf.moment_is_finite(given, "risk", 2)
    (claim,) = (one for one in CLAIMS if one.key == "frozen.risk")
    level = replace(CHECKS[0].level, alpha=1e-6, alpha_pass=1e-6, delta=0.02, seed=3)
    wrong = claimed = result("frozen.risk")
    for regime in claimed.regimes:
        wrong = twin_in(regime, wrong, claim.twin)
    assert claim.check(claimed, Case(given), level).verdict is Verdict.SUPPORTED
    assert claim.check(wrong, Case(given), level).verdict is Verdict.REFUTED
