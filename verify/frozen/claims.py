"""The claims of this setting: what is compared, over which instances, and what a wrong formula looks like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import sympy as sp

from theory.result import Value
from verify.claim import SMALL, Claim, Stratum, last_shifted, scaled
from verify.frozen.checks import freezing_check, risk_check, similarity_check, source_error_check
from verify.frozen.instances import FAR, FARTHER, split, with_coordinate
from verify.frozen.peaks import peaks_check
from verify.frozen.probes import network, probe_check, probed, risk_sample
from verify.frozen.splits import FOREIGN, RELATED, pool, split_check
from verify.levels import reaches
from verify.linear.instances import with_confidence
from verify.linear.laws import DISTANCE

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from verify.claim import Case


def clearly(value: Value) -> Value:
    """A tenth more, and a bit: where nothing is left of the labels the risk is 0."""
    more = scaled(sp.Rational(11, 10))(value)
    return more if value == 0 else more + SMALL


def moved(value: Value) -> Value:
    """One coordinate more where none are frozen, and one less where some are."""
    return value + 1 if value == 0 else value - 1


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


def _multiples() -> tuple[Stratum, ...]:
    """What is simulated of source tasks that are multiples of the target's: the same, once each."""
    alike: dict[str, Any] = {"maps": ("multiple", "identity")}
    far = {"n_source > parameters": split((ABOVE, ROOM), kept=SOME, **alike)}
    far["n_source < parameters"] = split((BELOW, (9, 12)), kept=SOME, only=(7, 12), free=(9, 12), **alike)
    far["nothing is transferred"] = split(kept=(0, 0), **alike)
    for gap in (0, 2):
        far[f"n_source = parameters + {gap}"] = alone((ABOVE, (gap, gap)), **alike)
    for gap in (1, 2):
        far[f"parameters = n_source + {gap}"] = alone((BELOW, (gap, gap)), kept=(4, 6), **alike)
    far["n_source = parameters, no residual"] = silent((ABOVE, (0, 1)), **alike)
    far["parameters = n_source + 1, no residual"] = silent((BELOW, (1, 1)), **alike)
    return tuple(Stratum(name, cases, 1) for name, cases in far.items())


SIDES: dict[str, dict[str, Any]] = {
    "n_source > parameters": {"source": (ABOVE, ROOM), "kept": SOME},
    "n_source < parameters": {"source": (BELOW, (9, 10)), "kept": (8, 9), "only": (5, 6)},
}
SIZES: dict[str, dict[str, Any]] = {
    "nothing is trained": {"free": (0, 0)},
    "n > parameters": {"target": (ABOVE, ROOM), "free": SOME},
    "n < parameters": {"target": (BELOW, ROOM), "free": MANY},
    "n far above parameters": {"target": (ABOVE, (30, 40)), "free": SOME},
    "n far below parameters": {"target": (BELOW, (20, 24)), "free": (26, 30)},
}


def _gains(sizes: Sequence[str], length: float, **given: Any) -> Iterator[tuple[str, SearchStrategy[Case]]]:
    """Either side of the source's threshold, with some of the target's."""
    for (side, source), name in product(SIDES.items(), sizes):
        yield f"{side}, {name}", split(**source, **SIZES[name], **given, length=length)


def _less_related() -> tuple[Stratum, ...]:
    """Both risks are finite: either side of both thresholds, or nothing trained."""
    found = _gains(("nothing is trained", "n > parameters", "n < parameters"), FAR, maps=("opposite",))
    return tuple(Stratum(name, cases, 1) for name, cases in found)


def _freezing() -> tuple[Stratum, ...]:
    """Both risks are finite: either side of both thresholds."""
    found = _gains(("n far above parameters", "n far below parameters"), FARTHER, maps=("opposite",))
    return tuple(Stratum(name, cases.map(with_coordinate), 1) for name, cases in found)


def _peaks() -> tuple[Stratum, ...]:
    """Any task: few samples and more, one more of either than of the other."""
    return (
        Stratum("few samples", split((BELOW, (2, 4)), (BELOW, (2, 4)), kept=(4, 6), free=(4, 6)), 2),
        Stratum("more samples", split((ABOVE, (2, 4)), (ABOVE, (2, 4)), kept=(2, 4), free=(2, 4)), 1),
    )


def _splits() -> tuple[Stratum, ...]:
    """Either end is best: by what the source is worth, on either side of n = transferred and at it, and by how noisy
    the labels are."""
    cases = {
        "n > transferred, related": pool((ABOVE, ROOM), (4, 6), **RELATED),
        "n > transferred, foreign": pool((ABOVE, ROOM), (4, 6), **FOREIGN),
        "n < transferred, related": pool((BELOW, (10, 11)), (12, 13), **RELATED),
        "n < transferred, foreign": pool((BELOW, (10, 11)), (12, 13), **FOREIGN),
        "n = transferred, with residual": pool((ABOVE, (0, 1)), (12, 14), **FOREIGN),
        "n = transferred, no residual": pool((ABOVE, (0, 1)), (12, 14), zeroed=(0, 0), noise=False, **FOREIGN),
        "transferred = n + 1, no residual": pool((BELOW, (1, 1)), (2, 3), zeroed=(0, 0), noise=False, **FOREIGN),
        "n_source = parameters": pool((ABOVE, ROOM), (4, 6), source=(ABOVE, (0, 1)), only=(0, 0), task_noise=False),
    }
    return tuple(Stratum(name, case, 1) for name, case in cases.items())


def _probe() -> tuple[Stratum, ...]:
    """Away from n = m, near it and at it; what the features leave, and what they do not."""
    found = [
        Stratum("n > features", probed(), 2),
        Stratum("n > features, the target in their span", probed(spanned=True), 1),
        Stratum("n > features, no noise", probed(noise=False), 1),
        Stratum("n > features, one of them twice", probed(repeated=True), 1),
        Stratum("n > features, nothing varies", probed((2, 5), noise=False, spanned=True), 1),
        Stratum("n <= features + 1, nothing varies", probed((0, 1), noise=False, spanned=True), 2),
        Stratum("first layers kept, several outputs", network(), 2),
        Stratum("all layers retrained", network(kept=(0, 0)), 1),
        Stratum("first layers kept, n <= features + 1", network((0, 1)), 1),
    ]
    return (*found, *(Stratum(f"n = features + {gap}", probed((gap, gap)), 1) for gap in (0, 1, 2, 3)))


def _levels() -> tuple[Stratum, ...]:
    """Away from n = m and at it; what the features leave, and what they do not."""
    cases = {
        "n > features": probed(),
        "n > features, the target in their span": probed(spanned=True),
        "n > features, no noise": probed(noise=False),
        "n = features": probed((0, 0)),
    }
    return tuple(Stratum(name, with_confidence(case), 1) for name, case in cases.items())


more = scaled(sp.Rational(5, 4))

CLAIMS: tuple[Claim, ...] = (
    Claim("frozen.source_error", "mean of |t - w|^2", source_error_check, _source(), clearly, account="pilot"),
    Claim("frozen.risk", "mean of the risk", risk_check, _target(), clearly, account="pilot"),
    Claim("frozen.peaks", "law of what is left at the peaks", peaks_check, _peaks(), last_shifted, 0.02),
    Claim(
        "frozen.when_freezing_helps", "paired difference of risks", freezing_check, _freezing(), clearly, 0.02, "pilot"
    ),
    Claim("frozen.best_split", "risks of other splits", split_check, _splits(), moved, 0.02, "pilot"),
    Claim("frozen.task_similarity", "mean of |t - w|^2", source_error_check, _multiples(), clearly, account="pilot"),
    Claim(
        "frozen.less_related_wins",
        "paired difference of risks",
        similarity_check,
        _less_related(),
        clearly,
        0.02,
        "pilot",
    ),
    Claim("frozen.probe", "mean of the risk", probe_check, _probe(), clearly, account="pilot"),
    Claim(
        "frozen.probe_quantile", "how often the quantile is exceeded", reaches(risk_sample), _levels(), more, DISTANCE
    ),
)
