"""SymPy in one thread at a time: while it deduces an assumption it marks it unknown, which other threads would read."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
TURN = RLock()


def exclusive(symbolic: Callable[P, T]) -> Callable[P, T]:
    """The same function, waiting until no other thread is in one of these."""

    @wraps(symbolic)
    def waiting(*args: P.args, **kwargs: P.kwargs) -> T:
        with TURN:
            return symbolic(*args, **kwargs)

    return waiting
