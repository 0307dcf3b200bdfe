"""Regimes that differ only by a noise that is zero are one case, and the cases say what the regimes say."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest
import sympy as sp

from theory.cases import Case, cases, noises
from theory.catalogue import keys, result
from theory.latex import case_condition_latex, result_latex
from theory.notation import BY_NAME, symbol
from theory.result import Result
from theory.text import case_condition_text, silence_text

NOISY = ("linear.variance", "linear.risk", "linear.risk_covariate_shift", "linear.noise_variance")
LEARNED = "linear.risk_learned_source"
AVERAGED = ("weight_average.risk", "weight_average.risk_covariate_shift")
"""They say nothing where a mean is infinite."""
SPLIT = {
    "frozen.source_error": ("n_source", "source_parameters", "source_residual"),
    "frozen.task_similarity": ("n_source", "source_parameters", "source_residual"),
    "frozen.risk": ("n", "free_parameters", "residual"),
    "frozen.probe": ("n", "probe_parameters", "residual"),
}
"""Samples, parameters and what is left of the labels."""
SIZES = [(n, 4, s) for n in range(1, 9) for s in (1, 2, 3, 4, 5, 6, 8)]
NOISES = list(product((0, 1), (0, 2)))


def exact(point: dict[sp.Symbol, int]) -> dict[sp.Symbol, sp.Expr]:
    """The same for `xreplace`, which puts in all numbers at once: `subs` takes many times as long."""
    return {name: sp.sympify(number) for name, number in point.items()}


def points(target: Result) -> list[dict[sp.Symbol, sp.Expr]]:
    """Every way to be below, at and above the thresholds, with and without noise; other quantities are primes."""
    names = ("n", "d", "n_source", "sigma", "sigma_source")
    others = {q.symbol: sp.prime(k + 3) for k, q in enumerate(BY_NAME.values()) if q.name not in names}
    sizes = SIZES if target.key == LEARNED else [size for size in SIZES if size[2] == 1]
    return [
        exact(others | dict(zip(map(symbol, names), (*size, *noise), strict=True)))
        for size, noise in product(sizes, NOISES)
    ]


def regime_value(target: Result, point: dict[sp.Symbol, sp.Expr]) -> sp.Expr:
    return next(r.value.xreplace(point) for r in target.regimes if r.condition.xreplace(point) == sp.true)


def case_value(found: Sequence[Case], point: dict[sp.Symbol, sp.Expr]) -> sp.Expr:
    """The first case that holds, read as it says: a noise that is zero needs no condition and leaves no term."""
    case = next(case for case in found if holds(case, point))
    return case.value.xreplace(exact({noise: 0 for _, noise in case.needs if point[noise] == 0})).xreplace(point)


def holds(case: Case, point: dict[sp.Symbol, sp.Expr]) -> bool:
    needed = [condition for condition, noise in case.needs if point[noise] != 0]
    return all(condition.xreplace(point) == sp.true for condition in (*case.within, *needed))


@pytest.mark.parametrize("key", [*NOISY, LEARNED])
def test_cases_say_what_the_regimes_say_at_every_point(key):
    target = result(key)
    found = cases(target)
    values = [(case_value(found, point), regime_value(target, point)) for point in points(target)]
    assert all(here == expected for here, expected in values)
    assert {True, False} == {expected.is_infinite for _, expected in values}


def test_a_noise_that_is_zero_makes_no_case_of_its_own():
    assert [len(cases(result(key))) for key in NOISY] == [3, 3, 3, 3]
    assert (len(result(LEARNED).regimes), len(cases(result(LEARNED)))) == (13, 4)
    assert noises(cases(result(LEARNED))) == (symbol("sigma"), symbol("sigma_source"))


@pytest.mark.parametrize(("place", "count"), [(1, 6), (3, 7)])
def test_a_regime_that_is_not_the_formula_without_its_noise_stays_a_case(place, count):
    target = result(LEARNED)
    changed = list(target.regimes)
    changed[place] = replace(changed[place], value=changed[place].value + 1)
    assert len(cases(replace(target, regimes=tuple(changed)))) == count


def test_infinity_that_leaves_a_gap_is_not_called_otherwise():
    target = result("linear.variance")
    part = replace(target, regimes=target.regimes[:3])
    *_, last = cases(part)
    assert case_condition_text(last) == target.regimes[2].name
    assert case_condition_latex(last) == r"n < d\ \text{otherwise}"


@pytest.mark.parametrize("key", SPLIT)
def test_cases_of_a_regression_say_what_its_regimes_say_at_every_point(key):
    target, (samples, parameters, noise) = result(key), SPLIT[key]
    others = {q.symbol: sp.prime(k + 3) for k, q in enumerate(BY_NAME.values())}
    others |= {implicit.symbol: 11 for implicit in target.where}
    silent = next(s for s in others if s.name == noise)
    found, values = cases(target), []
    for n, p, kept, varies in product((1, 2, 3, 5), (0, 1, 2, 3, 5), (0, 2), (0, 5)):
        counts = {symbol(samples): n, symbol(parameters): p, symbol("transferred_parameters"): kept, silent: varies}
        point = exact(others | counts)
        if any(regime.condition.xreplace(point) == sp.true for regime in target.regimes):
            values.append((case_value(found, point), regime_value(target, point)))
    assert all(here == expected for here, expected in values)
    assert {True, False} == {bool(expected.is_infinite) for _, expected in values}


@pytest.mark.parametrize("key", [key for key in keys() if key not in (*NOISY, LEARNED, *SPLIT, *AVERAGED)])
def test_other_results_keep_their_regimes(key):
    target = result(key)
    assert [case.value for case in cases(target)] == [regime.value for regime in target.regimes]
    assert silence_text(target) == ""


def test_a_condition_reads_as_a_person_would_write_it():
    first, *_, last = cases(result("linear.risk"))
    assert case_condition_text(first) == "n < d; d >= n + 2 or sigma = 0"
    assert case_condition_latex(first) == r"n < d,\ (d \geq n + 2\ \text{or}\ \sigma = 0)"
    assert (case_condition_text(last), case_condition_latex(last)) == ("otherwise", r"\text{otherwise}")
    assert silence_text(result("linear.risk")) == "terms in sigma are 0 where sigma = 0"
    assert result_latex(result("linear.risk")).endswith(r"\text{terms in }\sigma\text{ are }0\text{ where }\sigma = 0")


def test_a_name_in_words_gives_way_to_its_condition():
    enough, _ = cases(result("linear.samples_needed"))
    assert case_condition_text(enough) == "level*squared_distance <= risk"
    named = Case("anything < else", sp.Integer(0), (sp.Gt(symbol("n"), 1),))
    assert case_condition_text(named) == "anything < else"


def test_the_domain_of_a_single_formula_is_beside_it():
    assert result_latex(result("linear.best_rescaling")).endswith(r"n < d,\ \lVert\theta_S\rVert^2 > 0")
