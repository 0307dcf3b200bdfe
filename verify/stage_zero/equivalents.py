"""Deterministic equivalents against the exact results at large sizes, and against one sample more."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from theory.catalogue import result as catalogued
from theory.notation import KAPPA, SOURCE, STRETCH, TARGET, symbol
from theory.result import Result
from verify.claim import shifted
from verify.stage_zero.relation import Kind, Relation, Residual
from verify.stage_zero.spectral import (
    COORDINATES,
    EIGENVALUES,
    GAPS,
    SAMPLES,
    SOURCES,
    TARGETS,
    at_share,
    equation,
    flat,
    large,
    n,
    written_out,
)
from verify.stage_zero.values import WIDE, formula, known_formula

sigma, depth, norm = symbol("sigma"), symbol("depth"), symbol("norm")
squared_target, squared_source, source_target = (
    symbol(name) for name in ("squared_target", "squared_source", "source_target")
)
distance = squared_target - 2 * source_target + squared_source
DEEP = {**WIDE, "squared_source": 1, "depth": 3}


def _one_sample_more(result: Result) -> Iterator[Residual]:
    """One more row x lowers D'QD by (x'QD)^2/x'Qx and raises tr (XX')^-1 by (1 + |X+'x|^2)/x'Qx, where x'Qx ~ tr(S Q) =
    n kappa: so that risk + sigma^2 is n kappa times the derivative in n of sigma^2/kappa - D'QD, with D'QD ~
    sum kappa D_i^2/(l_i + kappa) and 1/kappa ~ tr (XX')^-1."""
    yield written_out(equation(result, KAPPA)).subs(n, SAMPLES)
    unseen = sum((KAPPA * gap**2 / (KAPPA + z) for gap, z in zip(GAPS, EIGENVALUES, strict=True)), sp.Integer(0))
    per_sample = 1 / sp.diff(SAMPLES, KAPPA)
    gained = sp.diff(sigma**2 / KAPPA - unseen, KAPPA) * per_sample
    risk = written_out(formula(result, WIDE)).subs(n, SAMPLES)
    yield risk + sigma**2 - SAMPLES * KAPPA * gained
    yield formula(result, {**WIDE, "n": WIDE["d"] - 1}) - formula(result, WIDE)


def _flat_spectrum(result: Result) -> Iterator[Residual]:
    """linear.risk at large n and d."""
    yield flat(equation(result, KAPPA))
    yield at_share(flat(formula(result, WIDE))) - large(known_formula("linear.risk", WIDE))


def _units(result: Result) -> Iterator[Residual]:
    """Features twice as large, noise twice as large: risk four times as large."""
    risk = written_out(formula(result, WIDE))
    change = {z: 4 * z for z in EIGENVALUES} | {KAPPA: 4 * KAPPA, sigma: 2 * sigma}
    yield risk.subs(change, simultaneous=True) - 4 * risk


def _without_stretch(result: Result) -> Iterator[Residual]:
    """c = 1: linear.risk_equivalent."""
    deep = written_out(formula(result, DEEP)).subs(STRETCH, 1)
    yield deep - written_out(known_formula("linear.risk_equivalent", WIDE))
    yield equation(result, STRETCH).subs(depth, 1) - (STRETCH - 1)
    lengths = {norm: 2 * norm, squared_source: 4 * squared_source}
    yield equation(result, STRETCH).subs(lengths, simultaneous=True) - equation(result, STRETCH)


def _flat_network(result: Result) -> Iterator[Residual]:
    """deep_linear.risk_limit, formula and equations; wherever n < d, and for one layer whatever the source."""
    limit = catalogued("deep_linear.risk_limit")
    yield flat(formula(result, DEEP)) - formula(limit, DEEP)
    yield flat(equation(result, norm)) - equation(limit, norm)
    yield equation(result, STRETCH) - equation(limit, STRETCH)
    for point in ({**DEEP, "n": DEEP["d"] - 1}, {**DEEP, "depth": 1, "squared_source": 0}):
        yield formula(result, point) - formula(result, DEEP)


def _stretched_source(result: Result) -> Iterator[Residual]:
    """Depth enters through c alone: it is as if one layer had started at c u."""
    longer = {**COORDINATES, SOURCE: tuple(STRETCH * u for u in SOURCES), TARGET: TARGETS}
    single = written_out(formula(result, DEEP).subs(STRETCH, 1), longer)
    yield written_out(formula(result, DEEP)) - single


def _one_layer(result: Result) -> Iterator[Residual]:
    """c = 1: linear.risk at large n and d; and of the weights, the length of their mean and linear.variance."""
    share = n / symbol("d")
    mean = share * squared_target + (1 - share) * squared_source
    length = sp.sqrt(at_share(mean) + large(known_formula("linear.variance", WIDE)) / symbol("level"))
    yield at_share(equation(result, norm).subs(depth, 1)).subs(norm, length)
    yield equation(result, STRETCH).subs(depth, 1) - (STRETCH - 1)
    yield formula(result, {**DEEP, "n": DEEP["d"] - 1}) - formula(result, DEEP)
    exact = known_formula("linear.risk", WIDE).subs(symbol("squared_distance"), distance)
    yield at_share(formula(result, DEEP).subs(STRETCH, 1)) - large(exact)
    yield formula(result, {**DEEP, "depth": 1, "squared_source": 0}) - formula(result, DEEP)


def _endless_depth(result: Result) -> Iterator[Residual]:
    """L -> infinity without noise: |h| = |t|, and (1 - n/d) times the squared distance of t from u at t's length."""
    silent = {sigma: 0, depth: sp.oo}
    length = sp.sqrt(squared_target)
    yield equation(result, norm).subs(silent).subs(norm, length)
    yield equation(result, STRETCH).subs(silent).subs({norm: length, STRETCH: sp.sqrt(squared_target / squared_source)})
    turned = 2 * squared_target - 2 * source_target * sp.sqrt(squared_target / squared_source)
    risk = formula(result, DEEP).subs(sigma, 0).subs(STRETCH, sp.sqrt(squared_target / squared_source))
    yield at_share(risk - symbol("level") * (1 - n / symbol("d")) * turned)


def _network_units(result: Result) -> Iterator[Residual]:
    """Weights and noise times 2: risk times 4; the stretch, a ratio of lengths, stays.

    Features and noise times 2: risk times 4, the same weights.
    """
    risk = formula(result, DEEP)
    weights = {symbol(k): 4 * symbol(k) for k in ("squared_target", "squared_source", "source_target")}
    yield risk.subs(weights | {sigma: 2 * sigma}, simultaneous=True) - 4 * risk
    features = {symbol("level"): 4 * symbol("level"), sigma: 2 * sigma}
    yield risk.subs(features, simultaneous=True) - 4 * risk
    for letter in (norm, STRETCH):
        yield equation(result, letter).subs(features, simultaneous=True) - equation(result, letter)


RELATIONS = (
    Relation("linear.risk_equivalent", "one sample more", Kind.CANCELS, _one_sample_more),
    Relation("linear.risk_equivalent", "flat spectrum: linear.risk at large n, d", Kind.CANCELS, _flat_spectrum),
    Relation("linear.risk_equivalent", "features and noise times 2", Kind.METAMORPHIC, _units, shifted(1)),
    Relation("deep_linear.risk_equivalent", "no stretch: linear.risk_equivalent", Kind.CANCELS, _without_stretch),
    Relation("deep_linear.risk_equivalent", "flat spectrum: deep_linear.risk_limit", Kind.CANCELS, _flat_network),
    Relation(
        "deep_linear.risk_equivalent",
        "one layer from a stretched source",
        Kind.METAMORPHIC,
        _stretched_source,
        lambda formula: formula * STRETCH,
    ),
    Relation("deep_linear.risk_limit", "one layer: linear.risk at large n, d", Kind.CANCELS, _one_layer),
    Relation("deep_linear.risk_limit", "depth to infinity, without noise", Kind.CANCELS, _endless_depth),
    Relation(
        "deep_linear.risk_limit", "weights, features and noise times 2", Kind.METAMORPHIC, _network_units, shifted(1)
    ),
)
