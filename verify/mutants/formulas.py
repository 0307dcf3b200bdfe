"""Ways to write a formula wrong: at every node, what a slip of the pen would make of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import sympy as sp

from theory.notation import BY_NAME, EIGENVALUE, GAP, INDEX, SOURCE, TARGET
from theory.tasks import ByFalling

Slip: TypeAlias = tuple[str, sp.Basic]
"""What was done, and what came out."""

ONE, HALF = sp.S.One, sp.S.Half
SCALES = (sp.Rational(201, 200), sp.Rational(199, 200))
"""A coefficient that is off by half a percent."""
NAMES_EXCHANGED = (
    ("n", "d"),
    ("n", "n_source"),
    ("sigma", "sigma_source"),
    ("squared_source", "squared_target"),
    ("squared_target", "squared_teacher"),
    ("squared_distance", "test_distance"),
    ("depth", "frozen_layers"),
    ("fitted", "kept"),
)
INVERTED = (EIGENVALUE[INDEX], BY_NAME["level"].symbol)
"""The covariance, as formulas speak of it."""


def exchanges() -> tuple[tuple[sp.Basic, sp.Basic], ...]:
    """Pairs that are easily taken for one another."""
    named = ((BY_NAME[a].symbol, BY_NAME[b].symbol) for a, b in NAMES_EXCHANGED)
    return (*named, (SOURCE[INDEX], TARGET[INDEX]), (GAP[INDEX], TARGET[INDEX]))


def slips(formula: sp.Basic) -> Iterator[Slip]:
    """Every formula with one slip, each once, none equal to the original as it is written."""
    seen = {formula}
    for what, wrong in (*_everywhere(formula), *_below(formula)):
        if wrong not in seen and not wrong.has(sp.zoo, sp.nan):
            seen.add(wrong)
            yield what, wrong


def _everywhere(formula: sp.Basic) -> Iterator[Slip]:
    """One letter taken for another throughout."""
    for a, b in exchanges():
        if formula.has(a) or formula.has(b):
            yield f"{a} <-> {b}", formula.xreplace({a: b, b: a})
    for letter in INVERTED:
        if formula.has(letter):
            yield f"{letter} inverted", formula.xreplace({letter: 1 / letter})


def _below(node: sp.Basic) -> Iterator[Slip]:
    """A slip at this node or further down, and what then becomes of this node."""
    yield from _here(node)
    for position, part in enumerate(node.args):
        if not _is_closed(node, position):
            yield from _with_slips(node, position, part)


def _with_slips(node: sp.Basic, position: int, part: sp.Basic) -> Iterator[Slip]:
    for what, wrong in _below(part):
        try:
            whole = node.func(*node.args[:position], wrong, *node.args[position + 1 :])
        except ValueError:  # such as the least of numbers that are not real: no formula
            continue
        yield what, whole


def _is_closed(node: sp.Basic, position: int) -> bool:
    """Bound variables and the ranges of sums are no part of the formula."""
    part = node.args[position]
    return (
        isinstance(node, sp.Indexed)
        or (isinstance(node, sp.Tuple) and position == 0)
        or (isinstance(node, sp.Sum | sp.Product | ByFalling) and position > 0)
        or (part.is_Symbol and part not in node.free_symbols)
    )


def _here(node: sp.Basic) -> Iterator[Slip]:
    match node:
        case sp.Tuple():
            return
        case sp.Integer() | sp.Rational() | sp.Float():
            for wrong in (node + 1, node - 1, 2 * node, node / 2, -node):
                yield f"{node} -> {wrong}", wrong
            return
        case sp.Symbol() | sp.Indexed():
            yield from _shifted(node)
            for a, b in exchanges():
                if node in (a, b):
                    yield f"{node} -> {b if node == a else a} once", b if node == a else a
        case sp.Add():
            yield from _shifted(node)
            for term in node.args:
                for wrong in (-term, *(scale * term for scale in SCALES), sp.S.Zero):
                    yield f"{term} -> {wrong} in a sum", node - term + wrong
        case sp.Mul():
            for factor in node.args:
                yield f"{factor} dropped", node / factor
                yield f"{factor} inverted", node / factor**2
        case sp.Pow(base=base, exp=power):
            for wrong in (power + 1, power - 1, power + HALF, power - HALF, -power, 2 * power):
                yield f"power {power} -> {wrong} of {base}", base**wrong
        case sp.Sum(function=sp.Mul() as product):
            for factor in product.args:
                apart = sp.Sum(factor, *node.limits) * sp.Sum(product / factor, *node.limits)
                yield f"sum of {product} taken apart at {factor}", apart
    if not node.is_number and isinstance(node, sp.Expr):
        for scale in SCALES:
            yield f"{node} x {float(scale)}", scale * node
        yield f"sign of {node}", -node


def _shifted(node: sp.Expr) -> Iterator[Slip]:
    for step in (1, -1):
        yield f"{node} -> {node + step}", node + step
