"""Random letters for checking steps: fixed weights and covariances, Gaussian designs and noise by their laws."""

from __future__ import annotations

from functools import cached_property, partial
from itertools import product
from typing import TypeGuard

import numpy as np
import sympy as sp
from scipy.optimize import brentq

from numerics.deep_linear import balanced, end_to_end_flow
from numerics.linear import gradient_descent
from numerics.streams import stream
from theory import integrals, least, nets
from theory.averaging import average, sample
from theory.calculus.arrays import at_numbers, evaluate_expression
from theory.calculus.averages import Average, Drawn, QuantileIn
from theory.calculus.events import LeastOver
from theory.calculus.expressions import Expression, expression
from theory.calculus.laws import Quantile
from theory.calculus.letters import Defined, Factor, Gaussian, Inverse, Letter, Pinv, made_of
from theory.calculus.plane import Inversion, PlaneIntegral, spelled
from theory.calculus.words import Word
from theory.deep_linear.upper_bound import LIMIT, MISSED_SHARE, SOURCE_LEAST, SOURCE_MOST, TARGET_LEAST, TARGET_MOST
from theory.derive import risk_of
from theory.evaluation import root_of, sum_value
from theory.linear.conditional_risk import risk_chain
from theory.linear.setting import OVERPARAMETERIZED, S, task
from theory.linear.split_bound import SPLIT, TRIED
from theory.linear.worst_direction import LOCAL, RATE, SLOPE, TOUCH
from theory.notation import BY_NAME, EIGENVALUE, GAP, INDEX, RIDGE_RISK, RISK, SOURCE, TARGET
from theory.notation import d as features
from theory.result import Implicit
from theory.ridge import leading_order as ridge
from verify.frozen import letters as frozen
from verify.letters import draw
from verify.relu import letters as relu

SIZES = (2, 3, 14, 15, 27)
"""Small dimensions, apart enough for eight moments of an inverse Wishart matrix of either side."""
NOISE, SOURCE_NOISE, LEVEL, DEPTH, POWER = 0.7, 0.6, 1.3, 3, 1.5
PENALTY, MIX = 2.0, 0.3
TIME, STEPS, STEP_SIZE = 16.0, 160, 0.1
"""So long that leading orders are off by a sixth at the smallest sizes: their rate is seen in few draws."""
GRADIENT = 1e-13
CHOICES = {TARGET_LEAST: 0.05, TARGET_MOST: 0.25, SOURCE_LEAST: 0.05, SOURCE_MOST: 0.25, LIMIT: 0.2, MISSED_SHARE: 0.85}
CHOICES |= {SLOPE: 0.85, LOCAL: 10.0, RATE: 3.0, TOUCH: 8.0, SPLIT: 0.5, TRIED: 0.5}
"""What bounds hold for any value of: some at which they say something."""


def _fine_tuned() -> Expression:
    """The excess risk of fine-tuning for n < d, given design and noise."""
    return risk_chain(task(S), OVERPARAMETERIZED, S).expression


def _penalised() -> Expression:
    """That of ridge, from its definition."""
    sample = task(S)
    return risk_of(ridge.weights(sample), sample).written


RISKS = {RISK: _fine_tuned, RIDGE_RISK: _penalised}
"""The symbols of excess risks, and what is drawn for them."""


def is_formula(side: Expression | sp.Basic) -> TypeGuard[sp.Expr]:
    """Whether a side of a step is a SymPy formula, rather than an expression in matrices."""
    return not isinstance(side, Expression)


def dimensions(domain: sp.Basic) -> dict[str, int]:
    """Sizes n, d, n_source inside a regime, well away from its edge."""
    if (found := frozen.dimensions(domain)) is not None:
        return found
    names = ("n", "d", "n_source")
    for values in product(SIZES, repeat=3):
        sizes = dict(zip(names, values, strict=True))
        apart = min(abs(sizes["n"] - sizes["d"]), abs(sizes["n_source"] - sizes["d"])) > 10
        enough = features in domain.free_symbols or sizes["n"] > 10
        if apart and enough and domain.subs({BY_NAME[k].symbol: v for k, v in sizes.items()}) == sp.true:
            return sizes
    raise ValueError(f"{domain}: no sizes among {SIZES} lie inside this regime")


def growing(first: int, aspect: int) -> tuple[dict[str, int], ...]:
    """Four doubling sizes with d = aspect n, for asymptotic steps."""
    return tuple({"n": first * k, "d": aspect * first * k, "n_source": 1} for k in (1, 2, 4, 8))


class Draws:
    """A batch of draws of every letter, made when first needed; the same letter is the same array on both sides."""

    def __init__(self, sizes: dict[str, int], seed: int, number: int = 0, *, signs: bool = False) -> None:
        self.sizes, self.seed, self.number, self.signs = sizes, seed, number, signs
        self.drawn: dict[tuple[str, int], np.ndarray] = {}

    @cached_property
    def fixed(self) -> dict[str, np.ndarray]:
        """Deterministic letters: they depend on d alone."""
        d = self.sizes["d"]
        position = (np.arange(d) + 0.5) / d
        vectors = {
            "t": np.cos(3 * position),
            "u": 0.5 * np.sin(5 * position) + 0.2,
            "w": np.exp(-position),
        }
        matrices = {"S": np.diag(4.0**-position), "A": np.diag(1.0 + np.sin(4 * position))}
        columns = {k: v[:, None] / np.sqrt(d) for k, v in vectors.items()}
        layers = balanced(columns["u"][:, 0], DEPTH, widths=[2] * (DEPTH - 1), rng=np.random.default_rng(1))
        partly, _ = frozen.of(self.sizes, {"target": columns["t"][:, 0], "spectrum": np.diagonal(matrices["S"])})
        columns |= relu.inputs(columns["t"][:, 0], columns["u"][:, 0])
        columns["yB"] = relu.labels(self.sizes["n"])
        return columns | matrices | {f"W{i}": layer for i, layer in enumerate(layers, 1)} | partly

    @cached_property
    def numbers(self) -> dict[sp.Symbol, float]:
        """Every quantity of the notation table, and the free symbols of single steps."""
        t, u, w = (self.fixed[k][:, 0] for k in "tuw")
        spectrum, test = (np.diagonal(self.fixed[k]) for k in "SA")
        vectors = {"target": t, "source": u, "source_teacher": w, "spectrum": spectrum, "test_spectrum": test}
        given = {"depth": DEPTH, "frozen_layers": 0, "norm": 0.8, "fitted": 0.7, "kept": 0.6 * float(u @ u)}
        given |= {
            "sigma": NOISE,
            "sigma_source": SOURCE_NOISE,
            "level": LEVEL,
            "risk": 0.2,
            "power": POWER,
            "confidence": 0.9,
            "penalty": PENALTY,
            "mix": MIX,
            "tuned": 1 - MIX,
            "time": TIME,
            "steps": STEPS,
            "step_size": STEP_SIZE,
            **relu.NUMBERS,
            **self.sizes,
        }
        given |= frozen.of(self.sizes, vectors)[1]
        numbers: dict[sp.Symbol, float] = dict(CHOICES)
        for name, quantity in BY_NAME.items():
            if name in given:
                numbers[quantity.symbol] = given[name]
            elif quantity.compute is not None and vectors.keys() >= set(quantity.needs):
                numbers[quantity.symbol] = float(quantity.compute(*(vectors[v] for v in quantity.needs)))
        return numbers

    @property
    def arrays(self) -> dict[sp.IndexedBase, np.ndarray]:
        """The spectrum and the coordinates of t - u, for formulas in sums."""
        t, u = (self.fixed[k][:, 0] for k in "tu")
        return {EIGENVALUE: np.diagonal(self.fixed["S"]), GAP: t - u, TARGET: t, SOURCE: u}

    def evaluate(self, side: Expression | sp.Basic, batch: int, where: tuple[Implicit, ...] = ()) -> np.ndarray:
        """A side of a step: an array of `batch` draws (of matrices), or one number."""
        if is_formula(side):
            side = spelled(side)
            if side.has(QuantileIn):
                found = {q: sp.Float(nets.quantile(q, self.numbers, where), 17) for q in side.atoms(QuantileIn)}
                return self.evaluate(side.xreplace(found), batch, where)
            if side.has(*RISKS):
                laws = {law: sp.Float(self._integral(law, where), 17) for law in side.atoms(Inversion)}
                return self._of_risk(side.xreplace(laws), batch)
            if side.has(LeastOver, Quantile):
                return np.asarray(least.number(side, where, self._given(side, where), self.arrays))
            if side.has(PlaneIntegral, Inversion):  # or the least of one, or a law from one
                return np.asarray(self._integral(side, where))
            if side.has(Average):
                return np.asarray(self._averaged(side, where))
            return self._drawn(side, batch, where) if side.has(Drawn) else np.asarray(self._formula(side, where))
        letters = dict(self.fixed)
        for letter in _gaussians(side):
            letters[letter.name] = self._draw(letter, batch)
        if self.signs and "X" in letters:
            letters |= self._averaged_over_signs(letters["X"])
        numbers = {**self.numbers, **self._free(side)}
        return evaluate_expression(side, letters, numbers, _train)

    def _given(self, side: sp.Expr, where: tuple[Implicit, ...]) -> dict[sp.Symbol, float]:
        """The numbers but for those that have a definition."""
        defined = {implicit.symbol for implicit in where}
        numbers = {**self.numbers, **self._free(side)}
        for implicit in where:
            numbers |= self._free(implicit.equation)
        return {s: z for s, z in numbers.items() if s not in defined}

    def _integral(self, side: sp.Expr, where: tuple[Implicit, ...]) -> float:
        return integrals.number(side, where, self.numbers, self.arrays)

    def _drawn(self, side: sp.Expr, batch: int, where: tuple[Implicit, ...]) -> np.ndarray:
        """Draws of a formula in random numbers."""
        rng = stream(self.seed, self.number)
        random = sorted(side.atoms(Drawn), key=str)
        values = [sample(drawn, self.numbers, where, rng, batch) for drawn in random]
        names = [sp.Dummy() for _ in random]
        outer = at_numbers(side.xreplace(dict(zip(random, names, strict=True))), self.numbers)
        return np.asarray(sp.lambdify(names, outer, "numpy")(*values))

    def _of_risk(self, side: sp.Expr, batch: int) -> np.ndarray:
        """Draws of a function of an excess risk."""
        (risk,) = side.free_symbols & RISKS.keys()
        risks = self.evaluate(RISKS[risk](), batch)
        numbers = {**self.numbers, **self._free(side)}
        outer = side.subs({s: z for s, z in numbers.items() if s != risk})
        return np.broadcast_to(sp.lambdify([risk], outer, "numpy")(np.ravel(risks)), batch)

    def _averaged(self, side: sp.Expr, where: tuple[Implicit, ...]) -> float:
        """A formula in means."""
        numbers = dict(self.numbers)
        solved = [w for w in where if w.equation.has(Average)]
        for implicit in solved:
            numbers[implicit.symbol] = root_of(partial(_gap, implicit, numbers))
        where = tuple(w for w in where if w not in solved)
        means = {mean: sp.Float(average(mean, numbers, where).value, 17) for mean in side.atoms(Average)}
        return float(at_numbers(side.xreplace(means), numbers))

    def magnitude(self, side: Expression | sp.Basic, batch: int, where: tuple[Implicit, ...] = ()) -> float:
        """The size of the numbers that a side is made of, whatever cancels: the unit of its rounding error."""
        if is_formula(side):
            terms = sp.Add.make_args(sp.expand(side, deep=False))
            return sum(abs(float(self.evaluate(term, batch, where))) for term in terms)
        total, numbers = 0.0, {**self.numbers, **self._free(side)}
        for monomial, coefficient in side.terms:
            product = abs(float(at_numbers(coefficient, numbers)))
            for word in (*monomial.traces, *([monomial.word] if monomial.word is not None else [])):
                product *= float(np.prod([self._size(factor, batch) for factor in word.factors]))
            total += product
        return total

    def _size(self, factor: Factor, batch: int) -> float:
        """The norm of one factor; of an abbreviation, the magnitude of what it stands for."""
        law = factor.base.law if isinstance(factor.base, Letter) else None
        if isinstance(law, Defined):
            return self.magnitude(law.meaning, batch)
        return float(np.max(np.linalg.norm(np.atleast_2d(self.evaluate(expression(factor), batch)), axis=(-2, -1))))

    def _averaged_over_signs(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """For diagonal S: D as a diagonal matrix, so that tr(D M D) is the mean of D'MD over the signs of D's
        coordinates, which leave the law of X as it is; and for n < d X+ by the Gram matrix, which is faster."""
        diagonal = {"D": np.diag((self.fixed["t"] - self.fixed["u"])[:, 0])}
        if x.shape[-2] >= x.shape[-1]:
            return diagonal
        turned = np.ascontiguousarray(np.swapaxes(x, -1, -2))  # products of views cost several times as much
        inverse = np.ascontiguousarray(np.swapaxes(np.linalg.inv(x @ turned) @ x, -1, -2))
        kept = inverse @ x
        np.subtract(np.eye(x.shape[-1]), kept, out=kept)
        return {**diagonal, "X+": inverse, "Q": kept}

    def _draw(self, letter: Letter, batch: int) -> np.ndarray:
        key = (letter.name, batch)
        if key not in self.drawn:
            self.drawn[key] = draw(letter, self.fixed, self.numbers, self.seed, self.number, batch)
        return self.drawn[key]

    def _free(self, side: Expression | sp.Basic) -> dict[sp.Symbol, float]:
        """Symbols of one derivation only, such as the time: fixed numbers."""
        symbols = _symbols(side) if isinstance(side, Expression) else side.free_symbols
        known = {*self.numbers, INDEX, *(base.label for base in self.arrays)}
        free = (s for s in symbols if s not in known and isinstance(s, sp.Symbol))
        return {s: _value_of(s.name) for s in free}

    def _formula(self, side: sp.Basic, where: tuple[Implicit, ...]) -> float:
        numbers = {**self.numbers, **self._free(side)}
        if not side.free_symbols & {implicit.symbol for implicit in where}:
            where = ()
        for implicit in where:
            numbers |= {s: v for s, v in self._free(implicit.equation).items() if s not in numbers}
        for implicit in where:
            if implicit.formula is not None:
                numbers[implicit.symbol] = sum_value(implicit.formula, self.arrays, numbers)
                continue
            gap = implicit.equation.lhs - implicit.equation.rhs
            numbers[implicit.symbol] = brentq(
                lambda z, gap=gap, s=implicit.symbol: sum_value(gap, self.arrays, {**numbers, s: z}),
                1e-9,
                1e9,
                xtol=1e-14,
            )
        return sum_value(side, self.arrays, numbers)


def _gap(implicit: Implicit, numbers: dict[sp.Symbol, float], at: float) -> float:
    """By how much an equation in averages does not hold."""
    return sum_value(implicit.equation.lhs - implicit.equation.rhs, {}, {**numbers, implicit.symbol: at})


def _value_of(name: str) -> float:
    """Some number between 0.4 and 1.6 that depends on a name alone."""
    return 0.4 + 0.1 * (int.from_bytes(name.encode(), "big") % 13)


def _train(design: np.ndarray, labels: np.ndarray, start: np.ndarray, depth: float) -> np.ndarray:
    """Literal gradient descent, design by design; for a network of several layers its flow."""
    start = np.broadcast_to(start, (*design.shape[:-2], design.shape[-1], 1))
    if depth > 1:
        return end_to_end_flow(design, labels[..., 0], start[..., 0], int(depth), tolerance=GRADIENT)[..., None]
    ended = [
        gradient_descent(x, y[:, 0], u[:, 0], tolerance=GRADIENT).weights
        for x, y, u in zip(design, labels, start, strict=True)
    ]
    return np.stack(ended)[..., None]


def _symbols(side: Expression) -> set[sp.Symbol]:
    """Every symbol in an expression, also inside inverses and definitions."""
    found = {s for _, coefficient in side.terms for s in coefficient.free_symbols}
    for factor in _factors(side):
        base = factor.base
        for inside in (base.argument,) if isinstance(base, Inverse) else made_of(_letter(base)):
            found |= _symbols(inside)
    return found


def _factors(side: Expression) -> list[Factor]:
    words: list[Word] = []
    for monomial, _ in side.terms:
        words += [*monomial.traces, *([monomial.word] if monomial.word is not None else [])]
    return [f for w in words for f in w.factors]


def _gaussians(side: Expression) -> set[Letter]:
    """Every Gaussian letter in an expression, also inside inverses and definitions."""
    found: set[Letter] = set()
    for factor in _factors(side):
        base = factor.base
        for inside in (base.argument,) if isinstance(base, Inverse) else made_of(_letter(base)):
            found |= _gaussians(inside)
        if not isinstance(base, Inverse) and isinstance(_letter(base).law, Gaussian):
            found.add(_letter(base))
    return found


def _letter(base: Letter | Pinv) -> Letter:
    return base.letter if isinstance(base, Pinv) else base
