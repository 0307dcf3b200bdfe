"""How tight `linear.upper_bound` is: the bound over a simulated quantile of the excess risk, on many covariances.

    python -m benchmarks.tightness [--features 100] [--confidence 0.95] [--trials 4000] [--seed 0]

One row a spectrum and ratio n/d: a source that is zero, a target with independent Gaussian coordinates, with label
noise of a tenth of the signal's standard deviation and without.  Writes a table in Markdown; README.md shows a part.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping

import numpy as np

import headstart
from headstart.output import emit
from theory.evaluation import EvaluationError

RATIOS = (0.05, 0.2, 0.5, 0.9)
NOISES = (0.0, 0.1)


def spectra(d: int) -> Mapping[str, np.ndarray]:
    """Eigenvalues by name."""
    i = np.arange(1.0, d + 1)
    return {
        "i^-1/2": i**-0.5,
        "i^-1": 1 / i,
        "i^-2": i**-2.0,
        "exponential": np.exp(-10 * i / d),
        "spiked": np.where(i <= 5, 25.0, 1.0),
        "flat": np.ones(d),
    }


def rows(d: int, confidence: float, trials: int, seed: int) -> Iterator[list[str]]:
    """One row for every spectrum and ratio."""
    target = np.random.default_rng(seed).standard_normal(d)
    for name, spectrum in spectra(d).items():
        for ratio in RATIOS:
            cells = [name, str(d), str(max(2, round(ratio * d)))]
            for share in NOISES:
                fields = {
                    "setting": "linear",
                    "n": int(cells[2]),
                    "d": d,
                    "sigma": share * float(np.sqrt(spectrum @ target**2)),
                    "spectrum": spectrum.tolist(),
                    "source": [0.0] * d,
                    "target": target.tolist(),
                }
                cells += _tightness(fields, confidence, trials, seed)
            yield cells


def _tightness(fields: dict[str, object], confidence: float, trials: int, seed: int) -> list[str]:
    estimate = headstart.simulate(fields, trials=trials, seed=seed, quantiles=(confidence,))
    (quantile,) = estimate.quantiles.values()
    start = time.perf_counter()
    try:
        bound = float(headstart.evaluate("linear.upper_bound", fields, confidence=confidence).value)
    except EvaluationError:
        return ["none", f"{time.perf_counter() - start:.1f}"]
    return [f"{bound / quantile:.2f}", f"{time.perf_counter() - start:.1f}"]


def main() -> None:
    """Print the table, row by row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=int, default=100)
    parser.add_argument("--confidence", type=float, default=0.95)
    parser.add_argument("--trials", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    emit("| spectrum | d | n | bound/quantile, no noise | seconds | with noise | seconds |")
    emit("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for cells in rows(given.features, given.confidence, given.trials, given.seed):
        emit("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
