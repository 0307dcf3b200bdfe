"""Names of letters: which an expression holds, and one that it does not."""

from __future__ import annotations

from collections.abc import Iterator

from theory.calculus.expressions import Expression
from theory.calculus.letters import Defined, Gaussian, Inverse, Letter, Pinv, Trained


def names_in(value: Expression) -> set[str]:
    """The names of all letters, also inside inverses, laws and definitions."""
    return {letter.name for letter in letters_in(value)}


def one_letter_a_name(value: Expression) -> None:
    """Raise ValueError where two different letters of an expression have one name."""
    found: dict[str, Letter] = {}
    for letter in letters_in(value):
        if found.setdefault(letter.name, letter) != letter:
            raise ValueError(f"two different letters are called {letter.name}: give one of them another name or suffix")


def letters_in(value: Expression) -> Iterator[Letter]:
    """Every letter, also inside inverses, laws and definitions; some more than once."""
    for base in dict.fromkeys(f.base for m, _ in value.terms for w in m.words for f in w.factors):
        if isinstance(base, Inverse):
            yield from letters_in(base.argument)
        else:
            letter = base.letter if isinstance(base, Pinv) else base
            yield letter
            for part in _parts_of(letter):
                yield from letters_in(part)


def _parts_of(letter: Letter) -> tuple[Expression, ...]:
    match letter.law:
        case Gaussian(row_covariance=c, column_covariance=r):
            return (c,) if r is None else (c, r)
        case Defined(meaning=meaning):
            return (meaning,)
        case Trained(design=design, labels=labels, start=start):
            return (design, labels, start)
    return ()


def fresh_name(name: str, *values: Expression) -> str:
    """The name itself, or with the first number after it, such that no letter of the expressions has it.

    >>> from theory.calculus.expressions import matrix
    >>> fresh_name("P", matrix("P", 2, 2))
    'P1'
    """
    taken = set[str]().union(*(names_in(value) for value in values))
    return next(z for z in (name, *(f"{name}{j}" for j in range(1, len(taken) + 2))) if z not in taken)
