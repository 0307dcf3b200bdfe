"""The claims of this setting: what is compared, over which instances, and what a wrong formula looks like."""

from __future__ import annotations

from functools import partial

import sympy as sp

from theory.result import Value
from verify.claim import SMALL, Claim, Stratum, scaled
from verify.frozen.checks import risk_check, source_error_check
from verify.frozen.instances import split


def clearly(value: Value) -> Value:
    """A tenth more, and a bit: where nothing is left of the labels the risk is 0."""
    more = scaled(sp.Rational(11, 10))(value)
    return more if value == 0 else more + SMALL


ROOM, BELOW, ABOVE = (5, 9), -1, 1
MANY = (7, 12)
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
        Stratum("n_source > parameters", split((ABOVE, ROOM)), 2),
        Stratum("n_source < parameters", split((BELOW, (5, 8)), kept=(3, 4), only=(4, 8), free=(6, 9)), 3),
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
    found = [
        Stratum("n > parameters", split(target=(ABOVE, ROOM)), 3),
        Stratum("n < parameters", split(target=(BELOW, ROOM), free=MANY), 3),
        Stratum("n < parameters, n_source too", split((BELOW, (5, 8)), (BELOW, ROOM), free=MANY, kept=(7, 9)), 1),
        Stratum("nothing is trained", split(free=(0, 0)), 1),
        Stratum("nothing is transferred", split(kept=(0, 0), zeroed=(2, 3)), 1),
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


CLAIMS: tuple[Claim, ...] = (
    Claim("frozen.source_error", "mean of |t - w|^2", source_error_check, _source(), clearly, account="pilot"),
    Claim("frozen.risk", "mean of the risk", risk_check, _target(), clearly, account="pilot"),
)
