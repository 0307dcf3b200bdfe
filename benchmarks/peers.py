"""Trials a second side by side, in one run and in turn: headstart, NumPy, JAX and PyTorch, and what the machine allows.

    python -m benchmarks.peers

Two threads each, float64, compilation not counted, medians of five rounds.  A trial is the excess risk of one design
and one draw of its noise, for eigenvalues that all differ.  `averaged` is headstart with the noise averaged exactly
given the design, which costs more a trial and less to a given error; `to 0.1%` are the seconds until the standard
error of the mean is a thousandth of it, for headstart in the better of the two ways.  `floor` is n d normals and
n^2 d + n^3/3 flops at rates measured in the same run.  The peers are the extra [bench].
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

from benchmarks import floor
from benchmarks.contenders import OURS, PEERS, THREADS, headstart_fast, headstart_law, instance, numpy_batched
from benchmarks.processes import Timing, relative_variance, timed
from numerics import deep_linear
from numerics.linear import Linear

SIZES = {(10, 40): 10, (50, 200): 6, (100, 1000): 5, (200, 400): 4, (400, 2000): 2.5}
"""And how many times the best peer headstart is meant to reach."""

LAWS = {"isotropic": 1000, "deep linear": 500, "spikes and bulk": 500}
"""How many times NumPy at (50, 200) an exact law is meant to reach."""


def say(text: str = "") -> None:
    """One line."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def verdict(ratio: float, goal: float) -> str:
    """The ratio and whether it is what it should be."""
    return f"{ratio:.1f} times the best peer: goal {goal:g}, {'met' if ratio >= goal else 'missed'}"


def size_table(n: int, d: int, goal: float, flops: float, normals: float) -> None:
    """Every contender at one size."""
    found = timed(PEERS | OURS, instance(n, d))
    least = floor.seconds(n, d, flops, normals)
    say(f"\n(n, d) = ({n}, {d}); floor {least * 1e6:.3g} us a trial")
    say("              trials/s   us/trial   x floor   MiB   to 0.1%")
    ran = {name: timing for name, timing in found.items() if isinstance(timing, Timing)}
    drawn = relative_variance(timing for name, timing in ran.items() if name != "averaged")
    spreads = dict.fromkeys(ran, drawn) | {"averaged": relative_variance([ran["averaged"]])}
    times = {name: 1e6 * spreads[name] / timing.rate for name, timing in ran.items()}
    for name, timing in found.items():
        if isinstance(timing, str):
            say(f"{name:10s}  needs {timing}: pip install 'headstart[bench]'")
            continue
        rate = f"{timing.rate:12.4g} {1e6 / timing.rate:10.3g} {1 / timing.rate / least:9.2f}"
        say(f"{name:10s}{rate} {timing.peak:5.0f} {times[name]:8.3g}s")
    best = max(timing.rate for name, timing in ran.items() if name in PEERS)
    say(verdict(ran["headstart"].rate / best, goal))
    sooner = min(times[name] for name in ran if name in PEERS) / min(times[name] for name in OURS)
    say(f"{sooner:.1f} times sooner at a standard error of 0.1%")


def laws_at(n: int, d: int) -> dict[str, Any]:
    """An instance of each exact law."""
    u, t = instance(n, d).source, instance(n, d).target
    spiked = np.r_[[16.0, 8.0, 4.0], np.ones(d - 3)]
    return {
        "isotropic": Linear(n=n, d=d, sigma=0.5, source=u, target=t),
        "deep linear": deep_linear.DeepLinear(n=n, d=d, sigma=0.5, source=u, target=t, depth=3),
        "spikes and bulk": Linear(n=n, d=d, sigma=0.5, source=u, target=t, spectrum=spiked),
    }


def law_table(n: int = 50, d: int = 200) -> None:
    """The laws that are drawn without a design, against NumPy drawing designs."""
    say(f"\nExact laws at (n, d) = ({n}, {d}), chosen by law='auto', against NumPy's stack of designs")
    for name, given in laws_at(n, d).items():
        draw = deep_linear.batch if name == "deep linear" else None
        ours: Callable[..., Any] = partial(headstart_law, draw_batch=draw) if draw else headstart_law
        peer = partial(_numpy_for, instance(n, d)) if draw else numpy_batched
        found = timed({"NumPy": peer, "headstart": ours}, given)
        numpy, exact = found["NumPy"], found["headstart"]
        assert isinstance(numpy, Timing)
        assert isinstance(exact, Timing)
        ratio = exact.rate / numpy.rate
        line = f"{name:16s} {exact.rate:10.4g} trials/s {1e9 / exact.rate:8.3g} ns, {ratio:7.0f} times NumPy"
        say(f"{line}: goal {LAWS[name]}, {'met' if ratio >= LAWS[name] else 'missed'}")


def _numpy_for(linear: Linear, _: Any) -> Any:
    """NumPy on the linear problem of the same size: less work than the deep one."""
    return numpy_batched(linear)


def growth_table() -> None:
    """Microseconds a trial as n, d and the depth grow."""
    say("\nGrowth, us a trial")
    for label, shapes in (
        ("n, d = 4 n", [(n, 4 * n) for n in (10, 20, 40, 80, 160, 320)]),
        ("d, n = 40", [(40, d) for d in (80, 160, 320, 640, 1280, 2560)]),
    ):
        rates = [timed({"ours": headstart_fast}, instance(n, d))["ours"] for n, d in shapes]
        cells = [
            f"{shape}: {1e6 / t.rate:.3g}" for shape, t in zip(shapes, rates, strict=True) if isinstance(t, Timing)
        ]
        say(f"{label}: " + ", ".join(cells))
    cells = []
    for depth in (1, 2, 4, 16, "inf"):
        plain = instance(40, 160)
        fields = {"source": plain.source, "target": plain.target, "spectrum": plain.spectrum}
        given = deep_linear.DeepLinear(n=40, d=160, sigma=0.5, depth=depth, **fields)
        size = deep_linear.batch_size(given)
        timing = timed({"ours": partial(headstart_law, draw_batch=deep_linear.batch, size=size)}, given)["ours"]
        if isinstance(timing, Timing):
            cells.append(f"{depth}: {1e6 / timing.rate:.3g}")
    say("depth, (n, d) = (40, 160): " + ", ".join(cells))


def main() -> None:
    """All tables."""
    flops, normals = floor.flops_rate(THREADS), floor.normals_rate(THREADS)
    blas = ", ".join(f"{b['internal_api']} {b.get('architecture', '')}" for b in threadpool_info())
    say(f"BLAS: {blas}; OPENBLAS_CORETYPE={os.environ.get('OPENBLAS_CORETYPE', 'not set')}")
    say(f"On {THREADS} threads: {flops / 1e9:.0f} Gflop/s from registers, {normals / 1e9:.2f} normals/ns")
    for (n, d), goal in SIZES.items():
        size_table(n, d, goal, flops, normals)
    law_table()
    growth_table()


if __name__ == "__main__":
    main()
