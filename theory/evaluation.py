"""From a result and the fields of an instance to a number, or to one line that says why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import product
from typing import Any, TypeAlias

import numpy as np
import sympy as sp

from theory import integrals, least, nets
from theory.averaging import NotAccurate, average
from theory.calculus.arrays import at_numbers
from theory.calculus.averages import Average, QuantileIn
from theory.calculus.events import LeastOver
from theory.calculus.expressions import Expression
from theory.calculus.laws import Beta, BetaPrime, Quantile
from theory.calculus.plane import Inversion, Least, PlaneIntegral
from theory.checks import FieldError, NotFlat
from theory.distribution import Distribution, distribution_of
from theory.exclusive import exclusive
from theory.features import Vector
from theory.fields import Fields
from theory.notation import BY_NAME, EIGENVALUE, GAP, INDEX
from theory.quantities import QUANTITIES
from theory.result import Implicit, Kind, Regime, Result
from theory.spectra import ALL
from theory.tasks import OVER_TASKS

Number: TypeAlias = int | float
Arrays: TypeAlias = Mapping[sp.IndexedBase, Vector]
Numbers: TypeAlias = Mapping[sp.Symbol, float]
SYMBOLS = {q.symbol for q in QUANTITIES}
SMALLEST = 1e-300
OF_THEIR_OWN = {"frozen.probe": "probe", "frozen.probe_quantile": "probe"}
"""Results about instances of a setting that is not the first word of their key."""


class EvaluationError(ValueError):
    """A result that has no number at an instance: one line with what, got, and what to do."""


@dataclass(frozen=True)
class Evaluation:
    """A number, the regime whose formula gave it, and what was assumed."""

    key: str
    value: Number | Distribution | Vector
    kind: Kind
    regime: str
    given: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain data: key, value, kind, regime, given; infinite values as "inf"; a law with its mean and
        quantiles."""
        found: dict[str, Any] = {
            "key": self.key,
            "value": _plain(self.value),
            "kind": str(self.kind),
            "regime": self.regime,
            "given": list(self.given),
        }
        if isinstance(self.value, Distribution):
            found["mean"] = _plain(self.value.mean)
            found["quantiles"] = {str(p): self.value.quantile(p) for p in (0.05, 0.25, 0.5, 0.75, 0.95)}
        return found


def _plain(value: Number | Distribution | Vector) -> Any:
    match value:
        case Distribution():
            return str(value)
        case np.ndarray():
            return value.tolist()
        case _ if value == np.inf:
            return "inf"
    return value


@exclusive
def evaluate(result: Result, given: Mapping[str, Any]) -> Evaluation:
    """The value of a result where an instance's fields put it.  Raises EvaluationError, one line."""
    try:
        fields = Fields.read(given, setting_of(result))
        fields.must_keep(result)
        fields = fields.without_null_directions(result)
        regime = _regime_of(result, fields)
        fields.must_have(result)
        value = _value(result, regime, fields)
    except NotFlat as wrong:
        asymptotic = "linear.risk_equivalent" in result.see_also and "test_spectrum" not in given
        instead = "use linear.risk_equivalent" if asymptotic else "simulate it, or take n >= d"
        raise EvaluationError(f"{result.key}: {wrong}; for n < d {instead}") from None
    except FieldError as wrong:
        raise EvaluationError(f"{result.key}: {wrong}") from None
    except NotAccurate as wrong:
        raise EvaluationError(f"{result.key}: {wrong}") from None
    except (ArithmeticError, ValueError, TypeError) as wrong:
        raise EvaluationError(f"{result.key}: no number in floating point here ({wrong}); rescale the fields") from None
    name = regime.name if fields.note == "" else f"{regime.name} ({fields.note})"
    return Evaluation(result.key, value, result.kind, name, tuple(a.text for a in result.given))


@exclusive
def regime_at(result: Result, given: Mapping[str, Any]) -> Regime:
    """The regime of a result that an instance falls in.  Raises FieldError outside its domain."""
    return _regime_of(result, Fields.read(given, setting_of(result)).without_null_directions(result))


def _regime_of(result: Result, fields: Fields) -> Regime:
    for regime in result.regimes:
        numbers = {s: _exact(result, fields, s) for s in _sorted(regime.condition.free_symbols)}
        if regime.condition.subs(numbers) == sp.true:
            return regime
    n, d = fields.get("n"), fields.get("d")
    domain = "; ".join(r.name for r in result.regimes)
    also = f"; see {', '.join(result.see_also)}" if result.see_also else ""
    raise FieldError(f"n={n}, d={d} is outside its domain ({domain}){also}")


def _by_formulas(where: Sequence[Implicit]) -> bool:
    """Whether formulas in quantities of the notation table say what every symbol stands for."""
    return all(w.formula is not None and not w.formula.atoms(sp.IndexedBase, sp.Sum) for w in where)


def _exact(result: Result, fields: Fields, symbol: sp.Symbol) -> sp.Expr:
    """The exact number of a quantity, or of a symbol that a formula stands for; of a Piecewise, the branch alone."""
    formula = next((w.formula for w in result.where if w.symbol == symbol), None)
    if formula is None or symbol in SYMBOLS:
        return fields.number(symbol)

    def at(value: sp.Basic) -> sp.Basic:
        return value.subs({s: _exact(result, fields, s) for s in _sorted(value.free_symbols)})

    if isinstance(formula, sp.Piecewise):
        formula = next(branch for branch, condition in formula.args if at(condition) == sp.true)
    return at(formula)


def _sorted(symbols: set[sp.Symbol]) -> list[sp.Symbol]:
    return sorted(symbols, key=lambda s: (s.name not in ("n", "d"), s.name))


def _value(result: Result, regime: Regime, fields: Fields) -> Number | Distribution | Vector:
    value = regime.value
    if isinstance(value, Expression):
        return fields.matrix_value(value, partial(_numbers, result, fields))
    if isinstance(value, Average | QuantileIn):
        exact = {s: fields.number(s) for s in _sorted({s for s in symbols_of(value, result.where) if s in SYMBOLS})}
        if isinstance(value, QuantileIn):
            return nets.quantile(value, exact, result.where)
        return average(value, exact, result.where).value
    if value.has(*OVER_TASKS):
        return fields.along_tasks(value)
    if value.has(LeastOver) or any(w.equation.has(LeastOver) for w in result.where):
        return _least(result, value, fields)
    if value.has(PlaneIntegral, Least, Inversion):
        return _in_the_plane(result, value, fields)
    if result.where and not _by_formulas(result.where):
        return _with_implicit(result, value, fields)
    exact = value.subs({s: _exact(result, fields, s) for s in _sorted(value.free_symbols)})
    if isinstance(exact, sp.Tuple):
        return np.array([int(part) for part in exact])
    exact = exact.replace(Quantile, _quantile)
    if exact.has(Beta, BetaPrime) or result.kind == Kind.LAW:
        return distribution_of(exact)
    number = exact.evalf(25)
    if not regime_counts(result):
        return float(number)
    if float(number) != int(number):
        raise ArithmeticError(f"a count of {float(number):g}")
    return int(number)


def _quantile(p: sp.Expr, law: sp.Expr) -> sp.Expr:
    """The quantile of a law in random atoms, and a number that is added to it."""
    fixed, random = law.as_independent(Beta, BetaPrime, as_Add=True)
    return fixed + sp.Float(distribution_of(random).quantile(float(p)), 17)


def _in_the_plane(result: Result, value: sp.Expr, fields: Fields) -> float:
    """A formula in integrals, the least of it, or a law from it."""
    for implicit in result.where:
        if implicit.formula is not None and implicit.formula.has(PlaneIntegral):
            value = value.xreplace({implicit.symbol: implicit.formula})
    held = value.free_symbols.union(*(w.equation.free_symbols for w in result.where))
    held -= {part.variable for part in value.atoms(Least, Inversion)}
    numbers = {s: fields.number(s) for s in _sorted({s for s in held if s in SYMBOLS})}
    arrays = {base: fields.coordinates(str(base)) for base in (EIGENVALUE, GAP)}
    return integrals.number(value, result.where, numbers, arrays)


def _least(result: Result, value: sp.Expr, fields: Fields) -> float:
    """A formula with the least of others in it."""
    parts = [value, *(w.equation for w in result.where)]
    held = set().union(*(part.atoms(sp.Symbol) for part in parts))
    numbers = {s: float(fields.number(s)) for s in _sorted({s for s in held if s in SYMBOLS})}
    bases = set().union(*(part.atoms(sp.IndexedBase) for part in parts))
    arrays = {base: fields.coordinates(str(base)) for base in _sorted(bases)}
    return least.number(value, result.where, numbers, arrays)


def symbols_of(value: Average | QuantileIn, where: Sequence[Implicit]) -> set[sp.Basic]:
    """The numbers that an average, or a quantile, needs."""
    held = value.free_symbols.union(*(w.equation.free_symbols for w in where))
    return held - set(value.laws) - {w.symbol for w in where}


def setting_of(result: Result) -> str:
    """The setting of the instances that a result is about: the first word of its key, or one of its own."""
    return OF_THEIR_OWN.get(result.key, result.key.split(".")[0])


def regime_counts(result: Result) -> bool:
    """Whether the value is a count: the formula rounds up to integers, or every formula is one."""
    formulas = [r.value for r in result.regimes if isinstance(r.value, sp.Expr)]
    return any(f.has(sp.ceiling) for f in formulas) or (bool(formulas) and all(f.is_integer for f in formulas))


def _with_implicit(result: Result, value: sp.Expr, fields: Fields) -> float:
    """A formula in sums over the spectrum and numbers defined by an equation in such sums."""
    numbers = _numbers(result, fields, value.free_symbols)
    return sum_value(value, _arrays(value, fields), numbers)


def _arrays(value: sp.Basic, fields: Fields) -> Arrays:
    """Eigenvalues and coordinates, those that a formula speaks of."""
    return {base: fields.coordinates(str(base)) for base in _sorted(value.atoms(sp.IndexedBase))}


def _numbers(result: Result, fields: Fields, wanted: set[sp.Basic]) -> Numbers:
    """The numbers that are wanted: given, computed, or roots of the result's equations, in their order."""
    roots = {w.symbol: w for w in result.where}
    held = set(wanted)
    for implicit in reversed(result.where):
        if implicit.symbol in held:
            held |= implicit.equation.free_symbols
    used = [w for w in result.where if w.symbol in held]
    numbers = {s: float(fields.number(s)) for s in _sorted({s for s in held if s in SYMBOLS and s not in roots})}
    for implicit in used:
        if implicit.formula is not None:
            found = sum_value(implicit.formula, _arrays(implicit.formula, fields), numbers)
            numbers = {**numbers, implicit.symbol: found}
            continue
        equation = implicit.equation.lhs - implicit.equation.rhs
        at = partial(_with_symbol, equation, _arrays(equation, fields), numbers, implicit.symbol)
        numbers = {**numbers, implicit.symbol: root_of(at, implicit.may_vanish)}
    return numbers


def _with_symbol(value: sp.Expr, arrays: Arrays, numbers: Numbers, symbol: sp.Symbol, at: float) -> float:
    return sum_value(value, arrays, {**numbers, symbol: at})


def root_of(f: Callable[[float], float], may_vanish: bool = False) -> float:
    """The positive root of a monotone function, to 4 ulp; brackets found by factors of four."""
    from scipy.optimize import brentq

    low, high = 1.0, 1.0
    sign = np.sign(f(SMALLEST))
    if may_vanish and sign >= 0:
        return 0.0
    while np.sign(f(high)) == sign and high < 1 / SMALLEST:
        high *= 4.0
    while np.sign(f(low)) != sign and low > SMALLEST:
        low /= 4.0
    if low <= SMALLEST:
        raise FieldError("the fixed-point equation has no positive root here: n must be below the rank of the spectrum")
    return float(brentq(f, low, high, xtol=SMALLEST, rtol=8.9e-16, maxiter=1000))


def sum_value(value: sp.Expr, arrays: Arrays, numbers: Numbers) -> float:
    """A number for an expression with sums over the index, arrays given for the indexed letters."""
    totals = {mean: sp.Float(average(mean, numbers).value, 17) for mean in value.atoms(Average)}
    for total in value.atoms(sp.Sum):
        if total.limits != ALL:
            totals[total] = at_numbers(total, numbers).doit()
            continue
        terms = _compiled(total.function, tuple(arrays), tuple(numbers))(*arrays.values(), *numbers.values())
        shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
        totals[total] = sp.Float(np.broadcast_to(terms, shape).sum(), 17)
    return float(at_numbers(value.xreplace(totals), numbers))


@cache
def _compiled(
    term: sp.Expr, bases: tuple[sp.IndexedBase, ...], symbols: tuple[sp.Symbol, ...]
) -> Callable[..., Vector | float]:
    entries = {base[INDEX]: sp.Dummy(str(base)) for base in bases}
    compiled: Callable[..., Vector | float] = sp.lambdify(
        [*entries.values(), *symbols], term.xreplace(entries), "numpy"
    )
    return compiled


def sweep(result: Result, fields: Mapping[str, Any]) -> dict[str, list[Any]]:
    """One row for every combination of the scalar fields given as ranges, lists or arrays; the value column
    last.

    Rows outside the result's domain hold None and their reason in the column `note`, which is there only if
    needed.  Raises EvaluationError when no row has a value.
    """
    swept = {name: list(v) for name, v in fields.items() if _is_swept(name, v)}
    if not swept:
        raise EvaluationError(f"{result.key}: no field to sweep: give a range, such as n=range(10, 200, 10)")
    fixed = {name: v for name, v in fields.items() if name not in swept}
    columns: dict[str, list[Any]] = {name: [] for name in [*swept, result.key]}
    notes: list[str] = []
    for values in product(*swept.values()):
        point = dict(zip(swept, values, strict=True))
        for name, v in point.items():
            columns[name].append(v)
        try:
            columns[result.key].append(_cell(evaluate(result, {**fixed, **point}).value))
            notes.append("")
        except EvaluationError as wrong:
            columns[result.key].append(None)
            notes.append(str(wrong))
    if notes and all(notes):
        raise EvaluationError(notes[0])
    return {**columns, "note": notes} if any(notes) else columns


def _cell(value: Any) -> Any:
    return str(value) if isinstance(value, Distribution) else value


def _is_swept(name: str, value: Any) -> bool:
    return name in BY_NAME and isinstance(value, Sequence | np.ndarray) and not isinstance(value, str)
