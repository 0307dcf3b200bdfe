"""Bounds on the excess risk that hold with a stated probability, best first, and how many samples they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from headstart import api
from headstart.errors import InputError
from headstart.instances import build, fields_of

WITH_CONFIDENCE = {
    "deep_linear": ("deep_linear.upper_bound",),
    "probe": ("frozen.probe_quantile",),
    "linear": ("linear.quantile", "linear.upper_bound", "linear.split_bound", "linear.worst_direction"),
}
"""The results of a setting that bound its excess risk from above, at a confidence."""
MOST = 10**6
"""Samples that are not looked beyond."""


@dataclass(frozen=True)
class Bound:
    """What a result says at an instance: a number, or one line that says why there is none.

    `tightness` is the number over a sample quantile of the simulated risk, where that was measured.
    """

    key: str
    kind: str
    value: float | None
    why: str
    tightness: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        given = {"key": self.key, "kind": self.kind, "value": self.value}
        if self.tightness is not None:
            given["tightness"] = self.tightness
        return given | ({"why": self.why} if self.why else {})


def bounds(instance: Any, confidence: float) -> tuple[Bound, ...]:
    """Every bound of the instance's setting: those with a number first, the smallest at their head.

    Raises InputError for a setting without bounds, and `numerics.instance.InstanceError` for fields that make no
    instance.
    """
    fields = _checked(instance)
    found = [_bound(key, fields, confidence) for key in _keys(fields)]
    return tuple(sorted(found, key=lambda b: (b.value is None, b.value or 0.0)))


def measured(
    found: tuple[Bound, ...], instance: Any, confidence: float, *, trials: int, seed: int
) -> tuple[Bound, ...]:
    """The same with how tight they are: each over the sample quantile of so many simulated risks."""
    estimate = api.simulate(_checked(instance), trials=trials, seed=seed, quantiles=(confidence,))
    (quantile,) = estimate.quantiles.values()
    return tuple(replace(b, tightness=b.value / quantile if b.value is not None and quantile else None) for b in found)


@dataclass(frozen=True)
class Samples:
    """The least number of target samples at which a bound is at most the risk, and that bound; None beyond `MOST`."""

    n: int | None
    bound: Bound | None


def samples(instance: Mapping[str, Any], risk: float, confidence: float) -> Samples:
    """The least n at which the best bound is at most `risk`, other fields as they are: it holds at n, and not at n - 1.

    Looked for by doubling and halving, so that where the bound is not monotone in n (near n = d, with noise) a smaller
    n may do too.  Raises InputError as `bounds`, where `risk` is not positive, and where no bound applies at any n.
    """
    if not risk > 0:
        raise InputError(f"risk={risk}: give the excess risk that is tolerated, a positive number")

    def at(n: int) -> Bound:
        """The first that has a number, what is exact before others; the last that has none, if all have none."""
        fields = _checked({**instance, "n": n})
        found = Bound("", "", None, "")
        for key in _keys(fields):
            found = _bound(key, fields, confidence)
            if found.value is not None:
                break
        return found

    def enough(bound: Bound) -> bool:
        return bound.value is not None and bound.value <= risk

    low, high, tried = 0, 1, [at(1)]
    while not enough(tried[-1]):
        if high >= MOST and all(bound.value is None for bound in tried):
            raise InputError(f"no bound applies at any n: {tried[-1].key}: {tried[-1].why}")
        if high >= MOST:
            return Samples(None, None)
        low, high = high, min(2 * high, MOST)
        tried.append(at(high))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(at(middle)) else (middle, high)
    return Samples(high, at(high))


def _checked(instance: Any) -> dict[str, Any]:
    """The fields of a validated instance, the setting among them."""
    if isinstance(instance, Mapping):
        return {"setting": instance.get("setting"), **build(instance).fields()}
    return fields_of(instance)


def _keys(fields: Mapping[str, Any]) -> tuple[str, ...]:
    setting = str(fields.get("setting"))
    if setting not in WITH_CONFIDENCE:
        known = ", ".join(WITH_CONFIDENCE)
        raise InputError(f"setting {setting}: it has no bounds with a confidence yet; those that have: {known}")
    return WITH_CONFIDENCE[setting]


def _bound(key: str, fields: Mapping[str, Any], confidence: float) -> Bound:
    from theory.evaluation import EvaluationError

    kind = str(api.result(key).kind)
    try:
        value: Any = api.evaluate(key, fields, confidence=confidence).value
        return Bound(key, kind, float(value), "")
    except EvaluationError as wrong:
        return Bound(key, kind, None, str(wrong).removeprefix(f"{key}: "))
