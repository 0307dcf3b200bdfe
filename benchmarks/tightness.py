"""How tight bounds for any covariance are: each over a simulated quantile of the excess risk, on many covariances.

    python -m benchmarks.tightness [--features 100] [--confidence 0.95] [--trials 4000] [--seed 0] [--noise 0.1]

One row a spectrum and ratio n/d: a source that is zero, a target with independent Gaussian coordinates, with label
noise of so many of the signal's standard deviations.  Writes a table in Markdown; README.md shows a part.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

import numpy as np

import headstart
from headstart.output import emit
from theory.evaluation import EvaluationError
from verify.grid import spectra

RATIOS = (0.05, 0.2, 0.5, 0.9)
KEYS = {"linear.quantile_any_covariance": 1, "linear.upper_bound": 1, "linear.lower_bound": -1}
"""Results, and whether they are over the quantile at the confidence or the one at the rest."""


def rows(d: int, confidence: float, trials: int, seed: int, share: float) -> Iterator[list[str]]:
    """One row for every spectrum and ratio."""
    target = np.random.default_rng(seed).standard_normal(d)
    for name, spectrum in spectra(d).items():
        for ratio in RATIOS:
            n = max(2, round(ratio * d))
            fields = {
                "setting": "linear",
                "n": n,
                "d": d,
                "sigma": share * float(np.sqrt(spectrum @ target**2)),
                "spectrum": spectrum.tolist(),
                "source": [0.0] * d,
                "target": target.tolist(),
            }
            levels = (1 - confidence, confidence)
            estimate = headstart.simulate(fields, trials=trials, seed=seed, quantiles=levels)
            drawn = dict(zip((-1, 1), sorted(estimate.quantiles.values()), strict=True))
            cells = [name, str(d), str(n)]
            for key, side in KEYS.items():
                cells += _tightness(key, fields, confidence, drawn[side])
            yield cells


def _tightness(key: str, fields: dict[str, object], confidence: float, quantile: float) -> list[str]:
    start = time.perf_counter()
    try:
        found = f"{float(headstart.evaluate(key, fields, confidence=confidence).value) / quantile:.3f}"
    except EvaluationError:
        found = "none"
    return [found, f"{time.perf_counter() - start:.1f}"]


def main() -> None:
    """Print the table, row by row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=int, default=100)
    parser.add_argument("--confidence", type=float, default=0.95)
    parser.add_argument("--trials", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--noise", type=float, default=0.1)
    given = parser.parse_args()
    emit("| spectrum | d | n | exact quantile | seconds | upper bound | seconds | lower bound | seconds |")
    emit("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for cells in rows(given.features, given.confidence, given.trials, given.seed, given.noise):
        emit("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
