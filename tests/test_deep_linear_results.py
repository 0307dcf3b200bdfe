"""Deep linear networks: formulas at the edges of their domains, against each other and against the limits."""

import numpy as np
import pytest
import sympy as sp

from theory import averaging, deep_linear, linear
from theory.evaluation import EvaluationError
from theory.notation import STRETCH, symbol

D = 20
TARGET, SOURCE = np.arange(D) / 30, np.ones(D) / 4
BASE = {"d": D, "source": SOURCE, "target": TARGET}


def test_the_potential_makes_the_flow_a_mirror_flow_and_is_the_usual_one_for_one_layer():
    psi = deep_linear.mirror_potential()
    assert psi.evaluate(norm=3.0, depth=1) == 4.5
    assert psi.evaluate(norm=3.0, depth="inf") == 3.0


NUMBERS = [(0.7, 0.2, 0.5), (1e-16, 0.3, 1.0), (1e16, 0.3, 1.0), (0, 1, 2)]


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 8, 1000, "inf"])
@pytest.mark.parametrize(("fitted", "kept", "squared"), NUMBERS)
def test_the_norm_solves_its_equation(depth, fitted, kept, squared):
    r = deep_linear.norm().evaluate(fitted=fitted, kept=kept, squared_source=squared, depth=depth)
    share = 1.0 if depth == "inf" else 1 - 1 / depth
    assert r**2 == pytest.approx(fitted + kept * (r * r / squared) ** share, rel=1e-9, abs=1e-300)


def test_the_norm_moves_away_from_that_of_the_source_with_depth():
    for fitted, up in ((0.7, True), (0.1, False)):  # |P u|^2 = 0.3
        norms = [
            deep_linear.norm().evaluate(fitted=fitted, kept=0.2, squared_source=0.5, depth=depth)
            for depth in (1, 2, 3, 5, 9, "inf")
        ]
        assert norms == sorted(norms, reverse=not up)


def test_one_layer_is_linear_regression():
    numbers = {**BASE, "n": 6, "sigma": 0.5, "depth": 1}
    same = {k: v for k, v in numbers.items() if k != "depth"}
    assert deep_linear.risk_exact().evaluate(**numbers) == linear.risk().evaluate(**same)
    assert deep_linear.risk_equivalent().evaluate(**numbers) == pytest.approx(
        linear.risk_equivalent().evaluate(**same), rel=1e-12
    )
    assert deep_linear.risk_limit().evaluate(**{**numbers, "depth": 2}) == pytest.approx(
        deep_linear.risk_equivalent().evaluate(**{**numbers, "depth": 2}), rel=1e-12
    )


def test_depths_near_one_lead_to_the_exact_risk_of_one_layer():
    """The average over five variables, at depth 1: its regime for deeper networks, used there."""
    from theory.averaging import average
    from theory.fields import Fields

    result = deep_linear.risk_exact()
    (regime,) = (r for r in result.regimes if r.name == "n < d, u not zero")
    fields = Fields.read({**BASE, "n": 6, "sigma": 0.5, "depth": 1}, "deep_linear")
    symbols = regime.value.free_symbols.union(*(w.equation.free_symbols for w in result.where))
    held = symbols - set(regime.value.laws) - {w.symbol for w in result.where}
    numbers = {s: fields.number(s) for s in sorted(held, key=str)}
    expected = linear.risk().evaluate(**BASE, n=6, sigma=0.5)
    assert average(regime.value, numbers, result.where).value == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("depth", [2, 5, "inf"])
def test_a_large_problem_has_the_risk_of_the_limit(depth):
    errors = []
    for size in (1, 2, 4):
        d = 40 * size
        at = (np.arange(d) + 0.5) / d
        fields = {"d": d, "n": d // 2, "sigma": 0, "depth": depth}
        fields |= {"source": np.sqrt(1 / d) * np.ones(d), "target": np.sqrt(1 / d) * np.cos(3 * at) * 2}
        exact = deep_linear.risk_exact().evaluate(**fields)
        errors.append(abs(exact / deep_linear.risk_limit().evaluate(**fields) - 1))
    assert errors[2] < errors[1] / 1.6 < errors[0] / 2.5
    assert errors[2] < 0.02


def test_parallel_vectors_zero_targets_and_extreme_scales_have_numbers():
    exact, limit = deep_linear.risk_exact(), deep_linear.risk_limit()
    for scale in (1e-8, 1.0, 1e8):
        for target in (SOURCE * scale, -SOURCE * scale, SOURCE * 0):
            for depth in (2, 1000, "inf"):
                fields = {**BASE, "target": target, "n": 6, "sigma": 0, "depth": depth}
                values = [f.evaluate(**fields) for f in (exact, limit)]
                assert all(np.isfinite(v) and v >= -1e-9 * max(1, scale**2) for v in values)


def test_what_has_no_value_says_why(monkeypatch):
    monkeypatch.setattr(averaging, "LARGEST", 30_000)  # fewer nodes are refused sooner
    exact = deep_linear.risk_exact()
    refused = {
        "outside its domain": {**BASE, "source": SOURCE * 0, "n": 6, "sigma": 0, "depth": 3},
        "use deep_linear.frozen": {**BASE, "n": 6, "sigma": 0, "depth": 3, "frozen_layers": 1},
        "needs a positive integer, or inf": {**BASE, "n": 6, "sigma": 0, "depth": 0},
        "needs depth": {**BASE, "n": 6, "sigma": 0},
        "belongs to the setting 'deep_linear'": {**BASE, "n": 6, "sigma": 0, "depth": 3, "setting": "linear"},
        "simulate it": {**BASE, "n": 18, "sigma": 0.5, "depth": 5},
    }
    for why, fields in refused.items():
        with pytest.raises(EvaluationError, match=why):
            exact.evaluate(**fields)
    with pytest.raises(EvaluationError, match="linear regression has no layers"):
        linear.risk().evaluate(**BASE, n=6, sigma=0, depth=3)


def test_infinite_risks_are_infinite():
    exact = deep_linear.risk_exact()
    assert exact.evaluate(**BASE, n=19, sigma=0.5, depth=3) == np.inf
    assert exact.evaluate(**BASE, n=2, sigma=0, depth="inf") == np.inf
    assert 0 <= abs(exact.evaluate(**{**BASE, "target": 2 * SOURCE}, n=2, sigma=0, depth="inf")) < 1e-9


def test_frozen_layers_fail_completely_where_the_target_is_across_the_source():
    across = np.where(np.arange(D) % 2, 1.0, -1.0) / 4
    fields = {"d": D, "source": SOURCE, "target": across, "sigma": 0, "depth": 4, "frozen_layers": 3}
    risks = [deep_linear.frozen().evaluate(**fields, n=n) for n in (10, 100, 1000, 10**6)]
    assert risks == sorted(risks, reverse=True)
    assert risks[-1] == pytest.approx(across @ across, rel=1e-5)


def test_flow_keeps_the_sign_that_least_squares_changes():
    fields = {"d": D, "source": SOURCE, "target": -SOURCE, "sigma": 0.1, "depth": 4, "n": 2000}
    flow = deep_linear.frozen_flow().evaluate(**fields, frozen_layers=1)
    free = deep_linear.frozen().evaluate(**fields, frozen_layers=3)
    assert flow == pytest.approx(SOURCE @ SOURCE, rel=1e-6)
    assert free < 1e-4


@pytest.mark.parametrize("key", ["frozen", "frozen_flow"])
def test_layers_left_decide_which_formula_applies(key):
    wrong = {"frozen": 1, "frozen_flow": 3}[key]
    with pytest.raises(EvaluationError, match="outside its domain"):
        getattr(deep_linear, key)().evaluate(**BASE, n=6, sigma=0, depth=4, frozen_layers=wrong)


def test_the_best_depth_has_the_least_risk_and_depth_helps_only_towards_the_best_stretch():
    limit, best = deep_linear.risk_limit(), deep_linear.best_depth()
    for scale in (0.2, 0.7, 1.1, 1.3, 2.0):
        target = scale * SOURCE + np.where(np.arange(D) % 2, 0.1, -0.1)
        fields = {**BASE, "target": target, "n": 6, "sigma": 0.2}
        depth = best.evaluate(**fields)
        risks = {k: limit.evaluate(**fields, depth=k) for k in (*range(1, 30), "inf")}
        least = min(risks, key=lambda k: risks[k])
        found = np.inf if least == "inf" else least
        assert abs(found - depth) < 1 or (depth > 29 and found > 28) or depth == found


def test_curves_of_two_depths_cross_where_their_stretches_lie_around_the_best():
    parabola = deep_linear.risk_limit().regimes[0].value
    first, second = sp.symbols("c1 c2")
    gap = sp.Poly(sp.expand(parabola.subs(STRETCH, first) - parabola.subs(STRETCH, second)), first)
    other = 2 * symbol("source_target") / symbol("squared_source") - second
    assert sp.simplify(gap.eval(other)) == 0
    assert sp.simplify(gap.eval(other + 1)) != 0
