"""Where the peaks are: at the parameters claimed either stage's ratio of chi-squares has its heaviest law."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from numerics.frozen import Frozen
from theory.result import Result
from verify.claim import Case, Level
from verify.frozen.checks import ratio_law
from verify.frozen.drawing import sample
from verify.linear.laws import draws_for, law_outcome
from verify.verdict import Outcome, Verdict


def of_sizes(instance: Frozen, free: int, learned: int) -> Frozen:
    """So many free coordinates, so many others that the source learns and that are transferred, and one that is zero;
    samples and noises as they are."""
    lists = {"free": range(free), "source_coordinates": range(free, free + learned)}
    fields = {name: value for name, value in instance.fields().items() if name not in ("task_map", "task_noise")}
    sizes = {"d": free + learned + 1, "target": [1.0] * (free + learned + 1)}
    listed = {name: list(values) for name, values in lists.items()}
    return Frozen.from_fields({**fields, **sizes, **listed, "transferred": listed["source_coordinates"]})


def peaks_check(result: Result, case: Case, at: Level) -> Outcome:
    """|X+ r|^2/v is chi2_n/chi2_1 at the peak, and chi2_min(n,p)/chi2_(|n-p|+1) with p parameters."""
    instance: Frozen = case.instance
    free, learned = (int(found) for found in np.asarray(result.evaluate(**case.fields)))
    half = replace(at, alpha=at.alpha / 2, alpha_pass=at.alpha_pass / 2)
    if free < 1 or learned < 1:
        return replace(_outcome(instance, half, "ratio", instance.n), verdict=Verdict.REFUTED)
    there = of_sizes(instance, free, learned)
    outcomes = [
        _outcome(there, half, "ratio", instance.n),
        _outcome(there, half, "source_ratio", instance.n_source),
    ]
    return next((found for found in outcomes if found.verdict is not Verdict.SUPPORTED), outcomes[0])


def _outcome(instance: Frozen, at: Level, column: str, samples: int) -> Outcome:
    found = law_outcome(ratio_law(samples, samples).cdf, sample(instance, column, at.seed, draws_for(at)), at)
    return replace(found, alpha=2 * at.alpha, alpha_pass=2 * at.alpha_pass)
