"""linear.risk_covariate_shift: trained on one covariance, tested on another."""

from __future__ import annotations

from functools import cache

from theory.linear.regimes import regimes
from theory.linear.risk import averaged
from theory.linear.setting import (
    DETERMINED,
    FLAT_IF_OVERPARAMETERIZED,
    FRESH,
    GAUSSIAN,
    GIVEN_SOURCE,
    OVERPARAMETERIZED,
    REGIME_NAMES,
    A,
    target_task,
)
from theory.references import COLLINS_2006, SHACHAF_2021
from theory.result import Assumption, Kind, Result, Statement

TESTED = Assumption("test covariance A >= 0, given by its diagonal in the eigenbasis of Sigma (or by D'AD and traces)")


@cache
def risk_covariate_shift() -> Result:
    """E (h - t)' A (h - t) for a test covariance A: the second Haar moment E[Q A Q], and E tr(X+' A X+).

    Trained on N(0, level I) where n < d, on any invertible covariance where n >= d.  Symbols: n, d, sigma,
    level, squared_distance, test_distance = D' A D, test_trace = tr A, test_ratio = tr(A S^-1).  Exact;
    infinite at |n - d| <= 1 when sigma > 0.
    """
    found = {r: averaged(target_task(r), r, A) for r in (OVERPARAMETERIZED, DETERMINED)}
    return Result(
        key="linear.risk_covariate_shift",
        statement=Statement(
            "expected excess risk under a test covariance A",
            "E (h-t)' A (h-t)",
            r"\mathbb{E}\,(h-\theta_T)^{\top}A(h-\theta_T)",
        ),
        kind=Kind.EXACT,
        regimes=tuple(p for r, a in found.items() for p in regimes(REGIME_NAMES[r], r, a.bias, [a.variance])),
        given=(
            GAUSSIAN,
            FRESH,
            GIVEN_SOURCE,
            FLAT_IF_OVERPARAMETERIZED,
            TESTED,
        ),
        derivations=tuple(a.derivation for a in found.values()),
        references=(COLLINS_2006.at("Section 3"), SHACHAF_2021.at("section 4")),
        see_also=("linear.risk",),
    )
