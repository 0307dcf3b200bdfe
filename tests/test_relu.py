"""Shallow ReLU networks in the kernel regime."""

import numpy as np
import pytest

from theory import catalogue
from theory.catalogue import result
from theory.evaluation import EvaluationError
from verify import Verdict, run
from verify.suite import refuted_twins

SEED = 20261122
KEYS = catalogue.named("relu")


@pytest.mark.parametrize("key", KEYS)
def test_every_result_is_supported(key: str) -> None:
    assert run([key], seed=SEED).passed


@pytest.mark.parametrize("key", KEYS)
def test_a_wrong_twin_of_every_regime_is_refuted(key: str) -> None:
    for outcomes in refuted_twins([key], seed=SEED).values():
        assert Verdict.REFUTED in {outcome.verdict for outcome in outcomes}


def test_the_kernel_is_a_half_at_equal_inputs_and_zero_at_opposite_and_orthogonal_ones() -> None:
    found = [result("relu.kernel").evaluate(cosine=c) for c in (1, 0, -1)]
    assert found == [0.5, 0, 0]


def test_no_coefficient_of_the_kernel_is_negative() -> None:
    assert all(regime.value.is_nonnegative for regime in result("relu.kernel_expansion").regimes[::2])
    found = [result("relu.kernel_expansion").evaluate(degree=j) for j in range(40)]
    assert min(found) >= 0
    summed = sum(c * 0.5**j for j, c in enumerate(found))
    assert summed == pytest.approx(result("relu.kernel").evaluate(cosine=0.5), rel=1e-12)


def test_no_cosine_is_above_one() -> None:
    with pytest.raises(EvaluationError, match="outside its domain"):
        result("relu.kernel").evaluate(cosine=1.5)
    assert np.isclose(result("relu.kernel").evaluate(cosine=0.5), 1 / 6)
