"""The exact law of deep linear fine-tuning: a few chi-squares and normals a trial, whatever n and d.

Rows of `out`: risk, |h|, c, |X+ y|^2, |Qu|^2.  S = `level` I and A = `test` I in R^r; `parallel` = e1't and
`across` = |t - e1 e1't| with e1 = u/|u| (u, t in R^r), `reach` = |u|.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.deep_linear import coefficient
from numerics.kernels.deep_linear_batches import Unseen, outside, record, record_tall
from numerics.kernels.elementary import is_negative, larger
from numerics.kernels.vectors import LANES, Vector, fma, load, spread, sqrt, where


@strictly_compiled
def cosine(normal: Vector, square: Vector) -> Vector:
    """The first coordinate of a uniform unit vector in R^p: `square` is a chi-square of p - 1 degrees of freedom."""
    return normal / sqrt(fma(normal, normal, square))


@strictly_compiled
def squared_sum(size: Vector, noise: Vector, v: Vector) -> Vector:
    """|a + b|^2 for |a| = `size` (or -`size`), |b|^2 = `noise` and cosine `v`, as two squares."""
    return plus_square(noise * larger(1.0 - v * v, 0.0), fma(sqrt(noise), v, size))


@strictly_compiled
def plus_square(x: Vector, a: Vector) -> Vector:
    """x + a^2."""
    return fma(a, a, x)


@strictly_compiled
def wide_law(
    squares: Float[np.ndarray, "8 trials"],
    normals: Float[np.ndarray, "2 trials"],
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

    `squares` are chi-squares of the degrees of freedom `wide_degrees`, in the order in which they are used.

    1.  p = |P e1|^2 ~ Beta(n/2, (r-n)/2), and P e1 = p e1 + sqrt(p (1-p)) f with f uniform in e1's complement.
    2.  w = f'e2 is the first coordinate of a uniform unit vector in R^(r-1).  The rest of P projects at random,
        with rank n - 1, in the complement of e1 and f, where e2 has squared length 1 - w^2: of that it keeps
        b ~ Beta((n-1)/2, (r-n-1)/2).  So |P t|^2 and |Q (t - c u)|^2 are sums of two squares each.
    3.  |X+ e|^2 = (sigma^2/level) chi2_n / chi2_{r-n+1} (Hotelling), and X+ e is uniform in the row space.
        Source: Muirhead, Aspects of Multivariate Statistical Theory (1982), 1.5.7 and 3.2.12.
    """
    for at in range(0, out.shape[1], LANES):
        caught, missed = load(squares[0], at), load(squares[1], at)
        seen, lost = sqrt(caught / (caught + missed)), sqrt(missed / (caught + missed))
        w = cosine(load(normals[0], at), load(squares[2], at))
        held, left = load(squares[3], at), load(squares[4], at)
        remains = is_negative(0.0 - (held + left))
        beyond = where(remains, across * across * (1.0 - w * w) / (held + left), 0.0)
        size = sqrt(plus_square(beyond * held, parallel * seen + across * w * lost))
        noise = load(squares[5], at) / load(squares[6], at) * (sigma * sigma / level)
        fitted = squared_sum(size, noise, cosine(load(normals[1], at), load(squares[7], at)))
        kept = plus_square(spread(unseen.square), reach * lost)
        c = coefficient(fitted, plus_square(spread(0.0), reach * seen), kept, depth)
        short = plus_square(beyond * left, (parallel - c * reach) * lost - across * w * seen)
        record(out, at, test * (noise + short) + outside(unseen, c), c, fitted, kept)


def wide_degrees(n: int, r: int) -> list[int]:
    """p: n and r - n.  w: r - 2.  b: n - 1 and r - n - 1.  |X+ e|^2: n and r - n + 1, its direction: n - 1."""
    return [n, r - n, r - 2, n - 1, r - n - 1, n, r - n + 1, n - 1]


@strictly_compiled
def tall_law(
    squares: Float[np.ndarray, "3 trials"],
    normals: Float[np.ndarray, "1 trials"],
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

    `squares` are chi-squares of the degrees of freedom `tall_degrees`.  On a `line` (r = 1) the sign of u'X+ y decides:
    h stops at zero before it turns.
    """
    size = np.sqrt(parallel * parallel + across * across) * (1.0 if parallel >= 0.0 else -1.0)
    seen, at_zero = spread(reach * reach), test * size * size
    for at in range(0, out.shape[1], LANES):
        noise = load(squares[0], at) / load(squares[1], at) * (sigma * sigma / level)
        v = cosine(load(normals[0], at), load(squares[2], at))
        fitted, agreement = squared_sum(spread(size), noise, v), fma(sqrt(noise), v, parallel)
        record_tall(out, at, test * noise, at_zero, fitted, seen, agreement, depth, line, unseen)


def tall_degrees(n: int, r: int) -> list[int]:
    """|X+ e|^2: r and n - r + 1.  Its direction: r - 1."""
    return [r, n - r + 1, r - 1]
