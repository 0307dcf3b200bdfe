"""From numbers to places on a drawing: linear and logarithmic scales with round ticks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

DECADES = 30
"""A range wider than this ratio is drawn on a logarithmic scale."""


@dataclass(frozen=True)
class Scale:
    """Numbers from `low` to `high` on a stretch of the page from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False
    most: int = 5
    """About so many ticks."""

    def __call__(self, value: float) -> float:
        """The place of a number; what is beyond either end is put there."""
        a, b, x = (self._measure(number) for number in (self.low, self.high, max(self.low, min(self.high, value))))
        return self.start + (self.end - self.start) * (x - a) / (b - a)

    def _measure(self, value: float) -> float:
        return math.log10(value) if self.logarithmic else value

    @property
    def ticks(self) -> list[float]:
        """Some round numbers."""
        return (_powers if self.logarithmic else _steps)(self.low, self.high, self.most)


def spanning(values: Sequence[float], start: float, end: float, logarithmic: bool | None = None) -> Scale:
    """A scale on which all values lie, with some room; logarithmic by itself where they are positive and far apart."""
    low, high = min(values), max(values)
    if logarithmic is None:
        logarithmic = low > 0 and high > DECADES * low
    if logarithmic:
        room = (high / low) ** 0.08 if high > low else 2.0
        return Scale(low / room, high * room, start, end, logarithmic=True)
    room = 0.08 * (high - low) or 0.1 * abs(high) or 1.0
    return Scale(low - room if low < 0 or low > 0.4 * high else min(low, 0) - 0.3 * room, high + room, start, end)


def _steps(low: float, high: float, most: int) -> list[float]:
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= raw * (1 - 1e-9))
    return [k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _powers(low: float, high: float, most: int) -> list[float]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    if last - first >= 2:
        return [10.0**e for e in range(first, last + 1, math.ceil((last - first + 1) / most))]
    for digits in ((1, 2, 5), (1, 3), (1,)):
        found = [k * 10.0**e for e in range(first - 1, last + 1) for k in digits]
        if len(inside := [x for x in found if low <= x <= high]) <= most:
            break
    return inside
