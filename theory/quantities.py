"""The numbers that formulas use: for each its symbol, its LaTeX, what it may be and how an instance gives
it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float

from theory import checks, features, tasks
from theory.checks import FieldError, NotFlat
from theory.coordinates import TaskMap, mapped
from theory.features import Vector


@dataclass(frozen=True)
class Entry:
    """A row of the notation table; `name` is also the field by which a user sets the value."""

    name: str
    latex: str
    meaning: str


@dataclass(frozen=True)
class Quantity(Entry):
    """A number that formulas use: its SymPy symbol, what it may be, and how it is computed from other
    fields."""

    symbol: sp.Symbol
    check: Callable[[str, Any], Any]
    needs: tuple[str, ...] = ()
    compute: Callable[..., Any] | None = None
    default: int | None = None


VECTOR_FIELDS: dict[str, Callable[[str, Any], Vector]] = {
    "source": checks.vector,
    "target": checks.vector,
    "source_teacher": checks.vector,
    "start": checks.vector,
    "point": checks.vector,
    "spectrum": checks.spectrum,
    "test_spectrum": checks.spectrum,
}


def _flat(spectrum: Vector) -> float:
    low, high = spectrum.min(), spectrum.max()
    if low != high:
        raise NotFlat(f"the spectrum runs from {low:g} to {high:g}, but must be flat here (isotropic covariance)")
    return checks.positive("spectrum", float(low))


def decimals(vector: Vector) -> list[Fraction]:
    """Each entry as the decimal that it is written in: 0.3 is 3/10."""
    return [Fraction(repr(float(entry))) for entry in vector]


def _dot(a: Vector, b: Vector) -> Fraction:
    return sum((x * y for x, y in zip(decimals(a), decimals(b), strict=True)), Fraction(0))


def _squared(a: Vector) -> Fraction:
    return _dot(a, a)


def _squared_difference(a: Vector, b: Vector) -> Fraction:
    return sum(((x - y) ** 2 for x, y in zip(decimals(a), decimals(b), strict=True)), Fraction(0))


def _weighted_difference(a: Vector, b: Vector, weights: Vector) -> Fraction:
    terms = zip(decimals(a), decimals(b), decimals(weights), strict=True)
    return sum((w * (x - y) ** 2 for x, y, w in terms), Fraction(0))


def _squared_at(a: Vector, coordinates: tuple[int, ...]) -> Fraction:
    return _squared(a[list(coordinates)])


def _rest(d: int, *used: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(range(d)).difference(*used)))


def _taught_at(target: Vector, task_map: TaskMap, coordinates: tuple[int, ...]) -> Fraction:
    """|(H t)_C|^2 at the coordinates C."""
    return sum((x**2 for x in mapped(decimals(target), task_map, coordinates)), Fraction(0))


def _taught_target(target: Vector, task_map: TaskMap, coordinates: tuple[int, ...]) -> Fraction:
    """<(H t)_C, t_C> at the coordinates C."""
    given = decimals(target)
    pairs = zip(coordinates, mapped(given, task_map, coordinates), strict=True)
    return sum((given[j] * x for j, x in pairs), Fraction(0))


def _multiple(task_map: Float[np.ndarray, " d"] | Float[np.ndarray, "d d"]) -> Fraction:
    """rho where H = rho I."""
    diagonal = task_map if task_map.ndim == 1 else np.diagonal(task_map)
    mixes = task_map.ndim == 2 and bool(np.any(task_map != np.diag(diagonal)))
    if mixes or np.ptp(diagonal) > 0:
        raise FieldError("task_map is no multiple of the identity: give d equal numbers, or use frozen.risk")
    return decimals(diagonal[:1])[0]


def _ratio(test: Vector, train: Vector) -> float:
    return float(np.sum(test / train))


def _quantity(
    name: str,
    latex: str,
    meaning: str,
    check: Callable[[str, Any], Any],
    needs: tuple[str, ...] = (),
    compute: Callable[..., Any] | None = None,
    default: int | None = None,
    **facts: bool,
) -> Quantity:
    return Quantity(name, latex, meaning, sp.Symbol(name, **facts), check, needs, compute, default)


COUNTED = {"integer": True, "positive": True}
NATURAL = {"integer": True, "nonnegative": True}
LASTING = {"extended_real": True}

QUANTITIES: tuple[Quantity, ...] = (
    _quantity("n", "n", "target samples", checks.count, integer=True, positive=True),
    _quantity("d", "d", "features", checks.count, integer=True, positive=True),
    _quantity(
        "sigma",
        r"\sigma",
        "standard deviation of the target's label noise",
        checks.nonnegative,
        nonnegative=True,
    ),
    _quantity(
        "level",
        r"\lambda",
        "the one eigenvalue of an isotropic covariance",
        checks.positive,
        ("spectrum",),
        _flat,
        positive=True,
    ),
    _quantity(
        "largest_eigenvalue",
        r"\lambda_1",
        "the largest eigenvalue of the covariance",
        checks.positive,
        ("spectrum",),
        lambda spectrum: float(spectrum.max()),
        positive=True,
    ),
    _quantity(
        "squared_distance",
        r"\lVert\Delta\rVert^2",
        "squared distance of target and source weights",
        checks.nonnegative,
        ("target", "source"),
        _squared_difference,
        nonnegative=True,
    ),
    _quantity(
        "squared_target",
        r"\lVert\theta_T\rVert^2",
        "squared norm of the target weights",
        checks.nonnegative,
        ("target",),
        _squared,
        nonnegative=True,
    ),
    _quantity(
        "squared_source",
        r"\lVert\theta_S\rVert^2",
        "squared norm of the source weights",
        checks.nonnegative,
        ("source",),
        _squared,
        nonnegative=True,
    ),
    _quantity(
        "source_target",
        r"\langle\theta_S,\theta_T\rangle",
        "inner product of source and target weights",
        checks.number,
        ("source", "target"),
        _dot,
        real=True,
    ),
    _quantity(
        "test_distance",
        r"\Delta^{\top} A\Delta",
        "squared distance of target and source in the test covariance",
        checks.nonnegative,
        ("target", "source", "test_spectrum"),
        _weighted_difference,
        nonnegative=True,
    ),
    _quantity(
        "test_trace",
        r"\operatorname{tr}A",
        "total variance of a test point",
        checks.nonnegative,
        ("test_spectrum",),
        lambda a: sum(decimals(a), Fraction(0)),
        nonnegative=True,
    ),
    _quantity(
        "test_ratio",
        r"\operatorname{tr}(A\Sigma^{-1})",
        "total variance of a test point, measured in the training covariance",
        checks.nonnegative,
        ("test_spectrum", "spectrum"),
        _ratio,
        nonnegative=True,
    ),
    _quantity("n_source", r"\tilde n", "source samples", checks.count, integer=True, positive=True),
    _quantity(
        "sigma_source",
        r"\tilde\sigma",
        "standard deviation of the source's label noise",
        checks.nonnegative,
        nonnegative=True,
    ),
    _quantity(
        "squared_teacher",
        r"\lVert w\rVert^2",
        "squared norm of the source teacher",
        checks.nonnegative,
        ("source_teacher",),
        _squared,
        nonnegative=True,
    ),
    _quantity(
        "teacher_target",
        r"\langle w,\theta_T\rangle",
        "inner product of source teacher and target weights",
        checks.number,
        ("source_teacher", "target"),
        _dot,
        real=True,
    ),
    _quantity("depth", "L", "layers of the network; may be infinite", checks.depth, extended_positive=True),
    _quantity(
        "frozen_layers",
        "k",
        "first layers that are not trained; 0 if not given",
        checks.natural,
        default=0,
        integer=True,
        nonnegative=True,
    ),
    _quantity("norm", r"\lVert h\rVert", "norm of the weights", checks.nonnegative, positive=True),
    _quantity(
        "fitted",
        r"\lVert X^{+}y\rVert^2",
        "squared norm of the weights that the labels fix",
        checks.nonnegative,
        ("X", "y"),
        lambda x, y: float(np.sum((np.linalg.pinv(x) @ y) ** 2)),
        nonnegative=True,
    ),
    _quantity(
        "kept",
        r"\lVert Q\theta_S\rVert^2",
        "squared norm of the source weights off the row span of the design",
        checks.nonnegative,
        ("X", "source"),
        lambda x, u: float(np.sum((u - np.linalg.pinv(x) @ (x @ u)) ** 2)),
        nonnegative=True,
    ),
    _quantity(
        "free_parameters",
        r"p_{\mathcal F}",
        "free coordinates: those that are trained on the target sample",
        checks.natural,
        ("free",),
        len,
        integer=True,
        nonnegative=True,
    ),
    _quantity(
        "source_parameters",
        r"p_{\mathcal S}",
        "coordinates that the source is learned in",
        checks.natural,
        ("source_coordinates",),
        len,
        integer=True,
        nonnegative=True,
    ),
    _quantity(
        "transferred_parameters",
        r"p_{\mathcal K}",
        "coordinates that are taken from the source and kept frozen",
        checks.natural,
        ("transferred",),
        len,
        integer=True,
        nonnegative=True,
    ),
    _quantity(
        "task_noise",
        r"\sigma_\eta",
        "standard deviation of the source task about H times the target, in every coordinate; 0 if not given",
        checks.nonnegative,
        default=0,
        nonnegative=True,
    ),
    _quantity(
        "squared_free",
        r"\lVert\theta_{\mathcal F}\rVert^2",
        "squared norm of the target weights at the free coordinates",
        checks.nonnegative,
        ("target", "free"),
        _squared_at,
        nonnegative=True,
    ),
    _quantity(
        "squared_transferred",
        r"\lVert\theta_{\mathcal K}\rVert^2",
        "squared norm of the target weights at the transferred coordinates",
        checks.nonnegative,
        ("target", "transferred"),
        _squared_at,
        nonnegative=True,
    ),
    _quantity(
        "squared_zeroed",
        r"\lVert\theta_{\mathcal Z}\rVert^2",
        "squared norm of the target weights at the coordinates that are neither free nor transferred",
        checks.nonnegative,
        ("target", "d", "free", "transferred"),
        lambda t, d, free, kept: _squared_at(t, _rest(d, free, kept)),
        nonnegative=True,
    ),
    _quantity(
        "squared_taught",
        r"\lVert (H\theta_T)_{\mathcal K}\rVert^2",
        "squared norm of H times the target weights at the transferred coordinates",
        checks.nonnegative,
        ("target", "task_map", "transferred"),
        _taught_at,
        nonnegative=True,
    ),
    _quantity(
        "taught_target",
        r"\langle (H\theta_T)_{\mathcal K},\theta_{\mathcal K}\rangle",
        "inner product of H times the target weights and the target weights at the transferred coordinates",
        checks.number,
        ("target", "task_map", "transferred"),
        _taught_target,
        real=True,
    ),
    _quantity(
        "squared_learned",
        r"\lVert (H\theta_T)_{\mathcal S}\rVert^2",
        "squared norm of H times the target weights at the coordinates that the source is learned in",
        checks.nonnegative,
        ("target", "task_map", "source_coordinates"),
        _taught_at,
        nonnegative=True,
    ),
    _quantity(
        "squared_hidden",
        r"\lVert (H\theta_T)_{\mathcal S^c}\rVert^2",
        "squared norm of H times the target weights at all other coordinates",
        checks.nonnegative,
        ("target", "task_map", "d", "source_coordinates"),
        lambda t, task_map, d, learned: _taught_at(t, task_map, _rest(d, learned)),
        nonnegative=True,
    ),
    _quantity(
        "similarity",
        r"\varrho",
        "similarity: the source task is this multiple of the target's, and noise; 1 if not given",
        checks.number,
        ("task_map",),
        _multiple,
        default=1,
        real=True,
    ),
    _quantity(
        "target_learned",
        r"\lVert\theta_{\mathcal S}\rVert^2",
        "squared norm of the target weights at the coordinates that the source is learned in",
        checks.nonnegative,
        ("target", "source_coordinates"),
        _squared_at,
        nonnegative=True,
    ),
    _quantity(
        "target_hidden",
        r"\lVert\theta_{\mathcal S^c}\rVert^2",
        "squared norm of the target weights at the coordinates that the source is not learned in",
        checks.nonnegative,
        ("target", "d", "source_coordinates"),
        lambda t, d, learned: _squared_at(t, _rest(d, learned)),
        nonnegative=True,
    ),
    _quantity(
        "squared_coordinate",
        r"\theta_{j}^2",
        "square of the target weight at the coordinate that is frozen or trained",
        checks.nonnegative,
        ("target", "coordinate"),
        lambda t, j: _squared_at(t, (j,)),
        nonnegative=True,
    ),
    _quantity(
        "taught_coordinate",
        r"(H\theta_T)_{j}^2",
        "square of H times the target weights at that coordinate",
        checks.nonnegative,
        ("target", "task_map", "coordinate"),
        lambda t, task_map, j: _taught_at(t, task_map, (j,)),
        nonnegative=True,
    ),
    _quantity(
        "coordinate_product",
        r"(H\theta_T)_{j}\theta_{j}",
        "H times the target weights, times the target weight, at that coordinate",
        checks.number,
        ("target", "task_map", "coordinate"),
        lambda t, task_map, j: _taught_target(t, task_map, (j,)),
        real=True,
    ),
    _quantity(
        "probe_parameters",
        r"p_{\Phi}",
        "rank of the frozen features, where the features of the sample vary",
        checks.natural,
        ("features", "spectrum"),
        features.rank,
        integer=True,
        nonnegative=True,
    ),
    _quantity(
        "unexplained",
        r"\lVert\rho\rVert_\Sigma^2",
        "variance of the part of a prediction of the target that the frozen features do not predict, over all outputs",
        checks.nonnegative,
        ("target", "features", "spectrum"),
        features.unexplained,
        nonnegative=True,
    ),
    _quantity(
        "outputs",
        "q",
        "outputs that are learned, of the same features; 1 if not given",
        checks.count,
        ("target",),
        features.outputs,
        default=1,
        integer=True,
        positive=True,
    ),
    _quantity(
        "penalty",
        r"\gamma",
        "penalty on the squared distance from the source weights",
        checks.positive,
        nonnegative=True,
    ),
    _quantity(
        "mix",
        "s",
        "share of the source in an average of source and fine-tuned weights",
        checks.share,
        nonnegative=True,
    ),
    _quantity(
        "tuned",
        r"\bar s",
        "share of the fine-tuned weights in that average, 1 less that of the source",
        checks.share,
        ("mix",),
        lambda mix: 1 - Fraction(repr(mix)),
        nonnegative=True,
    ),
    _quantity("time", "t", "time for which the gradient flow runs", checks.positive, nonnegative=True),
    _quantity("steps", "N", "steps of gradient descent", checks.count, integer=True, positive=True),
    _quantity("step_size", r"\eta", "size of a step of gradient descent", checks.positive, positive=True),
    _quantity(
        "task",
        "i",
        "task whose risk is asked for; the first if not given",
        checks.count,
        default=1,
        integer=True,
        positive=True,
    ),
    _quantity("task_count", "K", "tasks of a sequence", checks.count, ("tasks",), len, None, **COUNTED),
    _quantity(
        "task_thresholds",
        r"\bar T",
        "tasks with noise whose samples are as many as the features, or one more or less",
        checks.natural,
        ("tasks", "d"),
        tasks.at_threshold,
        integer=True,
        nonnegative=True,
    ),
    _quantity(
        "squared_between",
        r"\lVert B\rVert^2",
        "squared distance of another task's weights from those of the one in question",
        checks.nonnegative,
        ("source_teacher", "target"),
        _squared_difference,
        nonnegative=True,
    ),
    _quantity(
        "samples_each",
        r"\bar n",
        "samples of every task",
        checks.count,
        ("tasks",),
        tasks.samples_each,
        None,
        **COUNTED,
    ),
    _quantity(
        "noise_each",
        r"\bar\sigma",
        "standard deviation of the label noise of every task",
        checks.nonnegative,
        ("tasks",),
        tasks.noise_each,
        nonnegative=True,
    ),
    _quantity(
        "cosine",
        r"\langle x,x'\rangle",
        "inner product of two inputs of length one",
        checks.number,
        real=True,
    ),
    _quantity("degree", r"\ell", "degree of a power or of a harmonic", checks.natural, (), None, None, **NATURAL),
    _quantity(
        "duration",
        r"\tau",
        "time for which a network is trained; may be infinite",
        checks.duration,
        (),
        None,
        None,
        **LASTING,
    ),
    _quantity("width", r"\mathsf{m}", "units of the hidden layer", checks.count, (), None, None, **COUNTED),
    _quantity("confidence", "p", "probability of a quantile", checks.probability, positive=True),
    _quantity("constant", "C", "a constant that a theorem leaves open", checks.positive, positive=True),
    _quantity("power", "m", "power of the test error that is averaged", checks.positive, positive=True),
    _quantity("risk", "r", "excess risk that is tolerated", checks.nonnegative, nonnegative=True),
)

BY_NAME: dict[str, Quantity] = {q.name: q for q in QUANTITIES}


def symbol(name: str) -> sp.Symbol:
    """The SymPy symbol of a quantity of the table."""
    return BY_NAME[name].symbol
