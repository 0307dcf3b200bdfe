"""Draws as the comparisons take them, whatever is drawn."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import numpy as np

MOST = 1 << 30
"""Bytes that are kept at most."""


@dataclass
class Shelf:
    """What has been drawn, by what determines it, and how many bytes that is."""

    kept: dict[Hashable, np.ndarray] = field(default_factory=dict)
    size: int = 0

    def put(self, key: Hashable, drawn: np.ndarray) -> None:
        """A copy, as a column holds on to all others; when there is no more room, all that is kept goes."""
        if self.size + drawn.nbytes > MOST:
            self.kept.clear()
            self.size = 0
        self.kept[key] = drawn.copy()
        self.size += drawn.nbytes


_shelf: ContextVar[Shelf | None] = ContextVar("shelf", default=None)


@contextmanager
def keeping() -> Iterator[None]:
    """Within, what has been drawn is kept, for the next that asks for the same."""
    token = _shelf.set(_shelf.get() or Shelf())
    try:
        yield
    finally:
        _shelf.reset(token)


def kept(key: Hashable, make: Callable[[], np.ndarray]) -> np.ndarray:
    """The draws that this key stands for: made, or kept from before."""
    shelf = _shelf.get()
    if shelf is None:
        return make()
    if key not in shelf.kept:
        shelf.put(key, make())
    return shelf.kept[key]


def first(chunks: Iterator[np.ndarray], size: int) -> np.ndarray:
    """So many draws, from an endless supply in chunks."""
    parts, have = [], 0
    for chunk in chunks:
        parts.append(chunk)
        have += len(chunk)
        if have >= size:
            return np.concatenate(parts)[:size]
    raise AssertionError
