"""Proofs that a mutant says the same as the formula it was made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import sympy as sp
from sympy.core.relational import Relational
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import Boolean

from theory.calculus.averages import Average, Cosine
from theory.calculus.expressions import Expression, expression
from theory.calculus.letters import Defined, Letter
from theory.calculus.pseudoinverse import (
    insert_definition,
    pseudo_inverse_of_full_column_rank,
    pseudo_inverse_of_full_row_rank,
)
from theory.calculus.rational import factor
from theory.notation import BY_NAME, d, n
from theory.result import Implicit, Result, Value
from theory.tasks import ByFalling
from verify.mutants import choices, radicals
from verify.mutants.guards import Grid, grid
from verify.mutants.mutant import Mutant

Facts = Mapping[sp.Symbol, sp.Expr]
BRANCHES = "the same choice for all sizes"
MOST_FEATURES = 500
"""A coefficient that is off by half a percent shows among so many, beside a threshold."""


def proof(mutant: Mutant, right: Result) -> str:
    """Why the mutant is no other formula, or nothing."""
    wrong = mutant.result
    before, after = ([r.condition for r in result.regimes] for result in (right, wrong))
    points = grid([*before, *after])
    was, became = points.selected(before), points.selected(after)
    if mutant.part == "equation":
        return _same_equations(right, wrong) or _same_branches_of_equations(right, wrong)
    pairs = sorted({(a, b) for a, b in zip(was, became, strict=True) if a >= 0 and _apart(right, wrong, a, b)})
    if not pairs:
        wider = bool(np.any((was < 0) & (became >= 0)))
        return "the same wherever the formula is said to hold" + ("; outside, where it claims more, untested" * wider)
    because = [_same_values(right, wrong, pair, points, (was == pair[0]) & (became == pair[1])) for pair in pairs]
    return because[0] if all(because) else ""


def _apart(right: Result, wrong: Result, a: int, b: int) -> bool:
    return bool(a != b or right.regimes[a].value != wrong.regimes[b].value)


def _same_values(right: Result, wrong: Result, pair: tuple[int, int], points: Grid, where: np.ndarray) -> str:
    """Whether the formulas of two regimes are one at all of these points."""
    a, b = pair
    if b < 0:
        return ""
    x, y = right.regimes[a].value, wrong.regimes[b].value
    facts = {**points.facts(where), **_nothing(right.where, right.regimes[a].condition)}
    if isinstance(x, Expression) or isinstance(y, Expression):
        low, high = (points.truth(side, where) for side in (sp.Le(n, d), sp.Ge(n, d)))
        return "one formula by the Penrose equations" if _same_matrices(x, y, low, high) else ""
    if isinstance(x, Average) or isinstance(y, Average):
        return _same_averages(x, y, right.where)
    first, second = (_put_in(z, facts) for z in (x, y))
    if first == second:
        return "the same where it applies"
    if _same_branches(first, second):
        return BRANCHES
    if (atoms := _only_comparison(first, second)) and _same_sizes(right.regimes[a].condition, *atoms):
        return "the same comparison of sizes wherever the formula is said to hold"
    if _same_order(first, second):
        return "one order: a positive multiple changes none"
    if _vanishes(first - second):
        return "the difference cancels"
    return _solves(right.where, first, second, facts)


def _same_order(x: sp.Basic, y: sp.Basic) -> bool:
    """Whether the same things are put in order by a score and by a positive multiple of it."""
    if not (isinstance(x, ByFalling) and isinstance(y, ByFalling)) or x.args[1:] != y.args[1:]:
        return False
    factor_, score = y.args[0].as_coeff_Mul()
    return bool(score == x.args[0] and factor_ > 0)


def _same_branches_of_equations(right: Result, wrong: Result) -> str:
    pairs = [(a.equation, b.equation) for a, b in zip(right.where, wrong.where, strict=True)]
    changed = [(a, b) for a, b in pairs if a != b]
    anywhere = [sp.true], [r.condition for r in right.regimes]
    same = all(
        a.lhs == b.lhs and any(all(_same_branches(a.rhs, b.rhs, c) for c in within) for within in anywhere)
        for a, b in changed
    )
    return BRANCHES if same else ""


def _same_branches(x: sp.Basic, y: sp.Basic, within: sp.Basic = sp.true) -> bool:
    """Whether two formulas differ in one choice only, which is the same for all sizes (for which a condition holds)."""
    inner: tuple[sp.Basic, sp.Basic] | None = None
    while x.func == y.func and len(x.args) == len(y.args) and not isinstance(x, Relational):
        if isinstance(x, sp.Piecewise):
            inner = x, y
        apart = [pair for pair in zip(x.args, y.args, strict=True) if pair[0] != pair[1]]
        if len(apart) != 1 or (inner and not isinstance(apart[0][0], sp.Piecewise | Boolean | ExprCondPair)):
            break
        ((x, y),) = apart
    if inner is None and isinstance(x, sp.Piecewise) and isinstance(y, sp.Piecewise):
        inner = x, y
    return inner is not None and choices.same(inner[0].args, inner[1].args, within)


def _only_comparison(x: sp.Basic, y: sp.Basic) -> tuple[sp.Basic, sp.Basic] | None:
    """The two comparisons in which two formulas differ, if they differ in one only."""
    while x.func == y.func and len(x.args) == len(y.args) and not isinstance(x, Relational):
        apart = [pair for pair in zip(x.args, y.args, strict=True) if pair[0] != pair[1]]
        if len(apart) != 1:
            return None
        ((x, y),) = apart
    return (x, y) if isinstance(x, Relational) and isinstance(y, Relational) else None


def _same_sizes(condition: sp.Basic, first: sp.Basic, second: sp.Basic) -> bool:
    """Whether two comparisons of a task's samples with d agree for all sizes that are not at the threshold, which the
    condition excludes."""
    entries = {entry: sp.Dummy(str(entry)) for entry in first.atoms(sp.Indexed) | second.atoms(sp.Indexed)}
    if len(entries) != 1 or not condition.has(BY_NAME["task_thresholds"].symbol):
        return False
    symbols = [d, *entries.values()]
    if any(not c.xreplace(entries).free_symbols <= set(symbols) for c in (first, second)):
        return False
    features, samples = np.meshgrid(*2 * [np.arange(1, MOST_FEATURES)])
    holds = [sp.lambdify(symbols, c.xreplace(entries), "numpy")(features, samples) for c in (first, second)]
    return bool(np.all((holds[0] == holds[1]) | (np.abs(features - samples) <= 1)))


def _nothing(where: Sequence[Implicit], condition: sp.Basic) -> Facts:
    """What is zero because a sum of it with other numbers that are not negative is."""
    zero = [i.formula for i in where if i.formula is not None and sp.Eq(i.symbol, 0) in sp.And.make_args(condition)]
    terms = [term.as_base_exp()[0] for total in zero for term in sp.Add.make_args(total) if term.is_nonnegative]
    return dict.fromkeys((z for z in terms if isinstance(z, sp.Symbol)), sp.Integer(0))


def _put_in(value: sp.Expr, facts: Facts) -> sp.Expr:
    for symbol, known in facts.items():
        value = value.limit(symbol, sp.oo) if known == sp.oo else value.subs(symbol, known)
    return value


def _squared(value: sp.Expr) -> sp.Expr:
    """Powers of twice the number of steps, which is whole, as powers of the square."""
    steps = BY_NAME["steps"].symbol
    return value.replace(
        lambda e: e.is_Pow and e.exp == 2 * steps, lambda e: sp.Pow(sp.expand(e.base**2), steps, evaluate=False)
    )


def _vanishes(difference: sp.Expr) -> bool:
    """Whether a formula is zero: it cancels."""
    if not difference.is_finite and difference.has(sp.oo, sp.zoo, sp.nan):
        return False
    if difference.is_rational_function():
        return bool(factor(difference) == 0)
    try:
        return bool(sp.simplify(difference) == 0)
    except (AttributeError, TypeError, ValueError, NotImplementedError):  # SymPy fails on some sums: no proof
        return False


def _solves(where: Sequence[Implicit], first: sp.Expr, second: sp.Expr, facts: Facts) -> str:
    """Whether one of two values is the root of an equation, and the other solves it: there is one root."""
    for implicit in where:
        for symbol, value in ((first, second), (second, first)):
            if symbol == implicit.symbol:
                equation = _put_in(implicit.equation.lhs - implicit.equation.rhs, facts)
                if radicals.solves(equation, symbol, value) or _vanishes(equation.subs(symbol, value)):
                    return f"it solves the equation of {symbol}"
    return ""


def _same_matrices(x: Value, y: Value, low: bool, high: bool) -> bool:
    """Whether two expressions are one by the pseudo-inverse of a matrix of full rank, for every rank that occurs."""
    if not (isinstance(x, Expression) and isinstance(y, Expression)) or x.shape != y.shape:
        return False
    row, column = (
        _reduced(x, rank) == _reduced(y, rank)
        for rank in (pseudo_inverse_of_full_row_rank, pseudo_inverse_of_full_column_rank)
    )
    return (row and low) or (column and high) or (row and column)


def _reduced(value: Expression, rank: object) -> Expression:
    letters = {f.base for m, _ in value.terms for w in m.words for f in w.factors if isinstance(f.base, Letter)}
    for letter in sorted(letters, key=lambda x: x.name):
        if isinstance(letter.law, Defined):
            value = insert_definition(value, expression(letter))
    design = [x for x in _letters(value) if x.name == "X"]
    return value if not design else rank(value, expression(design[0]))  # type: ignore[operator]


def _letters(value: Expression) -> list[Letter]:
    found = []
    for monomial, _ in value.terms:
        for word in monomial.words:
            for f in word.factors:
                base = getattr(f.base, "letter", f.base)
                if isinstance(base, Letter):
                    found.append(base)
    return found


def _same_averages(x: Value, y: Value, where: Sequence[Implicit]) -> str:
    """A symmetric variable may change its sign."""
    if not (isinstance(x, Average) and isinstance(y, Average)) or x.laws != y.laws:
        return ""
    if _vanishes(x.formula - y.formula) or _vanishes(_squared(x.formula) - _squared(y.formula)):
        return "the difference cancels"
    return _by_symmetry(x, y, where, where)


def _same_equations(right: Result, wrong: Result) -> str:
    pairs = zip(right.where, wrong.where, strict=True)
    if all(_vanishes(_zero(a) - _zero(b)) or _vanishes(_zero(a) + _zero(b)) for a, b in pairs):
        return "the difference cancels"
    if all(_same_but_for_signs(a, b) for a, b in zip(right.where, wrong.where, strict=True)):
        return "a variable and its negative have one law"
    values = [r.value for r in right.regimes if isinstance(r.value, Average)]
    found = [_by_symmetry(value, value, right.where, wrong.where) or _turned(value, right, wrong) for value in values]
    return found[0] if found and all(found) else ""


def _turned(value: Average, right: Result, wrong: Result) -> str:
    """The same with definitions put into each other."""
    (x, first), (y, second) = (_written_out(value, result.where) for result in (right, wrong))
    return _by_symmetry(x, y, first, second)


def _written_out(value: Average, where: Sequence[Implicit]) -> tuple[Average, tuple[Implicit, ...]]:
    """What a formula averages, and the roots that are in it, without the numbers that are given by formulas."""
    formula, roots = value.formula, []
    for implicit in reversed(where):
        if implicit.formula is None:
            roots.append(implicit)
        else:
            put = {implicit.symbol: implicit.formula}
            formula = formula.subs(put)
            roots = [replace(root, equation=root.equation.subs(put)) for root in roots]
    return value.func(formula, *value.args[1:]), tuple(roots)


def _same_but_for_signs(a: Implicit, b: Implicit) -> bool:
    """Whether two equations are one, or differ in one mean, of a variable of which they take either sign."""
    first, second = ({*side.equation.atoms(Average)} for side in (a, b))
    if a.equation == b.equation or len(first - second) != 1 or len(second - first) != 1:
        return bool(a.equation == b.equation)
    (x,), (y,) = first - second, second - first
    same = b.equation.xreplace({y: x}) == a.equation and x.laws == y.laws
    return bool(same) and bool(_by_symmetry(x, y, (), ()))


def _by_symmetry(x: Average, y: Average, first: Sequence[Implicit], second: Sequence[Implicit]) -> str:
    for variable, law in x.laws.items():
        if isinstance(law, Cosine):
            turned = {variable: -variable}
            equations = zip(first, second, strict=True)
            if _vanishes(x.formula - y.formula.xreplace(turned)) and all(
                _vanishes(_zero(a) - _zero(b).xreplace(turned)) for a, b in equations
            ):
                return f"{variable} and -{variable} have one law"
    return ""


def _zero(implicit: Implicit) -> sp.Expr:
    return implicit.equation.lhs - implicit.equation.rhs
