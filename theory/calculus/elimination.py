"""From equations for many unknowns to the least set of fixed-point equations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, groupby
from typing import TypeVar

import sympy as sp

from theory.calculus.expressions import Expression, collect, expression, scalar_product, trace
from theory.calculus.letters import Factor, Inverse, Letter
from theory.calculus.monomials import Monomial
from theory.calculus.pseudoinverse import cancel_inverse
from theory.calculus.rational import factor
from theory.calculus.substitution import substitute_trace
from theory.calculus.words import Word
from theory.result import Implicit

Value = TypeVar("Value", sp.Expr, Expression)


@dataclass
class Traces:
    """Deterministic traces and quadratic forms, each with a symbol to calculate with."""

    words: dict[sp.Symbol, Word] = field(default_factory=dict)

    def number(self, value: Expression) -> sp.Expr:
        """A scalar expression in deterministic letters, as a formula in the symbols of its traces."""
        value = _cancelled(value)
        return factor(sp.Add(*(sp.Mul(c, *map(self._symbol, m.traces)) for m, c in value.terms)))

    def numbers(self, value: Expression) -> Expression:
        """The same for a matrix: its traces become symbols in the coefficients."""
        parts = [
            Expression(((Monomial((), m.word), sp.Mul(c, *map(self._symbol, m.traces))),), value.rows, value.cols)
            for m, c in _cancelled(value).terms
        ]
        return sum(parts[1:], parts[0]) if parts else value

    def _symbol(self, word: Word) -> sp.Symbol:
        for symbol, known in self.words.items():
            if known.key == word.key:
                return symbol
        symbol = sp.Dummy(f"trace_{len(self.words) + 1}", real=True)
        self.words[symbol] = word
        return symbol

    def insert(self, unknown: sp.Symbol, value: sp.Expr) -> dict[sp.Symbol, sp.Symbol]:
        """Put a value for an unknown inside every word; which symbols now mean the same as another."""
        self.words = {symbol: insert_number(word, unknown, value) for symbol, word in self.words.items()}
        first: dict[object, sp.Symbol] = {}
        return {s: first[w.key] for s, w in self.words.items() if first.setdefault(w.key, s) != s}

    def symbols_inside(self, symbol: sp.Symbol) -> set[sp.Symbol]:
        """The symbols that a trace holds inside its inverses."""
        return {z for f in self.words[symbol].factors for z in _symbols(f)} if symbol in self.words else set()

    def used(self, value: sp.Expr | Expression, unknowns: Iterable[Implicit]) -> dict[sp.Symbol, Word]:
        """The traces that formulas still speak of."""
        wanted = set(free_symbols(value)).union(*(u.equation.free_symbols for u in unknowns))
        return {symbol: word for symbol, word in self.words.items() if symbol in wanted}


def eliminate(value: Value, equations: dict[sp.Symbol, sp.Expr], traces: Traces) -> tuple[Value, tuple[Implicit, ...]]:
    """Insert what is explicit, merge what is equal, solve what is linear; the value, and the equations left.

    Preferred for elimination are the unknowns that stand inside no trace, in the order in which they arose.
    """
    work = _Elimination(equations, traces, free_symbols(value))
    while work.step():
        pass
    value = work.inserted_into(value)
    return value, tuple(Implicit(u, sp.Eq(u, rhs, evaluate=False)) for u, rhs in work.equations.items())


@dataclass
class _Elimination:
    equations: dict[sp.Symbol, sp.Expr]
    traces: Traces
    wanted: set[sp.Symbol]
    done: list[tuple[sp.Symbol, sp.Expr]] = field(default_factory=list)

    def step(self) -> bool:
        """Eliminate one unknown, if there is a way; whether there was."""
        return (
            self._drop() or self._merge() or self._explicit() or self._linear() or self._twins() or self._shared_trace()
        )

    def needs(self, value: sp.Expr) -> set[sp.Symbol]:
        """The unknowns of a formula, also inside its traces."""
        symbols = set(value.free_symbols)
        return {z for s in symbols for z in {s} | self.traces.symbols_inside(s)} & set(self.equations)

    def _drop(self) -> bool:
        """Forget an unknown that nothing asks for."""
        asked = set().union(*(self.needs(s) for s in self.wanted), *(self.needs(v) for _, v in self.done))
        while more := {z for u in asked for z in self.needs(self.equations[u])} - asked:
            asked |= more
        idle = [u for u in self.equations if u not in asked]
        for u in idle:
            del self.equations[u]
        return bool(idle)

    def _merge(self) -> bool:
        """Two unknowns with one right side are one."""
        first: dict[sp.Expr, sp.Symbol] = {}
        for u, rhs in self.equations.items():
            if first.setdefault(rhs, u) != u:
                self._put(u, first[rhs])
                return True
        return False

    def _explicit(self) -> bool:
        """Insert an unknown whose right side does not hold it: one outside all traces, or one that is known.

        Of several the one that leaves the shortest equations.
        """
        hidden = {z for t in self._traces_in_use() for z in self.traces.symbols_inside(t)}
        found = [
            u
            for u, rhs in self.equations.items()
            if u not in (needed := self.needs(rhs)) and (u not in hidden or not needed)
        ]
        if not found:
            return False
        unknown = min(found, key=self._length_without) if len(found) > 1 else found[0]
        self._put(unknown, self.equations[unknown])
        return True

    def _length_without(self, unknown: sp.Symbol) -> int:
        value = self.equations[unknown]
        return sum(int(rhs.subs(unknown, value).count_ops()) for u, rhs in self.equations.items() if u != unknown)

    def _linear(self) -> bool:
        """Solve an equation that is linear in its unknown, once the root zero is left out: no unknown vanishes."""
        for u, rhs in self.equations.items():
            if u not in rhs.free_symbols or any(u in self.traces.symbols_inside(t) for t in rhs.free_symbols):
                continue
            if (root := _only_root(rhs - u, u)) is not None:
                self.equations[u] = root
                return True
        return False

    def _twins(self) -> bool:
        """Two fixed points of one equation, up to the name of the unknown, are one."""
        for v, rhs in self.equations.items():
            for u, other in self.equations.items():
                if u == v:
                    break
                if self._spelled(rhs, v, u) == self._spelled(other, u, u):
                    self._put(v, u)
                    return True
        return False

    def _spelled(self, rhs: sp.Expr, old: sp.Symbol, new: sp.Symbol) -> sp.Expr:
        words = {t: insert_number(self.traces.words[t], old, new) for t in rhs.free_symbols if t in self.traces.words}
        return rhs.subs({t: sp.Symbol(str(word)) for t, word in words.items()}).subs(old, new)

    def _traces_in_use(self) -> set[sp.Symbol]:
        formulas = [*self.equations.values(), *(v for _, v in self.done)]
        return self.wanted.union(*(f.free_symbols for f in formulas)) & set(self.traces.words)

    def _put(self, unknown: sp.Symbol, value: sp.Expr) -> None:
        del self.equations[unknown]
        same = self.traces.insert(unknown, value)
        self.equations = {u: _put(rhs, unknown, value, same) for u, rhs in self.equations.items()}
        self.done = [(u, _put(rhs, unknown, value, same)) for u, rhs in self.done]
        self.done.append((unknown, value.xreplace(same)))
        self.wanted = (self.wanted - {unknown} - set(same)) | set(same.values()) | value.free_symbols

    def inserted_into(self, value: Value) -> Value:
        """The value in terms of what is left."""
        numbers = dict(self.done)
        known = self._known_traces()
        if isinstance(value, Expression):
            return insert_numbers(insert_numbers(value, numbers), known)
        return _in_short_terms(value.subs(numbers).subs(known), self.equations)

    def _shared_trace(self) -> bool:
        """Two equations that hold one trace: without it they are one between the unknowns, and may give one of them."""
        for found, (u, known) in self._solved_for_traces().items():
            for v, rhs in self.equations.items():
                if v == u or found not in rhs.free_symbols:
                    continue
                left = rhs.subs(found, known) - v
                for w in (u, v):
                    if (root := _only_root(left, w)) is not None:
                        self.equations[w] = root
                        return True
        return False

    def _known_traces(self) -> dict[sp.Symbol, sp.Expr]:
        return {found: known for found, (_, known) in self._solved_for_traces().items()}

    def _solved_for_traces(self) -> dict[sp.Symbol, tuple[sp.Symbol, sp.Expr]]:
        """What a fixed-point equation says of the only trace in it: 1 + tr(..) = n/omega, for one."""
        found: dict[sp.Symbol, tuple[sp.Symbol, sp.Expr]] = {}
        for u, rhs in self.equations.items():
            held = rhs.free_symbols & set(self.traces.words)
            if len(held) == 1 and not held & set(found):
                (only,) = held
                polynomial = sp.Poly(sp.numer(sp.together(rhs - u)), only)
                if polynomial.degree() == 1:
                    slope, constant = polynomial.all_coeffs()
                    found[only] = u, factor(-constant / slope)
        return found


def _only_root(value: sp.Expr, unknown: sp.Symbol) -> sp.Expr | None:
    """The root of a rational function that is linear once the root zero is left out: no unknown vanishes."""
    others = [s for s in value.free_symbols if s != unknown]
    top = sp.Mul(*(f for f in sp.Mul.make_args(factor(sp.numer(sp.together(value)))) if f.free_symbols & {unknown}))
    if not others or not top.free_symbols:
        return None
    powers = sp.Poly(top, unknown).as_dict()
    lowest = min(powers)[0]
    if max(powers)[0] != lowest + 1:
        return None
    root = factor(-powers[lowest,] / powers[lowest + 1,])
    return root if root != 0 else None


SHORT = 6
"""A value of at most so many terms in noise levels, traces and so on is written as a sum of fractions."""


def _in_short_terms(value: sp.Expr, unknowns: Iterable[sp.Symbol]) -> sp.Expr:
    """One factored fraction, or a sum of few: one for every power product of what is no dimension and no unknown."""
    factored = factor(value)
    top, bottom = sp.fraction(factored)
    letters = sorted((s for s in top.free_symbols - set(unknowns) if not s.is_integer), key=str)
    if not letters:
        return factored
    terms = [
        c * sp.Mul(*(s**k for s, k in zip(letters, powers, strict=True)))
        for powers, c in sp.Poly(top, *letters).terms()
    ]
    return sp.Add(*(factor(term / bottom) for term in terms)) if len(terms) <= SHORT else factored


def _put(rhs: sp.Expr, unknown: sp.Symbol, value: sp.Expr, same: dict[sp.Symbol, sp.Symbol]) -> sp.Expr:
    return factor(rhs.subs(unknown, value).xreplace(same)) if rhs.free_symbols & {unknown, *same} else rhs


def insert_numbers(value: Expression, numbers: Mapping[sp.Symbol, sp.Expr]) -> Expression:
    """Put numbers for symbols, in coefficients and inside inverses."""
    found = Expression((), value.rows, value.cols)
    for monomial, coefficient in value.terms:
        words = [word_with(w, numbers) for w in monomial.traces]
        word = None if monomial.word is None else word_with(monomial.word, numbers)
        found = found + Expression(
            ((Monomial(tuple(words), word), factor(coefficient.subs(numbers))),), value.rows, value.cols
        )
    return found


def insert_number(word: Word, unknown: sp.Symbol, value: sp.Expr) -> Word:
    """The word with a number for a symbol inside its inverses."""
    return word_with(word, {unknown: value})


def word_with(word: Word, numbers: Mapping[sp.Symbol, sp.Expr]) -> Word:
    """The word with numbers for symbols inside its inverses."""
    if not any(_symbols(f) & set(numbers) for f in word.factors):
        return word
    return replace(word, factors=tuple(_factor_with(f, numbers) for f in word.factors))


def _factor_with(factor: Factor, numbers: Mapping[sp.Symbol, sp.Expr]) -> Factor:
    if isinstance(factor.base, Inverse):
        return replace(factor, base=Inverse(insert_numbers(factor.base.argument, numbers)))
    return factor


def _symbols(factor: Factor) -> set[sp.Symbol]:
    return free_symbols(factor.base.argument) if isinstance(factor.base, Inverse) else set()


def free_symbols(value: sp.Expr | Expression) -> set[sp.Symbol]:
    """The symbols of a formula, or of the coefficients of an expression and of its inverses."""
    if not isinstance(value, Expression):
        return set(value.free_symbols)
    found = {s for _, c in value.terms for s in c.free_symbols}
    return found.union(*(_symbols(f) for m, _ in value.terms for w in m.words for f in w.factors))


def _cancelled(value: Expression) -> Expression:
    """S S^-1 = I for every letter S that is inverted alone."""
    factors = [f for m, _ in value.terms for w in m.words for f in w.factors]
    for base in dict.fromkeys(f.base for f in factors):
        match base:
            case Inverse(
                argument=Expression(terms=((Monomial(traces=(), word=Word(factors=(Factor(base=Letter()),))), _),)) as s
            ):
                value = cancel_inverse(value, s)
    value = _ordered(value)
    while (lower := _lowered(value)) is not None:
        value = _ordered(lower)
    return value


def _ordered(value: Expression) -> Expression:
    """S commutes with (a + b S)^-1: in every stretch of such factors the inverses first."""
    parts = [(tuple(map(_ordered_trace, m.traces)), m.word, c) for m, c in value.terms]
    return collect(parts, value.rows, value.cols)


def _ordered_trace(word: Word) -> Word:
    functions = [_function_of(f) for f in word.factors]
    start = next((k for k, s in enumerate(functions) if s is None), 0)
    factors = word.factors[start:] + word.factors[:start]
    stretches = groupby(factors, _function_of)
    ordered = (sorted(g, key=lambda f: (isinstance(f.base, Letter), f.text)) if s else list(g) for s, g in stretches)
    return Word.of(*chain.from_iterable(ordered))


def _function_of(factor: Factor) -> Letter | None:
    """S, for a symmetric letter S and for the inverse of a polynomial of degree one in it."""
    match factor.base:
        case Letter(symmetric=True) as letter:
            return letter
        case Inverse(argument=argument):
            words = [m.word.factors for m, _ in argument.terms if m.word is not None and not m.traces]
            letters = [f.base for factors in words for f in factors]
            if len(words) == len(argument.terms) and len(letters) == 1 and isinstance(letters[0], Letter):
                return _function_of(Factor(letters[0]))
    return None


def _lowered(value: Expression) -> Expression | None:
    """(a + b S)^-1 S = (I - a (a + b S)^-1)/b in the first trace with more S's than inverses; None at the end.

    So that a number has one spelling, and traces cancel by themselves.
    """
    for monomial, _ in value.terms:
        for word in monomial.traces:
            for reading in word.readings():
                if (shorter := _shorter(reading)) is not None:
                    return substitute_trace(value, scalar_product([word]), shorter)
    return None


def _shorter(word: Word) -> Expression | None:
    """The trace of R S M by those of M and R M, where it holds S more often than inverses."""
    match word.factors:
        case (Factor(base=Inverse(argument=argument)) as r, Factor(base=Letter()) as s, *rest) if rest:
            parts = {m.word.factors: c for m, c in argument.terms if m.word is not None and not m.traces}
            letters = sum(f.base == s.base for f in word.factors)
            inverses = sum(isinstance(f.base, Inverse) for f in word.factors)
            if set(parts) == {(), (s,)} and len(argument.terms) == 2 and letters > inverses:
                after = expression(Word.of(*rest))
                shorter: Expression = (trace(after) - trace(expression(r) @ after) * parts[()]) * (1 / parts[s,])
                return shorter
    return None
