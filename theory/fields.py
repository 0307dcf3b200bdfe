"""The fields of an instance, read once: checked, exact, and turned into the numbers that formulas name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import numpy as np
import sympy as sp

from theory.calculus.arrays import MissingLetter, evaluate_expression
from theory.calculus.expressions import Expression
from theory.notation import BY_NAME, LETTERS, VECTOR_FIELDS, FieldError
from theory.result import Result

MATRIX_FIELDS = ("X", "y", "e")
KNOWN = (*BY_NAME, *VECTOR_FIELDS, *MATRIX_FIELDS, "setting")


@dataclass(frozen=True)
class Fields:
    """Scalars as given, vectors as arrays of length d; `note` says what was done to them before evaluation."""

    known: Mapping[str, Any]
    note: str = ""

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Fields:
        """Check every field by itself and against d; unknown names are refused with the closest known one."""
        read: dict[str, Any] = {}
        for name, value in given.items():
            if name not in KNOWN:
                near = get_close_matches(name, KNOWN, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(KNOWN[:6])}, ..."
                raise FieldError(f"unknown field {name!r}: {hint}")
            if value is None:
                continue
            read[name] = _checked(name, value)
        if read.get("setting", "linear") != "linear":
            raise FieldError(f"setting={read['setting']!r}: this result belongs to the setting 'linear'")
        read = _with_shape_of_design(read)
        for name in (v for v in VECTOR_FIELDS if v in read and "d" in read):
            if len(read[name]) != read["d"]:
                raise FieldError(f"{name} has {len(read[name])} entries but d={read['d']}: give one entry per feature")
        return cls(read)

    def get(self, name: str) -> Any:
        return self.known.get(name, "missing")

    def must_keep(self, result: Result) -> None:
        """Refuse an instance that breaks one of the result's assumptions."""
        for assumption in result.given:
            for name, advice in assumption.broken_by.items():
                if name in self.known and not self._harmless(name):
                    raise FieldError(f"assumes {assumption.text}, but {name} is given: {advice}")

    def _harmless(self, name: str) -> bool:
        if name == "sigma":
            return bool(self.known["sigma"] == 0)
        return name == "test_spectrum" and "d" in self.known and np.array_equal(self.known[name], self.spectrum())

    def without_null_directions(self, result: Result) -> Fields:
        """Where test and training covariance agree, features of variance zero are seen by no one: leave them out."""
        spectrum = self.known.get("spectrum")
        shifted = "test_spectrum" in self.known and not self._harmless("test_spectrum")
        if spectrum is None or shifted or spectrum.all() or isinstance(result.regimes[0].value, Expression):
            return self
        keep = spectrum > 0
        if not keep.any():
            raise FieldError("the spectrum is all zero: no feature varies, so nothing can be learned or lost")
        kept = {k: v[keep] if k in VECTOR_FIELDS else v for k, v in self.known.items()}
        rank = int(keep.sum())
        return replace(self, known={**kept, "d": sp.Integer(rank)}, note=f"d = rank = {rank}: zero eigenvalues left out")

    def spectrum(self) -> np.ndarray:
        """The eigenvalues; all one if none are given."""
        if "spectrum" in self.known:
            return np.asarray(self.known["spectrum"])
        return np.ones(int(self._require("d")))

    def gap(self) -> np.ndarray:
        """t - u, in the eigenbasis."""
        return np.asarray(self._require("target") - self._require("source"))

    def number(self, symbol: sp.Symbol, key: str) -> sp.Expr:
        """The exact number of a quantity: given under its own name, or computed from the vectors."""
        quantity = BY_NAME[symbol.name]
        if symbol.name in self.known:
            return exact(self.known[symbol.name])
        if quantity.compute is None:
            raise FieldError(f"needs {symbol.name} ({quantity.meaning}): set it, for instance --set {symbol.name}=...")
        if quantity.needs == ("spectrum",) and "spectrum" not in self.known:
            return sp.Integer(1)
        missing = [v for v in quantity.needs if v not in self.known and v != "spectrum"]
        if missing:
            raise FieldError(
                f"needs {symbol.name} ({quantity.meaning}): give {' and '.join(missing)}, or {symbol.name} itself"
            )
        vectors = [self.spectrum() if v == "spectrum" else self.known[v] for v in quantity.needs]
        return exact(quantity.compute(*vectors))

    def matrix_value(self, value: Expression) -> Any:
        """A matrix expression at the arrays given as fields."""
        letters = {name: np.asarray(self.known[name]) for name in ("X",) if name in self.known}
        letters |= {name: np.asarray(self.known[name])[:, None] for name in ("y", "e") if name in self.known}
        for letter, name in (("u", "source"), ("t", "target")):
            if name in self.known:
                letters[letter] = self.known[name][:, None]
        if "d" in self.known:
            letters["S"] = np.diag(self.spectrum())
        symbols = {BY_NAME[k].symbol: float(self.known[k]) for k in ("n", "d", "sigma") if k in self.known}
        try:
            found = evaluate_expression(value, letters, symbols)
        except MissingLetter as missing:
            raise FieldError(f"needs {_how_to_give(str(missing.args[0]))}") from None
        except TypeError:
            raise FieldError("needs sigma (standard deviation of the target's label noise)") from None
        return float(found) if value.is_scalar else found[:, 0]

    def _require(self, name: str) -> Any:
        if name not in self.known:
            raise FieldError(f"needs {name}: set it, for instance --set {name}=...")
        return self.known[name]


def exact(value: Any) -> sp.Expr:
    """A float as the rational that its shortest decimal names: 0.3 is 3/10."""
    if isinstance(value, sp.Basic):
        return value
    return sp.Integer(value) if isinstance(value, int) else sp.Rational(repr(float(value)))


def _checked(name: str, value: Any) -> Any:
    if name in VECTOR_FIELDS:
        return VECTOR_FIELDS[name](name, value)
    if name in BY_NAME:
        return BY_NAME[name].check(name, value)
    if name in MATRIX_FIELDS:
        try:
            array = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise FieldError(f"{name}: needs numbers, {'a list of rows' if name == 'X' else 'a list'}") from None
        if array.ndim != (2 if name == "X" else 1) or not np.isfinite(array).all():
            raise FieldError(f"{name}: needs finite numbers, {'a list of equal rows' if name == 'X' else 'a list'}")
        return array
    return value


def _with_shape_of_design(read: dict[str, Any]) -> dict[str, Any]:
    """A design matrix given as numbers fixes n and d."""
    if "X" not in read:
        return read
    rows, cols = read["X"].shape
    for name, size in (("n", rows), ("d", cols)):
        if name in read and read[name] != size:
            raise FieldError(f"{name}={read[name]} but X is {rows} x {cols}: leave {name} out, or give another X")
        read = {**read, name: sp.Integer(size)}
    for name in ("y", "e"):
        if name in read and len(read[name]) != rows:
            raise FieldError(f"{name} has {len(read[name])} entries but X has {rows} rows")
    return read


def _how_to_give(letter: str) -> str:
    meaning = {e.name: e.meaning for e in LETTERS}[letter]
    field = {"u": "source", "t": "target", "S": "spectrum"}.get(letter, letter)
    return f"{field} ({meaning}): give it as a list of {'rows' if letter == 'X' else 'numbers'}"
