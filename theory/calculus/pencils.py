"""Linearisation: a word in resolvents and pseudo-inverses is a block of the inverse of a matrix that is affine in X.

A *pencil* is a matrix of blocks L.  Its blocks are nodes; an *arrow* of value v from node i to node j puts -v at
(i, j).  Eliminating a node that has I on its diagonal joins two arrows into one, whose value is the product: so a path
of arrows from i to j puts the product of its values into (L^-1)_ij, and a loop at p takes its value off the diagonal.
Three cells realise what is not a letter:

    P^-1                     one node with P on the diagonal, its random part as loops;
    X+ (n < d), I - X+ X     [[I, X'], [-X, 0]]^-1 = [[I - X+ X, -X+], [X+', (X X')^-1]];
    X+ (n >= d)              [[I, X], [-X', 0]]^-1 = [[I - X X+, -X+'], [X+, (X' X)^-1]].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import sympy as sp

from theory.calculus.expressions import Expression, expression, identity, is_letter, letter_of, pinv, zero_like
from theory.calculus.letters import ONE, Defined, Factor, Gaussian, Inverse, Letter, Pinv
from theory.calculus.words import Word

Blocks: TypeAlias = dict[tuple[int, int], Expression]


class DoesNotLinearise(ValueError):
    """An expression that is no rational function of Gaussian letters, or one whose rank is not known."""


@dataclass(frozen=True)
class Node:
    """A block: its dimension, the cell it belongs to (one use of an inverse) and its place in that cell."""

    dim: sp.Expr
    cell: int
    kind: str
    place: int


@dataclass(frozen=True)
class Edge:
    """The random part of a block: weight * X (or X') at (row, col)."""

    row: int
    col: int
    letter: Letter
    transposed: bool
    weight: sp.Expr


@dataclass
class Pencil:
    """L = fixed + random edges, being built.  `domain` says on which side of n = d every design is."""

    domain: sp.Basic
    nodes: list[Node] = field(default_factory=list)
    fixed: Blocks = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    cells: int = 0
    _open: list[tuple[int, str]] = field(default_factory=list)

    def word(self, factors: Sequence[Factor]) -> tuple[int, int, sp.Expr]:
        """(i, j, sign) with (L^-1)_ij sign = the product of the factors, which begins and ends with a random one."""
        first = factors[0]
        if self._is_cell(first):
            start, at, sign = self._enter(first)
            rest = factors[1:]
        else:
            start = at = self._node(first.rows, identity(first.rows))
            sign, rest = ONE, factors
        if not rest:
            return start, at, sign
        end, more = self._walk(at, rest, None, ONE)
        return start, end, sign * more

    def _node(self, dim: sp.Expr, diagonal: Expression | None) -> int:
        cell, kind = self._open[-1] if self._open else (self._new_cell(), "")
        place = sum(node.cell == cell for node in self.nodes)
        self.nodes.append(Node(dim, cell, kind, place))
        index = len(self.nodes) - 1
        if diagonal is not None:
            self.fixed[index, index] = diagonal
        return index

    def _new_cell(self) -> int:
        self.cells += 1
        return self.cells

    def _arrow(self, i: int, j: int, value: Expression) -> None:
        """Put -value at (i, j), every random letter on an edge of its own."""
        for monomial, weight in value.terms:
            if not any(map(is_random, monomial.words)):
                self._fix(i, j, Expression(((monomial, weight),), value.rows, value.cols))
            elif monomial.traces or monomial.word is None:
                raise DoesNotLinearise(f"{monomial}: a trace or form that multiplies a random matrix has no pencil")
            else:
                self._walk(i, monomial.word.factors, j, weight)

    def _fix(self, i: int, j: int, value: Expression) -> None:
        at = (i, j)
        self.fixed[at] = self.fixed.get(at, zero_like(value)) - value

    def _walk(self, at: int, factors: Sequence[Factor], end: int | None, weight: sp.Expr) -> tuple[int, sp.Expr]:
        """A path of arrows along the factors, from a node to `end` or to where it leads; the sign that is left."""
        hold: Expression | None = None
        for number, factor in enumerate(factors):
            last = number == len(factors) - 1
            if not is_random(factor):
                hold = expression(factor) if hold is None else hold @ expression(factor)
                continue
            if self._is_cell(factor):
                entry, leave, sign = self._enter(factor)
                self._fix(at, entry, (hold or identity(factor.rows)).scaled(weight))
                at, hold, weight = leave, None, sign
                continue
            if hold is not None:
                held = self._node(factor.rows, identity(factor.rows))
                self._fix(at, held, hold.scaled(weight))
                at, hold, weight = held, None, ONE
            target = end if last and end is not None else self._node(factor.cols, identity(factor.cols))
            self._letter(at, target, factor, weight)
            at, weight = target, ONE
        if end is not None and (at != end or hold is not None):
            self._fix(at, end, (hold or identity(self.nodes[at].dim)).scaled(weight))
            at, weight = end, ONE
        return at, weight

    def _letter(self, i: int, j: int, factor: Factor, weight: sp.Expr) -> None:
        letter = factor.base
        assert isinstance(letter, Letter)
        if isinstance(letter.law, Defined):
            meaning = letter.law.meaning
            self._arrow(i, j, (meaning.T if factor.transposed else meaning).scaled(weight))
        elif isinstance(letter.law, Gaussian):
            self.edges.append(Edge(i, j, letter, factor.transposed, -weight))
        else:
            raise DoesNotLinearise(f"{letter.name}: only Gaussian letters, and letters defined by them, have a pencil")

    def _is_cell(self, factor: Factor) -> bool:
        return is_random(factor) and (isinstance(factor.base, Inverse | Pinv) or _projected(factor) is not None)

    def _enter(self, factor: Factor) -> tuple[int, int, sp.Expr]:
        """A new cell for an inverse: where to enter it, where to leave it, and the sign of that block."""
        projected = _projected(factor)
        if isinstance(factor.base, Inverse):
            return self._resolvent(factor.base)
        x = projected if projected is not None else expression(factor.base.letter)  # type: ignore[union-attr]
        wide = is_wide(x, self.domain)
        self._open.append(self._begin(f"{x}+"))
        q, c = self._projection_cell(x if not wide else x.T)
        self._open.pop()
        if projected is not None:
            if not wide:
                raise DoesNotLinearise(f"I - {x}+ {x} = 0 where {x} has full column rank: drop it")
            return q, q, ONE
        return (q, c, -ONE) if wide != factor.transposed else (c, q, ONE)

    def _begin(self, kind: str) -> tuple[int, str]:
        return self._open[-1] if self._open else (self._new_cell(), kind)

    def _projection_cell(self, z: Expression) -> tuple[int, int]:
        """[[I, Z], [-Z', 0]], Z of full column rank."""
        q, c = self._node(z.rows, identity(z.rows)), self._node(z.cols, None)
        self._arrow(q, c, -z)
        self._arrow(c, q, z.T)
        return q, c

    def _resolvent(self, base: Inverse) -> tuple[int, int, sp.Expr]:
        if all(any(map(is_random, m.words)) for m, _ in base.argument.terms):
            self._insist_on_an_inverse(base)
        self._open.append(self._begin(base.text))
        p = self._node(base.rows, None)
        self._arrow(p, p, -base.argument)
        self._open.pop()
        return p, p, ONE

    def _insist_on_an_inverse(self, base: Inverse) -> None:
        """Without a deterministic part, some product must have no dimension inside that is smaller."""
        words = [m.word for m, _ in base.argument.terms if m.word is not None]
        inner = [{f.cols for f in w.factors[:-1]} for w in words]
        if not any(all(at_most(base.rows, k, self.domain) for k in inside) for inside in inner):
            dimensions = sorted(set[sp.Expr]().union(*inner) - {base.rows}, key=str)
            needed = ", ".join(f"{base.rows} <= {k}" for k in dimensions)
            raise DoesNotLinearise(f"{base.text} exists only where {needed}: say so in the domain")


def is_random(value: Factor | Word) -> bool:
    """Whether a Gaussian letter occurs, directly or inside an inverse or a definition."""
    if isinstance(value, Word):
        return any(map(is_random, value.factors))
    match value.base:
        case Letter(law=None):
            return False
        case Letter(law=Defined(meaning=meaning)) | Inverse(argument=meaning):
            return any(is_random(w) for m, _ in meaning.terms for w in m.words)
        case Pinv(letter=letter):
            return is_random(Factor(letter))
    return True


def is_wide(x: Expression, domain: sp.Basic) -> bool:
    """Whether the domain says that a design has fewer rows than columns; DoesNotLinearise where it is silent.

    A product has full rank only if no dimension inside of it is smaller: the domain must say that too.
    """
    wide = at_most(x.rows, x.cols, domain)
    if not wide and not at_most(x.cols, x.rows, domain):
        raise DoesNotLinearise(f"{x}+: say in the domain whether {x.rows} < {x.cols} or {x.rows} >= {x.cols}")
    if x.rows == x.cols:
        raise DoesNotLinearise(f"{x}+: a square matrix is at its interpolation threshold; take one that is not square")
    _insist_on_full_rank(x, x.rows if wide else x.cols, domain)
    return wide


def at_most(small: sp.Expr, large: sp.Expr, domain: sp.Basic) -> bool:
    """Whether the domain says that a dimension is at most another, in any spelling."""
    known = {c.canonical for c in sp.And.make_args(domain) if c.is_Relational}
    said = {relation(small, large).canonical for relation in (sp.Lt, sp.Le)} & known
    return bool(said) or bool((large - small).is_nonnegative)


def _insist_on_full_rank(x: Expression, small: sp.Expr, domain: sp.Basic) -> None:
    """A defined letter: its one product must have no smaller dimension inside, a sum must hold a Gaussian letter."""
    law = letter_of(x).law if is_letter(x) else None
    if not isinstance(law, Defined):
        return
    words = [m.word for m, _ in law.meaning.terms if m.word is not None]
    if any(len(w.factors) == 1 and _is_gaussian(w.factors[0]) for w in words):
        return
    if len(words) != 1:
        raise DoesNotLinearise(f"{x}+: the rank of a sum of products is not known; take a product")
    for factor in words[0].factors[:-1]:
        if not at_most(small, factor.cols, domain):
            needed = f"{small} < {factor.cols}"
            raise DoesNotLinearise(f"{x}+: full rank needs {needed} too, a dimension inside; say so in the domain")
    for factor in words[0].factors:
        if isinstance(factor.base, Letter):
            _insist_on_full_rank(expression(factor.base), small, domain)


def _is_gaussian(factor: Factor) -> bool:
    return isinstance(factor.base, Letter) and isinstance(factor.base.law, Gaussian)


def _projected(factor: Factor) -> Expression | None:
    """X, when the factor is a letter for I - X+ X."""
    match factor.base:
        case Letter(law=Defined(meaning=meaning)):
            for monomial, _ in meaning.terms:
                for inner in monomial.word.factors if monomial.word is not None else ():
                    if isinstance(inner.base, Pinv):
                        x = expression(inner.base.letter)
                        return x if meaning == identity(x.cols) - pinv(x) @ x else None
    return None
