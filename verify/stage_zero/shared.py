"""Equations that one result has of another, letter for letter: what is known of them there is known of them here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import sympy as sp

from theory.catalogue import result as catalogued
from theory.result import Implicit, Result
from verify.stage_zero.relation import Kind, Relation, Residual

ORIGINS: Mapping[str, str] = MappingProxyType(
    {
        "linear.error_moments": "linear.risk_any_covariance",
        "linear.inverse_moments": "linear.risk_any_covariance",
        "linear.quantile_any_covariance": "linear.inverse_moments",
        "linear.upper_bound": "linear.error_moments",
        "linear.lower_bound": "linear.inverse_moments",
        "linear.split_bound": "linear.worst_direction",
        "deep_linear.risk_equivalent": "linear.risk_equivalent",
        "deep_linear.quantile": "deep_linear.risk_exact",
        "frozen.risk": "frozen.source_error",
        "frozen.peaks": "frozen.risk",
        "frozen.when_freezing_helps": "frozen.risk",
        "frozen.best_split": "frozen.risk",
        "ridge.gain": "ridge.best_risk",
        "ridge.error_moments": "ridge.risk_exact",
        "ridge.inverse_moments": "ridge.risk_exact",
        "ridge.quantile": "ridge.inverse_moments",
        "ridge.upper_bound": "ridge.error_moments",
        "ridge.lower_bound": "ridge.inverse_moments",
        "early_stopping.descent_risk": "early_stopping.risk",
        "early_stopping.over_ridge": "early_stopping.risk",
        "relu.pretrained_error": "relu.risk_equivalent",
    }
)
"""Whose equations a result has."""
VALUES: Mapping[str, str] = MappingProxyType({"moment": "error_moments", "inverse_moment": "inverse_moments"})
"""A symbol that stands for the value of a result, by the second half of its key."""


def _same(origin: str, result: Result) -> Iterator[Residual]:
    there = {implicit.symbol: implicit.equation for implicit in catalogued(origin).where}
    for implicit in result.where:
        if implicit.symbol in there:
            yield bool(implicit.equation == there[implicit.symbol])
        elif VALUES.get(implicit.symbol.name) == origin.partition(".")[2]:
            (regime,) = catalogued(origin).regimes
            yield bool(implicit.equation == sp.Eq(implicit.symbol, regime.value, evaluate=False))


def with_equations(result: Result, wrong: Callable[[sp.Expr], sp.Expr]) -> Result:
    """The result with the right side of every equation made wrong."""
    return replace(result, where=tuple(_with_right_side(implicit, wrong) for implicit in result.where))


def _with_right_side(implicit: Implicit, wrong: Callable[[sp.Expr], sp.Expr]) -> Implicit:
    left, right = implicit.equation.args
    return replace(implicit, equation=sp.Eq(left, wrong(right), evaluate=False))


RELATIONS = tuple(
    Relation(key, f"equations of {origin}", Kind.SHARED, partial(_same, origin)) for key, origin in ORIGINS.items()
)
