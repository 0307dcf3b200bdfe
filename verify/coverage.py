"""Does a bound hold as often as it says?  Exact binomial tests, with three verdicts.

Each uses one-sided Clopper-Pearson limits: the lower limit at level a solves P_p(K >= k) = a, the upper one
P_p(K <= k) = a, so each is on the wrong side of the true p with probability <= a, for every N and p, exactly.
Source: Clopper & Pearson 1934, Biometrika 26.  N is fixed in advance; no certificate is needed.
"""

import math
from dataclasses import replace

from scipy.special import betaincinv

from verify.evidence import Interval
from verify.verdict import Outcome, Verdict, decide


def lower_limit(successes: int, trials: int, level: float) -> float:
    """The p at which `successes` or more have probability `level` (0 without successes)."""
    return 0.0 if successes == 0 else float(betaincinv(successes, trials - successes + 1, level))


def upper_limit(successes: int, trials: int, level: float) -> float:
    """The p at which `successes` or fewer have probability `level` (1 without failures)."""
    return 1.0 - lower_limit(trials - successes, trials, level)


def test_coverage(
    successes: int, trials: int, confidence: float, *, delta: float, alpha: float, alpha_pass: float
) -> Outcome:
    """Three-verdict test that an event, such as X <= a claimed quantile, has probability `confidence`.

     - refuted when `confidence` is outside the limits at alpha/2 each: wrong refusal <= alpha;
     - supported when the limits at alpha_pass each are within `delta` of it: a coverage wrong by delta or
       more is on one side, and that limit alone must fail, so wrong support <= alpha_pass;
     - undecided otherwise; never so at `trials_needed`.

    Raises ValueError for counts, a confidence or levels that are none.
    """
    _check(successes, trials, confidence, delta, alpha, alpha_pass)
    low, high = (limit(successes, trials, alpha / 2) for limit in (lower_limit, upper_limit))
    refuted = not low <= confidence <= high
    low, high = (limit(successes, trials, alpha_pass) for limit in (lower_limit, upper_limit))
    supported = confidence - delta <= low and high <= confidence + delta
    verdict = decide(refuted=refuted, supported=supported)
    return _outcome("coverage (exact binomial)", verdict, successes, trials, confidence, delta, alpha, alpha_pass)


def test_at_least(
    successes: int, trials: int, confidence: float, *, delta: float, alpha: float, alpha_pass: float
) -> Outcome:
    """Three-verdict test that a bound holds with probability at least `confidence`.

     - refuted when the upper limit at alpha is below `confidence`: wrong refusal <= alpha;
     - supported when the lower limit at alpha_pass is at least `confidence` - `delta`: a coverage short by
       more than delta is supported with probability <= alpha_pass;
     - undecided otherwise; never so at `trials_needed`.

    It says nothing about tightness: ask a witness for that.  Raises ValueError as `test_coverage`.
    """
    _check(successes, trials, confidence, delta, alpha, alpha_pass)
    refuted = upper_limit(successes, trials, alpha) < confidence
    supported = lower_limit(successes, trials, alpha_pass) >= confidence - delta
    verdict = decide(refuted=refuted, supported=supported)
    return _outcome("at least (exact binomial)", verdict, successes, trials, confidence, delta, alpha, alpha_pass)


def test_no_more_often(
    hits: int, others: int, trials: int, times: float, *, delta: float, alpha: float, alpha_pass: float
) -> Outcome:
    """Three-verdict test that one event is at most `times` as probable as another, each counted in as many trials.

     - refuted when the lower limit of the one, at alpha/2, is above `times` the upper limit of the other;
     - supported when the upper limit of the one, at alpha_pass/2, is within `delta` of `times` the lower limit of the
       other.

    The trials may be the same ones: the levels add.  Raises ValueError as `test_coverage`.
    """
    _check(hits, trials, 0.5, delta, alpha, alpha_pass)
    _check(others, trials, 0.5, delta, alpha, alpha_pass)
    refuted = lower_limit(hits, trials, alpha / 2) > times * upper_limit(others, trials, alpha / 2)
    allowed = times * lower_limit(others, trials, alpha_pass / 2) + delta
    supported = upper_limit(hits, trials, alpha_pass / 2) <= allowed
    often = times * others / trials
    verdict = decide(refuted=refuted, supported=supported)
    return replace(
        _outcome("no more often (exact binomial)", verdict, hits, trials, min(often, 1.0), delta, alpha, alpha_pass),
        claimed=often,
    )


def trials_needed(delta: float, alpha: float, alpha_pass: float) -> int:
    """The number of trials at which both tests always decide, whatever the coverage.

    By Hoeffding's inequality a limit at level a is within sqrt(ln(1/a) / 2N) of the observed frequency; at
    this N the two radii, at alpha/2 and at alpha_pass, add to delta.
    """
    _check(0, 1, 0.5, delta, alpha, alpha_pass)
    roots = math.sqrt(math.log(2 / alpha)) + math.sqrt(math.log(1 / alpha_pass))
    return math.ceil((1 + 1e-12) * (roots / delta) ** 2 / 2)


def _check(successes: int, trials: int, confidence: float, delta: float, alpha: float, alpha_pass: float) -> None:
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f"{successes} successes in {trials} trials: needs 0 <= successes <= trials, trials >= 1")
    if not (0 <= confidence <= 1 and 0 < delta < 1 and 0 < alpha < 1 and 0 < alpha_pass < 1):
        raise ValueError(
            f"confidence={confidence}, delta={delta}, alpha={alpha}, alpha_pass={alpha_pass}: "
            "all must lie between 0 and 1"
        )


def _outcome(
    test: str,
    verdict: Verdict,
    successes: int,
    trials: int,
    confidence: float,
    delta: float,
    alpha: float,
    alpha_pass: float,
) -> Outcome:
    return Outcome(
        verdict=verdict,
        test=test,
        claimed=confidence,
        observed=successes / trials,
        resolution=delta,
        relative_resolution=delta / confidence if confidence else None,
        draws=trials,
        certificate="none needed",
        alpha=alpha,
        alpha_pass=alpha_pass,
        evidence=Interval(*(limit(successes, trials, alpha_pass) for limit in (lower_limit, upper_limit))),
    )
