"""Covariances by kind with exact condition numbers, and simulators that agree on them trial by trial."""

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from numerics.linear import batch
from numerics.linear.columns import as_batch
from numerics.linear.fast import compiled_columns
from numerics.linear.literal import rotated_rows
from numerics.linear.problem import problem, reduced
from verify.claim import Case
from verify.spectra import HARDEST, KINDS, conditioned, spectra, spectrum

PIVOT = 1e-5
"""The ratio of pivots below which the compiled simulator hands a trial over to an orthogonal factorisation."""
quickly = settings(max_examples=60, derandomize=True, database=None, deadline=None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("d", [1, 2, 5, 30])
def test_the_condition_number_is_exact(kind: str, d: int) -> None:
    for exponent in range(int(HARDEST) + 1):
        condition = 10.0**exponent
        found = spectrum(kind, d, condition)
        assert len(found) == d
        assert found == sorted(found, reverse=True)
        assert (found[0], found[-1]) == (1.0, 1.0 if kind == "flat" or d == 1 else 1.0 / condition)


def test_spectra_shrink_to_the_identity() -> None:
    assert find(spectra(4), lambda _: True) == [1.0] * 4
    assert find(spectra(4), lambda s: s[0] > 10 * s[-1])[0] == 1.0


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no such kind of spectrum; use flat, geometric"):
        spectrum("cubic", 3, 2.0)


@quickly
@given(conditioned(), st.integers(0, 2**32))
def test_the_fast_simulator_agrees_with_singular_values_or_falls_back(case: Case, seed: int) -> None:
    """Forming X X' in n d products loses n d units of rounding, and its inverse 1/PIVOT times as many: that is the
    bound, of the size of a trial's numbers; worse trials are handed over, and those are the literal ones."""
    instance = case.instance
    fast = batch(instance, seed, 0, "fast", 16)
    literal = as_batch(*rotated_rows(problem(instance), seed, 0, np.ones(16, dtype=bool)).T)
    doubtful = compiled_columns(reduced(problem(instance)), seed, 0, 16)[1]
    bound = np.finfo(float).eps * instance.n * instance.d / PIVOT
    size = np.abs(literal["bias"]) + np.abs(literal["noise"]) + literal["risk"] + _scale(case)
    for name in ("bias", "noise", "risk"):
        off = np.abs(fast[name] - literal[name])
        assert np.all(off[~doubtful] <= bound * size[~doubtful]), name
        assert np.all(off[doubtful] <= bound * size[doubtful]), name


def _scale(case: Case) -> float:
    """|D|_S^2, of which the bias is a difference."""
    gap = case.instance.target - case.instance.source
    return float(case.instance.covariance @ gap**2)


def test_hard_covariances_do_make_it_fall_back() -> None:
    hard = find(
        conditioned(n=(4, 6), d=(9, 10)),
        lambda case: bool(compiled_columns(reduced(problem(case.instance)), 1, 0, 16)[1].any()),
        settings=settings(max_examples=2000, derandomize=True, database=None, deadline=None),
    )
    assert hard.instance.covariance.min() < 1e-2
