"""Quantiles of formulas in independent variables: the distribution of their values on scrambled Sobol nets.

Several nets, each scrambled on its own from a fixed seed, are unbiased: what they say of a probability differs by as
much as it may be off.  Numbers are the same on every run.  Cost: a hundred thousand values of the formula, or
sixteen times as many where nets differ; every further level costs nothing.  Source: Owen 1997, Annals of Statistics 25.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import sympy as sp
from jaxtyping import Float

from theory.averaging import NotAccurate, Numbers, Values, compiled
from theory.calculus.averages import Beta, BetaPrime, Cosine, QuantileIn
from theory.result import Implicit

NETS, SIZES = 8, (14, 16, 18)
"""Scrambled nets, and logarithms to base 2 of their points, until they agree."""
ACCURACY, SURE = 1e-3, 4.0
"""By how much a probability may be off, and by how many standard errors it surely is not."""


def quantile(value: QuantileIn, numbers: Numbers, where: Sequence[Implicit] = ()) -> float:
    """The number that the formula does not exceed with the probability, at given numbers; `where` as for an average.

    Raises NotAccurate where the nets differ by more than `ACCURACY` about the probability.
    """
    level = float(value.probability.subs(dict(numbers)))
    given = tuple((s, z) for s, z in numbers.items() if s not in value.probability.free_symbols)
    for size in SIZES:
        values = _values(value.formula, tuple(value.laws.items()), given, tuple(where), size)
        found = float(np.quantile(values, level, method="inverted_cdf"))
        shares = np.mean(values <= found, axis=1)
        error = SURE * float(np.std(shares, ddof=1)) / np.sqrt(NETS)
        if error < ACCURACY:
            return found
    raise NotAccurate(f"a probability is uncertain by {error:.1g}: simulate it")


@lru_cache(maxsize=16)
def _values(
    formula: sp.Expr,
    laws: tuple[tuple[sp.Symbol, sp.Expr], ...],
    numbers: tuple[tuple[sp.Symbol, float], ...],
    where: tuple[Implicit, ...],
    size: int,
) -> Float[np.ndarray, "nets points"]:
    """The formula at the points of every net; kept, as other levels share them."""
    known = dict(numbers)
    at = compiled((formula,), known, where, tuple(x for x, _ in laws))
    drawn = _drawn(tuple(law.subs(known) for _, law in laws), size)
    return np.array([np.broadcast_to(at(*net)[0], 2**size) for net in drawn])


@lru_cache(maxsize=2)
def _drawn(laws: tuple[sp.Expr, ...], size: int) -> Float[np.ndarray, "nets variables points"]:
    """The variables at the points of every net; kept, as instances of the same sizes share them."""
    from scipy.stats import qmc

    nets = [qmc.Sobol(len(laws), scramble=True, rng=seed).random_base2(size).T for seed in range(NETS)]
    drawn = [[_inverse(law, shares) for law, shares in zip(laws, points, strict=True)] for points in nets]
    return np.array(drawn).reshape(NETS, len(laws), 2**size)


def _inverse(law: sp.Expr, shares: Values) -> Values:
    """The quantiles of a law of one variable at these probabilities."""
    from scipy.special import betaincinv

    if isinstance(law, Cosine):
        (k,) = map(float, law.args)
        away = 2 * shares - 1
        return np.asarray(np.sign(away) * (np.sqrt(betaincinv(0.5, (k - 1) / 2, np.abs(away))) if k > 1 else 1.0))
    if not isinstance(law, Beta | BetaPrime):
        raise TypeError(f"{law} is no law of a variable here")
    a, b = map(float, law.args)
    if a == 0 or b == 0:
        return np.full_like(shares, 0.0 if a == 0 else 1.0)
    if isinstance(law, BetaPrime):
        return np.asarray(betaincinv(a, b, shares) / betaincinv(b, a, 1 - shares))
    return np.asarray(betaincinv(a, b, shares))
