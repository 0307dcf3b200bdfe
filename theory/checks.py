"""What the fields of an instance may be: one check each, refusing with one line."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float

from theory.shown import shown


class FieldError(ValueError):
    """A field of an instance that has no meaning: one line with what, got and what to do."""


class NotFlat(FieldError):
    """A spectrum that is not flat where only a flat one has an exact formula."""


SMALLEST, LARGEST, MOST = 1e-60, 1e60, 10**12
"""Numbers outside these would leave the range of floating point in a product of four."""


def count(name: str, got: Any) -> sp.Integer:
    """A positive integer.  Raises FieldError, as every check here does."""
    if isinstance(got, bool) or not isinstance(got, int | np.integer | sp.Integer) or got < 1:
        raise FieldError(f"{name}={shown(got)}: needs a positive integer")
    if got > MOST:
        raise FieldError(f"{name}={shown(got)}: needs an integer up to {MOST}")
    return sp.Integer(int(got))


def natural(name: str, got: Any) -> sp.Integer:
    """An integer >= 0."""
    return sp.Integer(0) if not isinstance(got, bool) and got == 0 else count(name, got)


def depth(name: str, got: Any) -> sp.Expr:
    """A positive integer, or infinity: the number, or the word inf."""
    if (isinstance(got, str) and got == "inf") or got == np.inf:
        return sp.oo
    try:
        return count(name, got)
    except FieldError as wrong:
        raise FieldError(f"{wrong}, or inf") from None


def duration(name: str, got: Any) -> float | sp.Expr:
    """A number > 0, or infinity: the word inf."""
    if (isinstance(got, str) and got == "inf") or got == np.inf:
        return sp.oo
    try:
        return positive(name, got)
    except FieldError as wrong:
        raise FieldError(f"{wrong}, or inf") from None


def number(name: str, got: Any) -> float:
    """A finite real number."""
    if isinstance(got, bool) or not isinstance(got, int | float | np.integer | np.floating):
        raise FieldError(f"{name}={shown(got)}: needs a finite number")
    try:
        value = float(got)
    except OverflowError:
        value = np.inf
    if not -np.inf < value < np.inf:
        raise FieldError(f"{name}={shown(got)}: needs a finite number")
    if value and not SMALLEST <= abs(value) <= LARGEST:
        raise FieldError(
            f"{name}={shown(got)}: needs a size between {SMALLEST:g} and {LARGEST:g}, or 0; change the unit"
        )
    return value


def nonnegative(name: str, got: Any) -> float:
    """A finite number >= 0."""
    if (value := number(name, got)) < 0:
        raise FieldError(f"{name}={shown(got)}: needs a number >= 0")
    return value


def positive(name: str, got: Any) -> float:
    """A finite number > 0."""
    if (value := number(name, got)) <= 0:
        raise FieldError(f"{name}={shown(got)}: needs a number > 0")
    return value


def probability(name: str, got: Any) -> float:
    """A number strictly between 0 and 1."""
    if not 0 < (value := number(name, got)) < 1:
        raise FieldError(f"{name}={shown(got)}: needs a probability strictly between 0 and 1")
    return value


def share(name: str, got: Any) -> float:
    """A number of at least 0 and below 1."""
    if not 0 <= (value := number(name, got)) < 1:
        raise FieldError(f"{name}={shown(got)}: needs a share of at least 0 and below 1")
    return value


def vector(name: str, got: Any) -> Float[np.ndarray, " d"]:
    """A list of finite numbers."""
    return _array(name, got, 1, "a plain list of finite numbers")


def spectrum(name: str, got: Any) -> Float[np.ndarray, " d"]:
    """A list of finite numbers >= 0."""
    values = vector(name, got)
    if values.size and values.min() < 0:
        raise FieldError(f"{name}: has the negative entry {values.min():g}; eigenvalues of a covariance are >= 0")
    return values


def design(name: str, got: Any) -> Float[np.ndarray, "n d"]:
    """A matrix of finite numbers, as a list of equal rows."""
    return _array(name, got, 2, "a list of equal rows of finite numbers")


def _array(name: str, got: Any, axes: int, what: str) -> Float[np.ndarray, ...]:
    try:
        array = np.asarray(got)
    except (TypeError, ValueError):
        raise FieldError(f"{name}={shown(got)}: needs {what}") from None
    if (
        _has_truth(got)
        or array.dtype.kind not in "iuf"
        or array.ndim != axes
        or array.size == 0
        or not np.isfinite(array).all()
    ):
        raise FieldError(f"{name}={shown(got)}: needs {what}")
    sizes = np.abs(array[array != 0].astype(np.float64))
    if sizes.size and not SMALLEST <= sizes.min() <= sizes.max() <= LARGEST:
        raise FieldError(f"{name}: needs sizes between {SMALLEST:g} and {LARGEST:g}, or 0; change the unit")
    return array.astype(np.float64)


def _has_truth(got: Any) -> bool:
    """Whether a True or False is among what would be read as 1 and 0."""
    return any(map(_has_truth, got)) if isinstance(got, list | tuple) else isinstance(got, bool | np.bool_)
