"""Numbers, instance by instance: the formula's value as a line through the simulated ones, and how far they are off."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from headstart.evidence.instances import differing, named
from headstart.evidence.markup import Markup, joined
from headstart.evidence.numbers import shown
from headstart.evidence.panels import Panel, drawing, line, text
from headstart.evidence.scales import Scale, spanning
from verify.evidence import Interval

if TYPE_CHECKING:
    from verify.verdict import Outcome

WIDTH, LEFT, RIGHT = 720.0, 76.0, 708.0
TOP, MIDDLE, LOWER, BOTTOM = 28.0, 190.0, 232.0, 352.0
ROW = 15.0
CAPTION = (
    "Above, the formula (line) and simulation (dots), instance by instance in the order of the formula's value. Below, "
    "their difference in units of the detectable error, with the interval that decides where the test has one: the "
    "claim is supported where the interval lies within the band, and the draws end as soon as it does."
)


def figure(outcomes: Sequence[Outcome], title: str) -> Markup:
    """Both panels over the instances, whose sizes stand below."""
    ordered = sorted(outcomes, key=lambda outcome: outcome.claimed)
    x = Scale(-0.6, len(ordered) - 0.4, LEFT, RIGHT)
    rows = differing(ordered)
    offs = [abs(z) for o in ordered for z in (_off(o, o.observed), *(_limits(o) or ())) if math.isfinite(z)]
    worst = max(offs, default=0.0)
    description = (
        f"{len(ordered)} instances; values from {shown(ordered[0].claimed)} to {shown(ordered[-1].claimed)}; "
        f"the largest difference, its interval included, is {shown(worst, 3)} detectable errors."
    )
    height = BOTTOM + 14 + ROW * len(rows)
    return drawing(
        WIDTH, height, title, description, _values(ordered, x), _deviations(ordered, x, worst), _names(rows, x)
    )


def _values(ordered: Sequence[Outcome], x: Scale) -> Markup:
    heights = [h for o in ordered for h in (o.claimed, o.observed) if math.isfinite(h)]
    panel = Panel(x, spanning(heights or [0.0], MIDDLE, TOP))
    claims = [(i, o.claimed) for i, o in enumerate(ordered) if math.isfinite(o.claimed)]
    theory = panel.curve(claims if len(claims) > 1 else [(i + side, c) for i, c in claims for side in (-0.3, 0.3)])
    marks = (panel.mark(i, o.observed, o.verdict, _told(o)) for i, o in enumerate(ordered) if math.isfinite(o.observed))
    beyond = (
        text((x(i), TOP + 12), f"claimed {shown(o.claimed)}, simulated {shown(o.observed)}", kind="title")
        for i, o in enumerate(ordered)
        if not (math.isfinite(o.claimed) and math.isfinite(o.observed))
    )
    return joined((panel.frame("value", ticks_below=False), theory, *marks, *beyond))


def _deviations(ordered: Sequence[Outcome], x: Scale, worst: float) -> Markup:
    reach = 1.15 * max(1.2, worst)
    panel = Panel(x, Scale(-reach, reach, BOTTOM, LOWER))
    parts = [panel.frame("difference, in detectable errors", ticks_below=False), panel.band(-1, 1)]
    parts += [panel.level(-1, "limit"), panel.level(1, "limit"), panel.level(0, "theory")]
    for i, outcome in enumerate(ordered):
        if limits := _limits(outcome):
            parts.append(panel.whisker(i, *limits, outcome.verdict))
        if math.isfinite(outcome.observed):
            parts.append(panel.mark(i, _off(outcome, outcome.observed), outcome.verdict, _told(outcome)))
    return joined(parts)


def _off(outcome: Outcome, value: float) -> float:
    """In units of the detectable error."""
    return (value - outcome.claimed) / outcome.resolution


def _limits(outcome: Outcome) -> tuple[float, float] | None:
    found = outcome.evidence
    return (_off(outcome, found.low), _off(outcome, found.high)) if isinstance(found, Interval) else None


def _told(outcome: Outcome) -> str:
    return (
        f"{named(outcome)}: claimed {shown(outcome.claimed, 6)}, observed {shown(outcome.observed, 6)}, "
        f"{outcome.verdict} after {outcome.draws} draws"
    )


def _names(rows: Sequence[tuple[str, Sequence[str]]], x: Scale) -> Markup:
    """A column of sizes under each instance; where they would touch, under some."""

    def parts() -> Iterator[Markup]:
        for k, (sign, values) in enumerate(rows):
            y = BOTTOM + 18 + ROW * k
            yield text((LEFT - 7, y), sign, "end", "sign")
            stride = math.ceil(max(map(len, values)) * 8 / (x(1) - x(0))) if len(values) > 1 else 1
            yield from (text((x(i), y), value) for i, value in enumerate(values) if i % stride == 0)

    ticks = (line((x(i), BOTTOM), (x(i), BOTTOM + 4), "axis") for i in range(len(rows[0][1]) if rows else 0))
    return joined((*ticks, *parts()))
