"""The inner loops of products and factors: 4 x 4 tiles, kept in registers."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.vectors import Vector, add_totals, fma, load, spread, sqrt, store, store_totals


@strictly_compiled
def products(
    x: Float[np.ndarray, " _"],
    a: int,
    a_row: int,
    a_step: int,
    y: Float[np.ndarray, " _"],
    b: int,
    b_row: int,
    b_step: int,
    count: int,
    sums: Float[np.ndarray, " 128"],
) -> None:
    """sums[i, j] = sum over k < count of A[i, k] B[j, k], lane by lane, i and j < 4.

    A[i, k] are the eight numbers of `x` from a + i a_row + k a_step on, B[j, k] those of `y` from b + j b_row +
    k b_step on.  256 count flops, 512 count bytes read; the order of each sum is that of k.
    """
    zero = spread(0.0)
    s00, s01, s02, s03 = zero, zero, zero, zero
    s10, s11, s12, s13 = zero, zero, zero, zero
    s20, s21, s22, s23 = zero, zero, zero, zero
    s30, s31, s32, s33 = zero, zero, zero, zero
    for _ in range(count):
        a0, a1, a2, a3 = load(x, a), load(x, a + a_row), load(x, a + 2 * a_row), load(x, a + 3 * a_row)
        p = load(y, b)
        s00, s10, s20, s30 = fma(a0, p, s00), fma(a1, p, s10), fma(a2, p, s20), fma(a3, p, s30)
        p = load(y, b + b_row)
        s01, s11, s21, s31 = fma(a0, p, s01), fma(a1, p, s11), fma(a2, p, s21), fma(a3, p, s31)
        p = load(y, b + 2 * b_row)
        s02, s12, s22, s32 = fma(a0, p, s02), fma(a1, p, s12), fma(a2, p, s22), fma(a3, p, s32)
        p = load(y, b + 3 * b_row)
        s03, s13, s23, s33 = fma(a0, p, s03), fma(a1, p, s13), fma(a2, p, s23), fma(a3, p, s33)
        a += a_step
        b += b_step
    store(sums, 0, s00)
    store(sums, 8, s01)
    store(sums, 16, s02)
    store(sums, 24, s03)
    store(sums, 32, s10)
    store(sums, 40, s11)
    store(sums, 48, s12)
    store(sums, 56, s13)
    store(sums, 64, s20)
    store(sums, 72, s21)
    store(sums, 80, s22)
    store(sums, 88, s23)
    store(sums, 96, s30)
    store(sums, 104, s31)
    store(sums, 112, s32)
    store(sums, 120, s33)


@strictly_compiled
def squares(
    x: Float[np.ndarray, " _"], a: int, row: int, step: int, count: int, sums: Float[np.ndarray, " 128"]
) -> None:
    """The sums of `products` of four rows with themselves: ten of them, and their mirror images."""
    zero = spread(0.0)
    s00, s10, s11, s20, s21, s22, s30, s31, s32, s33 = zero, zero, zero, zero, zero, zero, zero, zero, zero, zero
    for _ in range(count):
        a0, a1, a2, a3 = load(x, a), load(x, a + row), load(x, a + 2 * row), load(x, a + 3 * row)
        s00, s10, s20, s30 = fma(a0, a0, s00), fma(a1, a0, s10), fma(a2, a0, s20), fma(a3, a0, s30)
        s11, s21, s31 = fma(a1, a1, s11), fma(a2, a1, s21), fma(a3, a1, s31)
        s22, s32, s33 = fma(a2, a2, s22), fma(a3, a2, s32), fma(a3, a3, s33)
        a += step
    mirrored(sums, 0, 0, s00)
    mirrored(sums, 1, 0, s10)
    mirrored(sums, 1, 1, s11)
    mirrored(sums, 2, 0, s20)
    mirrored(sums, 2, 1, s21)
    mirrored(sums, 2, 2, s22)
    mirrored(sums, 3, 0, s30)
    mirrored(sums, 3, 1, s31)
    mirrored(sums, 3, 2, s32)
    mirrored(sums, 3, 3, s33)


@strictly_compiled
def mirrored(sums: Float[np.ndarray, " 128"], i: int, j: int, v: Vector) -> None:
    """`v` as entry (i, j) and (j, i)."""
    store(sums, 8 * (4 * i + j), v)
    store(sums, 8 * (4 * j + i), v)


@strictly_compiled
def few_products(
    x: Float[np.ndarray, " _"],
    a: int,
    a_row: int,
    a_step: int,
    y: Float[np.ndarray, " _"],
    b: int,
    b_row: int,
    b_step: int,
    count: int,
    sums: Float[np.ndarray, " 128"],
) -> None:
    """The first two rows of these sums."""
    zero = spread(0.0)
    s00, s01, s02, s03 = zero, zero, zero, zero
    s10, s11, s12, s13 = zero, zero, zero, zero
    for _ in range(count):
        a0, a1 = load(x, a), load(x, a + a_row)
        p, q = load(y, b), load(y, b + b_row)
        s00, s10, s01, s11 = fma(a0, p, s00), fma(a1, p, s10), fma(a0, q, s01), fma(a1, q, s11)
        p, q = load(y, b + 2 * b_row), load(y, b + 3 * b_row)
        s02, s12, s03, s13 = fma(a0, p, s02), fma(a1, p, s12), fma(a0, q, s03), fma(a1, q, s13)
        a += a_step
        b += b_step
    store(sums, 0, s00)
    store(sums, 8, s01)
    store(sums, 16, s02)
    store(sums, 24, s03)
    store(sums, 32, s10)
    store(sums, 40, s11)
    store(sums, 48, s12)
    store(sums, 56, s13)


@strictly_compiled
def wide_products(
    x: Float[np.ndarray, " _"],
    a: int,
    a_row: int,
    a_step: int,
    y: Float[np.ndarray, " _"],
    b: int,
    b_step: int,
    count: int,
    sums: Float[np.ndarray, " 64"],
) -> None:
    """sums[i, j] = sum over k < count of A[i, k] B[k, j], i < 4, j < 16.

    A[i, k] is the number of `x` at a + i a_row + k a_step, B[k, 0], ..., B[k, 15] are those of `y` from b + k b_step
    on.  128 count flops; the order of each sum is that of k.
    """
    zero = spread(0.0)
    s00, s01, s10, s11, s20, s21, s30, s31 = zero, zero, zero, zero, zero, zero, zero, zero
    for _ in range(count):
        p, q = load(y, b), load(y, b + 8)
        v = spread(x[a])
        s00, s01 = fma(v, p, s00), fma(v, q, s01)
        v = spread(x[a + a_row])
        s10, s11 = fma(v, p, s10), fma(v, q, s11)
        v = spread(x[a + 2 * a_row])
        s20, s21 = fma(v, p, s20), fma(v, q, s21)
        v = spread(x[a + 3 * a_row])
        s30, s31 = fma(v, p, s30), fma(v, q, s31)
        a += a_step
        b += b_step
    store(sums, 0, s00)
    store(sums, 8, s01)
    store(sums, 16, s10)
    store(sums, 24, s11)
    store(sums, 32, s20)
    store(sums, 40, s21)
    store(sums, 48, s30)
    store(sums, 56, s31)


@strictly_compiled
def totals(sums: Float[np.ndarray, " 128"], out: Float[np.ndarray, " 16"]) -> None:
    """The sum of the lanes of each of the sixteen vectors."""
    for r in range(4):
        at = 32 * r
        store_totals(out, 4 * r, load(sums, at), load(sums, at + 8), load(sums, at + 16), load(sums, at + 24))


@strictly_compiled
def totals_added(sums: Float[np.ndarray, " 128"], out: Float[np.ndarray, " _"], at: int, stride: int) -> None:
    """Add these sums to a tile of `out`, whose rows begin at `at`, `at` + stride, ..."""
    for r in range(4):
        k = 32 * r
        row = at + r * stride
        add_totals(out, row, load(sums, k), load(sums, k + 8), load(sums, k + 16), load(sums, k + 24))


@strictly_compiled
def substituted(
    b0: Vector,
    b1: Vector,
    b2: Vector,
    b3: Vector,
    l10: Vector,
    l20: Vector,
    l21: Vector,
    l30: Vector,
    l31: Vector,
    l32: Vector,
    r0: Vector,
    r1: Vector,
    r2: Vector,
    r3: Vector,
) -> tuple[Vector, Vector, Vector, Vector]:
    """The solution x of L x = b for a 4 x 4 lower triangular L, given below its diagonal, r = 1/diagonal."""
    x0 = b0 * r0
    x1 = (b1 - x0 * l10) * r1
    x2 = (b2 - x0 * l20 - x1 * l21) * r2
    x3 = (b3 - x0 * l30 - x1 * l31 - x2 * l32) * r3
    return x0, x1, x2, x3


@strictly_compiled
def factored(
    a00: Vector,
    a10: Vector,
    a11: Vector,
    a20: Vector,
    a21: Vector,
    a22: Vector,
    a30: Vector,
    a31: Vector,
    a32: Vector,
    a33: Vector,
) -> tuple[
    Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector
]:
    """The Cholesky factor of a 4 x 4 matrix: what is below its diagonal, row after row, the squares on the diagonal
    and 1/diagonal.  A square <= 0 makes NaN or infinity of all that follows."""
    r0 = 1.0 / sqrt(a00)
    l10, l20, l30 = a10 * r0, a20 * r0, a30 * r0
    p1 = a11 - l10 * l10
    r1 = 1.0 / sqrt(p1)
    l21, l31 = (a21 - l20 * l10) * r1, (a31 - l30 * l10) * r1
    p2 = a22 - l20 * l20 - l21 * l21
    r2 = 1.0 / sqrt(p2)
    l32 = (a32 - l30 * l20 - l31 * l21) * r2
    p3 = a33 - l30 * l30 - l31 * l31 - l32 * l32
    return l10, l20, l21, l30, l31, l32, a00, p1, p2, p3, r0, r1, r2, 1.0 / sqrt(p3)
