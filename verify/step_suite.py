"""Every distinct step of the catalogue, checked once and counted for each result that uses it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from types import MappingProxyType

from theory.catalogue import result, results
from theory.result import Derivation, Step
from theory.text import step_text
from verify.claim import Level
from verify.ledger import check_seed
from verify.plan import ALPHA_PASS
from verify.steps import check_step
from verify.verdict import Outcome, Verdict

RESOLUTION = 0.05
"""A step is checked for errors of 5% (of its size, in distribution, or at the largest size of a rate)."""
BUDGET = 1e-6


@dataclass(frozen=True)
class StepCount:
    """How many of a result's steps were supported."""

    supported: int
    total: int

    def __str__(self) -> str:
        return f"{self.supported}/{self.total}"


def name_of(step: Step, derivation: Derivation) -> str:
    """What makes two occurrences of a step the same check."""
    return f"{step.rule}: {step_text(step)} [{derivation.domain}]"


@cache
def distinct_steps() -> Mapping[str, tuple[Step, Derivation]]:
    """Every step of the catalogue once, by name."""
    return MappingProxyType({name_of(s, d): (s, d) for r in results() for d in r.derivations for s in d.steps})


def check(name: str, step: Step, derivation: Derivation, seed: int) -> Outcome:
    """One step at the suite's resolution, with its share of the budget."""
    alpha = BUDGET / len(distinct_steps())
    return check_step(step, derivation, Level(alpha, ALPHA_PASS, RESOLUTION, check_seed(seed, name, {})))


def outcomes(seed: int, names: Collection[str]) -> Iterator[tuple[str, Outcome]]:
    """The verdict on every distinct step of these names."""
    for name, (step, derivation) in distinct_steps().items():
        if name in names:
            yield name, check(name, step, derivation, seed)


def count_steps(seed: int, keys: Iterable[str]) -> dict[str, StepCount]:
    """For every one of these results, how many of its steps are supported."""
    names = {key: [name_of(s, d) for d in result(key).derivations for s in d.steps] for key in keys}
    every = frozenset(chain.from_iterable(names.values()))
    good = {name for name, outcome in outcomes(seed, every) if outcome.verdict is Verdict.SUPPORTED}
    return {key: StepCount(sum(n in good for n in used), len(used)) for key, used in names.items()}
