"""Names of letters: which an expression holds, and one that it does not."""

from __future__ import annotations

from theory.calculus.expressions import Expression
from theory.calculus.letters import Defined, Gaussian, Inverse, Letter, Pinv, Trained


def names_in(value: Expression) -> set[str]:
    """The names of all letters, also inside inverses, laws and definitions."""
    found: set[str] = set()
    for base in {f.base for m, _ in value.terms for w in m.words for f in w.factors}:
        match base:
            case Inverse(argument=argument):
                found |= names_in(argument)
            case Pinv(letter=letter):
                found |= _names_of(letter)
            case Letter() as letter:
                found |= _names_of(letter)
    return found


def _names_of(letter: Letter) -> set[str]:
    inner: tuple[Expression, ...] = ()
    match letter.law:
        case Gaussian(row_covariance=c, column_covariance=r):
            inner = (c,) if r is None else (c, r)
        case Defined(meaning=meaning):
            inner = (meaning,)
        case Trained(design=design, labels=labels, start=start):
            inner = (design, labels, start)
    return {letter.name}.union(*(names_in(part) for part in inner))


def fresh_name(name: str, *values: Expression) -> str:
    """The name itself, or with the first number after it, such that no letter of the expressions has it.

    >>> from theory.calculus.expressions import matrix
    >>> fresh_name("P", matrix("P", 2, 2))
    'P1'
    """
    taken = set[str]().union(*(names_in(value) for value in values))
    return next(z for z in (name, *(f"{name}{j}" for j in range(1, len(taken) + 2))) if z not in taken)
