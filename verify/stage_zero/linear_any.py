"""Results for any covariance on flat spectra, where Beta variables give them: numbers, to the accuracy they promise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import Any

import sympy as sp
from flint import arb

from theory.distribution import Atom, Distribution
from theory.result import Result
from verify.claim import scaled
from verify.stage_zero.balls import exact
from verify.stage_zero.relation import Kind, Relation, Residual

ACCURACY = sp.Rational(1, 10**6)
"""What plane integrals promise, relative."""
ABOVE = sp.Rational(1, 50)
"""How far above the least over m its search may stop."""
GRID = 4000
PROBABILITY = sp.Rational(1, 10**4)
"""How far a probability that an inversion gives may be off."""
LEVELS = (sp.Rational(1, 20), sp.Rational(1, 2), sp.Rational(19, 20))
LEVEL, NOISE = sp.Rational(3, 2), sp.Rational(1, 2)
POWERS: tuple[tuple[int, int, sp.Rational], ...] = (
    *((8, 20, sp.Rational(3, 2)), (8, 20, sp.Integer(3)), (5, 12, sp.Integer(2)), (30, 40, sp.Integer(10))),
    *((8, 9, sp.Rational(5, 4)), (12, 15, sp.Rational(3, 2)), (4, 12, sp.Rational(9, 4))),
)
"""n, d, m: the fourth is beyond the moments that the noise has; the last three near the edges of the domain."""
INVERSE_POWERS: tuple[tuple[int, int, sp.Rational], ...] = (
    *((8, 20, sp.Rational(1, 2)), (5, 12, sp.Integer(2)), (30, 40, sp.Integer(10)), (2, 9, sp.Integer(1))),
    *((8, 9, sp.Integer(1)), (8, 20, sp.Rational(21, 4))),
    *((5, 12, sp.Rational(14, 5)), (30, 40, sp.Rational(17, 4))),
)
"""The same for inverse powers; the third is beyond the moments that a silent error has, the last four near the edge."""
SIZES = ((3, 5), (3, 9), (8, 20), (12, 16))
"""n, d, from the edges of the domain on."""


def _gap(d: int) -> list[sp.Rational]:
    """The coordinates of t - u: no two alike."""
    return [sp.Rational(k, d) for k in range(1, d + 1)]


@cache
def _squared_distance(d: int) -> sp.Rational:
    return sp.Add(*(entry**2 for entry in _gap(d)))


def _fields(n: int, d: int, sigma: sp.Rational, moved: bool, **arguments: sp.Rational) -> dict[str, Any]:
    """An instance with a flat spectrum, its target moved from the source or not."""
    source = [sp.Rational(1, k) for k in range(1, d + 1)]
    target = [u + gap for u, gap in zip(source, _gap(d), strict=True)] if moved else source
    vectors = {"spectrum": [LEVEL] * d, "source": source, "target": target}
    lists = {name: [float(entry) for entry in entries] for name, entries in vectors.items()}
    return {"n": n, "d": d, "sigma": float(sigma), **lists, **{name: float(v) for name, v in arguments.items()}}


def _beta_moment(first: sp.Rational, second: sp.Rational, m: sp.Rational) -> arb:
    """E B^m for B ~ Beta(first, second)."""
    whole = first + second
    ratio = exact(first + m).gamma() / exact(first).gamma()
    return ratio * exact(whole).gamma() / exact(whole + m).gamma()


def _silent_moment(n: int, d: int, m: sp.Rational) -> arb:
    """sigma = 0: R = level |D|^2 B with B ~ Beta((d - n)/2, n/2), the share of D that n rows do not see."""
    share = _beta_moment(sp.Rational(d - n, 2), sp.Rational(n, 2), m)
    return exact(LEVEL * _squared_distance(d)) ** exact(m) * share


def _noise_moment(n: int, d: int, m: sp.Rational, noise: sp.Rational = NOISE) -> arb:
    """D = 0: R + sigma^2 = sigma^2/B with B ~ Beta((d - n + 1)/2, n/2), as R = sigma^2 chi2_n/chi2_{d-n+1}."""
    return exact(noise) ** exact(2 * m) * _beta_moment(sp.Rational(d - n + 1, 2), sp.Rational(n, 2), -m)


def _agree(found: float, true: arb) -> bool:
    return bool(abs(exact(sp.Rational(found)) - true) < exact(ACCURACY) * true)


def _moments_without_noise(result: Result) -> Iterator[Residual]:
    for n, d, m in POWERS:
        found = result.evaluate(**_fields(n, d, sp.Integer(0), True, power=m))
        yield _agree(found, _silent_moment(n, d, m))


def _moments_of_noise(result: Result) -> Iterator[Residual]:
    for n, d, m in POWERS:
        if m < sp.Rational(d - n + 1, 2):
            found = result.evaluate(**_fields(n, d, NOISE, False, power=m))
            yield _agree(found, _noise_moment(n, d, m))


def _inverse_moments_without_noise(result: Result) -> Iterator[Residual]:
    for n, d, m in INVERSE_POWERS:
        if m < sp.Rational(d - n, 2):
            found = result.evaluate(**_fields(n, d, sp.Integer(0), True, power=m))
            yield _agree(found, _silent_moment(n, d, -m))


def _inverse_moments_of_noise(result: Result) -> Iterator[Residual]:
    for (n, d, m), noise in product(INVERSE_POWERS, (NOISE, sp.Integer(1))):
        found = result.evaluate(**_fields(n, d, noise, False, power=m))
        yield _agree(found, _noise_moment(n, d, -m, noise))


def _flat_risk(result: Result) -> Iterator[Residual]:
    """level (1 - n/d) |D|^2 + sigma^2 n/(d - n - 1)."""
    for (n, d), sigma in product(SIZES, (sp.Integer(0), NOISE)):
        unseen = LEVEL * sp.Rational(d - n, d) * _squared_distance(d)
        yield _agree(
            result.evaluate(**_fields(n, d, sigma, True)), exact(unseen + sigma**2 * sp.Rational(n, d - n - 1))
        )


def _is_least(found: float, least: arb) -> bool:
    """Whether a number is the least, or above it by what a search may miss."""
    number = exact(sp.Rational(found))
    return bool(number > least * exact(1 - ACCURACY) and number < least * exact(1 + ABOVE))


def _grid(high: sp.Rational) -> Iterator[sp.Rational]:
    """Numbers between 1 and high."""
    return (1 + (high - 1) * sp.Rational(k, GRID) for k in range(1, GRID))


@cache
def _least_without_noise(n: int, d: int, p: sp.Rational) -> arb:
    """The least over m of (E R^m/(1 - p))^{1/m}."""
    return min((_silent_moment(n, d, m) / exact(1 - p)) ** exact(1 / m) for m in _grid(sp.Rational(n + 1, 2)))


def _bound_without_noise(result: Result) -> Iterator[Residual]:
    n, d, p = 12, 30, sp.Rational(19, 20)
    found = result.evaluate(**_fields(n, d, sp.Integer(0), True, confidence=p))
    yield _is_least(found, _least_without_noise(n, d, p))


@cache
def _least_of_noise(n: int, d: int, p: sp.Rational) -> arb:
    """The least over m of (E (R + sigma^2)^m/(1 - p))^{1/m} - sigma^2."""
    high = sp.Rational(min(n + 1, d - n + 1), 2)
    return min((_noise_moment(n, d, m) / exact(1 - p)) ** exact(1 / m) - exact(NOISE**2) for m in _grid(high))


def _bound_of_noise(result: Result) -> Iterator[Residual]:
    n, d, p = 12, 40, sp.Rational(9, 10)
    yield _is_least(result.evaluate(**_fields(n, d, NOISE, False, confidence=p)), _least_of_noise(n, d, p))


def _is_greatest(found: float, greatest: arb) -> bool:
    """Whether a number is the greatest of others, or below it by what a search may miss."""
    number = exact(sp.Rational(found))
    return bool(number < greatest * exact(1 + ACCURACY) and number > greatest * exact(1 - ABOVE))


@cache
def _greatest_without_noise(n: int, d: int, p: sp.Rational) -> arb:
    """The greatest over m of ((1 - p)/E R^-m)^{1/m}."""
    powers = (sp.Rational(d - n, 2) * sp.Rational(k, GRID) for k in range(1, GRID))
    return max((exact(1 - p) / _silent_moment(n, d, -m)) ** exact(1 / m) for m in powers)


def _lower_bound_without_noise(result: Result) -> Iterator[Residual]:
    n, d, p = 12, 40, sp.Rational(19, 20)
    found = result.evaluate(**_fields(n, d, sp.Integer(0), True, confidence=p))
    yield _is_greatest(found, _greatest_without_noise(n, d, p))


@cache
def _greatest_of_noise(n: int, d: int, p: sp.Rational) -> arb:
    """The greatest over m of ((1 - p)/E (R + sigma^2)^-m)^{1/m} - sigma^2."""
    powers = (sp.Rational(k, 40) for k in range(1, GRID))
    return max((exact(1 - p) / _noise_moment(n, d, -m)) ** exact(1 / m) - exact(NOISE**2) for m in powers)


def _lower_bound_of_noise(result: Result) -> Iterator[Residual]:
    n, d, p = 12, 40, sp.Rational(9, 10)
    yield _is_greatest(result.evaluate(**_fields(n, d, NOISE, False, confidence=p)), _greatest_of_noise(n, d, p))


def _at_level(number: float, quantile: Callable[[float], float], p: sp.Rational) -> bool:
    """Whether a number is between the quantiles of levels that are as far apart as a probability may be off."""
    off = float(PROBABILITY)
    return quantile(float(p) - off) < number < quantile(float(p) + off)


def _quantiles_without_noise(result: Result) -> Iterator[Residual]:
    """Those of level |D|^2 Beta((d - n)/2, n/2)."""
    n, d = 16, 40
    law = Distribution((Atom(float(LEVEL * _squared_distance(d)), (d - n) / 2, n / 2, ratio=False),))
    for p in LEVELS:
        yield _at_level(result.evaluate(**_fields(n, d, sp.Integer(0), True, confidence=p)), law.quantile, p)


def _quantiles_of_noise(result: Result) -> Iterator[Residual]:
    """Those of sigma^2 chi2_n/chi2_{d-n+1}."""
    n, d = 16, 40
    law = Distribution((Atom(float(NOISE**2), n / 2, (d - n + 1) / 2, ratio=True),))
    for p in LEVELS:
        yield _at_level(result.evaluate(**_fields(n, d, NOISE, False, confidence=p)), law.quantile, p)


RELATIONS = (
    Relation(
        "linear.inverse_moments",
        "flat spectrum without noise: inverse moments of a Beta variable",
        Kind.AGREES,
        _inverse_moments_without_noise,
    ),
    Relation(
        "linear.inverse_moments",
        "source at the target: moments of a Beta variable",
        Kind.AGREES,
        _inverse_moments_of_noise,
    ),
    Relation(
        "linear.quantile_any_covariance",
        "flat spectrum without noise: quantiles of a Beta variable",
        Kind.AGREES,
        _quantiles_without_noise,
    ),
    Relation(
        "linear.quantile_any_covariance",
        "source at the target: quantiles of a ratio of chi-squares",
        Kind.AGREES,
        _quantiles_of_noise,
    ),
    Relation(
        "linear.lower_bound",
        "flat spectrum without noise: greatest over Beta moments",
        Kind.AGREES,
        _lower_bound_without_noise,
    ),
    Relation(
        "linear.lower_bound",
        "source at the target: greatest over inverse Beta moments",
        Kind.AGREES,
        _lower_bound_of_noise,
        scaled(sp.Rational(51, 50)),
    ),
    Relation(
        "linear.error_moments",
        "flat spectrum without noise: moments of a Beta variable",
        Kind.AGREES,
        _moments_without_noise,
    ),
    Relation(
        "linear.error_moments",
        "source at the target: moments of an inverse Beta variable",
        Kind.AGREES,
        _moments_of_noise,
    ),
    Relation("linear.risk_any_covariance", "flat spectrum: bias + variance", Kind.AGREES, _flat_risk),
    Relation(
        "linear.upper_bound",
        "flat spectrum without noise: least over Beta moments",
        Kind.AGREES,
        _bound_without_noise,
    ),
    Relation(
        "linear.upper_bound",
        "source at the target: least over inverse Beta moments",
        Kind.AGREES,
        _bound_of_noise,
        scaled(sp.Rational(49, 50)),
    ),
)
"""One bound is made too large, the other too small."""
