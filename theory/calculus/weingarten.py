"""Axiom 4: averages over the orthogonal group, by inverting the Gram matrix of pairings.

E O_{x1 a1} ...  O_{x2k a2k} = sum over pairings p, q of {1..2k} of Wg(p, q) [x constant on p] [a constant
on q].  Wg is the inverse of Gram(p, q) = d^{loops of p with q}; it depends on the loop lengths alone, so
one column suffices.  Source: Collins & Sniady 2006, section 3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import TypeAlias

import sympy as sp

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
    """Wg by loop type, for 2k matrix entries: solves sum_q dim^loops(p, q) Wg(q, r) = [p = r].

    Needs dim >= k, where the Gram matrix is invertible; a number below raises ValueError, a symbol is taken
    to be so.

    >>> weingarten(1, sp.Symbol("d"))
    {(1,): 1/d}
    """
    if dim.is_number and dim < k:
        raise ValueError(f"dim={dim}: {2 * k} entries need dim >= {k}, below the Gram matrix of pairings is singular")
    everything = list(pairings(2 * k))
    reference = everything[0]
    by_type: dict[LoopType, Pairing] = {}
    for p in everything:
        by_type.setdefault(loop_type(p, reference), p)
    unknown = {kind: sp.Dummy(f"w{j}") for j, kind in enumerate(sorted(by_type))}
    equations = []
    for _, p in sorted(by_type.items()):
        counts = Counter((len(loop_type(p, q)), loop_type(q, reference)) for q in everything)
        row = sum(count * dim**loops * unknown[other] for (loops, other), count in sorted(counts.items()))
        equations.append(row - (1 if p == reference else 0))
    (solution,) = sp.linsolve(equations, list(unknown.values()))
    return {kind: sp.factor(w) for kind, w in zip(unknown, solution, strict=True)}
