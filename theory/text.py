"""Results and steps as plain text, for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy as sp
from sympy.printing.str import StrPrinter

from theory.calculus.expressions import Expression
from theory.calculus.monomials import text_of_trace
from theory.calculus.plane import Greatest, Inversion, LineIntegral, SaddleIntegral
from theory.cases import Case, cases, noises
from theory.latex import is_random, readable_order
from theory.result import Equality, Implicit, Result, Step, Value

if TYPE_CHECKING:
    from theory.derive import Derived

SIGNS = {
    Equality.PATHWISE: "=",
    Equality.IN_EXPECTATION: "=",
    Equality.IN_LAW: "=(law)",
    Equality.ASYMPTOTIC: "~",
    Equality.AT_MOST: "<=",
    Equality.AT_MOST_ON_AVERAGE: "<=",
}
AVERAGED = (Equality.IN_EXPECTATION, Equality.AT_MOST_ON_AVERAGE, Equality.ASYMPTOTIC)


class _Printer(StrPrinter):  # type: ignore[misc]
    """SymPy's printer with terms in the order of the LaTeX one."""

    def _as_ordered_terms(self, expr: sp.Expr, order: str | None = None) -> list[sp.Expr]:
        return readable_order(super()._as_ordered_terms(expr, order))

    def _print_Relational(self, expr: sp.Basic) -> str:
        """a = b, not Eq(a, b)."""
        if isinstance(expr, sp.Equality):
            return f"{self._print(expr.lhs)} = {self._print(expr.rhs)}"
        return str(super()._print_Relational(expr))

    def _print_Average(self, expr: sp.Expr) -> str:
        return f"E[{self._print(expr.formula)}]"

    def _print_QuantileIn(self, expr: sp.Expr) -> str:
        return f"min{{q: P({self._print(expr.formula)} <= q) >= {self._print(expr.probability)}}}"

    def _print_PlaneIntegral(self, expr: sp.Expr) -> str:
        alpha, beta, z = expr.variables
        inside = f"exp({self._print(expr.exponent)}) ({self._print(expr.factor)})"
        if isinstance(expr, SaddleIntegral):
            return f"int d{alpha} 1/(pi i) int_(0 < Re {beta} < pi) d{beta} 1/(2 pi i) oint d{z}/{z} {inside}"
        if isinstance(expr, LineIntegral):
            return f"int_({alpha} = {beta} > 0) d{alpha} 1/(2 pi i) oint d{z}/{z} {inside}"
        return f"int int_({alpha} > {beta} > 0) d{alpha} d{beta} 1/(2 pi i) oint d{z}/{z} {inside}"

    _print_LineIntegral = _print_SaddleIntegral = _print_PlaneIntegral

    def _print_ByFalling(self, expr: sp.Expr) -> str:
        formula, place, last = map(self._print, expr.args)
        return f"({place} <= {last}, by falling {formula})"

    def _print_Heaviside(self, expr: sp.Expr) -> str:
        return f"1[{self._print(expr.args[0])} >= 0]"

    def _print_InverseMoment(self, expr: sp.Expr) -> str:
        return f"inverse_moment({self._print(expr.power)})"

    def _print_Inversion(self, expr: sp.Expr) -> str:
        at, q, formula = self._print(expr.at), expr.variable, self._print(expr.formula)
        return f"1/(2 pi i) int_(0 < Re {q} < {self._print(expr.highest)}) d{q}/{q} ({at})^{q} {formula}"

    def _print_InvertedQuantile(self, expr: sp.Expr) -> str:
        y = sp.Symbol("y")
        return f"[the y with {self._print(expr.at)} = {self._print_Inversion(Inversion(*expr.args[:3], y))}]"

    def _print_Least(self, expr: sp.Expr) -> str:
        name = "max" if isinstance(expr, Greatest) else "min"
        low, high = map(self._print, (expr.low, expr.high))
        return f"{name}[{low} < {expr.variable} < {high}] ({self._print(expr.formula)})"

    _print_Greatest = _print_Least

    def _print_LeastOver(self, expr: sp.Expr) -> str:
        return f"min[{', '.join(map(self._print, expr.variables))} > 0] ({self._print(expr.formula)})"

    def _print_Drawn(self, expr: sp.Expr) -> str:
        return str(self._print(expr.formula))


def text_of(value: Value | sp.Basic) -> str:
    """One line of text for a formula or a matrix expression."""
    return value.text if isinstance(value, Expression) else str(_Printer().doprint(value))


def definition_text(implicit: Implicit) -> str:
    """What a symbol stands for: a statement, or the two sides of its equation."""
    if implicit.means is not None:
        return f"{text_of(implicit.symbol)} = {implicit.means.text}"
    return f"{text_of(implicit.equation.lhs)} = {text_of(implicit.equation.rhs)}"


def step_text(step: Step) -> str:
    """before = after, with E[...] around what is averaged."""
    averaged = step.equality in AVERAGED
    left, right = (
        f"E[{text_of(side)}]" if averaged and is_random(side) else text_of(side) for side in (step.before, step.after)
    )
    return f"{left} {SIGNS[step.equality]} {right}"


def derived_text(derived: Derived) -> str:
    """E target = value, where it holds, and what its symbols stand for, on lines of their own."""
    sign = "=" if derived.equivalent is None else "~"
    lines = [f"E[{text_of(derived.target)}]", f"  {sign} {text_of(derived.value)}"]
    conditions = [c for c in (derived.domain, derived.finite) if c != sp.true]
    lines += [f"  where {' and '.join(map(str, conditions))}"] if conditions else []
    if derived.equivalent is not None:
        lines += [f"  {text_of(u.symbol)} = {text_of(u.equation.rhs)}" for u in derived.equivalent.unknowns]
        lines += [f"  {symbol} = {text_of_trace(word)}" for symbol, word in derived.equivalent.traces.items()]
    return "\n".join(lines)


def case_condition_text(case: Case) -> str:
    """Where a case holds: its name, or its conditions where the name has none, or only noise needs some."""
    if not case.within or (not case.needs and any(sign in case.name for sign in "<>")):
        return case.name
    needs = (f"{text_of(condition)} or {noise} = 0" for condition, noise in case.needs)
    several = len(case.within) > 1
    within = (f"({text_of(c)})" if several and isinstance(c, sp.Or) else text_of(c) for c in case.within)
    return "; ".join([", ".join(within), *needs])


def silence_text(result: Result) -> str:
    """How the formulas read where a noise is zero, if that has to be said."""
    return "; ".join(f"terms in {noise} are 0 where {noise} = 0" for noise in noises(cases(result)))


def result_text(result: Result) -> str:
    """Statement, formula by regime, and assumptions."""
    lines = [f"{result.key}: {result.statement.words} ({result.kind})", f"  {result.statement.text}"]
    lines += [f"    = {text_of(r.value)}    [{r.name}]" for r in result.regimes]
    lines += [f"  with {text_of(w.symbol)}: {definition_text(w)}" for w in result.where]
    lines += ["  given"] + [f"    - {a.text}" for a in result.given]
    return "\n".join(lines)
