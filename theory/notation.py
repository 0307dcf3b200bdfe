"""One table of notation: for every symbol its name, its LaTeX, what it means and how an instance gives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from theory.calculus.expressions import Expression, matrix
from theory.calculus.words import Word


class FieldError(ValueError):
    """A field of an instance that has no meaning: one line with what, got and what to do."""


@dataclass(frozen=True)
class Entry:
    """A row of the notation table; `name` is also the field by which a user sets the value."""

    name: str
    latex: str
    meaning: str


@dataclass(frozen=True)
class Quantity(Entry):
    """A number that formulas use: its SymPy symbol, what it may be, and how it is computed from other fields."""

    symbol: sp.Symbol
    check: Callable[[str, Any], Any]
    needs: tuple[str, ...] = ()
    compute: Callable[..., Any] | None = None


def _count(name: str, got: Any) -> sp.Integer:
    if isinstance(got, bool) or not isinstance(got, int | np.integer) or got < 1:
        raise FieldError(f"{name}={got!r}: needs a positive integer")
    return sp.Integer(int(got))


def _nonnegative(name: str, got: Any) -> float:
    number = _number(name, got)
    if number < 0:
        raise FieldError(f"{name}={got!r}: needs a number >= 0")
    return number


def _number(name: str, got: Any) -> float:
    if isinstance(got, bool) or not isinstance(got, int | float | np.integer | np.floating) or not np.isfinite(got):
        raise FieldError(f"{name}={got!r}: needs a finite number")
    return float(got)


def _positive(name: str, got: Any) -> float:
    if (number := _number(name, got)) <= 0:
        raise FieldError(f"{name}={got!r}: needs a number > 0")
    return number


def _probability(name: str, got: Any) -> float:
    if not 0 < (number := _number(name, got)) < 1:
        raise FieldError(f"{name}={got!r}: needs a probability strictly between 0 and 1")
    return number


def _vector(name: str, got: Any) -> np.ndarray:
    try:
        vector = np.asarray(got, dtype=np.float64)
    except (TypeError, ValueError):
        raise FieldError(f"{name}: needs a list of numbers, got {str(got)[:40]!r}") from None
    if vector.ndim != 1 or not np.isfinite(vector).all():
        raise FieldError(f"{name}: needs a plain list of finite numbers")
    return vector


def _spectrum(name: str, got: Any) -> np.ndarray:
    vector = _vector(name, got)
    if vector.size and vector.min() < 0:
        raise FieldError(f"{name}: has the negative entry {vector.min():g}; eigenvalues of a covariance are >= 0")
    return vector


VECTOR_FIELDS: dict[str, Callable[[str, Any], np.ndarray]] = {
    "source": _vector,
    "target": _vector,
    "source_teacher": _vector,
    "spectrum": _spectrum,
    "test_spectrum": _spectrum,
}


def _flat(spectrum: np.ndarray) -> float:
    low, high = spectrum.min(), spectrum.max()
    if low != high:
        raise FieldError(
            f"the spectrum runs from {low:g} to {high:g} but must be flat here (isotropic covariance); "
            "for n < d use linear.risk_equivalent"
        )
    return _positive("spectrum", float(low))


def _squared(a: np.ndarray) -> float:
    return float(a @ a)


def _squared_difference(a: np.ndarray, b: np.ndarray) -> float:
    return float((a - b) @ (a - b))


def _invertible_ratio(test: np.ndarray, train: np.ndarray) -> float:
    if train.min() <= 0:
        raise FieldError("spectrum has a zero entry where test_spectrum matters: the shift needs every eigenvalue > 0")
    return float(np.sum(test / train))


def _quantity(
    name: str,
    latex: str,
    meaning: str,
    check: Callable[[str, Any], Any],
    needs: tuple[str, ...] = (),
    compute: Callable[..., Any] | None = None,
    **facts: bool,
) -> Quantity:
    return Quantity(name, latex, meaning, sp.Symbol(name, **facts), check, needs, compute)


QUANTITIES: tuple[Quantity, ...] = (
    _quantity("n", "n", "target samples", _count, integer=True, positive=True),
    _quantity("d", "d", "features", _count, integer=True, positive=True),
    _quantity("sigma", r"\sigma", "standard deviation of the target's label noise", _nonnegative, nonnegative=True),
    _quantity(
        "level", r"\lambda", "the one eigenvalue of an isotropic covariance", _positive, ("spectrum",), _flat, positive=True
    ),
    _quantity(
        "squared_distance",
        r"\lVert\Delta\rVert^2",
        "squared distance of target and source weights",
        _nonnegative,
        ("target", "source"),
        _squared_difference,
        nonnegative=True,
    ),
    _quantity(
        "squared_target", r"\lVert\theta_T\rVert^2", "squared norm of the target weights", _nonnegative, ("target",), _squared,
        nonnegative=True,
    ),
    _quantity(
        "squared_source", r"\lVert\theta_S\rVert^2", "squared norm of the source weights", _nonnegative, ("source",), _squared,
        nonnegative=True,
    ),
    _quantity(
        "source_target",
        r"\langle\theta_S,\theta_T\rangle",
        "inner product of source and target weights",
        _number,
        ("source", "target"),
        lambda u, t: float(u @ t),
        real=True,
    ),
    _quantity(
        "test_distance",
        r"\Delta^{\top} A\Delta",
        "squared distance of target and source in the test covariance",
        _nonnegative,
        ("target", "source", "test_spectrum"),
        lambda t, u, a: float(a @ (t - u) ** 2),
        nonnegative=True,
    ),
    _quantity(
        "test_trace", r"\operatorname{tr}A", "total variance of a test point", _nonnegative, ("test_spectrum",),
        lambda a: float(a.sum()), nonnegative=True,
    ),
    _quantity(
        "test_ratio",
        r"\operatorname{tr}(A\Sigma^{-1})",
        "total variance of a test point, measured in the training covariance",
        _nonnegative,
        ("test_spectrum", "spectrum"),
        _invertible_ratio,
        nonnegative=True,
    ),
    _quantity("n_source", r"\tilde n", "source samples", _count, integer=True, positive=True),
    _quantity(
        "sigma_source", r"\tilde\sigma", "standard deviation of the source's label noise", _nonnegative, nonnegative=True
    ),
    _quantity(
        "squared_teacher", r"\lVert w\rVert^2", "squared norm of the source teacher", _nonnegative, ("source_teacher",),
        _squared, nonnegative=True,
    ),
    _quantity(
        "teacher_target",
        r"\langle w,\theta_T\rangle",
        "inner product of source teacher and target weights",
        _number,
        ("source_teacher", "target"),
        lambda w, t: float(w @ t),
        real=True,
    ),
    _quantity("confidence", "p", "probability of a quantile", _probability, positive=True),
    _quantity("risk", "r", "excess risk that is tolerated", _nonnegative, nonnegative=True),
)

EIGENVALUE, GAP = sp.IndexedBase("eigenvalue"), sp.IndexedBase("gap")
INDEX = sp.Symbol("i", integer=True, positive=True)
KAPPA = sp.Symbol("kappa", positive=True)

LETTERS: tuple[Entry, ...] = (
    Entry("t", r"\theta_T", "target weights, in R^d"),
    Entry("u", r"\theta_S", "source (pretrained) weights, in R^d, where training starts"),
    Entry("D", r"\Delta", "target minus source weights"),
    Entry("X", "X", "target design, n x d, rows independent N(0, Sigma)"),
    Entry("S", r"\Sigma", "covariance of the features, d x d"),
    Entry("A", "A", "covariance of the features at test time, d x d"),
    Entry("e", r"\varepsilon", "label noise of the target, N(0, sigma^2 I) in R^n"),
    Entry("y", "y", "labels of the target, in R^n"),
    Entry("Q", "Q", "projection on the orthogonal complement of the row span of X"),
    Entry("Xs", r"\tilde X", "source design, rows independent N(0, Sigma)"),
    Entry("es", r"\tilde\varepsilon", "label noise of the source"),
    Entry("ys", r"\tilde y", "labels of the source"),
    Entry("Qs", r"\tilde Q", "projection on the orthogonal complement of the row span of the source design"),
    Entry("w", "w", "source teacher, in R^d"),
    Entry("X2", "X_2", "an independent copy of the target design"),
    Entry("Z", "Z", "design with standard normal entries"),
    Entry("a", "a", "standard normal vector in R^{d-n}"),
    Entry("b", "b", "standard normal vector in R^n"),
    Entry("f", "f", "the part of the noise in the column span of the design, N(0, sigma^2 I) in R^d"),
    Entry("g", "g", "standard normal vector in R^{|d-n|+1}"),
    Entry("h", "h", "fine-tuned weights"),
)

OTHERS: tuple[Entry, ...] = (
    Entry("eigenvalue", r"\lambda", "eigenvalues of the covariance, lambda_i"),
    Entry("gap", r"\Delta", "coordinates of target minus source in the eigenbasis, Delta_i"),
    Entry("kappa", r"\kappa", "effective regularisation: the root of sum_i lambda_i/(lambda_i + kappa) = n"),
)

TABLE: tuple[Entry, ...] = (*QUANTITIES, *OTHERS, *LETTERS)
BY_NAME: dict[str, Quantity] = {q.name: q for q in QUANTITIES}


def symbol(name: str) -> sp.Symbol:
    """The SymPy symbol of a quantity of the table."""
    return BY_NAME[name].symbol


n, d, sigma = symbol("n"), symbol("d"), symbol("sigma")


def vector(name: str) -> Expression:
    """A deterministic vector in R^d."""
    return matrix(name, d, 1)


def covariance(name: str) -> Expression:
    """A deterministic symmetric d x d matrix."""
    return matrix(name, d, d, symmetric=True)


@cache
def _scalar_words() -> dict[Word, sp.Symbol]:
    """Which quadratic forms and traces of the letters are which quantities of the table."""
    from theory.calculus.expressions import inverse, trace

    u, t, w, gap = vector("u"), vector("t"), vector("w"), vector("D")
    s, a = covariance("S"), covariance("A")
    meanings = {
        "squared_distance": gap.T @ gap,
        "squared_target": t.T @ t,
        "squared_source": u.T @ u,
        "source_target": u.T @ t,
        "test_distance": gap.T @ a @ gap,
        "test_trace": trace(a),
        "test_ratio": trace(a @ inverse(s)),
        "squared_teacher": w.T @ w,
        "teacher_target": w.T @ t,
    }
    return {form.terms[0][0].traces[0]: symbol(name) for name, form in meanings.items()}


def scalar_of(word: Word) -> sp.Symbol:
    """The quantity that a trace in deterministic letters is; an error names a trace that has no symbol."""
    by_text = {known.key: symbol for known, symbol in _scalar_words().items()}
    if word.key not in by_text:
        raise ValueError(f"{word} is no quantity of the notation table: average it, or add it to the table")
    return by_text[word.key]
