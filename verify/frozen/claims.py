"""The claims of this setting: what is compared, over which instances, and what a wrong formula looks like."""

from __future__ import annotations

from functools import partial

import sympy as sp

from theory.result import Value
from verify.claim import SMALL, Claim, Stratum, scaled
from verify.frozen.checks import risk_check, source_error_check
from verify.frozen.instances import split
from verify.frozen.probes import probe_check, probed


def clearly(value: Value) -> Value:
    """A tenth more, and a bit: where nothing is left of the labels the risk is 0."""
    more = scaled(sp.Rational(11, 10))(value)
    return more if value == 0 else more + SMALL


ROOM, BELOW, ABOVE = (12, 20), -1, 1
SOME, MANY = (4, 6), (15, 24)
"""Parameters of a regression with fewer samples than these."""
alone = partial(split, only=(0, 0), task_noise=False)
"""All that the source learns is transferred, and its task is H t."""
silent = partial(alone, kept=(4, 6), free=(0, 0), zeroed=(0, 0), source_noise=False)
"""Nothing is hidden from the source, and nothing else varies."""
everything = partial(split, kept=(0, 0), zeroed=(0, 0), free=(3, 6), noise=False)
"""All coordinates are trained, without noise."""


def _source() -> tuple[Stratum, ...]:
    """Either side of n_source = source_parameters; near it; at it, with what varies and without."""
    found = [
        Stratum("n_source > parameters", split((ABOVE, ROOM), kept=SOME), 2),
        Stratum("n_source < parameters", split((BELOW, (9, 12)), kept=SOME, only=(7, 12), free=(9, 12)), 2),
        Stratum("nothing is transferred", split(kept=(0, 0)), 1),
    ]
    for gap in (0, 1, 2, 3):
        found.append(Stratum(f"n_source = parameters + {gap}", alone((ABOVE, (gap, gap))), 1))
    for gap in (1, 2, 3):
        found.append(Stratum(f"parameters = n_source + {gap}", alone((BELOW, (gap, gap)), kept=(4, 6)), 1))
    for gap in (0, 1):
        found.append(Stratum(f"n_source = parameters + {gap}, no residual", silent((ABOVE, (gap, gap))), 1))
    found.append(Stratum("parameters = n_source + 1, no residual", silent((BELOW, (1, 1))), 2))
    return tuple(found)


def _target() -> tuple[Stratum, ...]:
    """The same for n = free_parameters, the source well away from its own."""
    source = ABOVE, ROOM
    found = [
        Stratum("n > parameters", split(source, (ABOVE, ROOM), free=SOME), 2),
        Stratum("n < parameters", split(source, (BELOW, ROOM), free=MANY), 2),
        Stratum("n < parameters, n_source too", split((BELOW, (9, 12)), (BELOW, ROOM), free=MANY, kept=(11, 14)), 1),
        Stratum("nothing is trained", split(source, free=(0, 0), kept=SOME), 1),
        Stratum("nothing is transferred", split(target=(ABOVE, ROOM), free=SOME, kept=(0, 0), zeroed=(2, 3)), 1),
    ]
    for gap in (0, 1, 2, 3):
        found.append(Stratum(f"n = parameters + {gap}", split(target=(ABOVE, (gap, gap))), 1))
    for gap in (1, 2, 3):
        found.append(Stratum(f"parameters = n + {gap}", split(target=(BELOW, (gap, gap)), free=(4, 6)), 1))
    for side, gap in ((ABOVE, 0), (ABOVE, 1), (BELOW, 1)):
        name = f"n = parameters {'+' if side > 0 else '-'} {gap}, no residual"
        found.append(Stratum(name, everything(target=(side, (gap, gap))), 1))
    found.append(Stratum("n_source at its threshold", alone((ABOVE, (0, 1))), 1))
    return tuple(found)


def _probe() -> tuple[Stratum, ...]:
    """Away from n = m, near it and at it; what the features leave, and what they do not."""
    found = [
        Stratum("n > features", probed(), 2),
        Stratum("n > features, the target in their span", probed(spanned=True), 1),
        Stratum("n > features, no noise", probed(noise=False), 1),
        Stratum("n > features, one of them twice", probed(repeated=True), 1),
        Stratum("n > features, nothing varies", probed((2, 5), noise=False, spanned=True), 1),
        Stratum("n <= features + 1, nothing varies", probed((0, 1), noise=False, spanned=True), 2),
    ]
    return (*found, *(Stratum(f"n = features + {gap}", probed((gap, gap)), 1) for gap in (0, 1, 2, 3)))


CLAIMS: tuple[Claim, ...] = (
    Claim("frozen.source_error", "mean of |t - w|^2", source_error_check, _source(), clearly, account="pilot"),
    Claim("frozen.risk", "mean of the risk", risk_check, _target(), clearly, account="pilot"),
    Claim("frozen.probe", "mean of the risk", probe_check, _probe(), clearly, account="pilot"),
)
