"""Is a mean equal to a formula's value?  Catoni's e-process, and Catoni's confidence interval.

Everything here rests on one inequality.  With phi(y) = sign(y) ln(1 + |y| + y^2/2), for every real y

    exp(phi(y)) <= 1 + y + y^2/2,       so       E exp(phi(lam Y)) <= 1 + lam E Y + lam^2 E Y^2 / 2:

the exponential moment of a bounded variable, bought with two moments only.  Non-asymptotic; any tail.
Sources: Catoni 2012, "Challenging the empirical mean and empirical variance", Ann. IHP 48, section 2;
Wang & Ramdas 2023, "Catoni-style confidence sequences for heavy-tailed mean estimation", SPA 163.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from verify.evidence import Interval
from verify.sequential import confidence_interval, phi
from verify.verdict import Outcome, Verdict

ROUNDING = 2.0**-30
"""Rounding error allowed relative to the scale: 2^22 units of 2^-52, the backward error of linear algebra in
dimension 2^11 times a condition number 2^11.  It is compared only with quantities that have no variance."""

CAP = 200
"""The test is undecided after this many draws, in units of max(v / D^2, 1)."""

GUARD_BETS = (1 / 2, 1 / 8, 1 / 32, 1 / 128)
"""The guard's stakes on Y = (X - m0)^2/v: a stake b suits E Y near 1 + b Var Y."""

_ABOVE, _BELOW, _EXCLUDE_ABOVE, _EXCLUDE_BELOW, _SUM, _GUARD = range(6)
_OPEN, _SUPPORTED, _WRONG_MEAN, _WRONG_VARIANCE, _NOT_FINITE = range(5)


@dataclass(frozen=True)
class _Plan:
    claimed: float
    variance: float
    deviation: float
    scale: float
    alpha: float
    alpha_pass: float

    @property
    def numbers(self) -> tuple[float, ...]:
        """Value, v, D, and the thresholds: alpha is split in three, above, below and guard."""
        guard = math.log(3 * len(GUARD_BETS) / self.alpha)
        refute, support = math.log(3 / self.alpha), -math.log(self.alpha_pass)
        return self.claimed, self.variance, self.deviation, refute, support, guard

    @property
    def cap(self) -> int:
        return math.ceil(CAP * max(self.variance / self.deviation / self.deviation, 1.0))


VARIES_MORE = "variance certificate refuted"
"""How the note of a refusal by the guard begins."""


def test_mean(
    chunks: Iterator[NDArray[np.float64]],
    claimed: float,
    variance: float,
    certificate: str,
    *,
    delta: float,
    scale: float | None = None,  # noqa: PT028 (a test of means, not of this package)
    alpha: float,
    alpha_pass: float,
) -> Outcome:
    """Sequential three-verdict test of E X = `claimed`, from independent draws of X with Var X <= `variance`.

    D = `delta` x `scale` (|claimed| unless named).  Judged after every draw:

     - refuted when sum (phi(lam (X - m0)) - c), or the same with the sign turned, reaches ln(3/alpha), where
       lam = D/v, c = ln(1 + lam^2 v/2); or when a guard process does;
     - supported when both sum (phi(lam (m0 + D - X)) - c) and sum (phi(lam (X - m0 + D)) - c) have reached
       ln(1/alpha_pass), each at a time of its own;
     - undecided after 200 max(v/D^2, 1) draws, or when the chunks end.

    Proved, for any stopping time (Ville's inequality for nonnegative supermartingales):

     - wrong refusal <= alpha.  At E X = m0, Var X <= v each of the two signs is a supermartingale by the
       inequality above and gets alpha/3, and so does the guard.
     - guard: Y = (X - m0)^2/v is nonnegative with E Y <= 1 if the mean *and* the certificate are right; then
       every product of 1 + b (Y - 1), 0 < b < 1, is a supermartingale.  Each bet b gets its share of alpha/3.
     - wrong support <= alpha_pass.  At E X = m0 + D + h, h >= 0, X - h has mean m0 + D and the same variance;
       phi increases, so the first process is at most its value on X - h, a supermartingale whose *supremum
       over time* reaches 1/alpha_pass with probability <= alpha_pass: hence "have reached".  An error has one
       sign, so one process alone protects, and nothing is split.

    A quantity without variance is compared draw by draw, to rounding; below rounding, v is raised to it.
    A draw that is not finite refutes: it has probability zero under the claim.

    Raises ValueError where the claim, the variance, the scale or a level is not one.
    """
    plan = _plan(claimed, variance, delta, scale, alpha, alpha_pass)
    state = np.zeros(_GUARD + len(GUARD_BETS))
    code, used, seen = _OPEN, 0, list[NDArray[np.float64]]()
    for chunk in chunks:
        draws = np.array(chunk, dtype=np.float64).ravel()[: plan.cap - used]
        code, count = _pathwise(draws, plan, state) if variance == 0 else _judge(draws, state, *plan.numbers)
        seen.append(draws[:count])
        used += count
        if code != _OPEN or used >= plan.cap:
            break
    if variance == 0 and code == _OPEN and used > 0:
        code = _SUPPORTED
    outcome = _outcome(plan, variance, certificate, code, used, state)
    return replace(outcome, evidence=_interval(plan, variance, seen, state))


def pilot_variance(draws: NDArray[np.float64]) -> float:
    """Twice the sample variance of an independent pilot: the certificate `pilot x2`, asymptotic only."""
    if len(draws) < 2:
        raise ValueError(f"a pilot of {len(draws)} draws has no sample variance; take at least 2")
    return 2.0 * float(np.var(draws, ddof=1))


def _plan(claimed: float, variance: float, delta: float, scale: float | None, alpha: float, alpha_pass: float) -> _Plan:
    """Validate, name the scale, and raise a variance below rounding to it: it stays an upper bound."""
    if not math.isfinite(claimed):
        raise ValueError(f"claimed={claimed}: a mean must be finite to be tested; compare the laws instead")
    if not (math.isfinite(variance) and variance >= 0):
        raise ValueError(f"variance={variance}: needs a finite bound; compare the laws instead")
    if scale is None and claimed == 0:
        raise ValueError("claimed=0 has no relative error; name the scale that delta refers to")
    size = abs(claimed) if scale is None else scale
    if not (0 < size < math.inf and 0 < delta < math.inf and 0 < alpha < 1 and 0 < alpha_pass < 1):
        raise ValueError(
            f"scale={size}, delta={delta}, alpha={alpha}, alpha_pass={alpha_pass}: "
            "scale and delta must be positive and finite, the levels between 0 and 1"
        )
    return _Plan(claimed, max(variance, (ROUNDING * size) ** 2), delta * size, size, alpha, alpha_pass)


def _pathwise(draws: NDArray[np.float64], plan: _Plan, state: NDArray[np.float64]) -> tuple[int, int]:
    """No variance: every draw must equal the claim, to rounding."""
    wrong = np.flatnonzero(~(np.abs(draws - plan.claimed) <= ROUNDING * plan.scale))
    used = int(wrong[0]) + 1 if len(wrong) else len(draws)
    state[_SUM] += draws[:used].sum()
    return (_WRONG_MEAN if len(wrong) else _OPEN), used


def _interval(
    plan: _Plan, variance: float, seen: list[NDArray[np.float64]], state: NDArray[np.float64]
) -> Interval | None:
    """What is left for the mean: the range of the draws where they do not vary, else Catoni's interval, and within D of
    the claim on every side that was excluded."""
    draws = np.concatenate(seen) if seen else np.empty(0)
    if not len(draws) or not np.isfinite(draws).all():
        return None
    if variance == 0:
        return Interval(float(draws.min()), float(draws.max()))
    low, high = confidence_interval(draws, plan.variance, plan.deviation, plan.alpha_pass)
    if state[_EXCLUDE_BELOW] == math.inf:
        low = max(low, plan.claimed - plan.deviation)
    if state[_EXCLUDE_ABOVE] == math.inf:
        high = min(high, plan.claimed + plan.deviation)
    return Interval(low, high)


def _outcome(
    plan: _Plan, variance: float, certificate: str, code: int, used: int, state: NDArray[np.float64]
) -> Outcome:
    exact = variance == 0
    resolution = ROUNDING * plan.scale if exact else plan.deviation
    notes = {
        _WRONG_VARIANCE: f"{VARIES_MORE}: E (X - claimed)^2 > {plan.variance:g}",
        _NOT_FINITE: f"draw {used} is not finite",
        _OPEN: f"no verdict after {used} draws; the cap is {plan.cap}",
    }
    verdicts = {_SUPPORTED: Verdict.SUPPORTED, _OPEN: Verdict.UNDECIDED}
    return Outcome(
        verdict=verdicts.get(code, Verdict.REFUTED),
        test="pathwise equality" if exact else "sequential mean (Catoni)",
        claimed=plan.claimed,
        observed=float(state[_SUM]) / used if used else math.nan,
        resolution=resolution,
        relative_resolution=resolution / plan.scale,
        draws=used,
        certificate=certificate,
        alpha=0.0 if exact else plan.alpha,
        alpha_pass=0.0 if exact else plan.alpha_pass,
        note=notes.get(code, ""),
    )


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _judge(
    draws: NDArray[np.float64],
    state: NDArray[np.float64],
    claimed: float,
    variance: float,
    deviation: float,
    refute: float,
    support: float,
    guard: float,
) -> tuple[int, int]:
    """Feed draws to the processes (their logarithms, in `state`) until one decides: the code, the draws used.

    A process that has excluded its error is set to infinity and stays there: "has reached".
    """
    lam = deviation / variance
    c = math.log1p(lam * deviation / 2)
    for i in range(len(draws)):
        error = draws[i] - claimed
        state[_SUM] += draws[i]
        if not math.isfinite(error):
            return _NOT_FINITE, i + 1
        step = phi(lam * error)
        state[_ABOVE] += step - c
        state[_BELOW] -= step + c
        if max(state[_ABOVE], state[_BELOW]) >= refute:
            return _WRONG_MEAN, i + 1
        for k in range(len(GUARD_BETS)):
            state[_GUARD + k] += math.log1p(GUARD_BETS[k] * (error * error / variance - 1))
            if state[_GUARD + k] >= guard:
                return _WRONG_VARIANCE, i + 1
        state[_EXCLUDE_ABOVE] += phi(lam * (deviation - error)) - c
        state[_EXCLUDE_BELOW] += phi(lam * (deviation + error)) - c
        for k in (_EXCLUDE_ABOVE, _EXCLUDE_BELOW):
            if state[k] >= support:
                state[k] = math.inf
        if state[_EXCLUDE_ABOVE] == math.inf and state[_EXCLUDE_BELOW] == math.inf:
            return _SUPPORTED, i + 1
    return _OPEN, len(draws)
