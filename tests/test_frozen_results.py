"""What is derived about tasks partly trained, partly transferred: every step, every regime, and wrong formulas."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pytest
import sympy as sp

from numerics.frozen import Frozen
from theory.evaluation import regime_at
from theory.frozen import probe, risk, source_error
from theory.result import Derivation, Step
from verify.claim import Level, twin_in
from verify.frozen import CLAIMS
from verify.ledger import Ledger, check_seed
from verify.plan import ALPHA_PASS, plan
from verify.step_suite import BUDGET, RESOLUTION, name_of
from verify.steps import check_step
from verify.verdict import Verdict

from .test_steps import planted

SEED = 20261126
RESULTS = {found.key: found for found in (source_error(), risk(), probe())}


def steps() -> Mapping[str, tuple[Step, Derivation]]:
    """Every step once, by name."""
    return MappingProxyType({name_of(s, d): (s, d) for r in RESULTS.values() for d in r.derivations for s in d.steps})


STEPS = steps()
CHECKS = plan(CLAIMS, 0, Ledger(budget=1e-6, pilot_budget=1e-6))


def tenth(step: Step) -> Step:
    """A tenth more: the letters of a probe are defined through one another, so that their roundings add up."""
    return planted(step) if step.after == 0 else replace(step, after=step.after * sp.Rational(11, 10))


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_supported_as_derived_and_refuted_with_a_wrong_factor(name: str) -> None:
    step, derivation = STEPS[name]
    wrong = tenth(step) if derivation in RESULTS["frozen.probe"].derivations else planted(step)
    level = Level(BUDGET / len(STEPS), ALPHA_PASS, RESOLUTION, check_seed(SEED, name, {}))
    for tried, verdict in ((step, Verdict.SUPPORTED), (wrong, Verdict.REFUTED)):
        outcome = check_step(tried, derivation, level)
        assert outcome.verdict is verdict, outcome


@pytest.mark.parametrize("check", CHECKS, ids=[f"{c.claim.key}, {c.stratum}, {k}" for k, c in enumerate(CHECKS)])
def test_a_mean_is_the_simulated_one_and_a_wrong_formula_is_refuted(check) -> None:
    """Where the mean is infinite on account of the source, no factor changes the risk: then the twin is a number."""
    true = RESULTS[check.claim.key]
    regime = regime_at(true, check.case.fields)
    assert check.claim.check(true, check.case, check.level).verdict is Verdict.SUPPORTED
    wrong = twin_in(regime, true, check.claim.twin)
    if check.stratum == "n_source at its threshold":
        wrong = twin_in(regime, true, lambda _: sp.Integer(1))
    assert check.claim.check(wrong, check.case, check.level).verdict is Verdict.REFUTED


def test_every_regime_of_a_mean_is_simulated() -> None:
    found = {(check.claim.key, regime_at(RESULTS[check.claim.key], check.case.fields).name) for check in CHECKS}
    keys = {claim.key for claim in CLAIMS}
    assert found == {(key, regime.name) for key in keys for regime in RESULTS[key].regimes}


def test_a_less_related_source_can_leave_less_risk() -> None:
    """Fewer source samples than parameters: what is large elsewhere spills over, less so from a source task at half."""
    lists = {"free": [0], "source_coordinates": [1, 2, 3, 4, 5, 6], "transferred": [1]}
    fields = {"n": 9, "n_source": 2, "d": 7, "sigma": 0.1, "sigma_source": 0.1, "task_noise": 0, **lists}
    same, half = (risk().evaluate(**fields, target=[0, 1, 3, 3, 3, 3, 3], task_map=[h] * 7) for h in (1.0, 0.5))
    assert half < same
    same, half = (risk().evaluate(**fields, target=[0, 3, 1, 1, 1, 1, 1], task_map=[h] * 7) for h in (1.0, 0.5))
    assert same < half


def test_transferring_everything_right_leaves_what_is_not_transferred() -> None:
    lists = {"source_coordinates": [0, 1, 2], "transferred": [0, 1], "free": []}
    given = Frozen(n=9, n_source=9, d=3, sigma=0, target=[3, 4, 12], **lists)
    assert risk().evaluate(**given.fields()) == 144


def test_a_probe_on_features_that_span_the_target_pays_for_noise_alone() -> None:
    features = [[1, 0], [0, 1], [0, 0]]
    found = probe().evaluate(n=7, d=3, sigma=1, target=[1, 2, 0], features=features)
    assert found == pytest.approx(2 / (7 - 2 - 1), rel=1e-15)
