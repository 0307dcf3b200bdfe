"""From a signal and noise terms with conditions of existence to a formula for every n and d."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import sympy as sp

from theory.notation import symbol
from theory.result import Regime

SIZES = ("n", "d", "n_source", "free_parameters", "source_parameters", "transferred_parameters", "probe_parameters")


def positive_denominators(value: sp.Expr, regime: sp.Basic) -> sp.Expr:
    """Write 1/(d - n + 1) as -1/(n - d - 1) where n is the larger one: the same number, readable."""
    here = _sizes_inside(regime)

    def negative(e: sp.Basic) -> bool:
        return bool(e.is_Pow and e.exp.is_negative and e.base.is_Add and e.base.subs(here).is_negative)

    return value.replace(negative, lambda e: sp.Integer(-1) ** e.exp * (-e.base) ** e.exp)


def positive_factors(value: sp.Expr, regime: sp.Basic) -> sp.Expr:
    """Write -(n - p)/p as (p - n)/p where p is the larger one: the same number, readable."""
    here = _sizes_inside(regime)

    def negative(e: sp.Basic) -> bool:
        return bool(e.is_Add and e.subs(here).is_negative)

    def turned(product: sp.Mul) -> sp.Expr:
        return sp.Mul(*(z for f in product.args for z in ((-1, -f) if negative(f) else (f,))))

    return positive_denominators(value.replace(lambda e: e.is_Mul, turned), regime)


def _sizes_inside(regime: sp.Basic) -> dict[sp.Symbol, int]:
    """Sizes well inside a regime, all different."""
    names = [symbol(name) for name in SIZES if symbol(name) in regime.free_symbols]
    sizes = (dict(zip(names, s, strict=True)) for s in product((1, 10**3, 10**6, 10**9), repeat=len(names)))
    return next(s for s in sizes if len(set(s.values())) == len(s) and regime.subs(s) == sp.true)


@dataclass(frozen=True)
class NoiseTerm:
    """noise^2 * moment, where the moment is that of a nonnegative variable: infinite unless `finite`."""

    noise: sp.Symbol
    value: sp.Expr
    finite: sp.Basic

    @property
    def silent(self) -> sp.Expr:
        """What is left of it without noise."""
        return self.value.subs(self.noise, 0)


def regimes(name: str, condition: sp.Basic, signal: sp.Expr, terms: Sequence[NoiseTerm]) -> Iterator[Regime]:
    """The formula where all terms are finite; without the infinite ones where their noise is zero; else
    infinity."""
    for dropped in (c for size in range(len(terms) + 1) for c in combinations(terms, size)):
        kept = [t for t in terms if t not in dropped]
        conditions = [t.finite for t in kept] + [sp.Not(t.finite) for t in dropped]
        silent = [sp.Eq(t.noise, 0) for t in dropped]
        parts = [*map(str, conditions), *(f"{t.noise} = 0" for t in dropped)]
        label = ", ".join(parts if parts and not dropped else [name, *parts])
        value = sp.Add(signal, *(t.value for t in kept))
        yield Regime(label, sp.And(condition, *conditions, *silent), value)
    if any(t.finite is not sp.true for t in terms):
        yield Regime(f"{name}, at the interpolation threshold with noise: infinite", condition, sp.oo)
