"""A row of the summary at a glance: every comparison of a claim, in units of its detectable error."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from headstart.evidence.markup import Markup
from headstart.evidence.panels import Panel, drawing
from headstart.evidence.scales import Scale

if TYPE_CHECKING:
    from verify.report import Row

WIDTH, HEIGHT, REACH = 132.0, 18.0, 1.5


def strip(row: Row) -> Markup:
    """Dots between -1 and 1 where the claim is right; those far away stand at the edge."""
    panel = Panel(Scale(-REACH, REACH, 3, WIDTH - 3), Scale(-1, 1, HEIGHT - 2, 2))
    inner = Panel(Scale(-1, 1, panel.x(-1), panel.x(1)), panel.y)
    seen = [(o, (o.observed - o.claimed) / o.resolution) for o in row.outcomes]
    finite = [(o, off) for o, off in seen if math.isfinite(off)]
    worst = max((abs(off) for _, off in finite), default=0.0)
    marks = [panel.mark(off, 0, o.verdict, f"{off:.2g} detectable errors", 2.6) for o, off in finite]
    centre = Panel(inner.x, Scale(-1, 1, HEIGHT - 2, 2)).curve([(0, -1), (0, 1)])
    title = f"{row.key}: {len(finite)} comparisons"
    return drawing(
        WIDTH, HEIGHT, title, f"at most {worst:.2g} detectable errors off", inner.band(-1, 1), centre, *marks
    )
