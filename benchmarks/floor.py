"""What the machine allows: fused multiply-adds from registers, and normals into the nearest cache."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from jaxtyping import Float, UInt64

from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.normals import fill
from numerics.kernels.vectors import fma, load, total
from numerics.streams import lanes

CHAINS = 12


@strictly_compiled
def chains(x: Float[np.ndarray, " 104"], steps: int) -> float:
    """Twelve independent chains of a <- a b + c in registers, 16 flops a step each."""
    b = load(x, 96)
    a0, a1, a2, a3 = load(x, 0), load(x, 8), load(x, 16), load(x, 24)
    a4, a5, a6, a7 = load(x, 32), load(x, 40), load(x, 48), load(x, 56)
    a8, a9, c0, c1 = load(x, 64), load(x, 72), load(x, 80), load(x, 88)
    for _ in range(steps):
        a0, a1, a2, a3 = fma(a0, b, b), fma(a1, b, b), fma(a2, b, b), fma(a3, b, b)
        a4, a5, a6, a7 = fma(a4, b, b), fma(a5, b, b), fma(a6, b, b), fma(a7, b, b)
        a8, a9, c0, c1 = fma(a8, b, b), fma(a9, b, b), fma(c0, b, b), fma(c1, b, b)
    return total(a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + c0 + c1)


def flops_rate(threads: int, steps: int = 2_000_000) -> float:
    """Flops a second on so many threads, the best of five."""
    numbers = np.random.default_rng(1).uniform(0.1, 0.5, 104)
    return max(_rate(lambda _: chains(numbers, steps), threads, 16.0 * CHAINS * steps) for _ in range(5))


@strictly_compiled
def filled_again(state: UInt64[np.ndarray, " 32"], out: Float[np.ndarray, " size"], rounds: int) -> None:
    """So many rounds, without the interpreter between them."""
    for _ in range(rounds):
        fill(state, out)


def normals_rate(threads: int, rounds: int = 2000) -> float:
    """Normals a second on so many threads, the best of five."""

    def work(part: int) -> None:
        filled_again(lanes(1, 0, part), np.empty(2**11), rounds)

    return max(_rate(work, threads, 2.0**11 * rounds) for _ in range(5))


def _rate(work: object, threads: int, amount: float) -> float:
    """`amount` of work on every thread, a second."""
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))  # type: ignore[arg-type]
        begun = time.perf_counter()
        list(pool.map(work, range(threads)))  # type: ignore[arg-type]
        return threads * amount / (time.perf_counter() - begun)


def seconds(n: int, d: int, flops: float, normals: float) -> float:
    """A trial at these rates: n d normals, n^2 d + n^3/3 flops."""
    return n * d / normals + (n * n * d + n**3 / 3) / flops
