"""The data sets that scikit-learn ships, each with several tasks on the same features: classes or columns as labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from headstart.errors import InputError


@dataclass(frozen=True, eq=False)
class DataSet:
    """Features, and labels by the name of the task; for every target task the tasks that are its sources.

    `one_unit`: the features have a unit in common, and are not scaled one by one.
    """

    name: str
    x: Float[np.ndarray, "rows d"]
    labels: Mapping[str, Float[np.ndarray, " rows"]]
    targets: Mapping[str, tuple[str, ...]]
    one_unit: bool = False


INKED = 0.1
"""Pixels that are ink in fewer of the images are left out: what is seen so rarely has no Gaussian law."""


def digits() -> DataSet:
    """8 x 8 pixels; which digit it is, and whether it is even."""
    x, digit = _loaded("digits")
    x = x[:, np.mean(x > 0, axis=0) >= INKED]
    labels = {str(k): (digit == k).astype(float) for k in (1, 3, 5, 7, 8, 9)} | {"even": (digit % 2 == 0).astype(float)}
    return DataSet("digits", x, labels, {"8": ("3", "5", "even"), "7": ("1", "9"), "even": ("8", "5")}, True)


def breast_cancer() -> DataSet:
    """Shapes of cells; whether they are benign, and three of the columns."""
    return _with_columns(
        "breast_cancer",
        {"worst radius": 20, "worst texture": 21, "worst concave points": 27},
        "benign",
        {"benign": ("worst radius", "worst texture", "worst concave points"), "worst texture": ("benign",)},
    )


def diabetes() -> DataSet:
    """Measurements of patients; how the disease went on, and three of the columns."""
    return _with_columns(
        "diabetes",
        {"bmi": 2, "bp": 3, "s5": 8},
        "progression",
        {"progression": ("bmi", "bp", "s5"), "bmi": ("progression", "s5")},
    )


def wine() -> DataSet:
    """Chemistry of wines; which of three growers."""
    x, grower = _loaded("wine")
    labels = {f"grower {k}": (grower == k).astype(float) for k in range(3)}
    return DataSet("wine", x, labels, {name: tuple(other for other in labels if other != name) for name in labels})


def _with_columns(name: str, columns: Mapping[str, int], label: str, targets: Mapping[str, tuple[str, ...]]) -> DataSet:
    """A data set of which some columns are tasks and no features."""
    x, y = _loaded(name)
    labels = {label: y, **{task: x[:, k] for task, k in columns.items()}}
    return DataSet(name, np.delete(x, list(columns.values()), axis=1), labels, targets)


def _loaded(name: str) -> tuple[Float[np.ndarray, "rows d"], Float[np.ndarray, " rows"]]:
    """Features and labels as they come; scikit-learn is an extra."""
    try:
        from sklearn import datasets
    except ImportError as error:
        raise InputError("real data needs scikit-learn, which is not here: pip install 'headstart[data]'") from error
    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return np.asarray(x, dtype=float), np.asarray(y, dtype=float)


ALL = (digits, breast_cancer, diabetes, wine)
