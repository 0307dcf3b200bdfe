"""Axiom 4: averages over the orthogonal group, by inverting the Gram matrix of pairings.

E O_{x1 a1} ...  O_{x2k a2k} = sum over pairings p, q of {1..2k} of Wg(p, q) [x constant on p] [a constant
on q].  Wg is the inverse of Gram(p, q) = d^{loops of p with q}, for d < k its pseudo-inverse; it depends on
the loop lengths alone, so one column suffices.  Source: Collins & Sniady 2006, section 3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import TypeAlias

import sympy as sp

from theory.calculus.rational import solve

Pairing: TypeAlias = tuple[int, ...]  # partner of each point
LoopType: TypeAlias = tuple[int, ...]  # half-lengths of the loops of two pairings, sorted


def pairings(points: int) -> Iterator[Pairing]:
    """All (2k-1)!! ways to pair an even number of points."""

    def extend(free: tuple[int, ...]) -> Iterator[dict[int, int]]:
        if not free:
            yield {}
            return
        first, rest = free[0], free[1:]
        for partner in rest:
            for tail in extend(tuple(p for p in rest if p != partner)):
                yield {first: partner, partner: first, **tail}

    for match in extend(tuple(range(points))):
        yield tuple(match[p] for p in range(points))


def loop_type(p: Pairing, q: Pairing) -> LoopType:
    """Half-lengths of the loops that the edges of p and of q form together."""
    seen: set[int] = set()
    lengths = []
    for start in range(len(p)):
        if start in seen:
            continue
        length, point = 0, start
        while point not in seen:
            seen |= {point, p[point]}
            length, point = length + 1, q[p[point]]
        lengths.append(length)
    return tuple(sorted(lengths))


@cache
def weingarten(k: int, dim: sp.Expr) -> dict[LoopType, sp.Expr]:
    """Wg by loop type, for 2k matrix entries: the column of the (pseudo-)inverse of Gram at one pairing.

    Gram has an inverse for dim >= k; a symbol is taken to be so.  For a number below, the pseudo-inverse is
    as good: the averages of which Wg is a coordinate are then linearly dependent.  Raises ValueError for a
    number that is no dimension, 0 or less.  Source: Collins & Sniady 2006, section 3.

    >>> weingarten(1, sp.Symbol("d"))
    {(1,): 1/d}
    """
    if dim.is_number and not dim >= 1:
        raise ValueError(f"dim={dim}: a rotation needs at least one dimension")
    kinds, gram = _gram_on_types(k, dim)
    unit = [[sp.Integer(kind == kinds[0])] for kind in kinds]
    solution = _group_inverse(gram, unit) if dim.is_number and dim < k else solve(gram, unit)
    return {kind: w for kind, (w,) in zip(kinds, solution, strict=True)}


def _gram_on_types(k: int, dim: sp.Expr) -> tuple[list[LoopType], list[list[sp.Expr]]]:
    """Gram on functions of the loop type with one reference pairing, the types in order.

    Row p of Gram f = sum_q dim^loops(p, q) f(type of q) depends on the type of p alone.
    """
    everything = list(pairings(2 * k))
    reference = everything[0]
    by_type: dict[LoopType, Pairing] = {}
    for p in everything:
        by_type.setdefault(loop_type(p, reference), p)
    kinds = sorted(by_type)
    rows = []
    for kind in kinds:
        counts = Counter((len(loop_type(by_type[kind], q)), loop_type(q, reference)) for q in everything)
        row = {other: sp.Integer(0) for other in kinds}
        for (loops, other), count in sorted(counts.items()):
            row[other] += count * dim**loops
        rows.append([row[other] for other in kinds])
    return kinds, rows


def _group_inverse(gram: list[list[sp.Expr]], column: list[list[sp.Expr]]) -> list[list[sp.Expr]]:
    """G^# column = G y for any y with G^3 y = G column.

    Gram is symmetric, so its pseudo-inverse is a polynomial in it, and acts on functions of the loop type
    as the group inverse of the small matrix.
    """
    g, b = sp.Matrix(gram), sp.Matrix(column)
    y, free = (g**3).gauss_jordan_solve(g * b)
    solved: list[list[sp.Expr]] = (g * y.subs(dict.fromkeys(free, 0))).tolist()
    return solved
