"""Laws: the distribution function claimed as a line through the one that was drawn, and their difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headstart.evidence.instances import named
from headstart.evidence.markup import Markup, joined, tag
from headstart.evidence.numbers import shown
from headstart.evidence.panels import Panel, drawing, polyline
from headstart.evidence.scales import Scale, spanning
from verify.evidence import Curve

if TYPE_CHECKING:
    from verify.verdict import Outcome

COLUMNS, WIDTH, HEIGHT = 3, 236.0, 292.0
LEFT, RIGHT, TOP, MIDDLE, LOWER, BOTTOM = 44.0, 226.0, 30.0, 156.0, 194.0, 262.0
EVERY, TAIL = 2, 0.012
CAPTION = (
    "Distribution functions, one instance each: the one claimed (line) through the one drawn (dots), and below it "
    "their difference in the Dvoretzky–Kiefer–Wolfowitz interval (ribbon); the claim is supported only where the "
    "ribbon lies within the band."
)


def figure(outcomes: Sequence[Outcome], title: str) -> Markup:
    """Small figures side by side."""
    found = [(o, o.evidence) for o in outcomes if isinstance(o.evidence, Curve)]
    cells = []
    for k, (outcome, curve) in enumerate(found):
        row, column = divmod(k, COLUMNS)
        at = f"translate({WIDTH * column + 6:g} {HEIGHT * row:g})"
        cells.append(tag("g", _cell(outcome, curve), transform=at))
    farthest = max(outcome.observed for outcome, _ in found)
    rows = -(-len(found) // COLUMNS)
    description = f"{len(found)} distribution functions; the largest distance from the claim is {shown(farthest, 3)}."
    return drawing(WIDTH * COLUMNS + 12, HEIGHT * rows, title, description, *cells)


def _cell(outcome: Outcome, curve: Curve) -> Markup:
    points = list(zip(curve.at, curve.claimed, curve.observed, strict=True))
    points = [p for p in points if TAIL < p[2] < 1 - TAIL] or points[1:-1]
    across = spanning([x for x, _, _ in points], LEFT, RIGHT)
    upper = Panel(across, Scale(0, 1, MIDDLE, TOP))
    limit, gaps = curve.limit, [(x, seen - claimed) for x, claimed, seen in points]
    reach = 1.2 * max(limit, *(abs(gap) + curve.radius for _, gap in gaps))
    lower = Panel(across, Scale(-reach, reach, BOTTOM, LOWER, most=3))
    told = f"{named(outcome)}: distance {shown(outcome.observed, 3)}, {outcome.verdict}"
    parts = [upper.frame(_title(outcome), ticks_below=False), upper.curve([(x, f) for x, f, _ in points])]
    parts += [upper.dot(x, seen, outcome.verdict, told, 2.2) for x, _, seen in points[::EVERY]]
    parts += [lower.frame("difference"), lower.band(-limit, limit), lower.level(limit, "limit")]
    parts += [
        lower.level(-limit, "limit"),
        _ribbon(lower, gaps, curve.radius, outcome.verdict),
        lower.level(0, "theory"),
    ]
    parts += [lower.dot(x, gap, outcome.verdict, told, 1.8) for x, gap in gaps[::EVERY]]
    return joined(parts)


def _ribbon(panel: Panel, gaps: Sequence[tuple[float, float]], radius: float, verdict: str) -> Markup:
    """The interval at every point."""
    above = [(panel.x(x), panel.y(gap + radius)) for x, gap in gaps]
    below = [(panel.x(x), panel.y(gap - radius)) for x, gap in reversed(gaps)]
    return polyline([*above, *below, above[0]], f"ribbon {verdict}")


def _title(outcome: Outcome) -> str:
    """The first part of the name that fits, and what it came to if not to the best."""
    ending = "" if outcome.verdict == "supported" else f": {outcome.verdict}"
    return ", ".join(named(outcome).replace(" = ", " ").split(", ")[: 4 if not ending else 2]) + ending
