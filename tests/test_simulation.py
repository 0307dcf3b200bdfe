"""What every setting's simulator shares: exact averaging and its gain, laws that lack a column, pickled plans."""

import pickle

import numpy as np
import pytest

from numerics import deep_linear, linear, simulation
from numerics.linear.sampling import SETTING

GIVEN = linear.Linear(n=10, d=20, sigma=3.0, source=[0.0] * 20, target=[1.0] * 20)
DEEP = deep_linear.DeepLinear(n=10, d=20, sigma=3.0, source=[1.0] * 20, target=[1.0] * 20, depth=2)


def test_the_gain_of_exact_averaging_is_the_ratio_of_the_variances_of_the_same_trials():
    trials = 20_000
    found = linear.simulate(GIVEN, trials=trials, seed=1, law="fast")
    averaged, drawn = (
        np.var(linear.draws(GIVEN, column, trials=trials, seed=1)) for column in ("conditional_risk", "risk")
    )
    assert found.gain == pytest.approx(drawn / averaged, rel=1e-10)
    assert found.gain > 1.5


@pytest.mark.parametrize("law", ["exact", "fast"])
def test_there_is_no_gain_where_nothing_is_averaged(law):
    assert linear.simulate(GIVEN, trials=1000, seed=1, law=law, quantity="realised_risk").gain is None


def test_there_is_no_gain_in_a_setting_that_averages_nothing():
    assert deep_linear.simulate(DEEP, trials=1000, seed=1).gain is None


def test_quantiles_are_those_of_the_risk_as_drawn_and_not_of_its_average():
    found = linear.simulate(GIVEN, trials=500, seed=1, law="fast", quantiles=[0.9])
    draws = np.sort(linear.draws(GIVEN, "risk", trials=500, seed=1))
    assert found.rank_error == 0.0
    assert found.quantiles == {"0.9": draws[449]}


def test_no_more_moments_are_told_than_there_are():
    near = linear.Linear(n=16, d=20, sigma=3.0, source=[0.0] * 20, target=[1.0] * 20)
    found = linear.simulate(near, trials=1000, seed=1)
    assert [linear.moment_is_finite(near, "risk", order) for order in (2, 3)] == [True, False]
    assert found.variance is not None
    assert found.skewness is None
    assert found.kurtosis is None


def test_a_pickled_plan_draws_the_same_batch():
    made = simulation.plan(SETTING, GIVEN, seed=1, quantity="risk", law="fast", sketched=True)
    assert pickle.loads(pickle.dumps(made.task))(3, 100) == made.task(3, 100)
