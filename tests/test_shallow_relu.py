"""The shallow ReLU experiment: what the bound says and what it does not, and its places as claims."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from headstart.instances import build
from headstart.reproduction import reproduce
from headstart.reproduction.claims import places_of
from headstart.reproduction.experiment import Experiment
from headstart.reproduction.relu_cells import FEATURES, HEADS, Place
from headstart.reproduction.shallow_relu import DISTANCE, SAMPLES
from theory.catalogue import result
from verify.claim import Level, twin_in
from verify.places import places
from verify.relu.claims import CLAIMS
from verify.relu.halved import Halved
from verify.verdict import Verdict

LEVEL = Level(alpha=1e-6, alpha_pass=1e-6, delta=0.1, seed=5)


@cache
def reproduced() -> Experiment:
    return reproduce("shallow_relu")


def column(name: str) -> np.ndarray:
    """One of the numbers, in all rows."""
    return np.array([row[HEADS.index(name)] for row in reproduced().numbers[1:]], dtype=float)


def test_the_bound_is_above_the_quantile_of_the_error_and_a_sixteenth_of_it_is_not() -> None:
    assert np.all(column("bound_95") > column("absolute_quantile_95"))
    assert np.all(column("bound_95") / 16 < column("absolute_quantile_95"))


def test_the_bound_is_a_multiple_of_the_distance_over_the_root_of_n() -> None:
    ratios = column("bound_95") / (column("distance") / np.sqrt(column("n")))
    np.testing.assert_allclose(ratios, ratios[0], rtol=1e-12)


def test_the_risk_goes_as_the_square_of_the_distance_and_not_as_one_over_n() -> None:
    far, risks = column("distance"), column("theory")
    along = column("n") == FEATURES
    np.testing.assert_allclose(risks[along] / far[along] ** 2, risks[along][0] / far[along][0] ** 2, rtol=1e-9)
    tuned = reproduced().panels[0].curves[0].expected
    assert tuned[0] / tuned[1] < SAMPLES[1] / SAMPLES[0] / 1.5


def test_fine_tuning_beats_training_from_zero_where_the_source_is_nearer_than_zero() -> None:
    tuned, zero = (np.array([p.height for p in c.points]) for c in reproduced().panels[0].curves)
    np.testing.assert_allclose(zero / tuned, DISTANCE**-2, rtol=0.2)


def test_a_halved_instance_keeps_the_distance_and_the_noise_of_a_label() -> None:
    one = build({**Place(16, DISTANCE).task(), "sigma": 0.3})
    family = Halved(one)
    assert family.sizes == (2, 4, 8, 16)
    assert family.at(16) is one
    small = family.at(2)
    assert (small.n, small.d) == (2, FEATURES // 8)
    assert np.linalg.norm(small.target - small.source) == pytest.approx(DISTANCE)
    assert np.linalg.norm(small.source) == pytest.approx(np.linalg.norm(one.source))
    assert small.sigma / small.d**-0.5 == pytest.approx(one.sigma / one.d**-0.5)
    assert family.at(32).d == 2 * FEATURES


def test_both_results_are_compared_and_the_bound_at_its_confidence() -> None:
    risks, bounds = places_of("shallow_relu")
    assert (risks.key, bounds.key) == ("relu.risk_equivalent", "relu.bound")
    assert all(case.fields["confidence"] == 0.95 for case in bounds.cases)
    assert (
        places("a", bounds.key, [bounds.cases[0].instance]).digest
        != places("a", bounds.key, [bounds.cases[0].instance], (("confidence", 0.9),)).digest
    )


@pytest.mark.parametrize("number", [0, 1])
def test_the_smallest_place_is_supported_and_a_wrong_formula_is_refuted_there(number: int) -> None:
    at = places_of("shallow_relu")[number]
    claim = next(claim for claim in CLAIMS if claim.key == at.key)
    claimed, case = result(at.key), at.cases[0]
    wrong = claimed
    for regime in claimed.regimes:
        wrong = twin_in(regime, wrong, claim.twin)
    level = replace(LEVEL, delta=claim.delta)
    assert claim.check(claimed, case, level).verdict is Verdict.SUPPORTED
    assert claim.check(wrong, case, level).verdict is Verdict.REFUTED
