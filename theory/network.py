"""A probe of a network: the first layers kept as frozen features, the others retrained; one output or several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from theory.checks import FieldError, design
from theory.features import Features, outputs, rank
from theory.shown import shown

Layers = tuple[Float[np.ndarray, "_ _"], ...]
NETWORK_FIELDS = ("layers", "targets")
PROBE_FIELDS = (
    *("n", "d", "sigma", "target", "targets", "features", "layers", "frozen_layers", "spectrum", "setting"),
    *("probe_parameters", "unexplained", "outputs", "confidence"),
)


def layers(name: str, got: Any) -> Layers:
    """The weights of every layer, the first one first: matrices as lists of rows."""
    if not isinstance(got, list | tuple) or not got:
        raise FieldError(f"{name}={shown(got)}: needs a list of matrices, one per layer, the first one first")
    return tuple(design(f"{name}[{k}]", layer) for k, layer in enumerate(got))


def as_probe(read: Mapping[str, Any], setting: str) -> dict[str, Any]:
    """What layers and several targets are for a probe: features, and a target of as many columns."""
    if setting != "probe":
        if given := [name for name in NETWORK_FIELDS if name in read]:
            raise FieldError(f"{given[0]} is given, but only a probe has that: use frozen.probe")
        return dict(read)
    found = dict(read)
    if foreign := [name for name in read if name not in PROBE_FIELDS]:
        raise FieldError(f"{foreign[0]} is given, but a probe has none: leave it out")
    if "targets" in read:
        if "target" in read:
            raise FieldError("target and targets are given: leave one of them out")
        found["target"] = found.pop("targets")
        if "d" in read and len(found["target"]) != read["d"]:
            raise FieldError(
                f"targets has {len(found['target'])} rows but d={read['d']}: give one row per feature of x"
            )
    if "layers" in read:
        found["features"] = _features(found)
    elif "frozen_layers" in read:
        raise FieldError("frozen_layers is given, but no layers: give the weights of every layer, or features")
    return found


def _features(read: Mapping[str, Any]) -> Features:
    """Those of the layers that are kept, the others wide enough to be retrained to least squares."""
    network, kept, d = read["layers"], int(read.get("frozen_layers", 0)), read.get("d")
    if "features" in read:
        raise FieldError("features and layers are given: leave one of them out")
    if d is None:
        raise FieldError("needs d (features): set it, for instance --set d=...")
    if kept >= len(network):
        raise FieldError(f"frozen_layers={kept} but there are {len(network)} layers: leave one to retrain")
    widths = [int(d), *(len(layer) for layer in network)]
    for k, layer in enumerate(network):
        if layer.shape[1] != widths[k]:
            raise FieldError(
                f"layers[{k}] has {layer.shape[1]} columns, but takes {widths[k]} numbers: give one for each"
            )
    learned = outputs(read["target"]) if "target" in read else 1
    if widths[-1] != learned:
        raise FieldError(
            f"layers end in {widths[-1]} outputs, but there are {learned}: give targets one column for each"
        )
    found = product(network[:kept], int(d))
    spectrum = read["spectrum"] if len(read.get("spectrum", ())) == d else np.ones(int(d))
    needed = min(learned, rank(found, spectrum))
    if (narrow := min(widths[kept + 1 : -1], default=needed)) < needed:
        raise FieldError(
            f"a layer of width {narrow} is retrained: it cannot fit {learned} outputs by least squares; keep it frozen"
        )
    return found


def product(network: Layers, d: int) -> Features:
    """(W_k ... W_1)', the identity if there are none; entries that are rounding alone are 0."""
    found, size, terms = np.eye(d), np.eye(d), 0
    with np.errstate(over="ignore", invalid="ignore"):
        for layer in network:
            found, size, terms = found @ layer.T, size @ np.abs(layer.T), terms + layer.shape[1]
    if not np.isfinite(size).all():
        raise FieldError("layers: the product of those that are kept overflows; change their scale")
    return np.where(np.abs(found) > terms * np.finfo(float).eps * size, found, 0.0)
