"""One batch of the exact law of deep linear fine-tuning: a few gammas and normals a trial, whatever n and d.

Rows of `out`: risk, |h|, c, |X+ y|^2, |Qu|^2.  S = `level` I and A = `test` I in R^r; `parallel` = e1't and
`across` = |t - e1 e1't| with e1 = u/|u| (u, t in R^r), `reach` = |u|.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numpy.random import Generator

from numerics.kernels.compiled import compiled
from numerics.kernels.deep_linear import coefficient
from numerics.kernels.deep_linear_batches import Unseen, outside, record


@compiled
def chi_square(rng: Generator, degrees: int) -> float:
    """A chi-square with `degrees` >= 0 degrees of freedom."""
    return 2.0 * rng.standard_gamma(0.5 * degrees) if degrees > 0 else 0.0


@compiled
def cosine(rng: Generator, dimension: int) -> float:
    """The first coordinate of a uniform unit vector in R^dimension; a sign where dimension is 1."""
    normal = rng.standard_normal()
    return float(normal / np.sqrt(normal * normal + chi_square(rng, dimension - 1)))


@compiled
def squared_sum(size: float, noise: float, v: float) -> float:
    """|a + b|^2 for |a| = `size` (or -`size`), |b|^2 = `noise` and cosine `v`, as two squares."""
    return float((size + np.sqrt(noise) * v) ** 2 + noise * max(1.0 - v * v, 0.0))


@compiled
def wide_law(
    rng: Generator,
    n: int,
    r: int,
    level: float,
    test: float,
    sigma: float,
    reach: float,
    parallel: float,
    across: float,
    depth: float,
    unseen: Unseen,
    out: Float[np.ndarray, "5 trials"],
) -> None:
    """n < r, P a uniformly random projection of rank n, |X+ e| and the direction of X+ e independent of it.

    1.  p = |P e1|^2 ~ Beta(n/2, (r-n)/2), and P e1 = p e1 + sqrt(p (1-p)) f with f uniform in e1's complement.
    2.  w = f'e2 is the first coordinate of a uniform unit vector in R^(r-1).  The rest of P projects at random,
        with rank n - 1, in the complement of e1 and f, where e2 has squared length 1 - w^2: of that it keeps
        b ~ Beta((n-1)/2, (r-n-1)/2).  So |P t|^2 and |Q (t - c u)|^2 are sums of two squares each.
    3.  |X+ e|^2 = (sigma^2/level) chi2_n / chi2_{r-n+1} (Hotelling), and X+ e is uniform in the row space.
        Source: Muirhead, Aspects of Multivariate Statistical Theory (1982), 1.5.7 and 3.2.12.
    """
    for trial in range(out.shape[1]):
        caught, missed = chi_square(rng, n), chi_square(rng, r - n)
        seen, lost = np.sqrt(caught / (caught + missed)), np.sqrt(missed / (caught + missed))
        w = cosine(rng, r - 1)
        held, left = chi_square(rng, n - 1), chi_square(rng, r - n - 1)
        beyond = across * across * (1.0 - w * w) / (held + left) if r > 2 else 0.0
        size = np.sqrt((parallel * seen + across * w * lost) ** 2 + beyond * held)
        noise = chi_square(rng, n) / chi_square(rng, r - n + 1) * sigma * sigma / level
        fitted = squared_sum(size, noise, cosine(rng, n))
        kept = (reach * lost) ** 2 + unseen.square
        c = coefficient(fitted, (reach * seen) ** 2, kept, depth)
        short = ((parallel - c * reach) * lost - across * w * seen) ** 2 + beyond * left
        record(out, trial, test * (noise + short) + outside(unseen, c), c, fitted, kept)


@compiled
def tall_law(
    rng: Generator,
    n: int,
    r: int,
    level: float,
    test: float,
    sigma: float,
    reach: float,
    parallel: float,
    across: float,
    depth: float,
    line: bool,
    unseen: Unseen,
    out: Float[np.ndarray, "5 trials"],
) -> None:
    """n >= r: X+ y = t + X+ e, X+ e of uniform direction and |X+ e|^2 = (sigma^2/level) chi2_r / chi2_{n-r+1}.

    On a `line` (r = 1) the sign of u'X+ y decides: h stops at zero before it turns.
    """
    size = np.sqrt(parallel * parallel + across * across) * (1.0 if parallel >= 0.0 else -1.0)
    for trial in range(out.shape[1]):
        noise = chi_square(rng, r) / chi_square(rng, n - r + 1) * sigma * sigma / level
        v = cosine(rng, r)
        fitted = squared_sum(size, noise, v)
        if line and parallel + np.sqrt(noise) * v <= 0.0:
            record(out, trial, test * size * size + unseen.floor, 0.0, fitted, 0.0)
            out[1, trial] = 0.0
            continue
        c = coefficient(fitted, reach * reach, unseen.square, depth)
        record(out, trial, test * noise + outside(unseen, c), c, fitted, unseen.square)
