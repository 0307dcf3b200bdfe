"""Given instances at which a result is looked at, in the place of those that hypothesis draws: an experiment's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis.strategies import nothing

from verify.claim import Case, Claim, Stratum


@dataclass(frozen=True)
class Places:
    """The instances of `key` in what has this name.

    Two are the same where their digests are: instances are compared by their fields.
    """

    name: str
    key: str
    cases: tuple[Case, ...] = field(compare=False, repr=False)
    digest: str

    def as_json(self) -> dict[str, str]:
        """What tells it from others."""
        return {"name": self.name, "key": self.key, "digest": self.digest}


def places(name: str, key: str, instances: Iterable[Any], arguments: tuple[tuple[str, float], ...] = ()) -> Places:
    """Those of these instances (anything with `.fields()`) that differ, in their order; the result is asked at these
    arguments too."""
    told = dict(arguments)
    cases = {json.dumps({**i.fields(), **told}, sort_keys=True): Case(i, arguments) for i in instances}
    digest = hashlib.sha256("\n".join(cases).encode()).hexdigest()[:16]
    return Places(name, key, tuple(cases.values()), digest)


def claim_at(claims: Iterable[Claim], at: Places) -> Claim:
    """The first of these claims that is about the result, at the places given and nowhere else."""
    claim = next(claim for claim in claims if claim.key == at.key)
    stratum = Stratum(at.name, nothing(), 0, at.cases)
    return replace(claim, what=f"{claim.what}, {at.name}", strata=(stratum,), everywhere=False)
