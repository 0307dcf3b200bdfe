"""Where a rotation X -> X O acts on a trace: cut it into what is turned, O' M O, and what stands between.

In a trace every stretch that belongs to X, such as Q or X+ X+', becomes O' M O; the rest stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from theory.calculus.designs import depends_on
from theory.calculus.expressions import Expression
from theory.calculus.letters import ONE, Defined, Factor, Inverse, Letter, OfSpectrum, Pinv
from theory.calculus.words import Word

Sides: TypeAlias = tuple[bool, bool]
BEGINS, ENDS = (False, True), (True, False)


class DoesNotTurn(ValueError):
    """A product is not made of stretches O' M O, so that averaging over O is not a sum over pairings."""


def moves(factor: Factor, x: Letter, samples: bool = False) -> Sides:
    """Whether X -> X O (or X -> O' X, for `samples`) puts O' on the left and O on the right of a factor.

    Raises DoesNotTurn for a factor that depends on X but does not turn as a whole, such as (X'X + A)^-1.
    """
    match factor.base:
        case Letter() as base if base == x:
            sides = (samples, not samples)
        case Pinv(letter=base) if base == x:
            sides = (not samples, samples)
        case _ if not depends_on(factor, x):
            sides = (False, False)
        case Inverse(argument=meaning) | Letter(law=Defined(meaning=meaning) | OfSpectrum(argument=meaning)):
            sides = _moves_as_a_whole(factor, meaning, x, samples)
        case _:
            raise _mixed(factor, x)
    return (sides[1], sides[0]) if factor.transposed else sides


def _moves_as_a_whole(factor: Factor, meaning: Expression, x: Letter, samples: bool) -> Sides:
    """The sides of every word of a sum, which must agree; the identity turns into itself, O' I O = I."""
    found: set[Sides] = set()
    for monomial, _ in meaning.terms:
        if not monomial.words:
            continue
        if (word := monomial.only_word) is None:
            raise _mixed(factor, x)
        turned = [moves(f, x, samples) for f in word.factors]
        if any(before[1] != after[0] for before, after in pairwise(turned)):
            raise _mixed(factor, x)
        found |= {(turned[0][0], turned[-1][1])} if turned else set()
    if len(found) != 1:
        raise _mixed(factor, x)
    return found.pop()


def _mixed(factor: Factor, x: Letter) -> DoesNotTurn:
    return DoesNotTurn(f"{factor.text} does not turn as a whole when {x.name} is rotated: expand it first")


@dataclass(frozen=True)
class Ring:
    """A trace cut at the O's: blocks O' M_j O and what follows each, A_j, in cyclic order."""

    blocks: tuple[Word, ...]
    between: tuple[Word, ...]


def pair_numbers(traces: tuple[Word, ...], x: Letter, samples: bool = False) -> list[Word]:
    """(X a) (X b) = a' X' X b: for a design of one row, numbers with one O each are joined two by two."""
    if ONE not in (x.rows, x.cols):
        return list(traces)
    even, odd = list[Word](), list[Word]()
    for closed in traces:
        reading = next((r for r in closed.readings() if r.rows == ONE and _surplus(r, x, samples) == 1), None)
        (even if reading is None else odd).append(closed if reading is None else reading)
    if len(odd) % 2:
        raise DoesNotTurn(f"{x.name} stands an odd number of times: its mean is no average of pairings")
    return even + [first.T @ second for first, second in zip(odd[::2], odd[1::2], strict=True)]


def _surplus(closed: Word, x: Letter, samples: bool) -> int:
    cuts = _cuts(closed, x, samples)
    return cuts.count(ENDS) - cuts.count(BEGINS)


def _cuts(closed: Word, x: Letter, samples: bool) -> list[Sides]:
    """What stands before each factor of a trace: O on the right of the last one, O' on the left of this one."""
    turned = [moves(f, x, samples) for f in closed.factors]
    return [(before[1], after[0]) for before, after in zip(turned[-1:] + turned, turned, strict=False)]


def cut(closed: Word, x: Letter, samples: bool = False) -> Ring | None:
    """The ring of a trace; None when no O is left in it (the trace itself is invariant).

    Raises DoesNotTurn where the O's do not come in pairs O' ... O, as in tr(X X) for a square design.
    """
    cuts = _cuts(closed, x, samples)
    if all(right == left for right, left in cuts):
        return None
    mixed = DoesNotTurn(f"tr({closed}) is not made of stretches that turn as a whole when {x.name} is rotated")
    if cuts.count(BEGINS) != cuts.count(ENDS):
        raise mixed
    start = cuts.index(BEGINS)
    order = closed.factors[start:] + closed.factors[:start]
    expected = BEGINS
    pieces: list[list[Factor]] = []
    for factor, (right, left) in zip(order, cuts[start:] + cuts[:start], strict=True):
        if right != left:
            if (right, left) != expected:
                raise mixed
            expected = ENDS if expected == BEGINS else BEGINS
            pieces.append([])
        pieces[-1].append(factor)
    words = [Word.of(*piece) for piece in pieces]
    return Ring(tuple(words[::2]), tuple(words[1::2]))
