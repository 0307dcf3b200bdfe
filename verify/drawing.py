"""Draws as the comparisons take them, whatever is drawn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def first(chunks: Iterator[np.ndarray], size: int) -> np.ndarray:
    """So many draws, from an endless supply in chunks."""
    parts, have = [], 0
    for chunk in chunks:
        parts.append(chunk)
        have += len(chunk)
        if have >= size:
            return np.concatenate(parts)[:size]
    raise AssertionError
