"""Laws with numbers in them: c1 * Beta(a, b) + c2 * BetaPrime(a, b), atoms independent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy as sp
from scipy import optimize, special

from theory.calculus.laws import Beta, BetaPrime

NODES = 400


@dataclass(frozen=True)
class Atom:
    """scale * Beta(a, b), or scale * BetaPrime(a, b) when `ratio`."""

    scale: float
    a: float
    b: float
    ratio: bool

    def cdf(self, x: np.ndarray) -> np.ndarray:
        z = np.clip(np.asarray(x, dtype=np.float64) / self.scale, 0.0, None)
        return np.asarray(special.betainc(self.a, self.b, z / (1 + z) if self.ratio else np.minimum(z, 1.0)))

    def quantile(self, p: np.ndarray | float) -> np.ndarray:
        if not self.ratio:
            return np.asarray(self.scale * special.betaincinv(self.a, self.b, p))
        share, complement = special.betaincinv(self.a, self.b, p), special.betainccinv(self.b, self.a, p)
        return np.asarray(self.scale * share / np.where(share < 0.5, 1 - share, complement))

    @property
    def mean(self) -> float:
        if not self.ratio:
            return self.scale * self.a / (self.a + self.b)
        return self.scale * self.a / (self.b - 1) if self.b > 1 else np.inf

    def __str__(self) -> str:
        name = "BetaPrime" if self.ratio else "Beta"
        return f"{self.scale:.6g}*{name}({self.a:g}, {self.b:g})"


@dataclass(frozen=True)
class Distribution:
    """A sum of at most two independent atoms; no atom is the constant 0."""

    atoms: tuple[Atom, ...]

    @property
    def mean(self) -> float:
        """The expectation; infinite where it is."""
        return float(sum(atom.mean for atom in self.atoms))

    def cdf(self, x: np.ndarray | float) -> np.ndarray:
        """P(R <= x), for numbers or arrays; two atoms by Gauss-Legendre quadrature over the quantiles of
        the Beta one."""
        points = np.asarray(x, dtype=np.float64)
        if not self.atoms:
            return np.where(points >= 0, 1.0, 0.0)
        if len(self.atoms) == 1:
            return self.atoms[0].cdf(points)
        return _convolved_cdf(self.atoms[0], self.atoms[1], points)

    def quantile(self, p: float) -> float:
        """The x with P(R <= x) = p."""
        if not self.atoms:
            return 0.0
        if len(self.atoms) == 1:
            return float(self.atoms[0].quantile(p))
        high = sum(float(atom.quantile((1 + p) / 2)) for atom in self.atoms)
        return float(
            optimize.brentq(lambda x: float(self.cdf(x)) - p, 0.0, high, xtol=1e-14 * high, rtol=1e-13)
        )

    def __str__(self) -> str:
        return " + ".join(map(str, self.atoms)) or "0"


def _convolved_cdf(first: Atom, second: Atom, points: np.ndarray) -> np.ndarray:
    """P(A + B <= x) = int_0^{F_A(x)} F_B(x - q_A(v)) dv: the integrand is smooth inside the interval."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    top = first.cdf(points)[..., None]
    level = top * (nodes + 1) / 2
    rest = points[..., None] - first.quantile(level)
    return np.asarray((second.cdf(rest) * weights).sum(axis=-1) * top[..., 0] / 2)


def distribution_of(law: sp.Expr) -> Distribution:
    """The distribution of a law whose parameters are numbers."""
    atoms = []
    for term in sp.Add.make_args(law):
        scale, random = term.as_independent(Beta, BetaPrime)
        if random == 1 and scale == 0:
            continue
        if not isinstance(random, Beta | BetaPrime):
            raise ValueError(f"{term} is not a multiple of one random atom")
        a, b = (float(z) for z in random.args)
        atoms.append(Atom(float(scale), a, b, isinstance(random, BetaPrime)))
    atoms.sort(key=lambda atom: atom.ratio)
    if len(atoms) > 2:
        raise ValueError(f"{law}: at most two independent atoms can be summed")
    return Distribution(tuple(atoms))
