"""Infinite means and variances: the laws they are read off, and the faults that must not get past them."""

import numpy as np
import pytest

from numerics.linear import Linear
from theory.distribution import Atom, Distribution
from verify import Verdict
from verify.claim import Level
from verify.linear import infinite
from verify.linear.drawing import changed
from verify.linear.infinite import Product, existence
from verify.linear.laws import existence_of_variance

AT = Level(1e-6, 1e-6, 0.02, 20261122)
FIELDS = {"n": 2, "d": 5, "sigma": 0.5, "target": [1.0, 0, 0, 1, 0]}
LEARNED = Linear.from_fields({**FIELDS, "source_teacher": [0.0, 1, 0, 1, 0], "n_source": 6, "sigma_source": 0.7})
AT_THE_THRESHOLD = Linear.from_fields({**FIELDS, "n": 4, "source": [0.0] * 5})


def test_a_share_of_a_ratio_of_chi_squares_is_a_ratio_of_fewer() -> None:
    """chi2_5 times an independent Beta(3/2, 1) is chi2_3."""
    share = Distribution((Atom(1.0, 1.5, 1.0, ratio=False),))
    product = Product(Distribution((Atom(0.49, 2.5, 1.0, ratio=True),)), share, 400)
    points = np.geomspace(1e-6, 1e6, 400)
    assert np.abs(product.cdf(points) - Atom(0.49, 1.5, 1.0, ratio=True).cdf(points)).max() <= product.error
    assert product.mean == np.inf


def test_moments_of_a_ratio_exist_below_its_tail() -> None:
    law = Distribution((Atom(1.0, 1.0, 1.0, ratio=False), Atom(1.0, 1.0, 2.0, ratio=True)))
    assert law.has_moment(1)
    assert not law.has_moment(2)


@pytest.mark.parametrize(("claimed", "verdict"), [(np.inf, Verdict.SUPPORTED), (3.0, Verdict.REFUTED)])
def test_a_mean_that_the_source_makes_infinite(claimed: float, verdict: Verdict) -> None:
    assert existence(claimed, LEARNED, AT).verdict is verdict


@pytest.mark.parametrize(("claimed", "verdict"), [(np.inf, Verdict.SUPPORTED), (3.0, Verdict.REFUTED)])
def test_a_mean_that_the_noise_makes_infinite_under_another_covariance(claimed: float, verdict: Verdict) -> None:
    shifted = changed(AT_THE_THRESHOLD, test_spectrum=[0.5, 1.0, 2.0, 1.0, 1.5])
    assert existence(claimed, shifted, AT).verdict is verdict


def test_an_infinite_variance_is_refuted_where_it_is_finite() -> None:
    assert existence_of_variance(np.inf, AT_THE_THRESHOLD, AT).verdict is Verdict.SUPPORTED
    assert existence_of_variance(2.0, AT_THE_THRESHOLD, AT).verdict is Verdict.REFUTED
    assert existence_of_variance(np.inf, changed(AT_THE_THRESHOLD, n=12), AT).verdict is Verdict.REFUTED


@pytest.mark.parametrize("instance", [LEARNED, changed(AT_THE_THRESHOLD, test_spectrum=[0.5, 1.0, 2.0, 1.0, 1.5])])
def test_draws_below_their_bound_are_refuted(instance: Linear, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = infinite.sample

    def faulty(given: Linear, column: str, seed: int, size: int) -> np.ndarray:
        return honest(given, column, seed, size) * (0.1 if given is instance else 1.0)

    monkeypatch.setattr(infinite, "sample", faulty)
    assert existence(np.inf, instance, AT).verdict is Verdict.REFUTED


@pytest.mark.parametrize("instance", [LEARNED, changed(AT_THE_THRESHOLD, test_spectrum=[0.5, 1.0, 2.0, 1.0, 1.5])])
def test_a_bound_with_another_law_is_refuted(instance: Linear, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = infinite.sample
    monkeypatch.setattr(infinite, "sample", lambda *given: 1.5 * honest(*given))
    assert existence(np.inf, instance, AT).verdict is Verdict.REFUTED


@pytest.mark.parametrize(("claimed", "verdict"), [(np.inf, Verdict.REFUTED), (3.0, Verdict.SUPPORTED)])
@pytest.mark.parametrize(
    "instance",
    [
        changed(AT_THE_THRESHOLD, n=3, test_spectrum=[0.5, 1.0, 2.0, 1.0, 1.5]),
        changed(LEARNED, n_source=7),
        changed(LEARNED, n_source=3),
    ],
)
def test_a_mean_that_is_finite_without_a_variance(instance: Linear, claimed: float, verdict: Verdict) -> None:
    """Which finite number it is, no test of a mean can tell there."""
    assert existence(claimed, instance, AT).verdict is verdict
