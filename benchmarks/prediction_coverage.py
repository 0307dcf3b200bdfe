"""How often the 95% intervals of `headstart.prediction` hold the risk, and how far off its predictions are.

    python -m benchmarks.prediction_coverage [--samples 200]

Samples of a known law, Gaussian and with heavy tails; for each the risks are predicted, and compared with those of the
law by the formulas of the catalogue.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

import numpy as np

from headstart.prediction import predict
from headstart.prediction.ways import Ways
from numerics.estimation import Fit

FEATURES, TUNED_ON, SIGMA = 20, 8, 0.5


@dataclass(frozen=True)
class World:
    """Rows, how eigenvalues decay, degrees of freedom of the features (infinite: Gaussian), two sources' distances."""

    rows: int
    decay: float
    tails: float
    distances: tuple[float, float]


WORLDS = (
    World(60, 0.0, np.inf, (0.5, 1.0)),
    World(60, 1.0, np.inf, (0.5, 1.0)),
    World(60, 0.0, np.inf, (0.1, 0.2)),
    World(200, 0.0, np.inf, (0.5, 1.0)),
    World(200, 1.0, np.inf, (0.5, 1.0)),
    World(200, 0.0, 5.0, (0.5, 1.0)),
)


def measured(world: World, samples: int) -> dict[str, tuple[float, float, float]]:
    """For every way: how often its interval holds, the median of predicted over true, and of high over low."""
    rng = np.random.default_rng(0)
    eigenvalues = 1 / np.arange(1.0, FEATURES + 1) ** world.decay
    target, *off = rng.standard_normal((3, FEATURES)) / np.sqrt(FEATURES)
    distances = zip(("near", "far"), world.distances, off, strict=True)
    ways = Ways({name: target + distance * away for name, distance, away in distances})
    law = Fit(10**9, eigenvalues, np.eye(FEATURES), target, SIGMA**2)
    truth = ways.risks(law, [TUNED_ON], truth=True)[0] * ways.exact(law, [TUNED_ON])[0]
    found = []
    for number in range(samples):
        shape = (world.rows, FEATURES)
        gaussian = np.isinf(world.tails)
        drawn = rng.standard_normal(shape) if gaussian else rng.standard_t(world.tails, shape)
        x = drawn * np.sqrt(eigenvalues * (1.0 if gaussian else 1 - 2 / world.tails))
        y = x @ target + SIGMA * rng.standard_normal(world.rows)
        options = {
            o.name: o.risk for o in predict(x, y, ways.sources, samples=TUNED_ON, seed=number, redrawn=100).options
        }
        found.append([(options[k].value, options[k].low, options[k].high) for k in ways.names])
    value, low, high = np.array(found).T
    held = np.mean((truth >= low.T) & (truth <= high.T), axis=0)
    off = np.median(value.T / truth, axis=0)
    wide = np.median(high.T / np.maximum(low.T, 1e-9), axis=0)
    return {k: (float(h), float(o), float(w)) for k, h, o, w in zip(ways.names, held, off, wide, strict=True)}


def main() -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=200)
    samples = parser.parse_args().samples
    for world in WORLDS:
        tails = "Gaussian" if np.isinf(world.tails) else f"Student {world.tails:g}"
        sys.stdout.write(
            f"{world.rows} rows of {FEATURES}, eigenvalues i^-{world.decay:g}, {tails}, {world.distances}\n"
        )
        for name, (held, off, wide) in measured(world, samples).items():
            sys.stdout.write(f"  {name:24}  holds {100 * held:5.1f}%  predicted/true {off:.2f}  high/low {wide:.3g}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
