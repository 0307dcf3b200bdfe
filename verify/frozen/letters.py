"""Fixed letters and sizes for checking the steps of this setting's derivations."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np
import sympy as sp

from theory.notation import BY_NAME

FEATURES, SOURCE_ONLY, KEPT = 19, 2, 2
"""d; how many coordinates the source is learned in but not transferred, at least; how many are transferred."""
SAMPLES, COUNTS = (2, 14, 26), (0, 2, 3, 14, 15)
POOLS, MOST = (5, 17), 18
"""How many are transferred where some of them are trained, and then as many learned as there may be."""
TASK_NOISE, SCALE = 0.4, 4.0
OTHERS = {
    "similarity": 0.6,
    "target_learned": 0.7,
    "target_hidden": 0.3,
    "squared_coordinate": 0.2,
    "taught_coordinate": 0.3,
    "coordinate_product": 0.22,
}
"""Sums that enter identities in numbers alone."""
PROBED = {"n": 14, "d": 6, "n_source": 2, "probe_parameters": 3}
"""Sizes for a probe of three features."""
OUTPUTS = 2
COUNTED = ("free_parameters", "source_parameters", "transferred_parameters")


def dimensions(domain: sp.Basic) -> dict[str, int] | None:
    """Sizes inside a regime of this setting, well away from its edge; None where the regime is of another setting."""
    if BY_NAME["probe_parameters"].symbol in domain.free_symbols:
        return PROBED
    if not any(BY_NAME[name].symbol in domain.free_symbols for name in COUNTED):
        return None
    for n, n_source, free, learned in product(SAMPLES, SAMPLES, COUNTS, (*COUNTS, MOST)):
        sizes = {"n": n, "n_source": n_source, "d": FEATURES, "free_parameters": free, "source_parameters": learned}
        for kept in (KEPT, 0, *POOLS):
            sizes["transferred_parameters"] = kept
            apart = abs(n - free) > 8 and abs(n_source - learned) > 8 and kept < learned
            if apart and domain.subs({BY_NAME[k].symbol: v for k, v in sizes.items()}) == sp.true:
                return sizes
    raise ValueError(f"{domain}: no sizes among {SAMPLES} and {COUNTS} lie inside this regime")


def of(sizes: dict[str, int], vectors: Mapping[str, np.ndarray]) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Letters and numbers of this setting; none for sizes of another one."""
    if "probe_parameters" in sizes:
        d = sizes["d"]
        features = np.cos(np.pi * np.outer(np.arange(d) + 0.5, 1 + np.arange(sizes["probe_parameters"])) / d)
        unexplained = BY_NAME["unexplained"].compute
        assert unexplained is not None
        missed = unexplained(vectors["target"], features, vectors["spectrum"])
        scale = np.sqrt(vectors["spectrum"])
        best = np.linalg.lstsq(scale[:, None] * features, scale * vectors["target"], rcond=None)[0]
        rest = vectors["target"] - features @ best
        told = {"F": features, "bF": best[:, None], "rF": rest[:, None]}
        return told, {"probe_parameters": sizes["probe_parameters"], "unexplained": missed, "outputs": OUTPUTS}
    return (letters(sizes), numbers(sizes)) if "free_parameters" in sizes else ({}, {})


def letters(sizes: dict[str, int]) -> dict[str, np.ndarray]:
    """t and H t by parts: the free coordinates first, the transferred last, the source's the last ones."""
    d, free, learned, kept = (sizes[name] for name in ("d", *COUNTED))
    position = (np.arange(d) + 0.5) / d
    target, taught = (np.cos(k * position)[:, None] / np.sqrt(SCALE) for k in (3, 2))
    return {
        "tF": target[:free],
        "tZ": target[free : d - kept],
        "tS": target[d - learned :],
        "bS": taught[d - learned :],
        "bO": taught[: d - learned],
        "J": np.diag((np.arange(learned) >= learned - kept).astype(float)),
    }


def numbers(sizes: dict[str, int]) -> dict[str, float]:
    """What the quantities of the notation table are for these letters."""
    given = letters(sizes)
    target, taught = (given["J"] @ given[name] for name in ("tS", "bS"))
    return {
        **{name: sizes[name] for name in COUNTED},
        "task_noise": TASK_NOISE,
        "squared_free": _dot(given["tF"], given["tF"]),
        "squared_zeroed": _dot(given["tZ"], given["tZ"]),
        "squared_transferred": _dot(target, target),
        "squared_taught": _dot(taught, taught),
        "taught_target": _dot(taught, target),
        "squared_learned": _dot(given["bS"], given["bS"]),
        "squared_hidden": _dot(given["bO"], given["bO"]),
        **OTHERS,
    }


def _dot(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sum(a * b))
