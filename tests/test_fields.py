"""What instances may hold: every wrong field is one line that says what, what was got and what to do."""

import re

import numpy as np
import pytest
import sympy as sp

from theory import linear
from theory.checks import FieldError
from theory.evaluation import EvaluationError
from theory.fields import Fields, exact
from theory.notation import BY_NAME
from theory.shown import LONGEST, shown

GOOD = {"n": 1, "d": 3, "sigma": 0.5, "source": [0, 0, 0], "target": [1, 2, 2]}

WRONG = [
    ({"n": 0}, "n=0: needs a positive integer"),
    ({"n": -3}, "n=-3: needs a positive integer"),
    ({"n": 2.0}, "n=2.0: needs a positive integer"),
    ({"n": True}, "n=True: needs a positive integer"),
    ({"n": "2"}, "n='2': needs a positive integer"),
    ({"d": 2.5}, "d=2.5: needs a positive integer"),
    ({"sigma": -0.1}, "sigma=-0.1: needs a number >= 0"),
    ({"sigma": float("nan")}, "sigma=nan: needs a finite number"),
    ({"sigma": float("inf")}, "sigma=inf: needs a finite number"),
    ({"sigma": "big"}, "sigma='big': needs a finite number"),
    ({"sigma": 10**400}, "sigma=1000000000000000000000000000000000000...: needs a finite number"),
    ({"level": 0}, "level=0: needs a number > 0"),
    ({"source": [1, 2]}, "source has 2 entries but d=3: give one entry per feature"),
    ({"source": [1, 2, float("nan")]}, "source=[1, 2, nan]: needs a plain list of finite numbers"),
    ({"source": [[1, 2, 3]]}, "source=[[1, 2, 3]]: needs a plain list of finite numbers"),
    ({"source": [[1], [2, 3]]}, "source=[[1], [2, 3]]: needs a plain list of finite numbers"),
    ({"source": ["a", "b", "c"]}, "source=['a', 'b', 'c']: needs a plain list of finite numbers"),
    ({"source": []}, "source=[]: needs a plain list of finite numbers"),
    ({"source": 3}, "source=3: needs a plain list of finite numbers"),
    ({"spectrum": [1, 1, -1]}, "spectrum: has the negative entry -1; eigenvalues of a covariance are >= 0"),
    ({"spectrum": [0, 0, 0]}, "spectrum is all zero: no feature varies, so nothing can be learned or lost"),
    ({"sourse": [0, 0, 0]}, "unknown field 'sourse': did you mean source?"),
    ({"zzz": 1}, "unknown field 'zzz': known are n, d, sigma, level, largest_eigenvalue, squared_distance, ..."),
    ({"setting": "deep"}, "setting='deep': this result belongs to the setting 'linear'"),
    ({"setting": ["linear"]}, "setting=['linear']: this result belongs to the setting 'linear'"),
    ({"squared_distance": 8.0}, "squared_distance=8.0 but target and source make it 9: drop one"),
    ({"level": 2, "spectrum": [1, 1, 1]}, "level=2.0 but spectrum make it 1: drop one"),
    ({"sigma": None}, "needs sigma (standard deviation of the target's label noise): set it, for instance"),
    ({"source": None}, "needs squared_distance (squared distance of target and source weights): give source, or"),
    (
        {"spectrum": [1, 2, 3]},
        "the spectrum runs from 1 to 3, but must be flat here (isotropic covariance); "
        "for n < d use linear.risk_equivalent",
    ),
    (
        {"n_source": 4},
        "assumes the source weights are given, but n_source is given: "
        "for a source that is itself learned use linear.risk_learned_source",
    ),
    (
        {"test_spectrum": [1, 2, 3]},
        "assumes the test point has the covariance of the training points, but test_spectrum is given: "
        "for another covariance at test time use linear.risk_covariate_shift",
    ),
    ({"X": [[1, 2], [3]]}, "X=[[1, 2], [3]]: needs a list of equal rows of finite numbers"),
    ({"X": [[1, 2, 3], [4, 5, 6]]}, "n=1 but X is 2 x 3: leave n out, or give another X"),
    ({"n": np.arange(100).reshape(10, 10)}, "needs a positive integer"),
]


@pytest.mark.parametrize(("change", "message"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_field_is_one_line(change, message):
    with pytest.raises(EvaluationError) as caught:
        linear.risk().evaluate(**{**GOOD, **change})
    text = str(caught.value)
    assert text.startswith("linear.risk: ")
    assert message in text
    assert "\n" not in text
    assert len(text) < 260


def test_the_untouched_instance_is_good():
    assert linear.risk().evaluate(**GOOD) == pytest.approx(9 * 2 / 3 + 0.25)


NOT_FLAT = {"n": 10, "d": 40, "spectrum": [2.0] * 20 + [1.0] * 20, "source": [0.0] * 40, "target": [1.0] * 40}


@pytest.mark.parametrize(
    "key", ["bias", "variance", "risk", "noise_law", "risk_law", "noise_variance", "quantile", "benefit"]
)
def test_a_covariance_that_is_not_flat_is_refused_below_the_threshold_whether_the_formula_names_it_or_not(key):
    extra = {"confidence": 0.5} if key == "quantile" else {}
    with pytest.raises(EvaluationError, match="must be flat here"):
        getattr(linear, key)().evaluate(sigma=0.5, **NOT_FLAT, **extra)


def test_any_invertible_covariance_is_accepted_above_the_threshold():
    for key in ("risk", "variance"):
        found = getattr(linear, key)().evaluate(sigma=0.5, **{**NOT_FLAT, "n": 60})
        assert found == pytest.approx(0.25 * 40 / 19)


def test_noise_is_refused_where_it_is_assumed_away():
    with pytest.raises(EvaluationError, match="assumes no label noise"):
        linear.risk_variance().evaluate(**GOOD)


def test_a_given_source_is_refused_where_it_is_learned():
    with pytest.raises(EvaluationError, match="assumes the source is learned from zero"):
        linear.risk_learned_source().evaluate(**GOOD, n_source=4, sigma_source=0, source_teacher=[1, 0, 0])


def test_a_test_covariance_equal_to_the_training_one_breaks_nothing():
    same = linear.risk().evaluate(**{**GOOD, "sigma": 0, "spectrum": [2, 2, 2], "test_spectrum": [2, 2, 2]})
    assert same == pytest.approx(12.0)


def test_features_that_do_not_vary_are_left_out():
    """Four features, two of them of variance zero: the risk of the two others, whatever lies along the rest."""
    found = linear.risk().at(n=1, d=4, sigma=0, spectrum=[1, 0, 1, 0], source=[0, 5, 0, 5], target=[1, 9, 2, 7])
    assert found.value == pytest.approx(linear.risk().evaluate(n=1, d=2, sigma=0, squared_distance=5))
    assert "d = rank = 2" in found.regime
    enough = linear.risk().at(n=5, d=4, sigma=1, spectrum=[3, 0, 1, 0], source=[0] * 4, target=[1] * 4)
    assert enough.value == pytest.approx(2 / (5 - 2 - 1))


def test_a_number_that_counts_unseen_directions_is_refused():
    with pytest.raises(EvaluationError, match="give target and source instead of squared_distance"):
        linear.risk().evaluate(n=1, d=3, sigma=0, spectrum=[1, 0, 1], squared_distance=2.0)


def test_a_shift_into_unseen_directions_is_refused():
    shift = linear.risk_covariate_shift()
    common = {"d": 3, "sigma": 0, "source": [0] * 3, "target": [1] * 3, "spectrum": [1, 1, 0]}
    for size in (1, 3, 9):
        with pytest.raises(EvaluationError, match="never sees is not learned"):
            shift.evaluate(n=size, test_spectrum=[1, 1, 1], **common)
    assert shift.evaluate(n=9, test_spectrum=[1, 1, 0], **{**common, "sigma": 1}) == pytest.approx(2 / 6)


def test_a_level_stands_for_a_flat_spectrum_everywhere():
    by_level = linear.risk_equivalent().evaluate(**{**GOOD, "n": 1, "level": 4.0})
    by_list = linear.risk_equivalent().evaluate(**{**GOOD, "n": 1, "spectrum": [4.0] * 3})
    assert by_level == pytest.approx(by_list)
    plain = linear.risk_equivalent().evaluate(**{**GOOD, "n": 1})
    assert by_level != pytest.approx(plain)


@pytest.mark.parametrize("size", [3, 4, 9])
def test_the_equivalent_is_refused_from_the_rank_on(size):
    with pytest.raises(EvaluationError, match="outside its domain"):
        linear.risk_equivalent().evaluate(**{**GOOD, "n": size})
    with pytest.raises(EvaluationError, match="outside its domain"):
        linear.risk_equivalent().evaluate(**{**GOOD, "n": 2, "spectrum": [1, 1, 0]})


def test_the_equivalent_names_what_it_lacks():
    with pytest.raises(EvaluationError, match="needs sigma"):
        linear.risk_equivalent().evaluate(n=1, d=3, source=[0] * 3, target=[1] * 3)
    with pytest.raises(EvaluationError, match="needs target"):
        linear.risk_equivalent().evaluate(n=1, d=3, sigma=1, source=[0] * 3)


def test_arrays_give_the_estimator_and_the_conditional_risk():
    rng = np.random.default_rng(5)
    for rows, cols in ((2, 4), (6, 3)):
        design, y = rng.standard_normal((rows, cols)), rng.standard_normal(rows)
        u, t = rng.standard_normal(cols), rng.standard_normal(cols)
        eigenvalues = rng.uniform(0.5, 2, cols)
        h = linear.estimator().evaluate(X=design, y=y, source=u)
        np.testing.assert_allclose(h, u + np.linalg.pinv(design) @ (y - design @ u), rtol=1e-10)
        q, plus = np.eye(cols) - np.linalg.pinv(design) @ design, np.linalg.pinv(design)
        s = np.diag(eigenvalues)
        expected = (t - u) @ q @ s @ q @ (t - u) + 0.25 * np.trace(plus.T @ s @ plus)
        found = linear.conditional_risk().evaluate(X=design, sigma=0.5, source=u, target=t, spectrum=eigenvalues)
        assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"y": [1, 2], "source": [0, 0, 0]}, "needs d (features)"),
        ({"X": [[1, 0, 0], [0, 1, 0]], "source": [0, 0, 0]}, "needs y (labels of the target, y = X t + e, in R^n)"),
        ({"X": [[1, 0, 0], [0, 1, 0]], "y": [1, 2]}, "needs source"),
        ({"X": [[1, 0, 0], [0, 1, 0]], "y": [1]}, "y has 1 entries but X has 2 rows"),
        ({"X": [[1, 1], [1, 1], [2, 2]], "y": [1, 2, 3], "source": [0, 0]}, "X is 3 x 2 of rank 1"),
    ],
)
def test_what_the_estimator_lacks_is_named(fields, message):
    with pytest.raises(EvaluationError, match=re.escape(message)):
        linear.estimator().evaluate(**fields)


def test_the_conditional_risk_needs_sigma():
    with pytest.raises(EvaluationError, match="needs sigma"):
        linear.conditional_risk().evaluate(X=[[1, 0]], source=[0, 0], target=[1, 1])


def test_decimals_are_read_as_written():
    assert exact(0.3) == sp.Rational(3, 10)
    assert exact(np.float64(1e-3)) == sp.Rational(1, 1000)
    assert exact(sp.Integer(4)) == 4


@pytest.mark.parametrize("got", [0, 1, -0.5, 2, "x", None, True])
def test_a_confidence_is_a_probability(got):
    with pytest.raises(FieldError, match="confidence="):
        BY_NAME["confidence"].check("confidence", got)


def test_a_field_that_is_none_is_absent():
    assert dict(Fields.read({"n": None, "d": 3}).known) == {"d": 3}


def test_what_is_quoted_stays_on_one_short_line():
    assert shown("a\nb") == "'a\\nb'"
    assert "\n" not in shown(np.eye(30))
    assert len(shown("x" * 500)) == LONGEST
