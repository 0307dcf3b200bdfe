"""A result with one formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sympy as sp

from theory.references import Reference
from theory.result import Assumption, Derivation, Implicit, Kind, Regime, Result, Statement

MEAN = ("E R(h)", r"\mathbb{E}\,R(h)")
"""The expected excess risk, in text and in LaTeX."""


def stating(setting: str, references: Sequence[Reference], always: Sequence[Assumption]) -> Callable[..., Result]:
    """What makes the results of a setting: its sources, and what all of them take for granted."""

    def stated(
        name: str,
        words: str,
        shown: tuple[str, str],
        kind: Kind,
        regimes: Sequence[tuple[str, sp.Basic, sp.Expr]],
        given: Sequence[Assumption],
        derivations: Sequence[Derivation],
        see_also: Sequence[str],
        where: Sequence[Implicit] = (),
    ) -> Result:
        return Result(
            key=f"{setting}.{name}",
            statement=Statement(words, *shown),
            kind=kind,
            regimes=tuple(Regime(*regime) for regime in regimes),
            given=(*always, *given),
            derivations=tuple(derivations),
            references=tuple(references),
            see_also=tuple(see_also),
            where=tuple(where),
        )

    return stated
