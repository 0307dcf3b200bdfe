"""What a check says: four verdicts, and the outcome that carries one."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from verify.evidence import Evidence, Place


class Verdict(StrEnum):
    """The four things a check can say; only `SUPPORTED` is green."""

    SUPPORTED = "supported"
    """The claim stands, and an error as large as the resolution is excluded."""
    REFUTED = "refuted"
    """The claim, or the certificate it was tested with, is wrong."""
    UNDECIDED = "undecided"
    """The draws ran out before either."""
    VACUOUS = "vacuous"
    """Nothing satisfied the assumptions, so nothing was tested."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The verdict of one test, with everything needed to judge the test itself.

    `claimed` and `observed` are in the units of the claim: means for a mean, distances for a law (where the
    claim is distance 0), coverages for a bound, relative errors at the largest size for a rate.
    """

    verdict: Verdict
    test: str
    """The name of the test, such as `sequential mean (Catoni)`."""
    claimed: float
    observed: float
    resolution: float
    """The smallest error the test detects, in the units of the claim."""
    relative_resolution: float | None
    """The same, relative to the scale of the claim; None where there is no scale."""
    draws: int
    certificate: str
    """What certifies the moments: `closed form`, `analytic bound`, `pilot x2` or `none needed`."""
    alpha: float
    """The probability of refusing a true claim is at most this (0: no chance involved)."""
    alpha_pass: float
    """The probability of supporting a claim that is wrong by the resolution or more is at most this."""
    note: str = ""
    evidence: Evidence | None = None
    """What the verdict rests on, to be drawn; None where the claimed and the observed number are all there is."""
    place: Place | None = None
    """Where the test was made, once a run has entered it."""

    def as_json(self) -> dict[str, Any]:
        """The fields in order, ready for `json.dumps`; numbers JSON cannot hold as `inf`, `-inf`, `nan`.

        >>> from verify.verdict import Outcome, Verdict
        >>> Outcome(verdict=Verdict.REFUTED, test="law", claimed=0.0, observed=float("inf"), resolution=0.01,
        ...         relative_resolution=None, draws=7, certificate="none needed", alpha=0.1, alpha_pass=0.1
        ...         ).as_json()["observed"]
        'inf'
        """
        return {name: _json_value(value) for name, value in asdict(self).items()}


def decide(*, refuted: bool, supported: bool) -> Verdict:
    """The verdict of one test; a refutation prevails, for a claim of equality is wrong by however little."""
    if refuted:
        return Verdict.REFUTED
    return Verdict.SUPPORTED if supported else Verdict.UNDECIDED


def combine(outcomes: Iterable[Outcome]) -> Verdict:
    """One verdict for many tests of one formula: the worst that occurred.

    Refuted if any is refuted; otherwise undecided if any is undecided; otherwise vacuous if no test said
    supported (there was none, or all were vacuous); otherwise supported.
    """
    said = {outcome.verdict for outcome in outcomes}
    for verdict in (Verdict.REFUTED, Verdict.UNDECIDED, Verdict.SUPPORTED):
        if verdict in said:
            return verdict
    return Verdict.VACUOUS


def combine_regimes(verdicts: Iterable[Verdict]) -> Verdict:
    """One verdict for the regimes of one claim: the worst that occurred; vacuous if one went untested, or all."""
    said = set(verdicts) or {Verdict.VACUOUS}
    return next(v for v in (Verdict.REFUTED, Verdict.UNDECIDED, Verdict.VACUOUS, Verdict.SUPPORTED) if v in said)


def _json_value(value: Any) -> Any:
    if isinstance(value, Verdict):
        return value.value
    if isinstance(value, dict):
        return {name: _json_value(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
