"""The same trial of linear fine-tuning in NumPy, JAX, PyTorch and headstart, each on two threads.

A contender is a function of a problem that gives a function: trials -> the risks of about so many, freshly drawn.
A trial draws X (rows N(0, diag(spectrum))) and e, and gives (h - t)' S (h - t) for h = u + X+ (X t + e - X u).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from numerics.linear import Linear, batch, batch_size
from numerics.linear.fast import fast_batch

Draw = Callable[[int], np.ndarray]
THREADS = 2
NUMBERS_AT_ONCE = 2**21
"""Entries of the designs that a peer draws at once: found best among the powers of two near it."""


def instance(n: int, d: int) -> Linear:
    """Eigenvalues between 1/2 and 2, all different."""
    rng = np.random.default_rng(d)
    vectors = {"source": rng.standard_normal(d) / d**0.5, "target": rng.standard_normal(d) / d**0.5}
    return Linear(n=n, d=d, sigma=0.5, spectrum=rng.uniform(0.5, 2.0, d), **vectors)


def at_once(given: Linear) -> int:
    """The designs that a peer draws at once."""
    return max(1, NUMBERS_AT_ONCE // (given.n * given.d))


def in_rounds(draw: Callable[[], np.ndarray], size: int, trials: int) -> np.ndarray:
    """Enough rounds of `size` draws each for `trials`, one after the other."""
    return np.concatenate([draw() for _ in range(-(-trials // size))])


def numpy_batched(given: Linear) -> Draw:
    """NumPy: SFC64, products and solves of a stack of designs, one stack on each thread."""
    scale, gap, size = np.sqrt(given.covariance), given.target - given.source, at_once(given)
    seeds = itertools.count()

    def stack(seed: int) -> np.ndarray:
        rng = np.random.Generator(np.random.SFC64(seed))
        x = rng.standard_normal((size, given.n, given.d)) * scale
        y = x @ gap + given.sigma * rng.standard_normal((size, given.n))
        found = np.linalg.solve(x @ x.transpose(0, 2, 1), y[..., None])
        return ((x.transpose(0, 2, 1) @ found)[..., 0] - gap) ** 2 @ given.risk_weights

    def draw(trials: int) -> np.ndarray:
        rounds = [next(seeds) for _ in range(-(-trials // size))]
        with ThreadPoolExecutor(THREADS) as pool:
            return np.concatenate(list(pool.map(stack, rounds)))

    return draw


def jax_trial(given: Linear) -> tuple[Any, Any]:
    """JAX in float64, and one trial as a function of a key: the Gram matrix by Cholesky's method."""
    import jax

    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy
    scale, gap, weights = np.sqrt(given.covariance), given.target - given.source, given.risk_weights

    def trial(key: Any) -> Any:
        for_design, for_noise = jax.random.split(key)
        x = jax.random.normal(for_design, (given.n, given.d), dtype=jnp.float64) * scale
        y = x @ gap + given.sigma * jax.random.normal(for_noise, (given.n,), dtype=jnp.float64)
        found = jax.scipy.linalg.solve(x @ x.T, y, assume_a="pos")
        return weights @ (x.T @ found - gap) ** 2

    return jax, trial


def jax_with(given: Linear, mapped: Callable[[Any, Any], Any]) -> Draw:
    """JAX: `mapped(jax, trial)` of a stack of keys, compiled; its own threads."""
    jax, trial = jax_trial(given)
    size, keys = at_once(given), itertools.count()
    compiled = jax.jit(lambda key: mapped(jax, trial)(jax.random.split(key, size)))
    return lambda trials: in_rounds(lambda: np.asarray(compiled(jax.random.key(next(keys)))), size, trials)


def jax_vmap(given: Linear) -> Draw:
    """JAX: jit of vmap."""
    return jax_with(given, lambda jax, trial: jax.vmap(trial))


def jax_map(given: Linear) -> Draw:
    """JAX: jit of lax.map."""
    return jax_with(given, lambda jax, trial: lambda keys: jax.lax.map(trial, keys))


def torch_batched(given: Linear) -> Draw:
    """PyTorch: a stack of designs, the Gram matrices by Cholesky's method; its own threads."""
    import torch

    torch.set_num_threads(THREADS)
    scale, gap, weights = (
        torch.tensor(v) for v in (np.sqrt(given.covariance), given.target - given.source, given.risk_weights)
    )
    size = at_once(given)

    def stack() -> np.ndarray:
        x = torch.randn((size, given.n, given.d), dtype=torch.float64) * scale
        y = x @ gap + given.sigma * torch.randn((size, given.n), dtype=torch.float64)
        found = torch.cholesky_solve(y[..., None], torch.linalg.cholesky(x @ x.mT))
        return np.asarray(((x.mT @ found)[..., 0] - gap) ** 2 @ weights)

    return lambda trials: in_rounds(stack, size, trials)


def headstart_fast(given: Linear, averaged: bool = False) -> Draw:
    """headstart: whole batches of law "fast", one on each thread; the noise as drawn, or averaged given X."""
    numbers, size = itertools.count(), batch_size(given)
    column = "conditional_risk" if averaged else "risk"

    def draw(trials: int) -> np.ndarray:
        wanted = [next(numbers) for _ in range(max(THREADS, -(-trials // size)))]
        share = min(size, -(-trials // len(wanted)))
        with ThreadPoolExecutor(THREADS) as pool:
            found = pool.map(lambda number: fast_batch(given, 1, number, share, averaged)[column], wanted)
            return np.concatenate(list(found))

    return draw


def headstart_averaged(given: Linear) -> Draw:
    """headstart, the noise averaged given X."""
    return headstart_fast(given, averaged=True)


def headstart_law(given: Any, draw_batch: Callable[..., Any] = batch, size: int = 65536) -> Draw:
    """headstart: whole batches of law "auto", one on each thread."""
    numbers = itertools.count()

    def draw(trials: int) -> np.ndarray:
        wanted = [next(numbers) for _ in range(max(THREADS, -(-trials // size)))]
        share = min(size, -(-trials // len(wanted)))
        with ThreadPoolExecutor(THREADS) as pool:
            return np.concatenate(
                list(pool.map(lambda number: draw_batch(given, 1, number, "auto", share)["risk"], wanted))
            )

    return draw


PEERS: dict[str, Callable[[Linear], Draw]] = {
    "NumPy": numpy_batched,
    "JAX vmap": jax_vmap,
    "JAX map": jax_map,
    "PyTorch": torch_batched,
}
OURS: dict[str, Callable[[Linear], Draw]] = {"headstart": headstart_fast, "averaged": headstart_averaged}
