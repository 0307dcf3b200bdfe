"""Checks at the door: what an instance of any setting may be made of.

Every check returns the value in its stored form or raises `InstanceError` with one line that says
what was wrong, what was got and what to do.  Text is never evaluated, not even as a number.
"""

from __future__ import annotations

import difflib
import math
import operator
from collections.abc import Iterable, Mapping

import numpy as np
from jaxtyping import Float

NUMBER = (int, float, np.integer, np.floating)


SMALLEST, LARGEST = 1e-60, 1e60
"""Numbers outside these would leave the range of floating point in a product of four."""


class InstanceError(ValueError):
    """Bad input: one line that says what was wrong, what was got and what to do."""


def shown(value: object, width: int = 60) -> str:
    """`repr(value)` on one line, shortened to `width` characters."""
    text = " ".join(repr(value).split())
    return text if len(text) <= width else text[: width - 3] + "..."


def positive_integer(name: str, value: object) -> int:
    """`value` as an int >= 1; booleans and floats (10.0 too) are refused with `InstanceError`."""
    return _integer(name, value, least=1)


def nonnegative_integer(name: str, value: object) -> int:
    """`value` as an int >= 0; booleans and floats are refused with `InstanceError`."""
    return _integer(name, value, least=0)


def _integer(name: str, value: object, least: int) -> int:
    kind = "a positive integer" if least else "a non-negative integer"
    refusal = InstanceError(f"{name}={shown(value)}: needs {kind}; write {name}={max(least, 10)}, say.")
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise refusal
    if value < least:
        raise refusal
    return operator.index(value)


def nonnegative_number(name: str, value: object) -> float:
    """`value` as a finite float >= 0; booleans, text, NaN and infinities are refused with `InstanceError`."""
    if isinstance(value, bool) or not isinstance(value, NUMBER):
        raise InstanceError(f"{name}={shown(value)}: needs a number; write {name}=0.5, say.")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isfinite(number) and number and not SMALLEST <= abs(number) <= LARGEST:
        raise InstanceError(
            f"{name}={shown(value)}: needs a size between {SMALLEST:g} and {LARGEST:g}; change the unit."
        )
    if not math.isfinite(number) or number < 0:
        raise InstanceError(f"{name}={shown(value)}: needs a finite number >= 0; write {name}=0.5, say.")
    return number + 0.0


def vector(name: str, value: object, length: int) -> Float[np.ndarray, " length"]:
    """`value` (list, tuple or array of numbers) as a read-only float64 vector of `length` finite entries."""
    array = _numbers(name, value)
    if array.shape != (length,):
        raise InstanceError(f"{name} has shape {array.shape}: needs d={length} numbers.")
    bad = np.flatnonzero(~np.isfinite(array))
    if bad.size:
        raise InstanceError(f"{name}[{bad[0]}]={array[bad[0]]}: every entry must be finite; replace it.")
    sizes = np.abs(array[array != 0])
    if sizes.size and not SMALLEST <= sizes.min() <= sizes.max() <= LARGEST:
        raise InstanceError(f"{name}: needs sizes between {SMALLEST:g} and {LARGEST:g}, or 0; change the unit.")
    array.setflags(write=False)
    return array


def _numbers(name: str, value: object) -> np.ndarray:
    """A fresh float64 array of `value`, which must already hold numbers (text is not parsed)."""
    refusal = InstanceError(f"{name}={shown(value)}: needs a list of numbers; write {name}=[1.0, 0.5], say.")
    if not isinstance(value, list | tuple | np.ndarray):
        raise refusal
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError):
        raise refusal from None
    holds_boolean = not isinstance(value, np.ndarray) and any(isinstance(entry, bool) for entry in value)
    if (array.size and array.dtype.kind not in "iuf") or holds_boolean:
        raise refusal
    return np.array(array, dtype=np.float64) + 0.0  # -0.0 becomes 0.0: equal vectors, equal digests


def eigenvalues(name: str, value: object, length: int) -> Float[np.ndarray, " length"]:
    """A vector of `length` entries >= 0, not all zero."""
    array = vector(name, value, length)
    negative = np.flatnonzero(array < 0)
    if negative.size:
        first = negative[0]
        raise InstanceError(f"{name}[{first}]={array[first]}: eigenvalues are >= 0; make it so.")
    if not array.any():
        raise InstanceError(f"{name} is all zero: make at least one eigenvalue positive.")
    return array


def known_keys(fields: Mapping[str, object], known: Iterable[str]) -> None:
    """Refuse a key that is not in `known`, naming the closest one that is."""
    names = list(known)
    for key in fields:
        if not isinstance(key, str) or key not in names:
            close = difflib.get_close_matches(str(key), names, n=1, cutoff=0.4)
            advice = f"did you mean {close[0]}?" if close else f"use {', '.join(names)}."
            raise InstanceError(f"unknown field {shown(key)}: {advice}")


def present_keys(fields: Mapping[str, object], needed: Iterable[str]) -> None:
    """Refuse a mapping that lacks one of `needed`."""
    missing = [name for name in needed if name not in fields]
    if missing:
        got = shown(", ".join(map(str, fields)) or "none")
        raise InstanceError(f"missing field {missing[0]}: got {got}; add {missing[0]}.")
