"""Laws with numbers in them: c1 * Beta(a, b) + c2 * BetaPrime(a, b), atoms independent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import sympy as sp
from jaxtyping import Float
from scipy import special

from theory.calculus.laws import Beta, BetaPrime
from theory.quadrature import tanh_sinh

Numbers: TypeAlias = Float[np.ndarray, "..."]
NEGLIGIBLE = 1e-18
LARGEST = 1e300


@dataclass(frozen=True)
class Atom:
    """scale * Beta(a, b), or scale * BetaPrime(a, b) when `ratio`; scale, a and b are positive."""

    scale: float
    a: float
    b: float
    ratio: bool

    def cdf(self, x: Numbers) -> Numbers:
        """P(atom <= x), to the accuracy of SciPy's betainc."""
        z = np.clip(np.asarray(x, dtype=np.float64) / self.scale, 0.0, LARGEST)
        if not self.ratio:
            return np.asarray(special.betainc(self.a, self.b, np.minimum(z, 1.0)))
        small, large = np.minimum(z, 1.0), np.maximum(z, 1.0)
        below = special.betainc(self.a, self.b, small / (1 + small))
        return np.asarray(np.where(z < 1, below, special.betaincc(self.b, self.a, 1 / (1 + large))))

    def quantile(self, p: float) -> float:
        """The x with P(atom <= x) = p."""
        return self._at(special.betaincinv(self.a, self.b, p), special.betainccinv(self.b, self.a, p))

    def upper_quantile(self, p: float) -> float:
        """The x with P(atom > x) = p, for p too small to be taken from one."""
        return self._at(special.betainccinv(self.a, self.b, p), special.betaincinv(self.b, self.a, p))

    def _at(self, share: float, complement: float) -> float:
        return self.scale * float(share / complement if self.ratio else share)

    @cached_property
    def window(self) -> tuple[float, float]:
        """Where all but 2e-18 of the probability is."""
        return self.quantile(NEGLIGIBLE), self.upper_quantile(NEGLIGIBLE)

    def density(self, above: Numbers, below: Numbers) -> Numbers:
        """The density at `above`, which lies `below` under the end of the support (unused for a ratio)."""
        z, rest = above / self.scale, below / self.scale
        power = -(self.a + self.b) * np.log1p(z) if self.ratio else (self.b - 1) * np.log(rest)
        return np.asarray(np.exp((self.a - 1) * np.log(z) + power - special.betaln(self.a, self.b)) / self.scale)

    @property
    def mean(self) -> float:
        """The expectation; infinite for a ratio with b <= 1."""
        if not self.ratio:
            return self.scale * self.a / (self.a + self.b)
        return self.scale * self.a / (self.b - 1) if self.b > 1 else np.inf

    @property
    def variance(self) -> float:
        """The variance; infinite for a ratio with b <= 2."""
        a, b = self.a, self.b
        if not self.ratio:
            return self.scale**2 * a * b / ((a + b) ** 2 * (a + b + 1))
        return self.scale**2 * a * (a + b - 1) / ((b - 1) ** 2 * (b - 2)) if b > 2 else np.inf

    def __str__(self) -> str:
        name = "BetaPrime" if self.ratio else "Beta"
        return f"{self.scale:.6g}*{name}({self.a:g}, {self.b:g})"


@dataclass(frozen=True)
class Distribution:
    """The law of a sum of at most two independent atoms; without atoms, the constant 0.

    >>> law = Distribution((Atom(2.0, 0.5, 0.5, ratio=False),))
    >>> law.mean, round(float(law.cdf(1.0)), 12), round(law.quantile(0.5), 12)
    (1.0, 0.5, 1.0)
    """

    atoms: tuple[Atom, ...]

    @property
    def mean(self) -> float:
        """The expectation; infinite where it is."""
        return float(sum(atom.mean for atom in self.atoms))

    @property
    def variance(self) -> float:
        """The variance: the atoms are independent."""
        return float(sum(atom.variance for atom in self.atoms))

    def has_moment(self, order: int) -> bool:
        """Whether E R^order is finite: a ratio has the tail x^-b."""
        return all(not atom.ratio or atom.b > order for atom in self.atoms)

    def cdf(self, x: Numbers | float) -> Numbers:
        """P(R <= x), for numbers or arrays: absolute error below 1e-10 for a, b <= 5000.

        One atom: the accuracy of SciPy's betainc.  Two: tanh-sinh quadrature, 300 values of betainc a point.
        """
        points = np.asarray(x, dtype=np.float64)
        if not self.atoms:
            return np.where(points >= 0, 1.0, 0.0)
        if len(self.atoms) == 1:
            return self.atoms[0].cdf(points)
        narrow, wide = sorted(self.atoms, key=lambda atom: atom.window[1] - atom.window[0])
        return _convolved_cdf(narrow, wide, points)

    def quantile(self, p: float) -> float:
        """The x with P(R <= x) = p, 0 < p < 1: the root of the cdf, whose error it inherits."""
        if not self.atoms:
            return 0.0
        if len(self.atoms) == 1:
            return self.atoms[0].quantile(p)
        from scipy.optimize import brentq

        high = sum(atom.upper_quantile((1 - p) / 2) for atom in self.atoms)
        root = brentq(lambda x: float(self.cdf(x)) - p, 0.0, high, xtol=1e-300, rtol=1e-13, maxiter=2000)
        return float(root)

    def __str__(self) -> str:
        return " + ".join(map(str, self.atoms)) or "0"


def _convolved_cdf(narrow: Atom, wide: Atom, points: Numbers) -> Numbers:
    """P(A + B <= x) = int f_A(t) F_B(x - t) dt over A's window below x.

    The integrand may behave like a power at both ends (a, b < 1; x - t -> 0), which tanh-sinh quadrature
    does not mind as long as distances to the ends are taken before they round off.
    """
    low, high = narrow.window
    x = points[..., None]
    top = np.clip(x, low, high)
    length = top - low
    from_low, from_top, weights = tanh_sinh()
    gap = 0.0 if narrow.ratio else max(narrow.scale - high, 0.0)
    below = (high - top) + gap + length * from_top
    inside = narrow.density(low + length * from_low, below) * wide.cdf((x - top) + length * from_top)
    return np.asarray(np.minimum((inside * weights * length).sum(axis=-1), 1.0))


def distribution_of(law: sp.Expr) -> Distribution:
    """The distribution of a law whose parameters are numbers."""
    atoms = []
    for term in sp.Add.make_args(law):
        scale, random = term.as_independent(Beta, BetaPrime)
        if term == 0:
            continue
        if not isinstance(random, Beta | BetaPrime):
            raise ValueError(f"{term} is not a multiple of one random atom")
        a, b = (float(z) for z in random.args)
        atoms.append(Atom(float(scale), a, b, isinstance(random, BetaPrime)))
    atoms.sort(key=lambda atom: atom.ratio)
    if len(atoms) > 2:
        raise ValueError(f"{law}: at most two independent atoms can be summed")
    return Distribution(tuple(atoms))
