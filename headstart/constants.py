"""The smallest constant with which a bound that leaves one open keeps the risk, as far as simulation tells.

That is of one source and target.  The theorem's own constant bounds |S - X'X/n|, and with it all directions at once: it
is larger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from headstart import api
from headstart.errors import InputError
from headstart.instances import build, fields_of

KEY = "linear.quoted_bound"
WIDE = 4.0
"""Standard errors of a rank that the interval spans to either side: it misses in 1 of 16,000 runs."""
FINE, FARTHEST = 1e-4, 1e6
"""To what part of itself the constant is found, and how far it is looked for."""


@dataclass(frozen=True)
class Constant:
    """The constant at which the bound is the sample quantile of so many simulated risks, and an interval for it."""

    value: float
    low: float
    high: float
    confidence: float
    trials: int
    seed: int


def smallest_constant(instance: Any, confidence: float, *, trials: int, seed: int) -> Constant:
    """The smallest constant of `linear.quoted_bound` that is supported at an instance.

    Raises InputError for another setting and for fewer trials than show the quantile; `EvaluationError` where the
    bound does not apply.
    """
    fields = _fields(instance)
    api.evaluate(KEY, fields, confidence=confidence, constant=1.0)  # says why where the bound does not apply
    off = WIDE * float(np.sqrt(confidence * (1 - confidence) / trials))
    levels = (confidence - off, confidence, confidence + off)
    if not (levels[0] > 0 and levels[2] < 1):
        raise InputError(f"trials={trials}: too few for a quantile at {confidence:g}; take ten times as many")
    drawn = api.simulate(fields, trials=trials, seed=seed, quantiles=levels, quantity="bias")
    low, value, high = (_with_quantile(fields, confidence, risk) for risk in sorted(drawn.quantiles.values()))
    return Constant(value, low, high, confidence, trials, seed)


def _fields(instance: Any) -> Mapping[str, Any]:
    fields = {"setting": instance.get("setting"), **build(instance).fields()} if isinstance(instance, Mapping) else {}
    fields = fields or dict(fields_of(instance))
    if fields.get("setting") != "linear":
        raise InputError(f"setting {fields.get('setting')}: a bound with an open constant is there for linear alone")
    return fields


def _with_quantile(fields: Mapping[str, Any], confidence: float, risk: float) -> float:
    """The constant at which the bound, which grows with it, is the risk."""

    def bound(constant: float) -> float:
        found: Any = api.evaluate(KEY, fields, confidence=confidence, constant=constant).value
        return float(found)

    low, high = 1 / FARTHEST, FARTHEST
    if bound(low) >= risk:
        raise InputError(f"any constant keeps the risk, down to {low:g}: the simulated quantile is {risk:.3g}")
    while high / low > 1 + FINE:
        middle = float(np.sqrt(low * high))
        low, high = (low, middle) if bound(middle) >= risk else (middle, high)
    return high
