"""How far the formulas for Gaussian designs carry over to other laws of the entries: a table and a figure.

    python docs/universality.py

writes docs/universality.csv, docs/universality.md and docs/universality.png, the same bits for the same seed.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np

from numerics.linear import Linear
from numerics.linear.universality import LAWS, universal_batch
from theory.catalogue import result
from verify.intervals import mean_interval
from verify.means import pilot_variance

SEED, ALPHA = 20261124, 1e-6
SIZES = {4: 8192, 8: 8192, 16: 4096, 32: 2048, 64: 512}
"""Samples n, in d = 2n features, and designs drawn at each."""
CHUNK = 2**21
QUANTITIES = {"linear.bias": "bias", "linear.variance": "noise_mean", "linear.risk": "conditional_risk"}
CURVED = {"linear.risk_equivalent": "conditional_risk"}
LEVEL = 0.9
HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Deviation:
    """What was found, relative to the formula; for the law of the noise part, P(below its 90% quantile) - 0.9."""

    result: str
    design: str
    n: int
    d: int
    deviation: float
    low: float
    high: float
    singular: float
    median: float
    """The median of the draws over the formula: it stays where a mean has no end."""


def instance(n: int, curved: bool) -> Linear:
    """d = 2n, sigma = 1/2, target and source smooth; flat, or eigenvalues from 1 to 1/8."""
    d = 2 * n
    position = (np.arange(d) + 0.5) / d
    target, source = (f / np.sqrt(d) for f in (1 + np.cos(3 * position), 0.5 * np.sin(2 * position)))
    spectrum = 8.0**-position if curved else np.ones(d)
    vectors = {"target": target.tolist(), "source": source.tolist(), "spectrum": spectrum.tolist()}
    return Linear.from_fields({"n": n, "d": d, "sigma": 0.5, **vectors})


def drawn(given: Linear, design: str, seed: int, trials: int) -> tuple[dict[str, np.ndarray], float]:
    """The columns, and the share of designs of less than full rank."""
    at_once = max(1, min(trials, CHUNK // (given.n * given.d)))
    parts = [universal_batch(given, design, seed, k, at_once) for k in range(-(-trials // at_once))]
    names = list(parts[0][0])
    singular = float(np.concatenate([flags for _, flags in parts]).mean())
    return {name: np.concatenate([batch[name] for batch, _ in parts]) for name in names}, singular


def deviations(design: str, n: int, trials: int) -> Iterator[Deviation]:
    """Every quantity at one size."""
    for curved, quantities in ((False, QUANTITIES), (True, CURVED)):
        given = instance(n, curved)
        (columns, singular), (pilot, _) = (drawn(given, design, seed, trials) for seed in (SEED, SEED + 1))
        for key, column in quantities.items():
            claimed = float(result(key).evaluate(**given.fields()))
            low, high = mean_interval(columns[column], pilot_variance(pilot[column]), ALPHA)
            found = columns[column].mean() / claimed - 1, low / claimed - 1, high / claimed - 1
            middle = float(np.median(columns[column])) / claimed
            yield Deviation(key, design, n, 2 * n, *map(float, found), singular, middle)
        if not curved:
            yield _law(given, design, columns["noise"], singular)


def _law(given: Linear, design: str, noise: np.ndarray, singular: float) -> Deviation:
    law = result("linear.noise_law").evaluate(**given.fields())
    reached = float(np.mean(noise <= law.quantile(LEVEL)))
    radius = math.sqrt(math.log(2 / ALPHA) / (2 * noise.size))
    gap = reached - LEVEL
    middle = float(np.median(noise)) / law.quantile(0.5)
    return Deviation("linear.noise_law", design, given.n, given.d, gap, gap - radius, gap + radius, singular, middle)


def shrinks(rows: list[Deviation]) -> str:
    """Whether the deviation is certainly smaller at the largest size than at the smallest, or was never seen."""
    first, last = rows[0], rows[-1]
    least = max(first.low, -first.high, 0.0)
    most = max(last.high, -last.low)
    if most < least:
        return "yes"
    return "not seen" if all(row.low <= 0 <= row.high for row in rows) else "not certain"


def write(rows: list[Deviation]) -> None:
    """The table as CSV, and as Markdown, one line for every result and design."""
    with (HERE / "universality.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([field.name for field in fields(Deviation)])
        writer.writerows([f"{v:.6g}" if isinstance(v, float) else v for v in astuple(row)] for row in rows)
    heads = ["result", "entries", *(f"n = {n}, d = {2 * n}" for n in SIZES), "shrinks", "singular at the smallest"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for key, design in dict.fromkeys((row.result, row.design) for row in rows):
        here = [row for row in rows if (row.result, row.design) == (key, design)]
        cells = [f"{100 * row.deviation:+.2g}% ({100 * row.low:+.2g}, {100 * row.high:+.2g})" for row in here]
        lines.append("| " + " | ".join([key, design, *cells, shrinks(here), f"{100 * here[0].singular:.2g}%"]) + " |")
    head = (HERE / "universality_head.md").read_text(encoding="utf-8")
    (HERE / "universality.md").write_text(head + "\n" + "\n".join(lines) + "\n", encoding="utf-8")


def read() -> list[Deviation]:
    """The table, from its file."""
    with (HERE / "universality.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    kinds = {"result": str, "design": str, "n": int, "d": int}
    return [Deviation(**{name: kinds.get(name, float)(text) for name, text in line.items()}) for line in lines]


def draw(rows: list[Deviation]) -> None:
    """The deviation against n, one panel for each result; the sparse designs that leave the panel are beyond 60%."""
    import matplotlib.pyplot as plt

    keys = list(dict.fromkeys(row.result for row in rows))
    figure, panels = plt.subplots(1, len(keys), figsize=(3.1 * len(keys), 3.4), sharex=True, layout="constrained")
    for panel, key in zip(panels, keys, strict=True):
        for shift, design in enumerate(LAWS):
            here = [row for row in rows if (row.result, row.design) == (key, design)]
            at = [row.n * 1.04 ** (shift - 2.5) for row in here]
            middle = [50 * (row.low + row.high) for row in here]
            halves = [50 * (row.high - row.low) for row in here]
            panel.errorbar(at, middle, halves, fmt="o-", markersize=3, linewidth=1, label=design)
        panel.axhline(0, color="0.6", linewidth=0.8, zorder=0)
        panel.set(title=key, xscale="log", xlabel="samples n, in d = 2n features")
        panel.set_ylim(-60, 60)
        panel.set_xticks(list(SIZES), [str(n) for n in SIZES])
        panel.minorticks_off()
    panels[0].set_ylabel("deviation from the formula, %")
    panels[0].legend(fontsize=7, frameon=False)
    figure.savefig(HERE / "universality.png", dpi=130)


def main() -> None:
    """Draw, write, plot."""
    rows = [row for design in LAWS for n, trials in SIZES.items() for row in deviations(design, n, trials)]
    rows.sort(key=lambda row: [*QUANTITIES, "linear.noise_law", *CURVED].index(row.result))
    write(rows)
    draw(read())


if __name__ == "__main__":
    main()
