"""What every figure of the page is made of: a frame with ticks, lines, dots and whiskers, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headstart.evidence.markup import Markup, joined, tag
from headstart.evidence.numbers import shown
from headstart.evidence.scales import Scale

Place = tuple[float, float]
SMALLEST = 520.0
"""A figure that is drawn wider is not made smaller than this on a small screen, but scrolls."""


@dataclass(frozen=True)
class Panel:
    """One pair of axes; the vertical scale runs upwards, from a larger place to a smaller."""

    x: Scale
    y: Scale

    def frame(self, title: str, *, ticks_below: bool = True) -> Markup:
        """Title, grid lines and the numbers at them."""
        left, right, bottom, top = self.x.start, self.x.end, self.y.start, self.y.end
        rows = [
            joined(
                (
                    line((left, self.y(v)), (right, self.y(v)), "grid"),
                    text((left - 7, self.y(v) + 3.5), shown(v), "end"),
                )
            )
            for v in self.y.ticks
        ]
        columns = [
            joined(
                (
                    line((self.x(v), bottom), (self.x(v), bottom + 4), "axis"),
                    text((self.x(v), bottom + 16), shown(v)),
                )
            )
            for v in (self.x.ticks if ticks_below else ())
        ]
        base = line((left, bottom), (right, bottom), "axis")
        return joined((text((left, top - 8), title, "start", "title"), *rows, base, *columns))

    def curve(self, points: Sequence[Place], kind: str = "theory") -> Markup:
        """A line through points."""
        return polyline([(self.x(a), self.y(b)) for a, b in points], kind)

    def level(self, height: float, kind: str) -> Markup:
        """A horizontal line across the panel."""
        return line((self.x.start, self.y(height)), (self.x.end, self.y(height)), kind)

    def band(self, low: float, high: float) -> Markup:
        """The stretch between two heights, filled."""
        top = self.y(high)
        return tag(
            "rect", x=self.x.start, y=top, width=self.x.end - self.x.start, height=self.y(low) - top, class_="band"
        )

    def whisker(self, at: float, low: float, high: float, verdict: str) -> Markup:
        """An interval with caps."""
        x, a, b = self.x(at), self.y(low), self.y(high)
        bars = [((x, a), (x, b)), ((x - 3, a), (x + 3, a)), ((x - 3, b), (x + 3, b))]
        return joined(line(p, q, f"whisker {verdict}") for p, q in bars)

    def mark(self, at: float, height: float, verdict: str, told: str, size: float = 4.0) -> Markup:
        """A simulated number: its shape, not only its colour, says the verdict."""
        x, y = self.x(at), self.y(height)
        shape = {"refuted": _cross, "undecided": _diamond, "vacuous": _diamond}.get(verdict, _dot)
        return tag("g", tag("title", told), shape(x, y, size), class_=f"mark {verdict}")

    def dot(self, at: float, height: float, verdict: str, told: str, size: float) -> Markup:
        """One of many simulated numbers that have a verdict together."""
        return tag("g", tag("title", told), _dot(self.x(at), self.y(height), size), class_=f"dot {verdict}")


def _dot(x: float, y: float, size: float) -> Markup:
    return tag("circle", cx=x, cy=y, r=size)


def _cross(x: float, y: float, size: float) -> Markup:
    s = 1.3 * size
    return tag("path", d=f"M{x - s:.2f} {y - s:.2f}l{2 * s:.2f} {2 * s:.2f}m0 {-2 * s:.2f}l{-2 * s:.2f} {2 * s:.2f}")


def _diamond(x: float, y: float, size: float) -> Markup:
    s = 1.5 * size
    return tag("path", d=f"M{x:.2f} {y - s:.2f}l{s:.2f} {s:.2f} {-s:.2f} {s:.2f} {-s:.2f} {-s:.2f}z")


def line(start: Place, end: Place, kind: str) -> Markup:
    """A straight line."""
    return tag("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], class_=kind)


def polyline(points: Sequence[Place], kind: str) -> Markup:
    """A line through places on the page."""
    return tag("polyline", points=" ".join(f"{x:.2f},{y:.2f}" for x, y in points), class_=kind)


def text(at: Place, words: str, anchor: str = "middle", kind: str | None = None) -> Markup:
    """Words at a place on the page."""
    return tag("text", words, x=at[0], y=at[1], text_anchor=anchor, class_=kind)


def drawing(width: float, height: float, title: str, description: str, *parts: Markup) -> Markup:
    """The whole figure, with what it shows said in words."""
    return tag(
        "svg",
        tag("title", title),
        tag("desc", description),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_label=f"{title}. {description}",
        style=f"max-width:{width:g}px;min-width:{min(width, SMALLEST):g}px",
    )
