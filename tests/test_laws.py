"""Laws derived from Gaussian vectors: which ratio is which variable, and what is refused."""

import numpy as np
import pytest
import sympy as sp
from scipy import integrate, special, stats

from theory.calculus.expressions import expression, inverse, matrix
from theory.calculus.laws import (
    Beta,
    BetaPrime,
    chi_square_density,
    moment_below,
    ratio_of_chi_squares,
    ratios_of_chi_squares,
    share_of_chi_squares,
    standard_normal_vector,
)
from theory.calculus.letters import Gaussian
from theory.notation import d, n, symbol, vector
from verify import distributions
from verify.verdict import Verdict

a, b = standard_normal_vector("a", d - n), standard_normal_vector("b", n)
f = matrix("f", n, 1, law=Gaussian(expression(9)))
gap = vector("D")


def square(g):
    return g.T @ g


def test_the_chi_square_density_integrates_to_one_with_mean_k():
    x = sp.Symbol("x", positive=True)
    for k in (1, 2, 5):
        density = chi_square_density(x, sp.Integer(k))
        assert sp.integrate(density, (x, 0, sp.oo)) == 1
        assert sp.integrate(x * density, (x, 0, sp.oo)) == k


def test_the_ratio_of_chi_squares_is_beta_prime_with_half_the_degrees():
    assert ratio_of_chi_squares(n, d - n + 1) == BetaPrime(n / 2, d / 2 - n / 2 + sp.Rational(1, 2))


def test_the_share_of_chi_squares_is_beta_with_half_the_degrees():
    assert share_of_chi_squares(d - n, n) == Beta(d / 2 - n / 2, n / 2)


@pytest.mark.parametrize("share", [False, True])
def test_the_laws_are_those_of_drawn_chi_squares(share):
    """Distribution test over 400 000 draws: false alarm 1e-9; a distance of 0.01 is missed with 1e-6."""
    rng = np.random.default_rng(11)
    above, below = rng.chisquare(3, 400_000), rng.chisquare(5, 400_000)
    draws = above / (above + below) if share else above / below
    law = share_of_chi_squares if share else ratio_of_chi_squares
    p, q = (float(z) for z in law(sp.Integer(3), sp.Integer(5)).args)
    outcome = distributions.test_law(
        draws,
        lambda x: special.betainc(p, q, x if share else x / (1 + x)),
        delta=0.01,
        alpha=1e-9,
        alpha_pass=1e-6,
    )
    assert outcome.verdict is Verdict.SUPPORTED, outcome


def test_scales_are_ratios_of_variances_and_known_numbers():
    law = ratios_of_chi_squares(square(f) * inverse(square(a)) * square(gap) * 2)
    atom = BetaPrime(n / 2, d / 2 - n / 2)
    assert law == 18 * symbol("squared_distance") * atom


def test_a_known_number_stays_and_a_coordinate_squared_is_a_chi_square_with_one_degree_of_freedom():
    k = matrix("k", 1, 1, law=Gaussian(expression(4)))
    law = ratios_of_chi_squares(square(gap) + square(k) * inverse(square(a)))
    assert law == symbol("squared_distance") + 4 * BetaPrime(sp.Rational(1, 2), d / 2 - n / 2)
    with pytest.raises(ValueError, match="expected one square"):
        ratios_of_chi_squares(k * inverse(square(a)))


@pytest.mark.parametrize("power", [0, 1, 2])
@pytest.mark.parametrize("edge", [0.2, 0.7, 1])
def test_moments_below_an_edge_are_those_of_the_integral(power, edge):
    alpha, beta = sp.Rational(3, 2), sp.Rational(9, 2)
    found = moment_below(BetaPrime(alpha, beta), power, sp.nsimplify(edge))
    density = stats.betaprime(1.5, 4.5)
    top = np.inf if edge == 1 else edge / (1 - edge)
    integral, error = integrate.quad(lambda r: r**power * density.pdf(r), 0, top, epsabs=1e-13)
    assert abs(float(found) - integral) <= 10 * error + 1e-12


def test_two_terms_in_different_vectors_add_up_as_independent_atoms():
    g = standard_normal_vector("g", d)
    law = ratios_of_chi_squares(square(a) * inverse(square(a) + square(b)) + square(f) * inverse(square(g)))
    assert law == Beta(d / 2 - n / 2, n / 2) + 9 * BetaPrime(n / 2, d / 2)


@pytest.mark.parametrize(
    ("form", "why"),
    [
        (square(a) * inverse(square(a) + square(b)) + square(b) * inverse(square(a) + square(b)), "share"),
        (square(a) * inverse(square(a) + 2 * square(b)), "expected one square"),
        (square(f) * inverse(square(f) + square(b)), "no law is known"),
        (square(a) * square(b) * inverse(square(f)), "expected one square"),
        (square(a), "expected one square"),
        (square(a) * inverse(square(a)), "no law is known"),
    ],
    ids=["shared vectors", "weighted sum", "unequal variances", "product above", "no ratio", "over itself"],
)
def test_what_is_no_known_ratio_is_refused(form, why):
    with pytest.raises(ValueError, match=why):
        ratios_of_chi_squares(form)
