"""Mean risks of linear fine-tuning against their laws, against each other, and against integrals over the sphere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import sympy as sp

from theory.notation import symbol
from theory.result import Result
from verify.claim import shifted
from verify.stage_zero.moments import mean
from verify.stage_zero.relation import Kind, Relation, Residual, difference
from verify.stage_zero.values import TALL, TASK, WIDE, Point, formula, known, known_formula, points, value

Residuals = Callable[[Result], Iterator[Residual]]
FACTOR = sp.Rational(5, 3)


def equals(other: Callable[[Point], sp.Expr]) -> Residuals:
    """The formula equals another one at every exact point."""

    def residuals(result: Result) -> Iterator[Residual]:
        for point in points():
            yield difference(value(result, point), other(point))

    return residuals


def equals_in_symbols(other: Callable[[Point], sp.Expr], symbols: Callable[[Point], sp.Expr]) -> Residuals:
    """The same, and in symbols in the middle of either regime."""

    def residuals(result: Result) -> Iterator[Residual]:
        yield from equals(other)(result)
        for sizes in (WIDE, TALL):
            yield formula(result, sizes) - symbols(sizes)

    return residuals


def mean_of_law(key: str, **silent: int) -> Residuals:
    """The mean of a law in the catalogue, by integrating its density."""

    def at(point: Point) -> sp.Expr:
        return mean(known(key, {**point, **silent}))

    def symbols(sizes: Point) -> sp.Expr:
        return mean(known_formula(key, sizes).subs({symbol(name): number for name, number in silent.items()}))

    return equals_in_symbols(at, symbols)


def homogeneous(degrees: dict[str, int], total: int) -> Residuals:
    """Quantities multiplied by powers of c multiply the formula by a power of c."""
    change = {symbol(name): FACTOR**degree * symbol(name) for name, degree in degrees.items()}

    def residuals(result: Result) -> Iterator[Residual]:
        for point in points():
            grown = {name: sp.sympify(v) * FACTOR ** degrees.get(name, 0) for name, v in point.items()}
            yield difference(value(result, grown), FACTOR**total * value(result, point))
        for sizes in (WIDE, TALL):
            found = formula(result, sizes)
            yield found.subs(change, simultaneous=True) - FACTOR**total * found

    return residuals


def _dual(point: Point) -> Point:
    return {**point, "n": point["d"], "d": point["n"]}


def _increasing(result: Result) -> Iterator[Residual]:
    """More noise and a longer way from the source are never better, and worse where they enter."""
    for point in points():
        for name in ("sigma", "squared_distance"):
            steps = [value(result, {**point, name: sp.Rational(k, 2)}) for k in (1, 2, 3)]
            used = name == "sigma" or point["n"] < point["d"]
            for less, more in pairwise(steps):
                yield bool(more == sp.oo or (less < more if used else less == more))


def _isotropic_test(point: Point) -> Point:
    """The numbers of A = S = level I."""
    level, d = sp.sympify(point["level"]), sp.sympify(point["d"])
    return {**point, "test_distance": level * point["squared_distance"], "test_trace": level * d, "test_ratio": d}


def _same_covariance(result: Result) -> Iterator[Residual]:
    for point in points():
        yield difference(value(result, _isotropic_test(point)), known("linear.risk", point))
    for sizes in (WIDE, TALL):
        at = {symbol(k): v for k, v in _isotropic_test({n: symbol(n) for n in (*TASK, "n", "d", "sigma")}).items()}
        yield formula(result, sizes).subs(at, simultaneous=True) - known_formula("linear.risk", sizes)


def _one_sample(result: Result) -> Iterator[Residual]:
    """n = 1: X = x' with x/|x| uniform on the circle or the sphere, |x|^2 = level chi2_d; every angle integrated."""
    phi, z, r = sp.Symbol("phi", real=True), sp.Symbol("z", real=True), sp.Symbol("r", positive=True)
    wide = sp.sqrt(1 - z**2)
    circle = sp.Matrix([sp.cos(phi), sp.sin(phi)]), [(phi, 0, 2 * sp.pi)]
    sphere = sp.Matrix([wide * sp.cos(phi), wide * sp.sin(phi), z]), [(phi, 0, 2 * sp.pi), (z, -1, 1)]
    for (direction, angles), noise in ((circle, sp.Integer(0)), (sphere, sp.Rational(2, 3))):
        d = len(direction)
        gap, test = sp.Matrix([1, 2, 3][:d]), sp.diag(*[2, 5, 7][:d])
        error = gap - direction * (direction.T * gap)[0]
        size = sp.prod(high - low for _, low, high in angles)
        radius = r ** sp.Rational(d - 2, 2) * sp.exp(-r / 2) / (2 ** sp.Rational(d, 2) * sp.gamma(sp.Rational(d, 2)))
        inverse = sp.integrate(radius / r, (r, 0, sp.oo)) if noise else sp.Integer(0)
        inside = (error.T * test * error)[0] + noise**2 / TASK["level"] * inverse * (direction.T * test * direction)[0]
        average = sp.integrate(sp.expand(inside), *angles) / size
        sums = {"squared_distance": gap.dot(gap), "test_distance": (gap.T * test * gap)[0], "test_trace": test.trace()}
        yield value(result, {**TASK, **sums, "n": 1, "d": d, "sigma": noise}) - average


def _one_feature(result: Result) -> Iterator[Residual]:
    """d = 1: the noise part is a e'x x'e/|x|^4, of mean sigma^2 a/|x|^2, |x|^2 = level chi2_n; any d by its sum.

    At full column rank X+' A X+ = Z+' S^-1/2 A S^-1/2 Z+, and every eigen-direction of A S^-1 has the same mean.
    """
    r, ratio = sp.Symbol("r", positive=True), sp.Rational(7, 4)
    for n in (3, 4, 8):
        half = sp.Rational(n, 2)
        inverse = sp.integrate(r ** (half - 2) * sp.exp(-r / 2), (r, 0, sp.oo)) / (2**half * sp.gamma(half))
        point = {**TASK, "n": n, "d": 1, "test_ratio": ratio, "sigma": sp.Rational(2, 3)}
        yield value(result, point) - sp.Rational(2, 3) ** 2 * ratio * inverse
    for size in points():
        if size["n"] >= size["d"]:
            one, all_ = ({**_isotropic_test(size), "test_ratio": ratio} for ratio in (1, size["d"]))
            yield difference(value(result, all_), size["d"] * value(result, one))


BOTH_PARTS = equals_in_symbols(
    lambda p: known("linear.bias", p) + known("linear.variance", p),
    lambda p: known_formula("linear.bias", p) + known_formula("linear.variance", p),
)
RELATIONS = (
    Relation(
        "linear.bias", "mean of the risk's law without noise", Kind.CANCELS, mean_of_law("linear.risk_law", sigma=0)
    ),
    Relation("linear.bias", "scales with the covariance", Kind.METAMORPHIC, homogeneous({"level": 1}, 1), shifted(1)),
    Relation(
        "linear.bias",
        "scales with the square of the gap",
        Kind.METAMORPHIC,
        homogeneous({"squared_distance": 2}, 2),
        shifted(1),
    ),
    Relation("linear.variance", "mean of the law of the noise part", Kind.CANCELS, mean_of_law("linear.noise_law")),
    Relation(
        "linear.variance",
        "the same for d samples in n features",
        Kind.METAMORPHIC,
        equals(lambda p: known("linear.variance", _dual(p))),
    ),
    Relation("linear.risk", "mean of its law", Kind.CANCELS, mean_of_law("linear.risk_law")),
    Relation("linear.risk", "bias + variance", Kind.CANCELS, BOTH_PARTS),
    Relation(
        "linear.risk",
        "weights and noise times c, risk times c^2",
        Kind.METAMORPHIC,
        homogeneous({"squared_distance": 2, "sigma": 1}, 2),
        shifted(1),
    ),
    Relation(
        "linear.risk",
        "grows with the noise and with the gap",
        Kind.METAMORPHIC,
        _increasing,
        lambda formula: -formula,
    ),
    Relation("linear.risk_covariate_shift", "A = S: linear.risk", Kind.CANCELS, _same_covariance),
    Relation("linear.risk_covariate_shift", "one sample, angles integrated", Kind.CANCELS, _one_sample),
    Relation("linear.risk_covariate_shift", "one feature, and additive in A", Kind.CANCELS, _one_feature),
)
"""The wrong twin of a relation that a multiple of the formula would satisfy is the formula plus 1."""
