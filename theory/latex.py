"""The only LaTeX printer: results, steps, expressions and formulas, all through the notation table."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

import sympy as sp
from sympy.printing.latex import LatexPrinter

from theory.calculus.expressions import Expression
from theory.calculus.laws import Beta
from theory.calculus.letters import ONE, Factor, Gaussian, Inverse, Letter, Pinv, made_of
from theory.calculus.plane import Greatest, Inversion, LineIntegral, PlaneIntegral, SaddleIntegral
from theory.calculus.words import Word, open_at_vector
from theory.cases import Case, cases, noises
from theory.notation import INDEX, LETTERS, OTHERS, QUANTITIES, sigma, symbol
from theory.result import Equality, Implicit, Kind, Result, Step, Value

if TYPE_CHECKING:
    from theory.derive import Derived

LETTER_LATEX = {e.name: e.latex for e in LETTERS}
SYMBOL_LATEX = {e.name: e.latex for e in (*QUANTITIES, *OTHERS)}
RELATIONS = {Kind.LAW: r"\sim", Kind.ASYMPTOTIC: r"\simeq"}


def readable_order(terms: list[sp.Expr]) -> list[sp.Expr]:
    """What is subtracted after what is added, noise after signal: n - d - 1, bias + variance."""
    noises = {sigma, symbol("sigma_source")}
    added = any(not t.is_number and not t.could_extract_minus_sign() for t in terms)
    return sorted(
        terms,
        key=lambda t: (
            added and t.is_number,
            bool(t.could_extract_minus_sign()),
            bool(t.free_symbols & noises),
        ),
    )


LONG = 300
"""Characters of a sum that is not put over a denominator."""


class _Printer(LatexPrinter):  # type: ignore[misc]
    """SymPy's printer with the notation table and the random atoms."""

    def _print_Symbol(self, expr: sp.Symbol, style: str = "plain") -> str:
        return SYMBOL_LATEX.get(expr.name) or str(super()._print_Symbol(expr, style))

    def _as_ordered_terms(self, expr: sp.Expr, order: str | None = None) -> list[sp.Expr]:
        return readable_order(super()._as_ordered_terms(expr, order))

    def _print_Indexed(self, expr: sp.Indexed) -> str:
        shown = SYMBOL_LATEX[str(expr.base)]
        return shown if expr.indices[0] == INDEX else shown.replace("_{i}", f"_{{{self._print(expr.indices[0])}}}")

    def _print_Pow(self, expr: sp.Pow) -> str:
        if isinstance(expr.base, sp.Indexed) and expr.exp.is_Integer and expr.exp > 1:
            return f"{self._print(expr.base)}^{{{expr.exp}}}"
        if isinstance(expr.base, sp.Symbol) and expr.exp.is_Integer and self._print(expr.base).endswith("^2"):
            return f"{self._print(expr.base).removesuffix('2')}{{{2 * expr.exp}}}"
        return str(super()._print_Pow(expr))

    def _print_Beta(self, expr: sp.Expr) -> str:
        a, b = (self._print(sp.together(z)) for z in expr.args)
        return rf"\operatorname{{Beta}}\left({a},{b}\right)"

    def _print_BetaPrime(self, expr: sp.Expr) -> str:
        a, b = (self._print(sp.expand(2 * z)) for z in expr.args)
        return rf"\frac{{\chi^2_{{{a}}}}}{{\chi^2_{{{b}}}}}"

    def _print_Average(self, expr: sp.Expr) -> str:
        return rf"\mathbb{{E}}\left[{self._print(expr.formula)}\right]"

    def _print_QuantileIn(self, expr: sp.Expr) -> str:
        at = self._print(expr.probability)
        return rf"\min\left\{{q:\ \mathbb{{P}}\left({self._print(expr.formula)}\le q\right)\ge {at}\right\}}"

    def _print_OverSphere(self, expr: sp.Expr) -> str:
        return rf"\mathbb{{E}}\left[{self._print(expr.formula)}\right]"

    def _print_Legendre(self, expr: sp.Expr) -> str:
        return rf"P_{{{self._print(expr.args[0])}}}\left({self._print(expr.args[2])}\right)"

    def _print_Drawn(self, expr: sp.Expr) -> str:
        return str(self._print(expr.formula))

    def _print_PlaneIntegral(self, expr: sp.Expr) -> str:
        alpha, beta, z = map(self._print, expr.variables)
        times, rest = defaultdict[sp.Basic, sp.Expr](lambda: sp.Integer(0)), sp.Integer(0)
        for term in readable_order(list(sp.Add.make_args(sp.expand_mul(expr.exponent)))):
            multiple, logarithm = term.as_independent(sp.log)
            if isinstance(logarithm, sp.log):
                times[logarithm.args[0]] += multiple
            else:
                rest += term
        found = [base**multiple for base, multiple in times.items()]
        powers = [rf"\left({self._print(power)}\right)" if power.is_Add else self._print(power) for power in found]
        factor = self._print(expr.factor)
        last = rf"\cdot \left({factor}\right)" if expr.factor.is_Add else factor
        integrand = " ".join([*powers, rf"e^{{{self._print(rest)}}}", last])
        circle = rf"\!\oint\!\!\tfrac{{d{z}}}{{2\pi i{z}}}\!"
        if isinstance(expr, SaddleIntegral):
            line = rf"\int_{{0<\Re{beta}<\pi}}\!\tfrac{{d{beta}}}{{\pi i}}"
            return rf"\int\!d{alpha}{line}{circle} {integrand}"
        if isinstance(expr, LineIntegral):
            return rf"\int_{{{alpha}={beta}}}\!d{alpha}{circle} {integrand}"
        return rf"\iint_{{{alpha}>{beta}}}\!d{alpha}\,d{beta}{circle} {integrand}"

    _print_LineIntegral = _print_SaddleIntegral = _print_PlaneIntegral

    def _print_Mul(self, expr: sp.Expr) -> str:
        """Before an integral or a long sum the rest is a fraction of its own: what follows can be broken into lines."""
        long = [factor for factor in expr.args if self._is_long(factor)]
        before = sp.Mul(*(factor for factor in expr.args if factor not in long))
        if len(long) != 1 or before.has(PlaneIntegral):
            return str(super()._print_Mul(expr))
        left, right = (rf"\left({self._print(z)}\right)" if z.is_Add else self._print(z) for z in (before, *long))
        return rf"{left} \cdot {right}"

    def _is_long(self, factor: sp.Expr) -> bool:
        if factor.has(PlaneIntegral):
            return bool(factor.is_Function or factor.is_Add)
        return bool(factor.is_Add and len(self._print(factor)) > LONG)

    def _print_ByFalling(self, expr: sp.Expr) -> str:
        formula, place, last = map(self._print, expr.args)
        return rf"\left({place}\le {last}:\ \text{{by falling}}\ {formula}\right)"

    def _print_Heaviside(self, expr: sp.Expr) -> str:
        return rf"\mathbf{{1}}\left[{self._print(expr.args[0])}\ge 0\right]"

    def _print_InverseMoment(self, expr: sp.Expr) -> str:
        return f"M_{{{self._print(-expr.power)}}}"

    def _print_Inversion(self, expr: sp.Expr) -> str:
        q, at = self._print(expr.variable), rf"\left({self._print(expr.at)}\right)"
        line = rf"\int_{{0<\Re {q}<{self._print(expr.highest)}}}"
        return rf"\frac{{1}}{{2\pi i}}{line}\frac{{d{q}}}{{{q}}}\,{at}^{{{q}}}{self._print(expr.formula)}"

    def _print_InvertedQuantile(self, expr: sp.Expr) -> str:
        y = sp.Symbol("y")
        found = self._print_Inversion(Inversion(*expr.args[:3], y))
        return rf"\left[y:\ {self._print(expr.at)}={found}\right]"

    def _print_Least(self, expr: sp.Expr) -> str:
        name = "max" if isinstance(expr, Greatest) else "min"
        return rf"\{name}_{{{self._print(expr.variable)}}}\left[{self._print(expr.formula)}\right]"

    _print_Greatest = _print_Least

    def _print_LeastOver(self, expr: sp.Expr) -> str:
        variables = ",".join(map(self._print, expr.variables))
        return rf"\min_{{{variables}>0}}\left[{self._print(expr.formula)}\right]"

    def _print_ChiSquareBelow(self, expr: sp.Expr) -> str:
        return rf"F_{{\chi^2_{{{self._print(expr.degrees)}}}}}\left({self._print(expr.edge)}\right)"

    def _print_ChiSquareDensity(self, expr: sp.Expr) -> str:
        return rf"f_{{\chi^2_{{{self._print(expr.degrees)}}}}}\left({self._print(expr.edge)}\right)"

    def _print_betainc_regularized(self, expr: sp.Expr) -> str:
        a, b, _, z = expr.args
        return rf"I_{{{self._print(z)}}}\left({self._print(a)},{self._print(b)}\right)"

    def _print_Quantile(self, expr: sp.Expr) -> str:
        p, law = expr.args
        if isinstance(law, Beta):
            return rf"F^{{-1}}_{{{self._print(law)}}}\left({self._print(p)}\right)"
        return rf"F^{{-1}}_{{R}}({self._print(p)}),\quad R\sim {self._print(law)}"


@cache
def _printer() -> _Printer:
    return _Printer({"order": "grlex", "mul_symbol": r"\,"})


def latex_of(value: Value | sp.Basic) -> str:
    """LaTeX mathematics, without delimiters, of a formula or a matrix expression."""
    return _expression(value) if isinstance(value, Expression) else str(_printer().doprint(value))


def _expression(value: Expression) -> str:
    pieces = []
    for monomial, coefficient in value.terms:
        words = r"\,".join([*map(_trace, monomial.traces), *([_word(monomial.word)] if monomial.word else [])])
        pieces.append(_with_coefficient(coefficient, words))
    return " + ".join(pieces).replace("+ -", "- ") or "0"


def _with_coefficient(coefficient: sp.Expr, words: str) -> str:
    if not words:
        return latex_of(coefficient)
    if coefficient in (1, -1):
        return words if coefficient == 1 else f"-{words}"
    shown = latex_of(coefficient)
    return rf"\left({shown}\right){words}" if coefficient.is_Add else rf"{shown}\,{words}"


def _trace(word: Word) -> str:
    opened = open_at_vector(word)
    return _word(opened) if opened.rows == ONE else rf"\operatorname{{tr}}\left({_word(opened)}\right)"


def _word(word: Word) -> str:
    return " ".join(map(_factor, word.factors)) or "I"


def _factor(factor: Factor) -> str:
    match factor.base:
        case Letter(name=name):
            return letter_latex(name) + (r"^{\top}" if factor.transposed else "")
        case Pinv(letter=letter):
            return letter_latex(letter.name) + (r"^{+\top}" if factor.transposed else "^{+}")
        case Inverse(argument=argument):
            inner = _expression(argument)
            single = len(argument.terms) == 1 and inner in LETTER_LATEX.values()
            return f"{inner}^{{-1}}" if single else rf"({inner})^{{-1}}"


def letter_latex(name: str) -> str:
    """The letter as the notation table has it; a user's own as SymPy prints a symbol of that name."""
    return LETTER_LATEX.get(name) or str(sp.latex(sp.Symbol(name)))


def derived_latex(derived: Derived) -> str:
    """E[target] = value, then the equations of its numbers, traces written out."""
    if derived.equivalent is None:
        return rf"{_mean(latex_of(derived.target), derived.target)} = {latex_of(derived.value)}"
    names = {symbol: _trace(word) for symbol, word in derived.equivalent.traces.items()}
    names |= {u.symbol: rf"\omega_{{{k}}}" for k, u in enumerate(derived.equivalent.unknowns, 1)}
    printer = _Printer({"order": "grlex", "mul_symbol": r"\,", "symbol_names": names})
    equations = [rf"{names[u.symbol]} = {printer.doprint(u.equation.rhs)}" for u in derived.equivalent.unknowns]
    value = printer.doprint(derived.value)
    return r",\quad ".join([rf"{_mean(latex_of(derived.target), derived.target)} \simeq {value}", *equations])


def is_random(value: Value) -> bool:
    """Whether a Gaussian letter is still in an expression."""
    return isinstance(value, Expression) and any(_random_word(w) for m, _ in value.terms for w in m.words)


def _random_word(word: Word) -> bool:
    return any(_random_base(f.base) for f in word.factors)


def _random_base(base: Letter | Pinv | Inverse) -> bool:
    match base:
        case Pinv(letter=letter):
            return _random_base(letter)
        case Inverse(argument=argument):
            return is_random(argument)
    return isinstance(base.law, Gaussian) or any(map(is_random, made_of(base)))


def step_latex(step: Step) -> str:
    """before = after, with the relation that the step claims."""
    left, right = (latex_of(side) for side in (step.before, step.after))
    match step.equality:
        case Equality.PATHWISE:
            return f"{left} = {right}"
        case Equality.IN_LAW:
            return rf"{left} \overset{{d}}{{=}} {right}"
        case Equality.AT_MOST:
            return rf"{left} \le {right}"
        case Equality.IN_EXPECTATION:
            return f"{_mean(left, step.before)} = {_mean(right, step.after)}"
        case Equality.AT_MOST_ON_AVERAGE:
            return rf"{_mean(left, step.before)} \le {_mean(right, step.after)}"
    return rf"{_mean(left, step.before)} \simeq {_mean(right, step.after)}"


def _mean(shown: str, value: Value) -> str:
    return rf"\mathbb{{E}}\left[{shown}\right]" if is_random(value) else shown


def case_condition_latex(case: Case) -> str:
    """Where a case holds, as it stands beside its formula."""
    several = len(case.within) + len(case.needs) > 1
    parts = ((part, latex_of(part)) for part in case.within)
    shown = [rf"\left({text}\right)" if several and isinstance(part, sp.Or) else text for part, text in parts]
    shown += [rf"({latex_of(condition)}\ \text{{or}}\ {latex_of(noise)} = 0)" for condition, noise in case.needs]
    otherwise = [r"\text{otherwise}"] if case.value == sp.oo else []
    return r"\ ".join([*([r",\ ".join(shown)] if shown else []), *otherwise])


def equation_latex(result: Result, case: Case) -> str:
    """statement = formula, in one case."""
    return f"{result.statement.latex} {RELATIONS.get(result.kind, '=')} {latex_of(case.value)}"


def formula_latex(result: Result) -> str:
    """statement = formula, or = cases, each with where it holds."""
    first, *others = cases(result)
    if not others:
        condition = case_condition_latex(first)
        return equation_latex(result, first) + (rf",\quad {condition}" if condition else "")
    rows = (rf"\displaystyle {latex_of(case.value)}, & {case_condition_latex(case)}" for case in (first, *others))
    body = " \\\\[2.4ex]\n".join(rows)
    relation = RELATIONS.get(result.kind, "=")
    return f"{result.statement.latex} {relation}\n\\begin{{cases}}\n{body}\n\\end{{cases}}"


def definition_latex(implicit: Implicit) -> str:
    """What a symbol stands for: a statement, or its equation."""
    if implicit.means is not None:
        return f"{latex_of(implicit.symbol)} = {implicit.means.latex}"
    return str(latex_of(implicit.equation))


def result_latex(result: Result) -> str:
    """statement = formula, and what defines or silences the letters in it."""
    tail = [rf"{latex_of(w.symbol)}:\ {definition_latex(w)}" for w in result.where]
    tail += [
        rf"\text{{terms in }}{noise}\text{{ are }}0\text{{ where }}{noise} = 0"
        for noise in map(latex_of, noises(cases(result)))
    ]
    return formula_latex(result) + "".join(rf",\quad {part}" for part in tail)
