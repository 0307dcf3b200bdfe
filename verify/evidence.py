"""What a test saw, in few numbers: where, and what its verdict rests on, enough to draw it.

Every interval is the one by which the test excludes errors, at its own `alpha_pass`: a claim is supported only where
the interval lies within the resolution of the claim.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verify.claim import Level


@dataclass(frozen=True)
class Place:
    """Where a test was made: an instance as its file holds it, arguments beside it, what it might spend, the time.

    `account` is the budget that its alpha was taken from.
    """

    account: str
    stratum: str
    regime: str
    fields: dict[str, Any] = field(hash=False)
    arguments: dict[str, float] = field(hash=False)
    level: Level
    seconds: float = field(compare=False)


@dataclass(frozen=True)
class Interval:
    """Where the exact value may be, in the units of the claim."""

    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """A distribution function at some points, as claimed and as drawn.

    `radius` is how far the second may be from the truth; `limit` how far from the claim their distance and it may be.
    """

    at: tuple[float, ...]
    claimed: tuple[float, ...]
    observed: tuple[float, ...]
    radius: float
    limit: float


@dataclass(frozen=True)
class Decay:
    """Relative errors at growing sizes, between their limits, and the power of the size that they fall with."""

    sizes: tuple[float, ...]
    errors: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    rate: float


@dataclass(frozen=True)
class Pairs:
    """Numbers that must be equal to rounding: by the formula, and computed."""

    claimed: tuple[float, ...]
    computed: tuple[float, ...]


Evidence = Interval | Curve | Decay | Pairs


def evidence_of(plain: Mapping[str, Any]) -> Evidence:
    """The evidence whose plain data this is: its kind is told by its fields, lists are tuples."""
    kinds: dict[frozenset[str], Callable[..., Evidence]] = {
        frozenset(f.name for f in fields(kind)): kind for kind in (Interval, Curve, Decay, Pairs)
    }
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()}
    return kinds[frozenset(plain)](**values)
