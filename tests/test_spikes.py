"""A flat spectrum but for a few eigenvalues: the reduced problem against designs drawn in full.

Statistical tests use fixed seeds and a false-alarm rate of 1e-9 each: whoever changes the seeds sees a false
alarm once in a thousand million runs.
"""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from numerics import linear as mc
from numerics.linear import spikes
from numerics.linear.problem import problem, reduced
from numerics.streams import lanes, stream

FALSE_ALARM, TRIALS = 1e-9, 100_000


def instance(n, d, spectrum, **fields):
    """An instance with sources and targets that depend on d alone."""
    rng = stream(0, d)
    vectors = {"source": rng.standard_normal(d), "target": rng.standard_normal(d)}
    return mc.Linear(**{"n": n, "d": d, "sigma": 0.7, "spectrum": spectrum} | vectors | fields)


CASES = {
    "three spikes": instance(12, 20, [16.0, 8.0, 4.0, *[1.0] * 17]),
    "one spike": instance(4, 6, [9.0, *[1.0] * 5]),
    "a gap below, n=d-1": instance(8, 9, [5.0, 0.1, *[1.0] * 7]),
    "n=d-2": instance(8, 10, [5.0, 0.1, *[1.0] * 8]),
    "no spike, another test": instance(3, 9, [2.0] * 9, test_spectrum=[3.0] * 9),
    "another test, seen where the spectrum is flat": instance(8, 13, [1.0] * 13, test_spectrum=[1.0, 2.0, *[3.0] * 11]),
    "null directions": instance(4, 9, [0.0, 5.0, *[1.0] * 7], test_spectrum=[3.0, 2.0, *[3.0] * 7]),
    "no noise": instance(8, 12, [5.0, 7.0, *[1.0] * 10], sigma=0),
}
by_name = pytest.mark.parametrize("given", CASES.values(), ids=CASES.keys())


def refuted(first, second):
    """Two-sample Kolmogorov-Smirnov at a false-alarm rate of 1e-9.

    With 100,000 draws a side it refutes at distance 0.0147, and so detects every pair of laws 0.03 apart
    with the same certainty.
    """
    return stats.ks_2samp(first.round(9), second.round(9), method="asymp").pvalue < FALSE_ALARM


def marginals(bias, noise, risk):
    """The columns, and a mixture that sees their joint law."""
    return {"bias": bias, "noise": noise, "risk": risk, "joint": risk - bias - 0.5 * noise}


@by_name
def test_the_law_is_that_of_the_literal_trials(given):
    exact, literal = (
        marginals(*(trials[name] for name in ("bias", "noise", "risk")))
        for trials in (mc.batch(given, 8, 0, law, size=TRIALS) for law in ("exact", "literal"))
    )
    for name, values in literal.items():
        assert not refuted(exact[name], values), name


def test_wrong_twins_of_the_law_are_refuted():
    given = CASES["a gap below, n=d-1"]
    drawn = mc.batch(given, 8, 0, "literal", size=TRIALS)
    right = spikes.spiked(reduced(problem(given)))
    literal = marginals(*(drawn[name] for name in ("bias", "noise", "risk")))

    def wrong(**changes):
        twin = dataclasses.replace(right, **changes)
        found = marginals(*spikes.spiked_rows(lanes(9, 0), twin, TRIALS))
        return any(refuted(found[name], literal[name]) for name in literal)

    assert not wrong()
    for change in (
        {"n": 7},
        {"r": 10},
        {"sigma": 0.75},
        {"level": 1.1},
        {"weight": 1.1},
        {"gap": 1.1 * right.gap},
        {"gap": -right.gap[::-1]},
        {"distance": 1.1 * right.distance},
        {"scale": right.scale[::-1].copy()},
        {"weights": right.weights[::-1].copy()},
    ):
        assert wrong(**change), change


@pytest.mark.parametrize("given", [given for name, given in CASES.items() if not name.startswith("no spike")])
def test_the_compiled_rows_are_those_by_singular_values(given):
    split = spikes.spiked(reduced(problem(given)))
    compiled = spikes.spiked_rows(lanes(3, 0), split, 400)
    literal = spikes.literal_rows(split, *spikes.draw(lanes(3, 0), split, 400))
    np.testing.assert_allclose(compiled, literal, rtol=1e-8, atol=1e-10)


def test_spikes_of_very_different_sizes_are_recomputed_and_agree_too():
    split = spikes.spiked(reduced(problem(instance(20, 30, [1e9, 1e5, 10.0, *[1.0] * 27]))))
    compiled = spikes.spiked_rows(lanes(3, 0), split, 400)
    literal = spikes.literal_rows(split, *spikes.draw(lanes(3, 0), split, 400))
    np.testing.assert_allclose(compiled, literal, rtol=1e-7)
    assert any(np.array_equal(compiled[:, trial], literal[:, trial]) for trial in range(400))


def test_it_is_chosen_where_the_spikes_are_few():
    many = instance(12, 30, [*np.arange(2.0, 6.0), *[1.0] * 26])
    assert mc.simulate(CASES["three spikes"], trials=100, seed=1).law.startswith("exact")
    assert mc.simulate(many, trials=100, seed=1).law.startswith("fast")


def test_a_smaller_batch_is_a_prefix():
    whole, part = (mc.batch(CASES["three spikes"], 8, 0, "exact", size=size)["risk"] for size in (5000, 70))
    assert np.array_equal(whole[:70], part)
