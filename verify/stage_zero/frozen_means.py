"""Tasks partly trained, partly transferred: against the means of linear fine-tuning, of which each stage is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice, product, starmap
from operator import mul

import sympy as sp
from flint import fmpq

from theory.result import Result
from verify.claim import last_shifted, shifted
from verify.stage_zero.linear_comparisons import projected
from verify.stage_zero.linear_means import FACTOR
from verify.stage_zero.rationals import written
from verify.stage_zero.relation import Kind, Relation, Residual, difference
from verify.stage_zero.values import Point, all_numbers, applies, formula, known, value

SAMPLES = (1, 2, 3, 4, 5, 9)
NOISES = (sp.Integer(0), sp.Rational(2, 3))
DEGREES = {
    name: 2 if "squared" in name or name in ("taught_target", "unexplained") else 1
    for name in (
        *("sigma", "sigma_source", "task_noise", "squared_free", "squared_zeroed", "squared_transferred"),
        *("squared_taught", "taught_target", "squared_learned", "squared_hidden", "unexplained"),
    )
}
"""Powers of c that quantities grow by when all weights and noises are multiplied by c."""


def split(free: int, kept: int, learned: int, d: int, **given: sp.Expr | int) -> Point:
    """Target (1, 2, 3, ...)/3, H target (3, 5, 7, ...)/5: free coordinates first, transferred last, the source's the
    last ones."""
    target, taught = [fmpq(j + 1, 3) for j in range(d)], [fmpq(2 * j + 3, 5) for j in range(d)]
    sizes = {"d": d, "free_parameters": free, "transferred_parameters": kept, "source_parameters": learned}
    sums = {
        "squared_free": _dot(target[:free], target[:free]),
        "squared_zeroed": _dot(target[free : d - kept], target[free : d - kept]),
        "squared_transferred": _dot(target[d - kept :], target[d - kept :]),
        "squared_taught": _dot(taught[d - kept :], taught[d - kept :]),
        "taught_target": _dot(taught[d - kept :], target[d - kept :]),
        "squared_learned": _dot(taught[d - learned :], taught[d - learned :]),
        "squared_hidden": _dot(taught[: d - learned], taught[: d - learned]),
    }
    return {**sizes, **sums, **given}


def _dot(a: list[fmpq], b: list[fmpq]) -> sp.Rational:
    return written(sum(map(mul, a, b), fmpq(0)))


def source_points(kept: int | None = None) -> Iterator[Point]:
    """Either side of the source's threshold and at it, with a residual of its labels and without; so many transferred,
    or all that is learned."""
    for learned, samples, noise, task_noise in product((1, 3, 5), SAMPLES, NOISES, NOISES):
        given = {"n_source": samples, "sigma_source": noise, "task_noise": task_noise}
        for hidden in (0, 1):
            yield split(0, learned if kept is None else min(kept, learned), learned, learned + hidden, **given)


def source_variance(point: Point) -> sp.Expr:
    """What a label of the source varies by, given the coordinates that are learned in."""
    hidden = sp.sympify(point["d"]) - point["source_parameters"]
    return sp.sympify(point["sigma_source"]) ** 2 + point["squared_hidden"] + hidden * point["task_noise"] ** 2


def _in_two_stages(result: Result) -> Iterator[Residual]:
    """All that is learned is transferred: t - w^ = (t - w) + Q w - X+ r, each part by the formulas of one stage."""
    for point in source_points():
        size = sp.sympify(point["source_parameters"])
        t, wt = point["squared_transferred"], point["taught_target"]
        w = point["squared_taught"] + size * sp.sympify(point["task_noise"]) ** 2
        gap = t - 2 * wt + w
        stage = {"n": point["n_source"], "d": size, "level": 1, "sigma": sp.sqrt(source_variance(point))}
        missed = known("linear.bias", {**stage, "squared_distance": w})
        crossed = projected(gap, w, wt - w, {**stage, "n_source": point["n_source"]})
        yield difference(value(result, point), gap + 2 * crossed + missed + known("linear.variance", stage))


def _one_sample(result: Result) -> Iterator[Residual]:
    """n_source = 1: X+ y = x y/|x|^2, y = x'w + r; x uniform on the circle or the sphere, every angle integrated."""
    phi, z, radius = sp.Symbol("phi", real=True), sp.Symbol("z", real=True), sp.Symbol("r", positive=True)
    wide = sp.sqrt(1 - z**2)
    circle = sp.Matrix([sp.cos(phi), sp.sin(phi)]), [(phi, 0, 2 * sp.pi)]
    sphere = sp.Matrix([wide * sp.cos(phi), wide * sp.sin(phi), z]), [(phi, 0, 2 * sp.pi), (z, -1, 1)]
    for (direction, angles), kept, noise in ((circle, 1, 0), (sphere, 1, sp.Rational(2, 3)), (sphere, 2, 0)):
        learned = len(direction)
        point = split(0, kept, learned, learned, n_source=1, sigma_source=noise, task_noise=0)
        target = sp.Matrix([sp.Rational(j + 1, 3) for j in range(learned)])
        taught = sp.Matrix([sp.Rational(2 * j + 3, 5) for j in range(learned)])
        error = (target - direction * (direction.T * taught)[0])[learned - kept :, 0]
        seen = direction[learned - kept :, 0]
        law = radius ** sp.Rational(learned - 2, 2) * sp.exp(-radius / 2)
        law /= 2 ** sp.Rational(learned, 2) * sp.gamma(sp.Rational(learned, 2))
        inverse = sp.integrate(law / radius, (radius, 0, sp.oo)) if noise else sp.Integer(0)
        inside = error.dot(error) + sp.sympify(noise) ** 2 * inverse * seen.dot(seen)
        size = sp.prod(high - low for _, low, high in angles)
        yield value(result, point) - sp.integrate(sp.expand(inside), *angles) / size


PARTS = ("transferred_parameters", "squared_transferred", "squared_taught", "taught_target")


def _additive(result: Result) -> Iterator[Residual]:
    """Coordinates transferred in two lots: their errors add up, and an empty lot adds nothing."""
    for kept in (0, 1, 2):
        for whole in islice(source_points(), kept, None, 3):
            if whole["source_parameters"] < 3:
                continue
            size = whole["source_parameters"], whole["d"]
            given = {name: whole[name] for name in ("n_source", "sigma_source", "task_noise")}
            some = split(0, kept, *size, **given)
            rest = {**whole, **{name: sp.sympify(whole[name]) - some[name] for name in PARTS}}
            yield difference(value(result, some) + value(result, rest), value(result, whole))


SOURCES = ((0, 0, 1, (1, 4, 9)), (2, 2, 3, (1, 4, 5, 9)), (1, 5, 5, (2, 3, 9)))
"""Coordinates transferred, zeroed and learned in, and the samples that they are learned from."""


def target_points() -> Iterator[Point]:
    """Either side of both thresholds and at them, with noise and without."""
    for free, samples, noise, (kept, zeroed, learned, sources) in product((0, 1, 3, 5), (1, 2, 3, 5), NOISES, SOURCES):
        for source_samples in sources:
            given = {"n": samples, "sigma": noise, "n_source": source_samples, "sigma_source": noise}
            d = free + kept + zeroed
            yield split(free, kept, min(learned, d), d, task_noise=noise, **given)


def _stage(n: sp.Expr | int, features: sp.Expr | int, squared: sp.Expr | int, variance: sp.Expr) -> sp.Expr:
    """The risk of linear regression from zero on so many features, the labels varying so much given these."""
    if features == 0:
        return sp.Integer(0)
    if variance == sp.oo:
        return sp.oo
    point = {"n": n, "d": features, "level": 1, "squared_distance": squared, "sigma": sp.sqrt(variance)}
    return known("linear.risk", point)


def _as_one_regression(result: Result) -> Iterator[Residual]:
    """The free coordinates are learned from zero, all others are label noise, and their own error stays."""
    for point in target_points():
        rest = point["squared_zeroed"] + known("frozen.source_error", point)
        variance = sp.sympify(point["sigma"]) ** 2 + rest
        learned = _stage(point["n"], point["free_parameters"], point["squared_free"], variance)
        yield difference(value(result, point), learned + rest)


def _all_free(result: Result) -> Iterator[Residual]:
    """Everything is trained: linear.risk from zero."""
    for d, n, noise in product((1, 3), SAMPLES, NOISES):
        point = split(d, 0, 0, d, n=n, sigma=noise, n_source=1, sigma_source=0, task_noise=0)
        yield difference(value(result, point), _stage(n, d, point["squared_free"], noise**2))


def _grown(result: Result, points: Iterator[Point]) -> Iterator[Residual]:
    """Weights and noises times c: the risk times c^2; at some of the points."""
    for point in islice(points, 0, None, 5):
        grown = {name: sp.sympify(number) * FACTOR ** DEGREES.get(name, 0) for name, number in point.items()}
        yield difference(value(result, grown), FACTOR**2 * value(result, point))


RHO = sp.Rational(3, 5)


def _multiple(point: Point, rho: sp.Expr) -> Point:
    """The sums of a source task that is this multiple of the target's."""
    kept, learned, d = (int(point[k]) for k in ("transferred_parameters", "source_parameters", "d"))
    squares = [sp.Rational(j + 1, 3) ** 2 for j in range(d)]
    seen, unseen = sp.Add(*squares[d - learned :]), sp.Add(*squares[: d - learned])
    transferred = sp.Add(*squares[d - kept :]) if kept else sp.Integer(0)
    sums = {"squared_taught": rho**2 * transferred, "taught_target": rho * transferred}
    sums |= {"squared_learned": rho**2 * seen, "squared_hidden": rho**2 * unseen}
    return {**point, **sums, "similarity": rho, "target_learned": seen, "target_hidden": unseen}


def _of_a_multiple(result: Result) -> Iterator[Residual]:
    """frozen.source_error with the sums of a multiple put in."""
    for kept in (None, 1, 0):
        for point in islice(source_points(kept), 0, None, 1 if kept else 2):
            there = _multiple(point, RHO)
            yield difference(value(result, there), known("frozen.source_error", there))


def _gains(result: Result) -> Iterator[Residual]:
    """frozen.risk from the target's own task less that from a multiple of it."""
    for point in target_points():
        here, there = (_multiple(point, rho) for rho in (sp.Integer(1), RHO))
        both = applies(result, there)
        yield both == _clear(point, 2)
        if both:
            yield value(result, there) - known("frozen.risk", here) + known("frozen.risk", there)


def _trained_or_not(result: Result) -> Iterator[Residual]:
    """frozen.risk with the last coordinate trained less that with it transferred."""
    for point in target_points():
        if not point["transferred_parameters"]:
            continue
        t, b = sp.Rational(int(point["d"]), 3), sp.Rational(2 * int(point["d"]) + 1, 5)
        alone = {"squared_coordinate": t**2, "taught_coordinate": b**2, "coordinate_product": t * b}
        moved = {"free_parameters": 1, "squared_free": t**2, "transferred_parameters": -1}
        moved |= {"squared_transferred": -(t**2), "squared_taught": -(b**2), "taught_target": -t * b}
        trained = {**point, **{name: sp.sympify(point[name]) + change for name, change in moved.items()}}
        both = applies(result, {**point, **alone})
        yield both == _clear(point, 3)
        if both:
            yield value(result, {**point, **alone}) - known("frozen.risk", trained) + known("frozen.risk", point)


def _infinite_between(result: Result) -> Iterator[Residual]:
    """frozen.risk along either number of parameters: infinite within one of the peak, and finite elsewhere; whatever is
    transferred, and however little noise there is."""
    half = sp.Rational(1, 2)
    for samples, source_samples in ((1, 9), (3, 4), (4, 2)):
        point = split(2, 3, 3, 6, n=samples, n_source=source_samples, sigma=1, sigma_source=1, task_noise=0)
        free, learned = formula(result, point).subs(all_numbers(result, point))
        little = split(2, 1, 3, 3, n=samples, n_source=source_samples, sigma=half, sigma_source=half, task_noise=0)
        yield bool(formula(result, little).subs(all_numbers(result, little)) == (free, learned))
        for p in range(1, 8):
            along = split(p, 3, 3, 12, n=samples, n_source=9, sigma=1, sigma_source=1, task_noise=0)
            yield (known("frozen.risk", along) == sp.oo) == bool(abs(p - free) <= 1)
            along = split(0, p, p, 12, n=samples, n_source=source_samples, sigma=1, sigma_source=1, task_noise=0)
            yield (known("frozen.risk", along) == sp.oo) == bool(abs(p - learned) <= 1)


def _all_splits(result: Result) -> Iterator[Residual]:
    """frozen.risk with every number of the transferred coordinates trained, each sum its share: the least is there, and
    of several the one with most frozen.  Refused where all are infinite.  Of many coordinates, some numbers."""
    yield from _all_or_none(result)
    yield from _least_split(result, TIE, range(2))
    sizes = product((1, 3, 4), SAMPLES, (1, 3, 4, 9), NOISES, NOISES, (0, 1))
    for m, samples, source_samples, noise, source_noise, zeroed in sizes:
        point = _transferable(m, samples, source_samples, noise, source_noise, zeroed)
        yield from _least_split(result, point, range(m + 1))
    for m, beyond, noise, source_samples in product(MANY, BESIDE, NOISES, (3, 2000)):
        point = _transferable(m, m + beyond, source_samples, noise, sp.Rational(2, 3), 0)
        yield from _least_split(result, point, (0, m // 3, m))


def _all_or_none(result: Result) -> Iterator[Residual]:
    """What is compared: frozen.source_error of what is transferred, and frozen.risk with all trained, less what is
    neither."""
    some = product((1, 3, 5), SAMPLES, (1, 3, 9), NOISES, NOISES, (0, 1))
    many = ((m, m + beyond, 3, noise, noise, 0) for m, beyond, noise in product(MANY, BESIDE, NOISES))
    for point in (*starmap(_transferable, (*some, *many)), *_nothing_left()):
        m = int(point["transferred_parameters"])
        trained = known("frozen.risk", _trained_at_random(point, m))
        yield difference(_named(result, "trained_error", point) + point["squared_zeroed"], trained)
        yield difference(_named(result, "transferred_error", point), known("frozen.source_error", point))


def _nothing_left() -> Iterator[Point]:
    """Two coordinates that are neither, in which the target is zero; without noise, at the threshold and beside it."""
    for samples in (1, 2, 3, 4, 5):
        yield {**_transferable(3, samples, 9, sp.Integer(0), sp.Integer(0), 2), "squared_zeroed": sp.Integer(0)}


def _transferable(
    m: int, samples: int, source_samples: int, noise: sp.Expr, source_noise: sp.Expr, zeroed: int
) -> Point:
    """All that is learned is transferred, and nothing trained."""
    of_source = {"n_source": source_samples, "sigma_source": source_noise, "task_noise": source_noise}
    return split(0, m, m, m + zeroed, n=samples, sigma=noise, **of_source)


TIE = _transferable(1, 3, 9, sp.Rational(4, 15), sp.Integer(0), 0)
"""One coordinate, off by 4/15 if transferred, and by noise of that size if trained."""


def _least_split(result: Result, point: Point, trained: Iterable[int]) -> Iterator[Residual]:
    m = int(point["transferred_parameters"])
    risks = {m - p: known("frozen.risk", _trained_at_random(point, p)) for p in trained}
    best = max(risks, key=lambda frozen: (-risks[frozen], frozen))
    finite = bool(risks[best] != sp.oo)
    yield applies(result, point) == finite
    if finite:
        yield value(result, point) - best


def _trained_at_random(point: Point, count: int) -> Point:
    """So many of the transferred coordinates trained, drawn at random."""
    m = sp.sympify(point["transferred_parameters"])
    left = {name: (m - count) / m * sp.sympify(point[name]) for name in PARTS}
    return {**point, **left, "free_parameters": count, "squared_free": point["squared_transferred"] * count / m}


def _clear(point: Point, beyond: int) -> bool:
    """Whether something is transferred, the source is two from its threshold, and the target two below it or so far
    beyond; where that is two, nothing need be trained."""
    n, free, samples, learned, kept = (
        int(point[name]) for name in ("n", "free_parameters", "n_source", "source_parameters", "transferred_parameters")
    )
    far = n >= free + beyond or free >= n + 2 or (beyond == 2 and free == 0)
    return kept > 0 and abs(samples - learned) >= 2 and far


def probe_points() -> Iterator[Point]:
    """n >= m, near n = m and at it; with and without noise, and with something that the features leave; one output and
    several."""
    for m, beyond, noise, left, q in product((1, 2, 4), range(6), NOISES, NOISES, (1, 3)):
        numbers = {"n": m + beyond, "d": m + 2, "probe_parameters": m, "sigma": noise, "unexplained": left}
        yield {**numbers, "outputs": q}


def _probe_as_noise(result: Result) -> Iterator[Residual]:
    """What the features leave is label noise, and stays; so for every output."""
    for point in probe_points():
        variance = point["outputs"] * sp.sympify(point["sigma"]) ** 2 + point["unexplained"]
        stage = _stage(point["n"], point["probe_parameters"], 0, variance)
        yield difference(value(result, point), point["unexplained"] + stage)


def _probe_of_coordinates(result: Result) -> Iterator[Residual]:
    """Features that are coordinates: those free, none transferred; of several outputs each its own, summed."""
    for probe in probe_points():
        q, m = probe["outputs"], probe["probe_parameters"]
        nothing = {"n_source": 1, "sigma_source": 0, "task_noise": 0}
        point = {**split(int(m), 0, 0, int(m) + 2, n=probe["n"], sigma=probe["sigma"], **nothing)}
        point["squared_zeroed"] = sp.sympify(probe["unexplained"]) / q
        yield difference(value(result, probe), q * known("frozen.risk", point))


def _named(result: Result, name: str, point: Point) -> sp.Expr:
    """What a symbol of a result stands for at a point."""
    return all_numbers(result, point)[next(w.symbol for w in result.where if w.symbol.name == name)]


MANY, BESIDE = (500, 900), (-3, -2, -1, 0, 1, 2, 3)
"""So many coordinates that half a percent of them counts, and samples beside them."""


def _many_points(kept: int | None = None) -> Iterator[Point]:
    """The points of the source, and such with many coordinates; with a residual of its labels and without."""
    yield from source_points(kept)
    for learned, beyond, noise in product(MANY, BESIDE, NOISES):
        given = {"n_source": learned + beyond, "sigma_source": noise, "task_noise": noise}
        yield split(0, kept or learned, learned, learned, **given)


def _transferred(result: Result) -> Iterator[Residual]:
    """The error of what is transferred, in every regime, is frozen.source_error."""
    for point in (*_many_points(), *source_points(kept=1)):
        yield difference(_named(result, "transferred_error", point), known("frozen.source_error", point))


def _one_coordinate(result: Result) -> Iterator[Residual]:
    """That of one coordinate is frozen.source_error where it alone is transferred."""
    for point in _many_points(kept=1):
        names = {"squared_coordinate": "squared_transferred", "coordinate_product": "taught_target"}
        one = {name: point[same] for name, same in {**names, "taught_coordinate": "squared_taught"}.items()}
        yield difference(_named(result, "coordinate_error", {**point, **one}), known("frozen.source_error", point))


RELATIONS = (
    Relation("frozen.risk", "what is transferred: frozen.source_error", Kind.SHARED, _transferred),
    Relation("frozen.when_freezing_helps", "one coordinate: frozen.source_error", Kind.SHARED, _one_coordinate),
    Relation("frozen.source_error", "all transferred: linear fine-tuning, part by part", Kind.CANCELS, _in_two_stages),
    Relation("frozen.source_error", "one sample, angles integrated", Kind.CANCELS, _one_sample),
    Relation("frozen.source_error", "in two lots", Kind.METAMORPHIC, _additive, shifted(1)),
    Relation("frozen.risk", "linear.risk of the free coordinates, the rest noise", Kind.CANCELS, _as_one_regression),
    Relation("frozen.risk", "everything free: linear.risk", Kind.CANCELS, _all_free),
    Relation(
        "frozen.risk",
        "weights and noise times c, risk times c^2",
        Kind.METAMORPHIC,
        lambda result: _grown(result, target_points()),
        shifted(1),
    ),
    Relation("frozen.when_freezing_helps", "the difference of two risks", Kind.CANCELS, _trained_or_not),
    Relation("frozen.peaks", "where frozen.risk is infinite", Kind.CANCELS, _infinite_between, last_shifted),
    Relation("frozen.best_split", "the least of all risks", Kind.CANCELS, _all_splits, shifted(1)),
    Relation("frozen.task_similarity", "frozen.source_error of a multiple", Kind.CANCELS, _of_a_multiple),
    Relation("frozen.less_related_wins", "the difference of two risks", Kind.CANCELS, _gains),
    Relation("frozen.probe", "linear.risk of the features, the rest noise", Kind.CANCELS, _probe_as_noise),
    Relation("frozen.probe", "features that are coordinates: frozen.risk", Kind.CANCELS, _probe_of_coordinates),
    Relation(
        "frozen.probe",
        "weights and noise times c, risk times c^2",
        Kind.METAMORPHIC,
        lambda result: _grown(result, probe_points()),
        shifted(1),
    ),
)
