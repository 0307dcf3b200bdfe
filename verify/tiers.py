"""How sharp a run is: with every change, every night, before a release."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Tier:
    """What a run of this kind resolves and where it looks.

    `sharper`: every resolution of the change tier is divided by this.  `instances`: so many times as many are drawn.
    `fresh`: instances and draws come from a new seed, which the report names; else from the seed 0.
    """

    name: str
    sharper: float
    instances: int
    fresh: bool

    def seed(self, given: int | None = None) -> int:
        """The seed of a run: that which is given, or this tier's own."""
        if given is not None:
            return given
        return secrets.randbits(32) if self.fresh else 0


TIERS = MappingProxyType(
    {
        tier.name: tier
        for tier in (
            Tier("change", 1, 1, fresh=False),
            Tier("nightly", 5, 1, fresh=True),
            Tier("release", 10, 2, fresh=True),
        )
    }
)
CHANGE, NIGHTLY, RELEASE = TIERS.values()


class UnknownTier(ValueError):
    """No tier of this name: one line that names those there are."""


def tier_named(name: str) -> Tier:
    """The tier of this name.

    >>> tier_named("nightly").sharper
    5
    """
    if name not in TIERS:
        raise UnknownTier(f"tier={name!r}: no such tier; use {', '.join(TIERS)}.")
    return TIERS[name]
