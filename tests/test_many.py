"""Formulas compiled for many vectors at once say what the results say, one instance after the other."""

from __future__ import annotations

import numpy as np
import pytest

from theory.catalogue import result
from theory.checks import FieldError
from theory.many import closed, spectral


def test_a_formula_in_sums_is_that_of_the_result_at_every_row() -> None:
    rng = np.random.default_rng(3)
    eigenvalues, gaps, sigmas = rng.uniform(0.2, 3, 9), rng.standard_normal((4, 9)), np.array([0.0, 0.3, 1.0, 2.0])
    risks = spectral(result("linear.risk_equivalent"))(5, eigenvalues, gaps, sigmas)
    fields = {"n": 5, "d": 9, "source": [0.0] * 9, "spectrum": eigenvalues.tolist()}
    alone = [
        result("linear.risk_equivalent").evaluate(**fields, sigma=float(s), target=g.tolist())
        for g, s in zip(gaps, sigmas, strict=True)
    ]
    np.testing.assert_allclose(risks, alone, rtol=1e-12)


def test_as_many_samples_as_features_are_refused() -> None:
    with pytest.raises(FieldError, match="below the rank"):
        spectral(result("linear.risk_equivalent"))(4, np.ones(4), np.ones((1, 4)), np.ones(1))


def test_a_closed_formula_is_that_of_the_result_in_its_regime() -> None:
    risk = closed(result("linear.risk"), "n", "d", "sigma")
    assert risk(20, 7, 0.5) == pytest.approx(result("linear.risk").evaluate(n=20, d=7, sigma=0.5))
    probe = closed(result("frozen.probe"), "n", "probe_parameters", "unexplained", "sigma", outputs=1)
    fields = {"n": 9, "d": 3, "sigma": 0.5, "target": [1.0, 0.0, 0.7], "features": [[1, 0], [0, 1], [0, 0]]}
    assert probe(9, 2, 0.49, 0.5) == pytest.approx(result("frozen.probe").evaluate(**fields))


def test_symbols_that_no_formula_is_in_are_refused() -> None:
    with pytest.raises(ValueError, match=r"linear\.risk has no formula in n alone"):
        closed(result("linear.risk"), "n")
