"""Bounds from events: leaves, least values, and what they say of every direction at once."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from scipy.optimize import OptimizeResult
from scipy.stats import chi2

from theory.calculus.chi_squares import ChiSquareBelow, ChiSquareDensity, numerical
from theory.calculus.events import LeastOver, tangent
from theory.least import AGAIN, number
from theory.linear import quantile, split_bound, worst_direction
from verify import coverage
from verify.verdict import Verdict

x, y = sp.symbols("x y", positive=True)
D = 30
FALLING = {"n": 20, "d": D, "spectrum": [(k + 1.0) ** -2 for k in range(D)], "source": [0.0] * D}


@pytest.mark.parametrize(("degrees", "edge"), [(1, 0.3), (7, 3.0), (400, 350.0)])
def test_the_chi_square_functions_are_those_of_scipy(degrees: int, edge: float) -> None:
    assert float(ChiSquareBelow(degrees, edge)) == pytest.approx(chi2.cdf(edge, degrees), rel=1e-12)
    assert float(ChiSquareDensity(degrees, edge)) == pytest.approx(chi2.pdf(edge, degrees), rel=1e-10)
    assert sp.diff(ChiSquareBelow(degrees, x), x) == ChiSquareDensity(degrees, x)


def test_the_tangent_is_above_the_distribution_function_and_touches_it() -> None:
    for degrees in (1, 2, 9):
        line = sp.lambdify((y, x), tangent(y, x, sp.Integer(degrees)), [numerical(), "numpy"])
        at = np.linspace(0.01, 40, 200)
        assert np.all(line(at, 4.0) >= chi2.cdf(at, degrees) * (1 - 1e-9))
        assert line(4.0, 4.0) == pytest.approx(chi2.cdf(4.0, degrees), rel=1e-9)


def test_a_least_value_is_found_and_is_infinite_where_there_is_none() -> None:
    assert number(LeastOver(x + 4 / x + y + 1 / y, x, y), (), {}, {}) == pytest.approx(6.0, rel=1e-6)
    assert number(LeastOver(-x, x), (), {}, {}) == np.inf


def test_a_search_that_always_finds_less_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []

    def less(_: object, best: np.ndarray, **__: object) -> OptimizeResult:
        begun.append(best)
        return OptimizeResult(x=best, fun=-float(len(begun)))

    monkeypatch.setattr("scipy.optimize.minimize", less)
    assert number(LeastOver(x + 1 / x, x), (), {}, {}) == pytest.approx(np.exp(-AGAIN))
    assert len(begun) == AGAIN


def test_what_happens_more_often_than_so_many_times_another_event_is_refuted() -> None:
    levels = {"delta": 0.05, "alpha": 1e-9, "alpha_pass": 1e-6}
    for hits, verdict in ((9000, Verdict.REFUTED), (5900, Verdict.SUPPORTED), (6300, Verdict.UNDECIDED)):
        assert coverage.test_no_more_often(hits, 3000, 20_000, 2.0, **levels).verdict is verdict
    with pytest.raises(ValueError, match="successes"):
        coverage.test_no_more_often(3, 2, 2, 2.0, **levels)


def test_the_worst_direction_of_a_flat_spectrum_is_seen_by_no_row() -> None:
    given = {"n": 8, "d": D, "spectrum": [2.0] * D, "source": [0.0] * D, "target": [1.0] * D, "confidence": 0.9}
    assert worst_direction().evaluate(**given) == 2.0 * D
    assert split_bound().evaluate(**given) == pytest.approx(2.0 * D, rel=1e-9)
    assert quantile().evaluate(**given, sigma=0.0) < 2.0 * D


def test_a_split_uses_what_large_eigenvalues_see_and_is_never_worse() -> None:
    along = {**FALLING, "target": [1.0] + [0.0] * (D - 1), "confidence": 0.9}
    spread = {**FALLING, "target": [1.0] * D, "confidence": 0.9}
    slope = worst_direction().evaluate(**along)
    assert split_bound().evaluate(**along) == pytest.approx(slope**2, rel=1e-3)
    assert split_bound().evaluate(**spread) <= worst_direction().evaluate(**spread) * (1 + 1e-9)


def test_noise_is_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match=r"linear.worst_direction: assumes no label noise: .* use linear.risk"):
        worst_direction().evaluate(**FALLING, target=[1.0] * D, sigma=0.1, confidence=0.9)
