"""The law of a positive number from its inverse moments, by numbers: Mellin's inversion along a vertical line.

P(Y <= y) = 1/(2 pi i) int y^q E Y^-q dq/q over Re q = c > 0, by the trapezoidal rule, whose only error besides its end
is e^{-2 pi c/step} times a probability (Poisson's summation).  c is about one over the standard deviation of log Y, so
that little cancels up to far into the tails.  Cost: some twenty saddle integrals; every y after that is a sum of twenty
terms.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import sympy as sp

from theory.averaging import NotAccurate
from theory.calculus.plane import SaddleIntegral
from theory.integrand import Array, Arrays, Numbers
from theory.result import Implicit
from theory.saddle import Saddle

ALIAS, END, MOST = 12.0, 3e-6, 60
"""-log of the probability that one step may be off by; terms that are left out are so small beside the first; and how
many are taken."""
ACCURACY, ENOUGH, LOST = 3e-4, 3e-5, 3e-3
"""By how much a probability may be off; how much, relatively, one term may be; and where one gives up."""
FIRST, WIDEST, DIGITS = 1.0, 40.0, 30
"""The power that is tried first, how far out quantiles are looked for, in standard deviations of log Y, and digits."""


class Inverted:
    """The law of Y, from the formula of E Y^-q in one saddle integral."""

    def __init__(
        self,
        formula: sp.Expr,
        power: sp.Symbol,
        where: Sequence[Implicit],
        numbers: Numbers,
        arrays: Arrays,
        highest: float,
    ) -> None:
        (node,) = formula.atoms(SaddleIntegral)
        self.power, self.numbers = power, dict(numbers)
        self.constant = formula.xreplace({node: sp.Integer(1)}).subs(self.numbers)
        self.saddle = Saddle(node, where, numbers, arrays, self.power)
        self.line, self.width = self._line(highest)
        self.step = 2 * np.pi * self.line / ALIAS
        self.saddle.restart(self.line)
        self.powers, self.logs, self.errors = self._terms()

    def _log(self, power: complex) -> tuple[complex, float]:
        """log E Y^-power, and its error."""
        found = self.saddle.log(power, ENOUGH)
        constant = complex(sp.log(self.constant.subs(self.power, sp.Float(power.real) + sp.I * sp.Float(power.imag))))
        return found.log + constant, found.error

    def _line(self, highest: float) -> tuple[float, float]:
        """Where the line stands, and the standard deviation of log Y: of second differences of log E Y^-q."""
        line = min(FIRST, highest / 2)
        for _ in range(2):
            logs = []
            for power in line * np.array([0.5, 1.0, 1.5]):
                self.saddle.restart(power)
                logs.append(self._log(complex(power))[0].real)
            width = np.sqrt(max(logs[0] - 2 * logs[1] + logs[2], 1e-12)) / (line / 2)
            line = min(1 / width, highest / 2)
        return float(line), float(width)

    def _terms(self) -> tuple[Array, Array, Array]:
        """The powers on the line, log E Y^-q and its error there, as far as they count."""
        powers, logs, errors = [], [], []
        for k in range(MOST):
            power = complex(self.line, k * self.step)
            log, error = self._log(power)
            powers.append(power)
            logs.append(log)
            errors.append(error)
            size = np.exp((log - logs[0]).real) * self.line / abs(power)
            if size < END:
                break
            if k > MOST / 4 and np.log(size) * MOST > np.log(END) * k:
                raise NotAccurate("the terms of Mellin's inversion decay too slowly: simulate it")
            if size * error > LOST:
                raise NotAccurate(f"a term of Mellin's inversion is uncertain by {size * error:.1g}: simulate it")
        return np.array(powers), np.array(logs), np.array(errors)

    def probability(self, at: float) -> float:
        """P(Y <= at).  Raises NotAccurate where the sum is not to `ACCURACY`."""
        if not at > 0:
            return 0.0
        terms = np.exp(np.log(at) * self.powers + self.logs) / self.powers * self.step / np.pi
        terms[0] /= 2
        sizes = np.abs(terms)
        ratio = min((sizes[-1] / sizes[-5]) ** 0.25, 1.0) if len(sizes) > 4 else 1.0
        beyond = sizes[-1] * ratio / (1 - ratio) if ratio < 1 else np.inf
        error = float(np.exp(-ALIAS) + sizes @ self.errors + beyond)
        if not error < ACCURACY:
            raise NotAccurate(f"a probability is uncertain by {error:.1g}: simulate it")
        return float(np.clip(terms.real.sum(), 0.0, 1.0))

    def quantile(self, level: float) -> float:
        """The y with P(Y <= y) = level."""
        from scipy.optimize import brentq

        slope = (self.logs[1] - self.logs[0]).imag / self.step  # of log E Y^-q: log Y is about the negative of it
        center = -slope
        for out in np.arange(1.0, WIDEST):
            low, high = center - out * self.width, center + out * self.width
            ends = [self.probability(float(np.exp(end))) - level for end in (low, high)]
            if ends[0] < 0 < ends[1]:
                root = brentq(lambda log: self.probability(float(np.exp(log))) - level, low, high, xtol=1e-12)
                return float(np.exp(root))
        raise NotAccurate(f"no quantile at {level:g} within {WIDEST:g} standard deviations")
