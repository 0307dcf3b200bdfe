"""The bits of the compiled simulators: + - * /, fma and square roots in a written order, on every processor."""

import numpy as np
import pytest

from numerics import deep_linear, linear
from numerics.deep_linear.problem import problem as deep_problem
from numerics.linear.problem import problem


def vectors(d):
    """Source and target in small integers, the same on every machine."""
    return {"source": np.arange(d) % 3 - 1.0, "target": np.arange(d) % 5 - 2.0}


def plain(n, d, spectrum=None):
    """A linear instance; of seven different eigenvalues if no spectrum is named."""
    return linear.Linear(
        n=n, d=d, sigma=0.5, spectrum=np.arange(d) % 7 + 1.0 if spectrum is None else spectrum, **vectors(d)
    )


def deep(n, d, depth, spectrum=None):
    """A deep linear instance."""
    return deep_linear.DeepLinear(n=n, d=d, sigma=0.5, depth=depth, spectrum=spectrum, **vectors(d))


FAST = {
    "eight together, n<d": (plain(5, 9), ["0x1.498cee13a43c5p+4", "0x1.9af9921143a8cp-2", "0x1.53ca689063464p+4"]),
    "eight together, turned": (plain(21, 30), ["0x1.35c90e949f215p+5", "0x1.4b37522bfe481p-1", "0x1.3e628bb95d2d1p+5"]),
    "eight together, n>d": (plain(11, 4), ["0x0.0p+0", "0x1.9285641366ca9p-3", "0x1.d9e8b42d0e438p-4"]),
    "one alone, n<d": (plain(70, 300), ["0x1.028504aa9ca72p+11", "0x1.8c3c05a770c1bp-4", "0x1.02772f9af0130p+11"]),
    "one alone, n>d": (plain(300, 140), ["0x0.0p+0", "0x1.c070b702e167cp-3", "0x1.cc8edd642511cp-3"]),
}
CLOSED = {
    "eight together, n<d": (deep(5, 9, 3, np.arange(9) % 7 + 1.0), ["0x1.b4379451bdc7bp+4", "0x1.63384df3b15a4p+0"]),
    "eight together, n>d": (deep(11, 4, 3, np.arange(4) + 0.0), ["0x1.003b5a63df617p-4", "0x1.0a131d45a2ef1p+0"]),
    "one alone, n<d": (
        deep(70, 300, "inf", np.arange(300) % 7 + 1.0),
        ["0x1.7a8cd9d29f43ap+11", "0x1.b063750971b78p+0"],
    ),
    "one alone, n>d": (deep(300, 170, 2, np.arange(170) % 7 + 0.0), ["0x1.97c0572784748p-3", "0x1.4b948b528aae0p+0"]),
}
EXACT = {
    "flat, n<d": (plain(5, 9, [2.0] * 9), ["0x1.0c5c842219144p+5"]),
    "flat, n>d": (plain(11, 4), ["0x1.ac4bdc98b06cap-6"]),
    "spikes": (plain(12, 20, [8.0, 4.0, *[1.0] * 18]), ["0x1.3195a47edcc40p+5"]),
    "deep, n<d": (deep(5, 9, 4), ["0x1.e09c668a6d887p+3"]),
    "deep, n>d": (deep(11, 4, 4, [1.0, 1.0, 1.0, 0.0]), ["0x1.004505aa90e3ep-7"]),
}


def bits(batch, given, law, columns):
    """The third trial."""
    trials = batch(given, 2026, 7, law, size=3)
    return [float(trials[column][2]).hex() for column in columns]


@pytest.mark.parametrize("name", FAST)
def test_the_bits_of_linear_fine_tuning(name):
    given, expected = FAST[name]
    assert problem(given).together == (8 if name.startswith("eight") else 1)
    assert bits(linear.batch, given, "fast", ("bias", "noise_mean", "risk")) == expected


@pytest.mark.parametrize("name", CLOSED)
def test_the_bits_of_deep_linear_fine_tuning(name):
    given, expected = CLOSED[name]
    assert deep_problem(given).together == (8 if name.startswith("eight") else 1)
    assert bits(deep_linear.batch, given, "closed", ("risk", "coefficient")) == expected


@pytest.mark.parametrize("name", EXACT)
def test_the_bits_of_the_exact_laws(name):
    given, expected = EXACT[name]
    setting = deep_linear if name.startswith("deep") else linear
    assert bits(setting.batch, given, "exact", ("risk",)) == expected
