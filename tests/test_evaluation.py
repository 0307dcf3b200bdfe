"""From results to numbers, tables and JSON; the same bytes from run to run."""

import doctest
import importlib
import json
import pkgutil

import numpy as np
import pytest

import theory
from tests.hashes import printed
from theory import linear
from theory.catalogue import keys
from theory.distribution import Distribution
from theory.evaluation import EvaluationError, evaluate, sum_value, sweep
from theory.notation import EIGENVALUE, GAP, INDEX, KAPPA

POINT = {"n": 2, "d": 6, "sigma": 0.5, "squared_distance": 3.0}


def test_an_evaluation_says_what_applied():
    found = linear.risk().at(**POINT)
    assert (found.key, str(found.kind), found.regime) == ("linear.risk", "exact", "d >= n + 2")
    assert found.value == pytest.approx(2 + 0.25 * 2 / 3)
    assert any("Gaussian design" in text for text in found.given)
    assert evaluate(linear.risk(), POINT) == found
    assert linear.risk().evaluate(**POINT) == found.value


def test_json_has_the_public_fields_and_infinity_is_a_word():
    found = linear.risk().at(**{**POINT, "n": 6}).as_json()
    assert list(found) == ["key", "value", "kind", "regime", "given"]
    assert found["value"] == "inf"
    assert json.loads(json.dumps(found)) == found


def test_json_of_a_law_has_its_mean_and_quantiles():
    found = linear.risk_law().at(**POINT).as_json()
    assert found["value"] == "3*Beta(2, 1) + 0.25*BetaPrime(1, 2.5)"
    assert found["mean"] == pytest.approx(linear.risk().evaluate(**POINT))
    assert list(found["quantiles"]) == ["0.05", "0.25", "0.5", "0.75", "0.95"]
    assert linear.noise_law().at(**{**POINT, "n": 6}).as_json()["mean"] == "inf"


def test_json_of_a_vector_is_a_list():
    found = linear.estimator().at(X=[[1.0, 0.0]], y=[3.0], source=[1.0, 1.0]).as_json()
    assert found["value"] == pytest.approx([3.0, 1.0])
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize("size", [2, 6, 9])
def test_the_quantile_is_that_of_the_law(size):
    fields = {**POINT, "n": size}
    law = linear.risk_law().evaluate(**fields)
    assert isinstance(law, Distribution)
    for p in (0.1, 0.5, 0.99):
        found = linear.quantile().evaluate(confidence=p, **fields)
        assert found == pytest.approx(law.quantile(p), rel=1e-12)
        assert float(law.cdf(found)) == pytest.approx(p, abs=1e-10)
    assert linear.quantile().evaluate(confidence=0.5, **{**fields, "sigma": 0}) == pytest.approx(
        linear.risk_law().evaluate(**{**fields, "sigma": 0}).quantile(0.5)
    )


def test_numbers_are_exact_before_they_are_floats():
    assert linear.bias().evaluate(n=1, d=3, squared_distance=0.3) == 0.2
    assert linear.risk().evaluate(n=10, d=10**6, sigma=1e-8, squared_distance=0) == pytest.approx(
        1e-15 / 999989, rel=1e-15
    )
    assert isinstance(linear.samples_needed().evaluate(d=10, squared_distance=1, risk=0.3), int)


def test_a_point_outside_the_domain_is_told_where_to_look():
    with pytest.raises(EvaluationError) as caught:
        linear.best_rescaling().evaluate(n=4, d=3, source=[1, 0, 0], target=[1, 1, 1])
    assert str(caught.value) == (
        "linear.best_rescaling: n=4, d=3 is outside its domain (n < d, u not zero); see linear.benefit"
    )
    with pytest.raises(EvaluationError, match="outside its domain"):
        linear.best_rescaling().evaluate(n=1, d=3, source=[0, 0, 0], target=[1, 1, 1])


def test_a_sweep_is_columns():
    table = linear.risk().sweep(n=range(1, 4), d=6, sigma=[0.0, 1.0], squared_distance=6.0)
    assert list(table) == ["n", "sigma", "linear.risk"]
    assert table["n"] == [1, 1, 2, 2, 3, 3]
    assert table["sigma"] == [0.0, 1.0] * 3
    assert table["linear.risk"] == pytest.approx([5, 5.25, 4, 4 + 2 / 3, 3, 3 + 3 / 2])
    assert sweep(linear.risk(), {**POINT, "n": np.array([2])})["linear.risk"] == [linear.risk().evaluate(**POINT)]


def test_a_sweep_across_a_threshold_holds_infinities_and_notes():
    table = linear.risk().sweep(n=[4, 5, 6, 7, 8], d=6, sigma=1, squared_distance=1.0)
    assert [np.isinf(value) for value in table["linear.risk"]] == [False, True, True, True, False]
    source = {"d": 3, "source": [1, 0, 0], "target": [1, 1, 1]}
    partly = linear.best_rescaling().sweep(n=[2, 3], **source)
    assert partly["linear.best_rescaling"] == [1, None]
    assert partly["note"][0] == ""
    assert "outside its domain" in partly["note"][1]


def test_a_sweep_of_a_law_holds_its_text():
    assert linear.noise_law().sweep(n=[1], d=3, sigma=1)["linear.noise_law"] == ["1*BetaPrime(0.5, 1.5)"]


def test_a_sweep_with_nothing_to_sweep_or_no_value_is_an_error():
    with pytest.raises(EvaluationError, match="no field to sweep"):
        linear.risk().sweep(**POINT)
    with pytest.raises(EvaluationError, match="did you mean"):
        linear.risk().sweep(**{**POINT, "n": [1, 2], "simga": 1})


def test_sums_over_the_spectrum_have_their_plain_value():
    from theory.spectra import spectral_sum

    eigenvalue, gap = EIGENVALUE[INDEX], GAP[INDEX]
    arrays = {EIGENVALUE: np.array([1.0, 2.0]), GAP: np.array([3.0, 4.0])}
    assert sum_value(spectral_sum(eigenvalue * gap**2), arrays, {}) == 41
    assert sum_value(spectral_sum(1 / (eigenvalue + KAPPA)) + KAPPA, arrays, {KAPPA: 1.0}) == pytest.approx(11 / 6)
    assert sum_value(spectral_sum(KAPPA + 0 * gap), arrays, {KAPPA: 3.0}) == 6


def test_the_root_is_found_over_many_orders_of_magnitude():
    for scale in (1e-40, 1.0, 1e40):
        fields = {"n": 3, "d": 8, "sigma": 0, "source": np.zeros(8), "target": np.ones(8)}
        found = linear.risk_equivalent().evaluate(spectrum=scale * 2.0 ** -np.arange(8), **fields)
        plain = linear.risk_equivalent().evaluate(spectrum=2.0 ** -np.arange(8), **fields)
        assert found / scale == pytest.approx(plain, rel=1e-12)


SCRIPT = """
from theory.catalogue import results
from theory.text import step_text
from theory.latex import step_latex
for result in results():
    print(result, result.latex(), result.cite(), result.value, sep="\\n")
    for step in result.steps:
        print(step.rule, step.because, step.conditions, step_text(step), step_latex(step))
"""


@pytest.mark.nightly
def test_what_is_derived_does_not_depend_on_the_hash_seed():
    here, there = printed(SCRIPT)
    assert here == there
    assert len(here.splitlines()) > 20 * len(keys()) / 2


def test_the_examples_in_the_docstrings_run():
    for module in pkgutil.walk_packages(theory.__path__, "theory."):
        outcome = doctest.testmod(importlib.import_module(module.name))
        assert outcome.failed == 0, module.name
