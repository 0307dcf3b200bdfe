"""The formula of a result as people write it: regimes that differ only by a noise that is zero are one case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp
from sympy.core.relational import Relational
from sympy.logic.inference import satisfiable

from theory.result import Regime, Result, Value


@dataclass(frozen=True)
class Case:
    """A formula and where it holds; `needs` are conditions that only a noise needs.

    Where that noise is zero, its condition may fail and the terms in it are zero.
    """

    name: str
    value: Value
    within: tuple[sp.Basic, ...]
    needs: tuple[tuple[sp.Basic, sp.Symbol], ...] = ()


@dataclass(frozen=True)
class _Silenced:
    """What tells a regime from a first one: noises that are zero, and conditions of the first that fail."""

    regime: Regime
    noises: frozenset[sp.Symbol]
    failing: frozenset[sp.Basic]


def cases(result: Result) -> tuple[Case, ...]:
    """The regimes of a result, merged where nothing but a noise that is zero tells them apart."""
    left, found = list(result.regimes), list[Case]()
    while left:
        needs, merged = _silent_twins(left[0], left[1:])
        within = tuple(p for p in sorted(_parts(left[0]), key=str) if p not in needs)
        found.append(Case(left[0].name, left[0].value, within, tuple(sorted(needs.items(), key=str))))
        left = [regime for regime in left[1:] if regime not in merged]
    return _with_otherwise(found)


def noises(found: Sequence[Case]) -> tuple[sp.Symbol, ...]:
    """The noises whose terms are to be read as zero where they are zero."""
    return tuple(dict.fromkeys(noise for case in found for _, noise in case.needs))


def _silent_twins(first: Regime, others: Sequence[Regime]) -> tuple[dict[sp.Basic, sp.Symbol], list[Regime]]:
    """Which noise each condition of the first regime is for, if the others say so, and those others."""
    twins = [twin for other in others if (twin := _silenced(first, other)) is not None]
    single = [(*t.failing, *t.noises) for t in twins if len(t.failing) == len(t.noises) == 1]
    needs = dict(single)
    merged = [t.regime for t in twins if t.noises == {needs.get(condition) for condition in t.failing}]
    return (needs, merged) if len(merged) == 2 ** len(needs) - 1 else ({}, [])


def _silenced(first: Regime, other: Regime) -> _Silenced | None:
    if not isinstance(first.value, sp.Expr):
        return None
    here, there = _parts(first), _parts(other)
    zero = {part for part in there if isinstance(part, sp.Eq) and part.rhs == 0}
    failing = {part for part in here if sp.Not(part) in there}
    alike = there - zero - {sp.Not(part) for part in failing} == here - failing
    quiet = first.value.subs({part.lhs: 0 for part in zero})
    if not (alike and failing and quiet == other.value):
        return None
    return _Silenced(other, frozenset(part.lhs for part in zero), frozenset(failing))


def _parts(regime: Regime) -> set[sp.Basic]:
    return set(sp.And.make_args(regime.condition))


def _with_otherwise(found: list[Case]) -> tuple[Case, ...]:
    """Where the infinite cases would take the whole domain, they are what is left by the others."""
    infinite = [case for case in found if case.value == sp.oo]
    if not _holds_everywhere(sp.Or(*(sp.And(*case.within) for case in infinite))):
        return tuple(found)
    return (*(case for case in found if case not in infinite), Case("otherwise", sp.oo, ()))


def _holds_everywhere(condition: sp.Basic) -> bool:
    """Whether it is true by logic alone, a comparison and its opposite being one atom and its negation."""
    atoms: dict[sp.Basic, sp.Basic] = {}
    for comparison in sorted(condition.atoms(Relational), key=str):
        opposite = sp.Not(comparison)
        atoms[comparison] = sp.Not(atoms[opposite]) if opposite in atoms else sp.Dummy()
    return not satisfiable(sp.Not(condition.xreplace(atoms)))
