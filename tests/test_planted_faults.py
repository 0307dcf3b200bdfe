"""Faults planted in the simulator, in the certificates and in the seeds: each is caught."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from numerics.linear import Linear
from theory.catalogue import result
from verify import Verdict, run, work
from verify import plan as planning
from verify.claim import with_values
from verify.deep_linear import checks as deep_checks
from verify.ledger import Ledger
from verify.linear import checks, laws
from verify.plan import SharedStream, plan
from verify.stage_zero import suite as exact
from verify.verdict import Outcome
from verify.work import claims_of, timed

SEED = 20261122
Chunks = Callable[[Linear, str, int], Iterator[np.ndarray]]
FAULTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "a mean that is shifted by two percent": lambda x: x + 0.02 * x.mean(),
    "noise and distances that are two percent too large": lambda x: 1.02**2 * x,
    "a trial in fifty that is lost as zero": lambda x: np.where(np.arange(len(x)) % 50, x, 0.0),
    "trials that are sorted out where they are large": lambda x: x[x <= np.quantile(x, 0.95)],
    "a trial that is not a number": lambda x: np.where(np.arange(len(x)) == 17, np.nan, x),
}


def verdicts(key: str, stratum: str) -> list[Outcome]:
    found = [c for c in plan(claims_of([key]), SEED, Ledger()) if c.stratum == stratum]
    assert found
    return [timed(c, result(key))[0] for c in found]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("stratum", ["n < d", "n >= d"])
def test_a_sampler_with_a_fault_is_refuted(monkeypatch: pytest.MonkeyPatch, fault: str, stratum: str) -> None:
    honest: Chunks = checks.chunks
    monkeypatch.setattr(checks, "chunks", lambda *given: map(FAULTS[fault], honest(*given)))
    assert {o.verdict for o in verdicts("linear.risk", stratum)} == {Verdict.REFUTED}


def test_the_sampler_without_a_fault_is_supported() -> None:
    for stratum in ("n < d", "n >= d"):
        assert {o.verdict for o in verdicts("linear.risk", stratum)} == {Verdict.SUPPORTED}


def test_draws_that_depend_on_one_another_are_not_supported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that is reset with every batch gives a few draws over and over: no law has so few values."""
    honest = laws.sample
    monkeypatch.setattr(laws, "sample", lambda i, column, seed, size: np.resize(honest(i, column, seed, 256), size))
    assert Verdict.SUPPORTED not in {o.verdict for o in verdicts("linear.noise_law", "n < d")}


def test_the_guard_catches_a_certificate_of_frozen_layers_that_is_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = deep_checks.slope_variance

    def hundredth(*given: object) -> tuple[float, str]:
        variance, certified_by = honest(*given)  # type: ignore[arg-type]
        return variance / 100, certified_by

    monkeypatch.setattr(deep_checks, "slope_variance", hundredth)
    found = verdicts("deep_linear.frozen", "one layer left")
    assert {o.verdict for o in found} == {Verdict.REFUTED}
    assert all("variance certificate refuted" in o.note for o in found)


def test_seeds_that_do_not_tell_checks_apart_stop_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "check_seed", lambda *_: 4)
    with pytest.raises(SharedStream, match="stream of another check"):
        plan(claims_of(["linear.risk"]), SEED, Ledger())


def test_seeds_that_forget_the_parameters_or_the_claim_stop_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = planning.check_seed
    for forgetful in (lambda seed, name, _: honest(seed, name, {}), lambda seed, _, fields: honest(seed, "", fields)):
        monkeypatch.setattr(planning, "check_seed", forgetful)
        with pytest.raises(SharedStream):
            plan(claims_of(["linear.risk", "linear.bias"]), SEED, Ledger())


def test_a_pilot_that_would_be_another_checks_draws_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = iter(range(2, 10**6))
    monkeypatch.setattr(planning, "check_seed", lambda *_: next(seeds))
    with pytest.raises(SharedStream):
        plan(claims_of(["deep_linear.frozen"]), SEED, Ledger())


def test_one_claim_at_one_case_is_one_experiment_under_any_stratum() -> None:
    (claim,) = claims_of(["linear.bias"])
    twice = replace(claim, strata=(claim.strata[0], replace(claim.strata[0], name="again")))
    checked = plan([twice], SEED, Ledger())
    assert len({c.level.seed for c in checked}) == len(checked) // 2


def test_a_run_does_not_pass_where_exact_relations_alone_see_that_a_bound_is_too_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = "linear.quoted_bound"
    loose = with_values(result(key), {"n < d": sp.Rational(201, 200) * result(key).regimes[0].value})
    monkeypatch.setattr(exact, "result", lambda _: loose)
    monkeypatch.setattr(work, "result", lambda _: loose)
    report = run([key], seed=SEED)
    assert {row.verdict for row in report.rows} == {Verdict.SUPPORTED}
    assert Verdict.REFUTED in {found.verdict for found in report.exact}
    assert not report.passed
