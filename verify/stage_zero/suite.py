"""Every relation of stage zero, and what a run of them found."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from theory.catalogue import keys as catalogue_keys
from theory.catalogue import result
from theory.exclusive import exclusive
from verify.claim import twin_in
from verify.stage_zero import (
    deep_bounds,
    deep_means,
    equivalents,
    frozen_means,
    linear_any,
    linear_comparisons,
    linear_laws,
    linear_means,
    linear_worst,
    markov,
    pathwise,
    probe_laws,
    relu,
    ridge_exact,
    sequences,
    shared,
    spectral_means,
)
from verify.stage_zero.relation import Kind, Relation
from verify.verdict import Verdict

RELATIONS: tuple[Relation, ...] = (
    *shared.RELATIONS,
    *linear_means.RELATIONS,
    *linear_laws.RELATIONS,
    *linear_comparisons.RELATIONS,
    *linear_any.RELATIONS,
    *linear_worst.RELATIONS,
    *markov.RELATIONS,
    *pathwise.RELATIONS,
    *equivalents.RELATIONS,
    *deep_means.RELATIONS,
    *deep_bounds.RELATIONS,
    *frozen_means.RELATIONS,
    *probe_laws.RELATIONS,
    *spectral_means.RELATIONS,
    *ridge_exact.RELATIONS,
    *sequences.RELATIONS,
    *relu.RELATIONS,
)
EQUATIONS = "the equations"


@dataclass(frozen=True)
class Finding:
    """The verdict on one relation."""

    relation: Relation
    verdict: Verdict
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        told = {"key": self.relation.key, "relation": self.relation.name, "kind": str(self.relation.kind)}
        return {**told, "verdict": str(self.verdict), "seconds": round(self.seconds, 3)}


def relations_of(keys: Sequence[str] | None = None) -> tuple[Relation, ...]:
    """The relations of these results, or of all; an unknown key is refused by the catalogue."""
    for key in keys or ():
        result(key)
    return tuple(relation for relation in RELATIONS if not keys or relation.key in keys)


def run(keys: Sequence[str] | None = None) -> tuple[Finding, ...]:
    """Settle the relations of `keys` (all by default): exact, without draws, the same in every run."""
    return tuple(Finding(relation, *settled(relation)) for relation in relations_of(keys))


@exclusive
def settled(relation: Relation) -> tuple[Verdict, float]:
    """The verdict on a relation, and how many seconds it took."""
    start = time.perf_counter()
    verdict = relation.verdict(result(relation.key))
    return verdict, time.perf_counter() - start


def unrelated() -> tuple[str, ...]:
    """Results that no relation is about."""
    related = {relation.key for relation in RELATIONS}
    return tuple(key for key in catalogue_keys() if key not in related)


def refuting(relation: Relation) -> Mapping[str, Verdict]:
    """For every regime of its result, the verdict of a relation on the result made wrong in that regime alone.

    Where it is about equations, which regimes share: on the result with wrong equations.
    """
    true = result(relation.key)
    if relation.kind is Kind.SHARED:
        return {EQUATIONS: relation.verdict(shared.with_equations(true, relation.twin))}
    return {regime.name: relation.verdict(twin_in(regime, true, relation.twin)) for regime in true.regimes}
