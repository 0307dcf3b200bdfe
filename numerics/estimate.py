"""A simulated mean, and everything needed to get it again."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from numerics.instance import InstanceError, nonnegative_number, shown
from numerics.summary import Summary
from numerics.versions import processor, versions

INTERRUPTED = "interrupted; the same call with a store goes on from the last finished batch"


@dataclass(frozen=True)
class Recipe:
    """All that decides the bits of every batch of a run, and what is said of it.

    instance      the fields of the instance, `setting` among them, and its digest
    quantity      what is averaged, and the column drawn for it
    law           the sampler, in words
    seed, batch_size, sketched, versions, processor
    note          one line where mean or variance is infinite, or empty
    finite        the highest order, up to 4, of which the column has a finite moment
    draws         the edition of the samplers: raised when a seed comes to stand for other draws
    """

    instance: Mapping[str, Any]
    digest: str
    quantity: str
    column: str
    law: str
    seed: int
    batch_size: int
    sketched: bool
    note: str
    finite: int
    versions: Mapping[str, str] = field(default_factory=versions)
    processor: str = field(default_factory=processor)
    draws: int = 1

    def to_json(self) -> str:
        """Strict JSON that `from_json` reads back."""
        return json.dumps(asdict(self), allow_nan=False)

    @staticmethod
    def from_json(text: str) -> Recipe:
        """The recipe that `to_json` wrote."""
        return Recipe(**json.loads(text))

    @property
    def checksum(self) -> str:
        """SHA-256 of the JSON: two runs share their batches when it is the same."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


@dataclass(frozen=True)
class Estimate:
    """A simulated mean and everything needed to get it again.

    estimate, standard_error    of the mean; the error is inf where the mean or the variance is
    trials, seed                how many draws, from which seed
    law                         the sampler used, in words
    quantity                    what was averaged
    instance                    digest of the instance
    note                        a warning of one line, or empty
    versions                    of headstart, numpy, numba and python
    variance, skewness, kurtosis    of one trial, averaged where `law` says so; kurtosis 3 is that of a normal law;
                                None where the moment they estimate is infinite, or no two trials differ
    gain                        variance of a trial as drawn over that averaged exactly: so many times fewer trials
                                do; None where nothing was averaged
    quantiles                   level: quantile of the quantity as drawn, where asked for
    rank_error                  a proved bound on how far the level of each quantile of the sample is off
    stopped                     one line where an interrupt ended the run, or empty
    """

    estimate: float
    standard_error: float
    trials: int
    seed: int
    law: str
    quantity: str
    instance: str
    note: str = ""
    versions: Mapping[str, str] = field(default_factory=versions)
    variance: float | None = None
    skewness: float | None = None
    kurtosis: float | None = None
    gain: float | None = None
    quantiles: Mapping[str, float] = field(default_factory=dict)
    rank_error: float | None = None
    stopped: str = ""

    def as_json(self) -> dict[str, Any]:
        """The fields as plain values fit for strict JSON: infinities and NaN as "inf", "-inf" and "nan"."""
        return {key: _plain(value) for key, value in asdict(self).items()}


def _plain(value: Any) -> Any:
    """Floats that JSON lacks as their names."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def estimate(recipe: Recipe, total: Summary, *, levels: Sequence[float] = (), interrupted: bool = False) -> Estimate:
    """The estimate that `total`, merged from batches of `recipe`, gives, with quantiles at `levels`."""
    moments, finite = total.moments, recipe.finite
    return Estimate(
        estimate=moments.mean,
        standard_error=math.inf if recipe.note else moments.standard_error,
        trials=moments.count,
        seed=recipe.seed,
        law=recipe.law,
        quantity=recipe.quantity,
        instance=recipe.digest,
        note=recipe.note,
        versions=dict(recipe.versions),
        variance=_known(moments.variance, finite >= 2),
        skewness=_known(moments.skewness, finite >= 3),
        kurtosis=_known(moments.kurtosis, finite >= 4),
        gain=gain(total, finite),
        quantiles={f"{level:g}": total.sketch.quantile(level) for level in levels},
        rank_error=total.sketch.rank_error if levels else None,
        stopped=INTERRUPTED if interrupted else "",
    )


def gain(total: Summary, finite: int) -> float | None:
    """How many times the exact averaging shrinks the variance; None where it has none to shrink."""
    averaged = total.moments.variance
    return _known(total.plain.variance / averaged if averaged else math.nan, finite >= 2 and total.plain.count > 1)


def _known(value: float, exists: bool) -> float | None:
    """`value` where it estimates something."""
    return value if exists and not math.isnan(value) else None


def checked_levels(levels: object) -> tuple[float, ...]:
    """Levels of quantiles as numbers strictly between 0 and 1, else `InstanceError`."""
    if not isinstance(levels, list | tuple):
        raise InstanceError(f"quantiles={shown(levels)}: needs a list of levels; write quantiles=[0.5, 0.95], say.")
    numbers = tuple(nonnegative_number("quantiles", level) for level in levels)
    for number in numbers:
        if not 0 < number < 1:
            raise InstanceError(f"quantiles={shown(levels)}: levels lie strictly between 0 and 1; write [0.5], say.")
    return numbers
