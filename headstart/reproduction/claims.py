"""An experiment's agreement as claims: its results, each at the instances where the experiment looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headstart.instances import build
from headstart.reproduction import checked, computed, experiments
from headstart.reproduction.drawing import Drawing

if TYPE_CHECKING:
    from verify.places import Places

PREFIX = "reproduction"


def split(keys: Sequence[str]) -> tuple[tuple[str, ...], tuple[Places, ...]]:
    """The names of results, and the places of the experiments that are named as `reproduction.NAME`."""
    results = tuple(key for key in keys if key.partition(".")[0] != PREFIX)
    names = [key.partition(".")[2] for key in keys if key not in results]
    wanted = [one for name in names for one in (experiments() if not name else [checked(name)])]
    return results, tuple(at for name in dict.fromkeys(wanted) for at in places_of(name))


def places_of(name: str) -> tuple[Places, ...]:
    """The instances at all points of an experiment, gathered by the result that is compared there."""
    from verify.places import places

    curves = [curve for panel in computed(name, Drawing(0, 0)).panels for curve in panel.curves]
    return tuple(
        places(
            f"{PREFIX}.{name}",
            key,
            [build(fields) for c in curves if (c.key, c.arguments) == (key, arguments) for fields in c.instances],
            arguments,
        )
        for key, arguments in dict.fromkeys((curve.key, curve.arguments) for curve in curves)
    )
