"""Names of letters and symbols: which an expression holds, and one that it does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sympy as sp

from theory.calculus.expressions import Expression
from theory.calculus.letters import Gaussian, Inverse, Letter, Number, OfSpectrum, Pinv, made_of


def names_in(value: Expression) -> set[str]:
    """The names of all letters, also inside inverses, laws and definitions."""
    return {letter.name for letter in letters_in(value)}


def one_meaning_a_name(value: Expression, *conditions: sp.Basic) -> None:
    """Raise ValueError where two different letters, or two different symbols, have one name."""
    _insist("letters", letters_in(value))
    _insist("symbols", [*symbols_in(value), *(s for c in conditions for s in c.free_symbols)])


def _insist(kind: str, named: Iterable[Letter | sp.Basic]) -> None:
    found: dict[str, Letter | sp.Basic] = {}
    for one in named:
        name = one.name if isinstance(one, Letter) else str(one)
        if found.setdefault(name, one) != one:
            hint = "give one another name or suffix" if kind == "letters" else "take it from theory.notation each time"
            raise ValueError(f"two different {kind} are called {name}: {hint}")


def symbols_in(value: Expression) -> set[sp.Symbol]:
    """Every symbol: of coefficients, dimensions, and inside inverses, laws and definitions."""
    found = set[sp.Basic]().union(*(side.free_symbols for side in value.shape))
    found |= set[sp.Basic]().union(*(c.free_symbols for _, c in value.terms))
    for base in _bases(value):
        if isinstance(base, Inverse):
            found |= symbols_in(base.argument)
        else:
            letter = base.letter if isinstance(base, Pinv) else base
            found |= letter.rows.free_symbols | letter.cols.free_symbols
            found |= set[sp.Basic]().union(*map(symbols_in, _parts_of(letter)))
    return {s for s in found if isinstance(s, sp.Symbol)}


def numbers_needed(value: Expression) -> set[sp.Symbol]:
    """The symbols without which an expression has no value, all letters with laws or arrays being given."""
    found = set[sp.Basic]().union(*(c.free_symbols for _, c in value.terms))
    for base in _bases(value):
        match base:
            case Inverse(argument=argument):
                found |= numbers_needed(argument)
            case Letter(law=Number(formula=formula, of=of, root=root)):
                given = {symbol for symbol, _ in of} | ({root[0]} if root else set())
                found |= (formula.free_symbols | (root[1].free_symbols if root else set())) - given
            case Letter(law=OfSpectrum(formula=formula, variable=variable)):
                found |= formula.free_symbols - {variable}
    return {s for s in found if isinstance(s, sp.Symbol)}


def letters_in(value: Expression) -> Iterator[Letter]:
    """Every letter, also inside inverses, laws and definitions; some more than once."""
    for base in _bases(value):
        if isinstance(base, Inverse):
            yield from letters_in(base.argument)
        else:
            letter = base.letter if isinstance(base, Pinv) else base
            yield letter
            for part in _parts_of(letter):
                yield from letters_in(part)


def _bases(value: Expression) -> dict[Letter | Pinv | Inverse, None]:
    return dict.fromkeys(f.base for m, _ in value.terms for w in m.words for f in w.factors)


def _parts_of(letter: Letter) -> tuple[Expression, ...]:
    match letter.law:
        case Gaussian(row_covariance=c, column_covariance=r):
            return (c,) if r is None else (c, r)
    return made_of(letter)


def fresh_name(name: str, *values: Expression) -> str:
    """The name itself, or with the first number after it, such that no letter of the expressions has it.

    >>> from theory.calculus.expressions import matrix
    >>> fresh_name("P", matrix("P", 2, 2))
    'P1'
    """
    taken = set[str]().union(*(names_in(value) for value in values))
    return next(z for z in (name, *(f"{name}{j}" for j in range(1, len(taken) + 2))) if z not in taken)
