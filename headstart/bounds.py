"""Bounds on the excess risk that hold with a stated probability, best first, and how many samples they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from headstart import api
from headstart.errors import InputError
from headstart.instances import build, fields_of

LINEAR = ("linear.quantile", "linear.quantile_any_covariance")
EXACT = (*LINEAR, "frozen.probe_quantile", "ridge.quantile", "deep_linear.quantile")
"""Quantiles: bounds from above, and from below at the other level.  Of several the first that has a number is taken."""
ABOVE = {
    "deep_linear": ("deep_linear.quantile", "deep_linear.upper_bound"),
    "probe": ("frozen.probe_quantile",),
    "linear": (*LINEAR, "linear.upper_bound", "linear.split_bound", "linear.worst_direction"),
    "ridge": ("ridge.quantile", "ridge.upper_bound"),
}
BELOW = {
    "deep_linear": ("deep_linear.quantile",),
    "probe": ("frozen.probe_quantile",),
    "linear": (*LINEAR, "linear.lower_bound"),
    "ridge": ("ridge.quantile", "ridge.lower_bound"),
}
SANDWICHED = {"linear.upper_bound": "linear.lower_bound", "ridge.upper_bound": "ridge.lower_bound"}
"""Quick bounds from above, and those from below at the other level, between which an exact quantile lies."""
SIDES = {"upper": ABOVE, "lower": BELOW}
"""The results of a setting that bound its excess risk from one side, at a confidence."""
FINE = 0.01
"""To what part of itself the largest noise is found."""
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


def bounds(instance: Any, confidence: float, side: str = "upper") -> tuple[Bound, ...]:
    """Every bound of the instance's setting from that side, upper or lower: those with a number first, the tightest at
    their head.

    Raises InputError for a setting without bounds, and `numerics.instance.InstanceError` for fields that make no
    instance.
    """
    fields = _checked(instance)
    found: list[Bound] = []
    for key in _keys(fields, side):
        if not (key in EXACT and any(b.key in EXACT and b.value is not None for b in found)):
            found.append(_bound(key, fields, confidence, side))
    sign = 1 if side == "upper" else -1
    return tuple(sorted(found, key=lambda b: (b.value is None, sign * (b.value or 0.0))))


def measured(
    found: tuple[Bound, ...], instance: Any, confidence: float, side: str = "upper", *, trials: int, seed: int
) -> tuple[Bound, ...]:
    """The same with how tight they are: each over the sample quantile of so many simulated risks."""
    level = confidence if side == "upper" else 1 - confidence
    estimate = api.simulate(_checked(instance), trials=trials, seed=seed, quantiles=(level,))
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

    def at(n: int) -> dict[str, Any]:
        return {**instance, "n": n}

    _refuse_out_of_reach(_checked(at(1)), risk)
    low, high, tried = 0, 1, [_settled(at(1), risk, confidence)]
    while not enough(tried[-1], risk):
        if high >= MOST and all(bound.value is None for bound in tried):
            raise InputError(f"no bound applies at any n: {tried[-1].key}: {tried[-1].why}")
        if high >= MOST:
            return Samples(None, None)
        low, high = high, min(2 * high, MOST)
        tried.append(_settled(at(high), risk, confidence))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(_settled(at(middle), risk, confidence), risk) else (middle, high)
    return Samples(high, _first(at(high), confidence))


def _refuse_out_of_reach(fields: Mapping[str, Any], risk: float) -> None:
    """A penalty that stays as n grows leaves sum l D^2 (penalty/(l + penalty))^2."""
    if fields["setting"] != "ridge":
        return
    spectrum = np.asarray(fields.get("spectrum") or np.ones(fields["d"]))
    gap = np.subtract(fields["target"], fields["source"])
    left = float(spectrum @ (gap * fields["penalty"] / (spectrum + fields["penalty"])) ** 2)
    if risk <= left:
        raise InputError(f"risk={risk}: with this penalty {left:.6g} is left however many samples there are; lower it")


def enough(bound: Bound, risk: float) -> bool:
    """Whether a bound keeps the risk that small."""
    return bound.value is not None and bound.value <= risk


def _settled(instance: Mapping[str, Any], risk: float, confidence: float) -> Bound:
    """A number that is at most the risk exactly where the first bound is: a bound from either side of a quantile that
    costs much settles most comparisons with it."""
    fields = _checked(instance)
    for above, below in SANDWICHED.items():
        if above in _keys(fields, "upper") and not _is_flat(fields):
            larger = _bound(above, fields, confidence, "upper")
            smaller = _bound(below, fields, 1 - confidence, "lower")
            settled = enough(larger, risk) or (smaller.value is not None and smaller.value > risk)
            if settled:
                return larger if enough(larger, risk) else smaller
    return _first(instance, confidence)


def _is_flat(fields: Mapping[str, Any]) -> bool:
    """Whether linear.quantile applies, which costs nothing."""
    spectrum = fields.get("spectrum")
    flat = spectrum is None or len(set(spectrum)) == 1 or fields["n"] >= fields["d"]
    return bool(flat and fields["setting"] == "linear")


@dataclass(frozen=True)
class Noise:
    """The largest label noise at which a bound is at most the risk, and that bound; None where there is none."""

    sigma: float | None
    bound: Bound | None


def largest_noise(instance: Mapping[str, Any], risk: float, confidence: float) -> Noise:
    """The largest sigma, to a hundredth of it, at which the best bound is at most `risk`, other fields as they are.

    Looked for by doubling and halving from the instance's sigma, or 1 if that is 0.  Raises InputError as `samples`.
    """
    if not risk > 0:
        raise InputError(f"risk={risk}: give the excess risk that is tolerated, a positive number")

    def at(sigma: float) -> Bound:
        return _first({**instance, "sigma": sigma}, confidence)

    silent = at(0.0)
    if silent.value is None:
        raise InputError(f"no bound applies without noise: {silent.key}: {silent.why}")
    if not enough(silent, risk):
        return Noise(None, None)
    low, high = 0.0, float(instance.get("sigma", 0.0)) or 1.0
    while enough(at(high), risk):
        if high >= MOST:
            return Noise(float("inf"), silent)
        low, high = high, 2 * high
    while high - low > FINE * high and high > 1 / MOST:
        middle = (low + high) / 2
        low, high = (middle, high) if enough(at(middle), risk) else (low, middle)
    return Noise(low, at(low))


@dataclass(frozen=True)
class Rank:
    """One of several sources: what its risk lies between, at a confidence that holds for all of them together."""

    name: str
    lower: float
    upper: float | None
    why: str = ""


def ranked(instances: Mapping[str, Any], confidence: float) -> tuple[Rank, ...]:
    """Several instances, the smallest upper bound first; all bounds hold together with the confidence.

    The first is the best, with that confidence, where its upper bound is below every other lower bound.  Raises
    InputError for fewer than two, and as `bounds`.
    """
    if len(instances) < 2:
        raise InputError(f"{len(instances)} source: give two instances or more, one a source, to rank them")
    each = 1 - (1 - confidence) / (2 * len(instances))
    found = []
    for name, instance in instances.items():
        above = bounds(instance, each)[0]
        below = [b.value for b in bounds(instance, each, "lower") if b.value is not None]
        found.append(Rank(name, max(below, default=0.0), above.value, above.why))
    return tuple(sorted(found, key=lambda r: (r.upper is None, r.upper or 0.0)))


def _first(instance: Mapping[str, Any], confidence: float) -> Bound:
    """The first bound from above that has a number, what is exact before others; if none has, the last."""
    fields = _checked(instance)
    found = Bound("", "", None, "")
    for key in _keys(fields, "upper"):
        found = _bound(key, fields, confidence, "upper")
        if found.value is not None:
            break
    return found


def _checked(instance: Any) -> dict[str, Any]:
    """The fields of a validated instance, the setting among them."""
    if isinstance(instance, Mapping):
        return {"setting": instance.get("setting"), **build(instance).fields()}
    return fields_of(instance)


def _keys(fields: Mapping[str, Any], side: str) -> tuple[str, ...]:
    setting = str(fields.get("setting"))
    if side not in SIDES:
        raise InputError(f"side={side}: give one of {', '.join(SIDES)}")
    if setting not in SIDES[side]:
        known = ", ".join(SIDES[side])
        raise InputError(f"setting {setting}: it has no {side} bounds with a confidence; those that have: {known}")
    return SIDES[side][setting]


def _bound(key: str, fields: Mapping[str, Any], confidence: float, side: str) -> Bound:
    from theory.evaluation import EvaluationError

    kind = str(api.result(key).kind)
    if side == "lower" and key in EXACT:
        confidence = 1 - confidence
    try:
        value: Any = api.evaluate(key, fields, confidence=confidence).value
        return Bound(key, kind, float(value), "")
    except EvaluationError as wrong:
        return Bound(key, kind, None, str(wrong).removeprefix(f"{key}: "))
