"""Numbers that must be equal to rounding: computed against the formula, and how far apart they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headstart.evidence.instances import named
from headstart.evidence.markup import Markup, joined
from headstart.evidence.numbers import shown
from headstart.evidence.panels import Panel, drawing, text
from headstart.evidence.scales import Scale, spanning
from verify.evidence import Pairs

if TYPE_CHECKING:
    from verify.verdict import Outcome

WIDTH, HEIGHT, TOP, BOTTOM = 720.0, 290.0, 30.0, 240.0
FLOOR = 1e-18
CAPTION = (
    "Left, every number that was computed against the formula's; they must lie on the line. Right, how far apart they "
    "are, relative to the size of the whole, and the rounding that is allowed (dashed); equal numbers stand at the "
    "bottom."
)


def figure(outcomes: Sequence[Outcome], title: str) -> Markup:
    """Both panels."""
    found = [(o, o.evidence) for o in outcomes if isinstance(o.evidence, Pairs)]
    gaps = [_gaps(outcome, pairs) for outcome, pairs in found]
    worst = max(gap for of in gaps for gap in of)
    description = (
        f"{sum(map(len, gaps))} numbers of {len(found)} instances; the largest difference is {shown(worst, 2)} of the "
        f"size of the whole."
    )
    return drawing(WIDTH, HEIGHT, title, description, _identity(found), _distances(found, gaps))


def _scale(outcome: Outcome) -> float:
    return outcome.resolution / outcome.relative_resolution if outcome.relative_resolution else 1.0


def _gaps(outcome: Outcome, pairs: Pairs) -> list[float]:
    return [abs(a - b) / _scale(outcome) for a, b in zip(pairs.claimed, pairs.computed, strict=True)]


def _identity(found: Sequence[tuple[Outcome, Pairs]]) -> Markup:
    points = [(a, b, o) for o, pairs in found for a, b in zip(pairs.claimed, pairs.computed, strict=True)]
    ends = [min(min(a, b) for a, b, _ in points), max(max(a, b) for a, b, _ in points)]
    if ends[1] - ends[0] <= 1e-6 * max(map(abs, ends)):
        ends = [min(0.0, 2 * ends[0]), max(0.0, 2 * ends[1])]
    panel = Panel(spanning(ends, 62, 320, False), spanning(ends, BOTTOM, TOP, False))
    marks = [
        panel.mark(a, b, o.verdict, f"{named(o)}: formula {shown(a)}, computed {shown(b)}", 3) for a, b, o in points
    ]
    label = text((191, BOTTOM + 38), "formula")
    return joined((panel.frame("computed"), panel.curve([(z, z) for z in ends]), *marks, label))


def _distances(found: Sequence[tuple[Outcome, Pairs]], gaps: Sequence[Sequence[float]]) -> Markup:
    allowed = found[0][0].relative_resolution or 1.0
    high = max(allowed, *(gap for of in gaps for gap in of))
    x = Scale(-0.6, len(found) - 0.4, 412, 708)
    panel = Panel(x, Scale(FLOOR, 30 * high, BOTTOM, TOP, logarithmic=True))
    parts = [panel.frame("difference, relative", ticks_below=False), panel.level(allowed, "limit")]
    for k, ((outcome, _), of) in enumerate(zip(found, gaps, strict=True)):
        told = f"{named(outcome)}: {outcome.verdict}"
        parts += [panel.mark(k, max(gap, FLOOR), outcome.verdict, told, 3) for gap in of]
        parts.append(text((x(k), BOTTOM + 16), str(k + 1)))
    return joined((*parts, text((560, BOTTOM + 38), "instance")))
