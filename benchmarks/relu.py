"""Seconds to train a shallow ReLU network to a mean squared error of 1e-6: headstart, and the same in PyTorch.

    python -m benchmarks.relu [--threads N]

Width 4,096, n = 200, d = 50; full-batch gradient descent on the first layer from the same weights with the same step,
in the same floating type and on as many threads (one if not given).  Runs of the two take turns; medians.  PyTorch is
not needed by headstart: it is in the extra [bench].
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time

WIDTH, SAMPLES, FEATURES, TOLERANCE = 4096, 200, 50, 1e-6
ROUNDS, MOST, GOAL = 15, 10_000, 1.5


def _threads() -> int:
    """How many: told to BLAS before it is loaded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    count = int(parser.parse_args().threads)
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(count)
    return count


def main() -> int:
    """Print both, and their ratio; exit status 2 without PyTorch."""
    threads = _threads()
    try:
        import torch
    except ImportError:
        sys.stderr.write("PyTorch is missing: install it with pip install 'headstart[bench]', and run this again.\n")
        return 2
    import numpy as np

    from numerics.relu.data import inputs
    from numerics.relu.network import Network, step_size, train, untrained
    from numerics.streams import stream

    torch.set_num_threads(threads)

    def by_torch(network: Network, x: np.ndarray, y: np.ndarray, step: float) -> int:
        kind = getattr(torch, str(network.weights.dtype))
        points, labels, signs = (torch.tensor(z, dtype=kind) for z in (x, y, network.signs))
        weights = torch.tensor(network.weights, requires_grad=True)
        for taken in range(MOST):
            missed = torch.relu(points @ weights) @ signs / WIDTH**0.5 - labels
            loss = (missed**2).sum() / 2
            if 2 * loss.item() <= TOLERANCE * SAMPLES:
                return taken
            weights.grad = None
            loss.backward()
            with torch.no_grad():
                weights -= step * weights.grad
        return MOST

    rng = stream(1, 0)
    x = inputs(rng, 1, SAMPLES, FEATURES)[0]
    y = x @ rng.standard_normal(FEATURES) / FEATURES**0.5
    step = step_size(x)
    sys.stdout.write(
        f"width {WIDTH}, n = {SAMPLES}, d = {FEATURES}, to {TOLERANCE:g}; numpy {np.__version__}, "
        f"torch {torch.__version__}, {threads} thread(s), median of {ROUNDS} runs that take turns\n"
    )
    for kind in (np.float32, np.float64):
        network = untrained(stream(2, 0), FEATURES, WIDTH, kind)
        ways = {
            "headstart": lambda network=network: train(network, x, y, step=step, tolerance=TOLERANCE).steps,
            "PyTorch": lambda network=network: by_torch(network, x, y, step),
        }
        steps, took = {name: way() for name, way in ways.items()}, {name: list[float]() for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                start = time.perf_counter()
                way()
                took[name].append(time.perf_counter() - start)
        found = {name: statistics.median(times) for name, times in took.items()}
        told = ", ".join(f"{name} {1e3 * found[name]:.1f} ms ({steps[name]} steps)" for name in ways)
        ratio = found["headstart"] / found["PyTorch"]
        sys.stdout.write(f"{kind.__name__}: {told}; headstart/PyTorch {ratio:.2f}, goal {GOAL} at most\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
