"""The catalogue: keys, what they name, and what every result carries."""

import pytest

from theory import catalogue, deep_linear, early_stopping, frozen, linear, relu, ridge, sequence, weight_average
from theory.references import Reference
from theory.result import Equality, Kind

KEYS = (
    "linear.estimator",
    "linear.conditional_risk",
    "linear.bias",
    "linear.variance",
    "linear.risk",
    "linear.risk_covariate_shift",
    "linear.noise_law",
    "linear.risk_law",
    "linear.quantile",
    "linear.risk_variance",
    "linear.noise_variance",
    "linear.benefit",
    "linear.best_rescaling",
    "linear.samples_needed",
    "linear.risk_learned_source",
    "linear.risk_equivalent",
    "linear.risk_any_covariance",
    "linear.error_moments",
    "linear.inverse_moments",
    "linear.quantile_any_covariance",
    "linear.upper_bound",
    "linear.lower_bound",
    "linear.worst_direction",
    "linear.split_bound",
    "linear.quoted_bound",
    "deep_linear.flow",
    "deep_linear.mirror_potential",
    "deep_linear.solution",
    "deep_linear.norm",
    "deep_linear.conditional_risk",
    "deep_linear.risk_exact",
    "deep_linear.risk_limit",
    "deep_linear.risk_equivalent",
    "deep_linear.best_depth",
    "deep_linear.quantile",
    "deep_linear.upper_bound",
    "deep_linear.frozen",
    "deep_linear.frozen_flow",
    "frozen.source_error",
    "frozen.risk",
    "frozen.peaks",
    "frozen.when_freezing_helps",
    "frozen.best_split",
    "frozen.task_similarity",
    "frozen.less_related_wins",
    "frozen.probe",
    "frozen.probe_quantile",
    "ridge.risk",
    "ridge.risk_equivalent",
    "ridge.best_penalty",
    "ridge.best_risk",
    "ridge.gain",
    "ridge.risk_exact",
    "ridge.error_moments",
    "ridge.inverse_moments",
    "ridge.quantile",
    "ridge.upper_bound",
    "ridge.lower_bound",
    "early_stopping.risk",
    "early_stopping.descent_risk",
    "early_stopping.best_time",
    "early_stopping.over_ridge",
    "weight_average.risk",
    "weight_average.risk_covariate_shift",
    "weight_average.best_mix",
    "weight_average.gain",
    "sequence.risk",
    "sequence.forgetting",
    "sequence.last_task",
    "sequence.equal",
    "sequence.best_order",
    "relu.kernel",
    "relu.kernel_expansion",
    "relu.solution",
    "relu.harmonics",
    "relu.linear_teacher_bound",
    "relu.bound",
    "relu.risk_equivalent",
    "relu.sample_complexity",
    "relu.pretrained_error",
)


def test_no_key_is_ever_lost():
    assert catalogue.keys() == KEYS


def test_a_key_names_the_result_of_its_function():
    settings = {"linear": linear, "deep_linear": deep_linear, "frozen": frozen}
    settings |= {"ridge": ridge, "early_stopping": early_stopping, "weight_average": weight_average}
    settings |= {"sequence": sequence, "relu": relu}
    for key in KEYS:
        found = catalogue.result(key)
        assert found.key == key
        setting, name = key.split(".")
        assert found == getattr(settings[setting], name)()
    assert [found.key for found in catalogue.results()] == list(KEYS)


@pytest.mark.parametrize(
    ("key", "hint"),
    [("linear.rsk", "did you mean linear.risk"), ("x", "headstart list"), ("__import__('os')", "headstart list")],
)
def test_an_unknown_key_is_refused_with_a_hint(key, hint):
    for asked in (catalogue.result, catalogue.named):
        with pytest.raises(catalogue.UnknownResult) as caught:
            asked(key)
        assert hint in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_setting_stands_for_all_its_results_and_none_is_named_twice():
    ridge_keys = [key for key in KEYS if key.startswith("ridge.")]
    assert catalogue.named("linear.bias", "ridge", "ridge.risk") == ("linear.bias", *ridge_keys)
    assert catalogue.named() == ()
    for partly, near in (("ridg", "ridge"), ("linea", "linear"), ("linear.risks", r"linear\.risk")):
        with pytest.raises(catalogue.UnknownResult, match=rf"did you mean {near}\?"):
            catalogue.named(partly)


@pytest.mark.parametrize("key", KEYS)
def test_a_result_says_what_it_assumes_where_it_comes_from_and_what_is_near(key):
    found = catalogue.result(key)
    assert found.given
    assert all(isinstance(reference, Reference) for reference in found.references)
    assert all(near in KEYS and near != key for near in found.see_also)
    assert found.cite().count("@misc{") == len(found.references)
    assert all(derivation.steps for derivation in found.derivations)
    assert {step.equality for step in found.steps} <= set(Equality)
    assert set(found._repr_mimebundle_(include=None, exclude=None)) == {"text/plain", "text/latex"}


def test_kinds_are_what_the_specification_says():
    laws = {key for key in KEYS if catalogue.result(key).kind is Kind.LAW}
    assert laws == {"linear.noise_law", "linear.risk_law"}
    assert catalogue.result("linear.risk_equivalent").kind is Kind.ASYMPTOTIC
    assert catalogue.result("linear.estimator").kind is Kind.IDENTITY


def test_only_asymptotic_results_rest_on_asymptotic_steps():
    for key in KEYS:
        steps = {step.equality for step in catalogue.result(key).steps}
        assert (Equality.ASYMPTOTIC in steps) == (catalogue.result(key).kind is Kind.ASYMPTOTIC)


def test_the_piecewise_value_is_that_of_the_regimes():
    risk = catalogue.result("linear.risk")
    from theory.notation import d, n, sigma, symbol

    point = {n: 2, d: 6, sigma: 1, symbol("level"): 1, symbol("squared_distance"): 3}
    assert risk.value.subs(point) == risk.regimes[0].value.subs(point)
    assert risk.value.subs({**point, n: 6}).is_infinite
    assert risk.value.subs({**point, n: 6, sigma: 0}) == 0


def test_references_name_authors_and_place():
    from theory.references import DAR_2020, MUIRHEAD_1982, SHACHAF_2021

    assert str(SHACHAF_2021.at("section 4")).startswith("Shachaf et al. (2021), A Theoretical Analysis")
    assert str(DAR_2020).startswith("Dar & Baraniuk (2020)")
    assert str(MUIRHEAD_1982.at("Theorem 3.2.12")).endswith("Theorem 3.2.12")
    assert "eprint = {2107.01641}" in SHACHAF_2021.bibtex
