"""Axiom 6: the mean of the inverse of a Gaussian pencil, closed by factorisation (its Dyson equation).

For L = L0 + L1 with L1 linear in Gaussian letters, integration by parts gives E L^-1 (L0 - E[L1 M L1]) = I, where every
pair of a letter X and its transpose contracts to

    E[X M X'] = tr(C M) R,     E[X' M X] = tr(R M) C          (E X_ia X_jb = R_ij C_ab),

and the block M of L^-1 between them is replaced by its mean: traces of L^-1 fluctuate by O(1/n) of their size, so the
expectation of a product is the product of the expectations up to O(1/n^2).  What is left are the numbers tr(C M_bc):
one unknown for every pair of blocks that a pair of edges surrounds, equal in equal cells.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import product

import sympy as sp

from theory.calculus.expressions import Expression, expression, identity, total, trace, zero_like
from theory.calculus.letters import Factor, Gaussian, Inverse
from theory.calculus.pencils import Blocks, DoesNotLinearise, Edge, Pencil


@dataclass
class Unknowns:
    """The numbers tr(C M_bc) and tr(R M_bc): a symbol for each, and what it equals in terms of all of them."""

    symbols: dict[tuple[object, ...], sp.Symbol] = field(default_factory=dict)
    equations: dict[sp.Symbol, Expression] = field(default_factory=dict)

    def symbol(self, key: tuple[object, ...]) -> sp.Symbol:
        """The symbol of a pair of blocks; pairs at one place of equal cells have one key."""
        return self.symbols.setdefault(key, sp.Dummy(f"omega_{len(self.symbols) + 1}", real=True))


class Dyson:
    """The mean M of L^-1: its blocks in terms of the unknowns, to which it adds its own, each with its equation.

    `name` tells apart the unknowns between two cells of one pencil from those of another.
    """

    def __init__(self, pencil: Pencil, unknowns: Unknowns, name: str) -> None:
        self.pencil, self.unknowns, self.name = pencil, unknowns, name
        self.size = len(pencil.nodes)
        self.contractions = [
            (e, f) for e, f in product(pencil.edges, repeat=2) if e.letter == f.letter and e.transposed != f.transposed
        ]
        self.support = self._support()
        self.matrix = self._matrix()
        self.mean = cache(self._mean)
        for e, f in self.contractions:
            if (e.col, f.row) in self.support and (symbol := self._unknown(e, f)) not in unknowns.equations:
                unknowns.equations[symbol] = trace(_weight(e) @ self.mean(e.col, f.row))

    def _support(self) -> set[tuple[int, int]]:
        """Which blocks of M are not zero: the least pattern that the equation reproduces."""
        found = {(i, i) for i in range(self.size)}
        while True:
            pattern = set(self.pencil.fixed) | {(e.row, f.col) for e, f in self.contractions if (e.col, f.row) in found}
            wider = _reachable(self.size, pattern)
            if wider == found:
                return found
            found = wider

    def _matrix(self) -> Blocks:
        """L0 - E[L1 M L1]."""
        blocks = dict(self.pencil.fixed)
        for e, f in self.contractions:
            if (e.col, f.row) not in self.support:
                continue
            at = (e.row, f.col)
            piece = _contracted(e).scaled(self._unknown(e, f) * e.weight * f.weight)
            blocks[at] = blocks.get(at, zero_like(piece)) - piece
        return {at: block for at, block in blocks.items() if block.terms}

    def _unknown(self, e: Edge, f: Edge) -> sp.Symbol:
        b, c = self.pencil.nodes[e.col], self.pencil.nodes[f.row]
        inside = b.cell == c.cell and b.kind != ""
        where = (b.kind, b.place, c.place) if inside else (self.name, e.col, f.row)
        return self.unknowns.symbol((e.letter.name, e.transposed, *where))

    def _mean(self, i: int, j: int) -> Expression:
        """M_ij, by back substitution over the strongly connected components of the equation's pattern."""
        component = self._component(i)
        local = self._inverse(component, self.matrix)
        if j in component:
            return local[i, j]
        found = self._zero(i, j)
        for a in component:
            for k in range(self.size):
                if k not in component and (a, k) in self.matrix and (k, j) in self.support:
                    found = found - local[i, a] @ self.matrix[a, k] @ self.mean(k, j)
        return found

    def _zero(self, i: int, j: int) -> Expression:
        return Expression((), self.pencil.nodes[i].dim, self.pencil.nodes[j].dim)

    def _inverse(self, nodes: tuple[int, ...], blocks: Blocks) -> Blocks:
        """The inverse of a matrix of blocks, node after node by Schur complements; the shortest diagonal first."""
        if not nodes:
            return {}
        diagonal = [k for k in nodes if (k, k) in blocks and blocks[k, k].terms]
        if not diagonal:
            raise DoesNotLinearise("the mean of a pencil has no block on its diagonal to begin with: it is singular")
        pivot = min(diagonal, key=lambda k: (len(blocks[k, k].text), k))
        rest = tuple(k for k in nodes if k != pivot)
        top = _inverse_of(blocks[pivot, pivot])
        left = {k: blocks[k, pivot] @ top for k in rest if (k, pivot) in blocks}
        right = {k: top @ blocks[pivot, k] for k in rest if (pivot, k) in blocks}
        schur = {(i, j): blocks.get((i, j), self._zero(i, j)) for i in rest for j in rest}
        for i, j in product(left, right):
            schur[i, j] = schur[i, j] - left[i] @ blocks[pivot, j]
        found = self._inverse(rest, schur)
        for i in rest:
            found[pivot, i] = total((-(right[k] @ found[k, i]) for k in right), self._zero(pivot, i))
            found[i, pivot] = total((-(found[i, k] @ left[k]) for k in left), self._zero(i, pivot))
        found[pivot, pivot] = total([top, *(-(found[pivot, i] @ left[i]) for i in left)], top)
        return found

    def _component(self, i: int) -> tuple[int, ...]:
        reach = _reachable(self.size, set(self.matrix))
        return tuple(k for k in range(self.size) if (i, k) in reach and (k, i) in reach)


def _reachable(size: int, pattern: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """The reflexive and transitive closure."""
    found = pattern | {(i, i) for i in range(size)}
    for k, i, j in product(range(size), repeat=3):
        if (i, k) in found and (k, j) in found:
            found.add((i, j))
    return found


def _covariances(e: Edge) -> tuple[Expression, Expression]:
    """(C, R): between the columns and between the rows of the letter."""
    law = e.letter.law
    assert isinstance(law, Gaussian)
    return law.row_covariance, law.column_covariance or identity(e.letter.rows)


def _weight(e: Edge) -> Expression:
    """What M is weighed with between X and X' (C), or between X' and X (R)."""
    c, r = _covariances(e)
    return r if e.transposed else c


def _contracted(e: Edge) -> Expression:
    """What is left of X .. X' (R), or of X' .. X (C)."""
    c, r = _covariances(e)
    return c if e.transposed else r


def _inverse_of(block: Expression) -> Expression:
    """(c W)^-1 = W^-1 / c, so that a covariance cancels against its inverse."""
    if len(block.terms) == 1:
        monomial, coefficient = block.terms[0]
        if monomial.word is not None and not monomial.word.factors and not monomial.traces:
            return block.scaled(1 / coefficient**2)
        return _inverse(Expression(((monomial, sp.Integer(1)),), block.rows, block.cols)).scaled(1 / coefficient)
    return _inverse(block)


def _inverse(square: Expression) -> Expression:
    """Schur complements of a symmetric pencil need not be symmetric: I + omega S A."""
    return expression(Factor(Inverse(square)))
