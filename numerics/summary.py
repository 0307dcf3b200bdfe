"""What is kept of a batch, however many trials it has: a few numbers, which merge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass, field
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from numerics.moments import Moments
from numerics.quantiles import Sketch


class Trials(NamedTuple):
    """Draws of a quantity; `plain`, those of the same mean before anything was averaged exactly, trial by trial."""

    values: Float[np.ndarray, " size"]
    plain: Float[np.ndarray, " size"] | None = None


Sample = Callable[[int, int], Trials]


@dataclass(frozen=True, eq=False)
class Summary:
    """The moments of a quantity, of the same as drawn where it is averaged exactly, and a sketch if asked for.

    The sketch is that of the quantity as drawn: averaging keeps the mean and nothing else.
    """

    moments: Moments = field(default_factory=Moments)
    plain: Moments = field(default_factory=Moments)
    sketch: Sketch = field(default_factory=Sketch)

    def __eq__(self, other: object) -> bool:
        """Equal when every bit is."""
        return self.to_bytes() == other.to_bytes() if isinstance(other, Summary) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.to_bytes())

    def merge(self, other: Summary) -> Summary:
        """The summary of both."""
        return Summary(
            self.moments.merge(other.moments), self.plain.merge(other.plain), self.sketch.merge(other.sketch)
        )

    def to_bytes(self) -> bytes:
        """Little-endian float64 numbers, which `from_bytes` reads back bit for bit."""
        lengths = [len(level) for level in self.sketch.levels]
        head = [*astuple(self.moments), *astuple(self.plain), self.sketch.over, self.sketch.under, len(lengths)]
        return np.concatenate([head, lengths, *self.sketch.levels]).astype("<f8").tobytes()

    @staticmethod
    def from_bytes(data: bytes) -> Summary:
        """The summary that `to_bytes` wrote."""
        numbers = np.frombuffer(data, "<f8").astype(np.float64)
        over, under, depth = (int(number) for number in numbers[10:13])
        ends = 13 + depth + np.cumsum(numbers[13 : 13 + depth]).astype(int)
        levels = tuple(np.split(numbers[13 + depth :], ends - 13 - depth)[:depth])
        return Summary(_moments(numbers[:5]), _moments(numbers[5:10]), Sketch(levels, over, under))


def _moments(numbers: Float[np.ndarray, " 5"]) -> Moments:
    count, *rest = numbers.tolist()
    return Moments(int(count), *rest)


@dataclass(frozen=True)
class SummaryOf:
    """`sample` summed up where it is drawn, so that a few numbers travel and not the draws.  Can be pickled."""

    sample: Sample
    sketched: bool = False

    def __call__(self, number: int, size: int) -> Summary:
        """The summary of the first `size` draws of batch `number`."""
        values, plain = self.sample(number, size)
        moments_of_plain = Moments() if plain is None else Moments.of(plain)
        sketch = Sketch.of(values if plain is None else plain) if self.sketched else Sketch()
        return Summary(Moments.of(values), moments_of_plain, sketch)


class Tally:
    """Summaries put in one after another, merged two by two like the carries of a binary counter.

    Rounding errors grow with the logarithm of their number, as many summaries are held, and the bits depend on
    their order only.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[int, Summary]] = []

    def add(self, summary: Summary) -> None:
        """Put in the next summary."""
        height = 0
        while self._waiting and self._waiting[-1][0] == height:
            summary = self._waiting.pop()[1].merge(summary)
            height += 1
        self._waiting.append((height, summary))

    @property
    def moments(self) -> Moments:
        """The moments of everything put in so far."""
        total = Moments()
        for _, summary in reversed(self._waiting):
            total = summary.moments.merge(total)
        return total

    @property
    def total(self) -> Summary:
        """The summary of everything put in so far."""
        total = Summary()
        for _, summary in reversed(self._waiting):
            total = summary.merge(total)
        return total
