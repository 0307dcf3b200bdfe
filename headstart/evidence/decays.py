"""Rates: the error of a limit against the size, and the power of the size that it is claimed to fall with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headstart.evidence.markup import Markup, joined, tag
from headstart.evidence.numbers import SUPERSCRIPT, shown
from headstart.evidence.panels import Panel, drawing, line, text
from headstart.evidence.scales import Scale
from verify.evidence import Decay

if TYPE_CHECKING:
    from verify.verdict import Outcome

WIDTH, HEIGHT = 360.0, 290.0
LEFT, RIGHT, TOP, BOTTOM = 62.0, 346.0, 30.0, 240.0
CAPTION = (
    "Relative error of the formula against the number of samples, both logarithmic: simulated (dots, with the interval "
    "that decides), the rate claimed (line), and the largest error tolerated at the largest size (dashed)."
)


def figure(outcomes: Sequence[Outcome], title: str) -> Markup:
    """One panel an instance, two side by side."""
    found = [(o, o.evidence) for o in outcomes if isinstance(o.evidence, Decay)]
    cells = [
        tag("g", _cell(outcome, decay), transform=f"translate({WIDTH * (k % 2):g} {HEIGHT * (k // 2):g})")
        for k, (outcome, decay) in enumerate(found)
    ]
    last = max(outcome.observed for outcome, _ in found)
    description = f"{len(found)} instances over doubling sizes; the relative error at the largest is {shown(last, 3)}."
    return drawing(WIDTH * min(2, len(found)), HEIGHT * -(-len(found) // 2), title, description, *cells)


def _cell(outcome: Outcome, decay: Decay) -> Markup:
    sizes, errors = decay.sizes, decay.errors
    anchor = max(0, 1, key=lambda k: sizes[k] ** decay.rate * errors[k])
    through = [(n, errors[anchor] * (sizes[anchor] / n) ** decay.rate) for n in (sizes[0], sizes[-1])]
    visible = [e for e in (*errors, *decay.low, *decay.high, outcome.resolution, *(e for _, e in through)) if e > 0]
    floor = max(min(visible), min(e for e in (*errors, outcome.resolution) if e > 0) / 5)
    x = Scale(sizes[0] / 1.3, sizes[-1] * 1.3, LEFT, RIGHT, logarithmic=True)
    panel = Panel(x, Scale(floor / 1.3, 1.3 * max(visible), BOTTOM, TOP, logarithmic=True))
    slope = f"n{shown(-decay.rate, 3).replace('−', '-').translate(SUPERSCRIPT)}"
    where = "" if outcome.place is None else f": {outcome.place.stratum}"
    parts = [panel.frame(f"relative error, {slope}{where}", ticks_below=False), panel.curve(through)]
    parts.append(panel.level(outcome.resolution, "limit"))
    for n, error, low, high in zip(sizes, errors, decay.low, decay.high, strict=True):
        told = f"n = {n:g}: relative error {shown(error, 3)}, between {shown(low, 3)} and {shown(high, 3)}"
        parts.append(panel.whisker(n, max(low, floor / 1.3), high, outcome.verdict))
        parts.append(panel.mark(n, max(error, floor / 1.3), outcome.verdict, told))
        parts.append(line((x(n), BOTTOM), (x(n), BOTTOM + 4), "axis"))
        parts.append(text((x(n), BOTTOM + 18), f"{n:g}"))
    return joined((*parts, text(((LEFT + RIGHT) / 2, BOTTOM + 38), "samples n")))
