"""Whether a formula in nested roots is zero: every root is a letter, and powers of it are reduced by what it solves."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp


def solves(equation: sp.Expr, symbol: sp.Symbol, value: sp.Expr) -> bool:
    """Whether an expression is zero with a positive value put in for a symbol, numbers that are not negative being
    positive: by continuity where they are zero.  False where it is not seen."""
    positive = {s: sp.Dummy(s.name, positive=True) for s in equation.free_symbols | {symbol} if s.is_nonnegative}
    root = value.xreplace(positive)
    if not root.is_positive:
        return False
    put_in = equation.xreplace(positive).subs(positive.get(symbol, symbol), root)
    letters = dict(_letters(put_in))
    named = _named(put_in, letters)
    rest = sp.numer(sp.together(named))
    for (base, degree), letter in reversed(letters.items()):
        over, under = sp.fraction(sp.together(_named(base, letters)))
        rest = sp.prem(sp.expand(rest), sp.expand(letter**degree * under - over), letter)
    return bool(rest == 0)


def _is_root(value: sp.Basic) -> bool:
    return bool(value.is_Pow and value.exp.is_Rational and not value.exp.is_Integer)


def _letters(value: sp.Expr) -> Iterator[tuple[tuple[sp.Expr, int], sp.Dummy]]:
    """A letter for each root, by what it is of and its degree; those inside others first."""
    for root in sp.postorder_traversal(value):
        if _is_root(root):
            yield (root.base, root.exp.q), sp.Dummy(f"root_{root.exp.q}")


def _named(value: sp.Basic, letters: dict[tuple[sp.Expr, int], sp.Dummy]) -> sp.Basic:
    """The same with letters for the roots that are in no other."""
    if _is_root(value):
        return letters[value.base, value.exp.q] ** value.exp.p
    return value.func(*(_named(part, letters) for part in value.args)) if value.args else value
