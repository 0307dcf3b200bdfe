"""The fields of an instance, read once: checked, exact, and turned into the numbers that formulas name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from fractions import Fraction
from math import isclose
from typing import Any

import numpy as np
import sympy as sp

from theory import checks
from theory.calculus.arrays import MissingLetter, Numbers, evaluate_expression
from theory.calculus.expressions import Expression
from theory.calculus.names import numbers_needed
from theory.checks import FieldError
from theory.coordinates import COORDINATE_FIELDS, check_coordinates, coordinates, one_coordinate, task_map
from theory.features import Vector
from theory.network import as_probe, layers
from theory.notation import LETTERS
from theory.quantities import BY_NAME, VECTOR_FIELDS
from theory.result import Result
from theory.shown import shown
from theory.tasks import ByFalling, along, tasks

MATRIX_FIELDS = {"X": checks.design, "y": checks.vector, "e": checks.vector}
TASK_FIELDS: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(COORDINATE_FIELDS, coordinates),
    "task_map": task_map,
    "features": checks.design,
    "targets": checks.design,
    "layers": layers,
    "coordinate": one_coordinate,
    "tasks": tasks,
}
KNOWN = (*BY_NAME, *VECTOR_FIELDS, *MATRIX_FIELDS, *TASK_FIELDS, "setting", "widths")
BY_FEATURE = (*VECTOR_FIELDS, "features")
"""Fields with an entry, or a row, for every feature of x."""
OPTIONAL = ("spectrum", "task_map")
"""Fields that stand for the identity where they are not given."""
LAYERS = ("depth", "frozen_layers", "widths")
"""Fields of a network with layers: linear regression has none."""
ROUNDING = 1e-9


@dataclass(frozen=True)
class Fields:
    """Scalars as given, vectors as arrays of length d; `note` says what was done to them beforehand."""

    known: Mapping[str, Any]
    note: str = ""
    _found: dict[str, sp.Expr] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def read(cls, given: Mapping[str, Any], setting: str = "linear") -> Fields:
        """Check every field by itself and against d; unknown names are refused with the closest known one."""
        read: dict[str, Any] = {}
        if given.get("setting", setting) != setting:
            raise FieldError(f"setting={shown(given['setting'])}: this result belongs to the setting {setting!r}")
        for name, value in given.items():
            if name not in KNOWN:
                near = get_close_matches(name, KNOWN, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(KNOWN[:6])}, ..."
                raise FieldError(f"unknown field {shown(name)}: {hint}")
            if value is not None:
                read[name] = _checked(name, value)
        check_coordinates(read)
        read = as_probe(read, setting)
        if "features" in read and "d" in read and len(read["features"]) != read["d"]:
            raise FieldError(
                f"features has {len(read['features'])} rows but d={read['d']}: give one row per feature of x"
            )
        if "tasks" in read and "d" in read and len(read["tasks"][0].target) != read["d"]:
            raise FieldError(f"the targets of tasks have {len(read['tasks'][0].target)} entries but d={read['d']}")
        if setting == "linear" and (layers := [name for name in LAYERS if name in read]):
            raise FieldError(f"{layers[0]} is given, but linear regression has no layers: use a result of deep_linear")
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

    def must_have(self, result: Result) -> None:
        """Refuse an instance without a quantity that an assumption needs where its condition holds."""
        sizes = {BY_NAME[name].symbol: self.known[name] for name in ("n", "d") if name in self.known}
        for assumption in result.given:
            for name, condition in assumption.needs.items():
                if condition.subs(sizes) == sp.true:
                    self.number(BY_NAME[name].symbol)

    def _harmless(self, name: str) -> bool:
        if name in ("sigma", "frozen_layers"):
            return bool(self.known[name] == 0)
        return name == "test_spectrum" and "d" in self.known and np.array_equal(self.known[name], self.spectrum())

    def without_null_directions(self, result: Result) -> Fields:
        """Features of variance zero in training and test are seen by no one: leave them out of a formula in
        n and d."""
        if "spectrum" not in self.known or isinstance(result.regimes[0].value, Expression):
            return self
        spectrum = self.spectrum()
        test = self.known.get("test_spectrum", spectrum)
        if np.any((spectrum == 0) & (test > 0)):
            raise FieldError("spectrum is zero where test_spectrum is not: what training never sees is not learned")
        keep = spectrum > 0
        if keep.all():
            return self
        if not keep.any():
            raise FieldError("spectrum is all zero: no feature varies, so nothing can be learned or lost")
        self._refuse_numbers_of_whole_vectors()
        kept = {k: v[keep] if k in BY_FEATURE else v for k, v in self.known.items()}
        rank = int(keep.sum())
        return replace(
            self, known={**kept, "d": sp.Integer(rank)}, note=f"d = rank = {rank}: zero eigenvalues left out"
        )

    def _refuse_numbers_of_whole_vectors(self) -> None:
        for name in self.known:
            if name in BY_NAME and len(parts := [v for v in BY_NAME[name].needs if v != "spectrum"]) > 0:
                raise FieldError(
                    f"spectrum has zero eigenvalues and {name} does not say what lies along them: "
                    f"give {' and '.join(parts)} instead of {name}"
                )

    def spectrum(self) -> Vector:
        """The eigenvalues; all equal to `level`, or to one, if none are given."""
        if "spectrum" in self.known:
            return np.asarray(self.known["spectrum"])
        return np.full(int(self._require("d")), float(self.known.get("level", 1.0)))

    def coordinates(self, name: str) -> Vector:
        """Eigenvalues, or coordinates of t, u or t - u in the eigenbasis, as formulas name them."""
        match name:
            case "eigenvalue":
                return self.spectrum()
            case "gap":
                return np.asarray(self._require("target") - self._require("source"))
        return np.asarray(self._require(name))

    def number(self, symbol: sp.Symbol) -> sp.Expr:
        """The exact number of a quantity: given under its own name, or computed from the vectors.

        Raises FieldError where it is neither, or where the two disagree.
        """
        if symbol.name not in self._found:
            self._found[symbol.name] = self._number(symbol)
        return self._found[symbol.name]

    def _number(self, symbol: sp.Symbol) -> sp.Expr:
        quantity = BY_NAME[symbol.name]
        optional = OPTIONAL if quantity.default is None else ()
        missing = [v for v in quantity.needs if v not in self.known and v not in optional]
        computable = quantity.compute is not None and not missing
        if symbol.name not in self.known and not computable and quantity.default is not None:
            return sp.Integer(quantity.default)
        if symbol.name in self.known:
            given = self.known[symbol.name]
            if computable and not isclose(found := self._computed(symbol.name), given, rel_tol=ROUNDING):
                raise FieldError(
                    f"{symbol.name}={given} but {' and '.join(quantity.needs)} make it {float(found):.6g}: drop one"
                )
            return exact(given)
        if computable:
            return exact(self._computed(symbol.name))
        if quantity.compute is None:
            raise FieldError(f"needs {symbol.name} ({quantity.meaning}): set it, for instance --set {symbol.name}=...")
        raise FieldError(
            f"needs {symbol.name} ({quantity.meaning}): give {' and '.join(missing)}, or {symbol.name} itself"
        )

    def _computed(self, name: str) -> float | Fraction:
        compute, needs = BY_NAME[name].compute, BY_NAME[name].needs
        assert compute is not None
        if needs == ("spectrum",) and "spectrum" not in self.known:
            return float(self.known.get(name, 1.0))
        found: float | Fraction = compute(*(self.spectrum() if v == "spectrum" else self.known.get(v) for v in needs))
        return found

    def along_tasks(self, value: sp.Expr) -> float | Vector:
        """A formula in sums and products over a sequence of tasks, or the order of the tasks by one."""
        if isinstance(value, ByFalling):
            worth = {k: self.along_tasks(value.at(k)) for k in range(1, len(self._require("tasks")) + 1)}
            return np.array(sorted(worth, key=lambda k: -worth[k]))
        task = int(self.number(BY_NAME["task"].symbol))
        written = along(value, self._require("tasks"), self._require("start"), task)
        return float(written.subs({s: self.number(s) for s in written.free_symbols}).evalf(25))

    def matrix_value(self, value: Expression, numbers_of: Callable[[set[sp.Basic]], Numbers]) -> float | Vector:
        """A matrix expression at the arrays given as fields: a number, or the entries of a vector."""
        letters = {name: np.asarray(self.known[name]) for name in ("X",) if name in self.known}
        columns = {"y": "y", "e": "e", "u": "source", "t": "target", "p": "point", "yB": "y"}
        letters |= {letter: self.known[name][:, None] for letter, name in columns.items() if name in self.known}
        if "X" not in letters:
            raise FieldError(f"needs {_how_to_give('X')}")
        _refuse_dependent_columns(letters["X"])
        letters["S"] = np.diag(self.spectrum())
        numbers = numbers_of(numbers_needed(value) - {BY_NAME[k].symbol for k in ("n", "d")})
        sizes = {BY_NAME[k].symbol: float(self.known[k]) for k in ("n", "d")}
        try:
            found = evaluate_expression(value, letters, {**numbers, **sizes})
        except MissingLetter as missing:
            raise FieldError(f"needs {_how_to_give(str(missing.args[0]))}") from None
        return float(found) if value.is_scalar else found[:, 0]

    def _require(self, name: str) -> Any:
        if name not in self.known:
            raise FieldError(f"needs {name}: set it, for instance --set {name}=...")
        return self.known[name]


def exact(value: Any) -> sp.Expr:
    """A float as the rational that its shortest decimal names: 0.3 is 3/10."""
    if isinstance(value, sp.Basic):
        return value
    if isinstance(value, Fraction):
        return sp.Rational(value.numerator, value.denominator)
    return sp.Integer(value) if isinstance(value, int) else sp.Rational(repr(float(value)))


def _checked(name: str, value: Any) -> Any:
    if name in VECTOR_FIELDS:
        return VECTOR_FIELDS[name](name, value)
    if name in BY_NAME:
        return BY_NAME[name].check(name, value)
    if name in MATRIX_FIELDS:
        return MATRIX_FIELDS[name](name, value)
    if name in TASK_FIELDS:
        return TASK_FIELDS[name](name, value)
    return value  # the setting has been looked at, and widths change no formula


def _refuse_dependent_columns(x: np.ndarray) -> None:
    """With n >= d and full column rank Q = 0, which the formulas of that regime use."""
    rows, cols = x.shape
    if rows >= cols and (rank := np.linalg.matrix_rank(x)) < cols:
        raise FieldError(f"X is {rows} x {cols} of rank {rank}: for n >= d its columns must be independent; drop some")


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
    """The field that a missing letter is given by; labels are given as such rather than by their noise."""
    asked = "y" if letter == "e" else letter
    meaning = {entry.name: entry.meaning for entry in LETTERS}[asked]
    field = {"u": "source", "t": "target", "S": "spectrum", "p": "point", "yB": "y"}.get(asked, asked)
    return f"{field} ({meaning}): give it as a list of {'rows' if asked == 'X' else 'numbers'}"
